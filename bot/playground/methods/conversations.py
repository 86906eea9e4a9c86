"""conversations.*: open direct messages, look at channels and read what was said."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from bot.playground.errors import Refusal
from bot.playground.methods.call import Call, Method, by_kind
from bot.playground.payloads import Json, channel_json, message_json, with_thread_counts
from bot.playground.workspace import Message

_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
_READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
_USUAL_PAGE = 100
_MOST_A_PAGE = 999


def _open(call: Call) -> Json:
    users = [user for user in call.text("users").split(",") if user]
    if call.text("channel"):
        users = sorted(call.channel().members - {call.workspace.team.bot_user})
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        # Only direct messages with one person are known here.
        raise Refusal("too_many_users")
    return _opened(call, users[0])


def _opened(call: Call, user: str) -> Json:
    if user not in call.workspace.users:
        raise Refusal("user_not_found")
    if call.workspace.users[user].deleted:
        raise Refusal("user_disabled")
    was_open = call.workspace.dm_with(user) is not None
    channel = call.workspace.open_dm(user)
    full = channel_json(call.workspace, channel)
    shown = full if call.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if was_open else {})}


def _info(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "channel":
        call.channel_of_bot()
    with_number = call.flag("include_num_members")
    return {"channel": channel_json(call.workspace, channel, with_number=with_number)}


def _history(call: Call) -> Json:
    channel = call.channel_of_bot()
    heard = [m for m in call.workspace.messages(channel.id) if not m.is_reply]
    return _page(call, [m for m in reversed(heard) if m.visible_to is None])


def _replies(call: Call) -> Json:
    channel = call.channel_of_bot()
    asked = call.workspace.message(channel.id, call.text("ts"))
    if asked is None or asked.visible_to is not None:
        raise Refusal("thread_not_found")
    return _page(call, call.workspace.thread(channel.id, asked.thread_ts or asked.ts))


def _page(call: Call, messages: Sequence[Message]) -> Json:
    within = [m for m in messages if _is_within(call, m.ts)]
    start = _cursor(call.text("cursor"))
    end = start + min(max(call.number("limit", _USUAL_PAGE), 1), _MOST_A_PAGE)
    shown = [_shown(call, message) for message in within[start:end]]
    has_more = end < len(within)
    page: Json = {"messages": shown, "has_more": has_more}
    if has_more:
        cursor = urlsafe_b64encode(f"next:{end}".encode()).decode()
        page["response_metadata"] = {"next_cursor": cursor}
    return page


def _is_within(call: Call, ts: str) -> bool:
    oldest, latest = call.text("oldest"), call.text("latest")
    if call.flag("inclusive") and ts in {oldest, latest}:
        return True
    after = not oldest or float(ts) > float(oldest)
    return after and (not latest or float(ts) < float(latest))


def _cursor(cursor: str) -> int:
    try:
        return int(urlsafe_b64decode(cursor).decode().removeprefix("next:")) if cursor else 0
    except ValueError:
        raise Refusal("invalid_cursor") from None


def _shown(call: Call, message: Message) -> Json:
    with_metadata = call.flag("include_all_metadata")
    shown = message_json(call.workspace, message, with_metadata=with_metadata)
    return with_thread_counts(call.workspace, message, shown)


METHODS = {
    "conversations.open": Method(_open, (), "im:write"),
    "conversations.info": Method(_info, ("channel",), by_kind(_READ)),
    "conversations.history": Method(_history, ("channel",), by_kind(_HISTORY)),
    "conversations.replies": Method(_replies, ("channel", "ts"), by_kind(_HISTORY)),
}
