"""What Slack writes to an app: messages, views and envelopes in Slack's shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.playground.views import View
from bot.playground.workspace import Channel, Message, Workspace

Json = dict[str, Any]
_MENTION = re.compile(r"<@(\w+)(?:\|[^>]*)?>")


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """Return a message as events and the Web API show it."""
    shown: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    shown["team"] = _team_of(workspace, message.user)
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
        shown |= _parent_of(workspace, message)
    shown |= _written_by(workspace, message)
    shown |= _optional_parts(message)
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown


def _parent_of(workspace: Workspace, message: Message) -> Json:
    parent = workspace.message(message.channel, message.thread_ts or "")
    return {"parent_user_id": parent.user} if parent and message.is_reply else {}


def _written_by(workspace: Workspace, message: Message) -> Json:
    if message.bot_id is None:
        return {} if message.subtype else {"client_msg_id": f"client-{message.ts}"}
    team = workspace.team
    profile = {"id": team.bot_id, "app_id": team.app_id, "team_id": team.id}
    profile["name"] = workspace.users[team.bot_user].name
    return {"bot_id": message.bot_id, "app_id": team.app_id, "bot_profile": profile}


def _optional_parts(message: Message) -> Json:
    parts: Json = {}
    if message.subtype:
        parts["subtype"] = message.subtype
    if message.blocks:
        parts["blocks"] = list(message.blocks)
    elif message.bot_id is None and message.subtype is None:
        parts["blocks"] = [rich_text(message.text, message.ts)]
    if message.files:
        parts["files"] = list(message.files)
    if message.attachments:
        parts["attachments"] = list(message.attachments)
    if message.edited_ts:
        parts["edited"] = {"user": message.edited_by, "ts": message.edited_ts}
    if message.reactions:
        parts["reactions"] = _reactions(message)
    return parts


def _reactions(message: Message) -> list[Json]:
    by_name: dict[str, list[str]] = {}
    for name, user in message.reactions:
        by_name.setdefault(name, []).append(user)
    return [{"name": n, "users": users, "count": len(users)} for n, users in by_name.items()]


def rich_text(text: str, seed: str) -> Json:
    """Return the block that Slack's own composer makes of a person's words."""
    elements: list[Json] = []
    position = 0
    for mention in _MENTION.finditer(text):
        elements += _plain(text[position : mention.start()])
        elements.append({"type": "user", "user_id": mention[1]})
        position = mention.end()
    elements += _plain(text[position:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": f"r{seed}", "elements": [section]}


def _plain(text: str) -> list[Json]:
    return [{"type": "text", "text": text}] if text else []


def with_thread_counts(workspace: Workspace, message: Message, shown: Json) -> Json:
    """Add what history says of a message that has replies."""
    replies = workspace.thread(message.channel, message.ts)[1:]
    if not replies or message.is_reply:
        return shown
    people = sorted({reply.user for reply in replies})
    counts = {"reply_count": len(replies), "reply_users": people, "latest_reply": replies[-1].ts}
    return {**shown, "thread_ts": message.ts, **counts, "reply_users_count": len(people)}


def mentioned(text: str) -> set[str]:
    """Return whom a text mentions."""
    return set(_MENTION.findall(text))


def view_json(workspace: Workspace, view: View, values: Mapping[str, Any] | None = None) -> Json:
    """Return a view as payloads and views.* show it."""
    team = workspace.team
    usual: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
    }
    known: Json = {
        "id": view.id,
        "team_id": team.id,
        "app_id": team.app_id,
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "state": {"values": values or {}},
    }
    return {**usual, **view.content, **known}


def channel_json(workspace: Workspace, channel: Channel, *, with_number: bool = False) -> Json:
    """Return a channel as conversations.info shows it."""
    shown: Json = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "context_team_id": workspace.team.id,
    }
    if channel.kind == "im":
        others = channel.members - {workspace.team.bot_user}
        return {**shown, "user": next(iter(others)), "is_open": True}
    shown |= {"name": channel.name, "name_normalized": channel.name}
    shown["is_member"] = workspace.team.bot_user in channel.members
    return {**shown, "num_members": len(channel.members)} if with_number else shown


def user_json(workspace: Workspace, user_id: str) -> Json:
    """Return a person as users.info shows them."""
    user = workspace.users[user_id]
    met = {workspace.team.bot_user, user_id}
    has_met = any(met <= channel.members for channel in workspace.channels.values())
    profile = {"real_name": user.name, "display_name": user.name, "team": user.team}
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.name,
        "deleted": user.deleted,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_stranger": workspace.is_outsider(user_id) and not has_met,
        "locale": "en-US",
        "tz": "Europe/London",
        "profile": profile,
    }


def event_payload(workspace: Workspace, event: Json, at: float) -> Json:
    """Return an event in its envelope, with an event id of its own."""
    team = workspace.team
    channel = workspace.channels.get(_channel_in(event))
    installed = {
        "enterprise_id": None,
        "team_id": team.id,
        "user_id": team.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "not-a-secret-any-more",
        # A message of somebody of another organisation comes under the name of theirs.
        "team_id": event.get("team", team.id) if event.get("type") == "message" else team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": team.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.clock.name("Ev"),
        "event_time": int(at),
        "authorizations": [installed],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
    }


def _channel_in(event: Json) -> str:
    channel = event.get("channel")
    return channel if isinstance(channel, str) else ""


def _team_of(workspace: Workspace, user_id: str) -> str:
    user = workspace.users.get(user_id)
    return user.team if user else workspace.team.id
