"""Which events the app is sent for what happens in a team."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playground.delivery import Deliveries
from bot.playground.parcels import Parcel
from bot.playground.payloads import Json, event_payload, mentioned, message_json, view_json
from bot.playground.workspace import Change, Deleted, Edited, Joined, Message, Posted, Workspace

_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
_READ = {"channel": "channels:read", "group": "groups:read"}
_LETTERS = {"channel": "C", "group": "G"}


class Events:
    """Turns changes into events, as far as the team's scopes and the bot's membership allow."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def hear(self, workspace: Workspace, change: Change) -> None:
        """Send whatever the app may know of a change."""
        for event in events_of(workspace, change):
            self.send(workspace, event)

    def send(self, workspace: Workspace, event: Json) -> None:
        """Send any event in its envelope."""
        event = {"event_ts": event.get("ts") or workspace.clock.ts(), **event}
        payload = event_payload(workspace, event, workspace.clock.now())
        self._deliveries.send(Parcel("events_api", workspace.team.id, payload))

    def open_home(self, workspace: Workspace, user: str, tab: str) -> None:
        """Say that a person looks at the app's home or messages."""
        channel = workspace.open_dm(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        view = workspace.views.home(user)
        if view and tab == "home":
            event["view"] = view_json(workspace, view)
        self.send(workspace, event)


def events_of(workspace: Workspace, change: Change) -> Iterator[Json]:
    """Yield the events of a change."""
    match change:
        case Posted(message):
            yield from _of_post(workspace, message)
        case Edited(before, after):
            yield from _of_edit(workspace, before, after)
        case Deleted(message, ts):
            yield from _of_deletion(workspace, message, ts)
        case Joined():
            yield from _of_joining(workspace, change)
        case _:
            return


def _of_post(workspace: Workspace, message: Message) -> Iterator[Json]:
    if message.visible_to is not None:
        return
    yield from _mention(workspace, message)
    if _reads(workspace, message.channel):
        yield _in_channel(workspace, message, message_json(workspace, message))


def _of_edit(workspace: Workspace, before: Message, after: Message) -> Iterator[Json]:
    if after.visible_to is not None:
        return
    if before.text != after.text:
        # Slack sends the mention again when a text that mentions the app is edited.
        yield from _mention(workspace, after)
    if _reads(workspace, after.channel):
        changed: Json = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "ts": workspace.clock.ts(),
            "message": message_json(workspace, after),
            "previous_message": message_json(workspace, before),
        }
        yield _in_channel(workspace, after, changed)


def _of_deletion(workspace: Workspace, message: Message, ts: str) -> Iterator[Json]:
    if message.visible_to is not None or not _reads(workspace, message.channel):
        return
    gone: Json = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "ts": ts,
        "deleted_ts": message.ts,
        "previous_message": message_json(workspace, message),
    }
    yield _in_channel(workspace, message, gone)


def _of_joining(workspace: Workspace, change: Joined) -> Iterator[Json]:
    channel = workspace.channel(change.channel)
    is_member = workspace.team.bot_user in channel.members
    if not is_member or _READ.get(channel.kind, "") not in workspace.scopes:
        return
    joined: Json = {"type": "member_joined_channel", "user": change.user, "channel": channel.id}
    joined |= {"channel_type": _LETTERS[channel.kind], "team": workspace.team.id}
    yield {**joined, "inviter": change.inviter} if change.inviter else joined


def _mention(workspace: Workspace, message: Message) -> Iterator[Json]:
    channel, bot = workspace.channel(message.channel), workspace.team.bot_user
    if message.bot_id or channel.kind == "im" or bot not in channel.members:
        return
    if bot in mentioned(message.text) and "app_mentions:read" in workspace.scopes:
        shown = message_json(workspace, message)
        shown |= {"type": "app_mention", "channel": channel.id}
        if workspace.is_outsider(message.user):
            # Of a mention Slack says elsewhere who wrote it: its team is the one we are in.
            shown |= {"user_team": shown["team"], "source_team": shown["team"]}
            shown["team"] = workspace.team.id
        yield {**shown, "event_ts": message.ts}


def _reads(workspace: Workspace, channel_id: str) -> bool:
    channel = workspace.channel(channel_id)
    is_member = workspace.team.bot_user in channel.members
    return is_member and _HISTORY[channel.kind] in workspace.scopes


def _in_channel(workspace: Workspace, message: Message, event: Json) -> Json:
    kind = workspace.channel(message.channel).kind
    return {**event, "channel": message.channel, "channel_type": kind, "event_ts": event["ts"]}
