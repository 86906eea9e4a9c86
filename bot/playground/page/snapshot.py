"""The workspace as the page shows it, and each change to it, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.page.examples import EXAMPLES
from bot.playground.slack import LocalSlack
from bot.playground.views import View
from bot.playground.workspace import (
    Change,
    Channel,
    Closed,
    Deleted,
    Edited,
    Joined,
    Left,
    Message,
    Posted,
    Reacted,
    Shown,
    StatusSet,
    User,
    Workspace,
)

Json = dict[str, Any]

COMMANDS: tuple[tuple[str, str], ...] = (
    ("/should-finetune", "a form, or write your problem behind it"),
    ("/should-finetune help", "how to ask"),
    ("/should-finetune rules", "how it is decided"),
    ("/should-finetune costs", "compare costs"),
    ("/should-finetune status", "how the bot is"),
    ("/should-finetune forget", "delete my data"),
)


def snapshot(slack: LocalSlack, note: str) -> Json:
    """Return everything that there is to see, and up to which record of the journal."""
    workspace = slack.workspace
    for user in [user for user in workspace.users.values() if not user.is_bot]:
        # Slack shows an app to everybody from the start, and a click on it does not wait.
        workspace.open_dm(user.id)
    return {
        "at": len(slack.journal),
        "note": note,
        "team": workspace.team.name,
        "bot": workspace.team.bot_user,
        "commands": [{"text": text, "hint": hint} for text, hint in COMMANDS],
        "examples": [example._asdict() for example in EXAMPLES],
        "users": [user_json(user) for user in workspace.users.values()],
        "channels": [channel_json(channel) for channel in workspace.channels.values()],
        "messages": [
            message_json(message)
            for channel in workspace.channels
            for message in workspace.messages(channel)
        ],
        "views": _views(workspace),
        "statuses": [
            {"channel": channel, "thread": thread, "status": status}
            for (channel, thread), status in workspace.assistance.statuses.items()
        ],
        **assistance_json(workspace),
    }


def _views(workspace: Workspace) -> list[Json]:
    """Return the home tabs and the modals; of a person's modals the one on top is last."""
    homes = map(workspace.views.home, workspace.users)
    modals = (view for user in workspace.users for view in workspace.views.open(user))
    return [view_json(view) for view in (*homes, *modals) if view is not None]


def assistance_json(workspace: Workspace) -> Json:
    """Return the titles of threads and the prompts that the app suggests."""
    assistance = workspace.assistance
    return {
        "titles": [
            {"channel": channel, "thread": thread, "title": title}
            for (channel, thread), title in assistance.titles.items()
        ],
        "prompts": {channel: list(rows) for channel, rows in assistance.prompts.items()},
    }


def user_json(user: User) -> Json:
    """Return a person or the bot."""
    return {"id": user.id, "name": user.name, "is_bot": user.is_bot, "is_admin": user.is_admin}


def channel_json(channel: Channel) -> Json:
    """Return a channel or the direct messages with somebody."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": sorted(channel.members),
        "is_archived": channel.is_archived,
    }


def message_json(message: Message) -> Json:
    """Return a message as it stands."""
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread": message.thread_ts if message.is_reply else None,
        "user": message.user,
        "is_bot": message.bot_id is not None,
        "text": message.text,
        "blocks": list(message.blocks),
        "files": [str(file.get("name", "")) for file in message.files],
        "is_edited": message.edited_ts is not None,
        "is_gone": message.subtype == "tombstone",
        "only_for": message.visible_to,
        "reactions": [{"name": name, "user": user} for name, user in message.reactions],
    }


def view_json(view: View) -> Json:
    """Return a modal or a home tab."""
    content: Mapping[str, Any] = view.content
    kept = ("title", "submit", "close", "submit_disabled")
    return {
        "id": view.id,
        "hash": view.hash,
        "user": view.user,
        "kind": view.kind,
        "previous": view.previous_id,
        "blocks": list(view.blocks),
        **{name: content[name] for name in kept if name in content},
    }


def change_json(change: Change) -> Json:  # noqa: PLR0911 -- one of each kind
    """Return what the page needs in order to follow a change."""
    match change:
        case Posted(message) | Reacted(message):
            return {"kind": "message", "message": message_json(message)}
        case Edited(_, after):
            return {"kind": "message", "message": message_json(after)}
        case Deleted(message):
            return {"kind": "deleted", "channel": message.channel, "ts": message.ts}
        case Joined(user, channel):
            return {"kind": "joined", "user": user, "channel": channel}
        case Left(user, channel):
            return {"kind": "left", "user": user, "channel": channel}
        case Shown(view):
            return {"kind": "view", "view": view_json(view)}
        case Closed(view):
            return {"kind": "closed", "id": view.id}
        case StatusSet(channel, thread, status):
            return {"kind": "status", "channel": channel, "thread": thread, "status": status}
