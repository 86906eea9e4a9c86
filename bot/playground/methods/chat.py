"""chat.*: post, change and delete messages."""

from __future__ import annotations

from typing import Any

from bot.playground.errors import Refusal
from bot.playground.methods.call import Call, Method
from bot.playground.payloads import Json, message_json
from bot.playground.workspace import Channel, Message

_LONGEST_MARKDOWN = 12_000


def _post(call: Call) -> Json:
    channel = _where_to_post(call)
    content = _content(call)
    _must_say_something(content)
    posted = call.workspace.post(_by_bot(call, channel, content))
    shown = message_json(call.workspace, posted, with_metadata=True)
    return {"channel": channel.id, "ts": posted.ts, "message": shown}


def _post_ephemeral(call: Call) -> Json:
    channel = _where_to_post(call)
    if call.text("user") not in channel.members:
        raise Refusal("user_not_in_channel")
    content = _content(call)
    _must_say_something(content)
    content["visible_to"] = call.text("user")
    posted = call.workspace.post(_by_bot(call, channel, content))
    return {"message_ts": posted.ts}


def _update(call: Call) -> Json:
    channel = call.channel_of_bot()
    message = call.message(channel)
    if message.bot_id != call.workspace.team.bot_id or message.subtype == "tombstone":
        raise Refusal("cant_update_message")
    content = _content(call)
    if not {"text", "blocks", "attachments"} & set(content):
        raise Refusal("no_text")
    # What is not given stays as it was: Slack says so of blocks, attachments and metadata.
    _must_say_something({"text": message.text, "blocks": message.blocks, **content})
    after = call.workspace.edit(channel.id, message.ts, call.workspace.team.bot_user, **content)
    shown = message_json(call.workspace, after, with_metadata=True)
    return {"channel": channel.id, "ts": after.ts, "text": after.text, "message": shown}


def _delete(call: Call) -> Json:
    channel = call.channel_of_bot()
    message = call.message(channel)
    if message.bot_id != call.workspace.team.bot_id:
        raise Refusal("cant_delete_message")
    call.workspace.delete(channel.id, message.ts)
    return {"channel": channel.id, "ts": message.ts}


def _permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    link = f"{call.place.site}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _where_to_post(call: Call) -> Channel:
    if call.text("channel") in call.workspace.users:
        # A person's id stands for the direct messages with them.
        return call.workspace.open_dm(call.text("channel"))
    channel = call.channel()
    public = channel.kind == "channel" and "chat:write.public" in call.workspace.scopes
    if not public:
        call.channel_of_bot()
    if channel.is_archived:
        raise Refusal("is_archived")
    return channel


def _by_bot(call: Call, channel: Channel, content: Json) -> Message:
    team = call.workspace.team
    thread = _thread(call, channel)
    return Message(
        channel.id, team.bot_user, **{"text": "", **content}, thread_ts=thread, bot_id=team.bot_id
    )


def _thread(call: Call, channel: Channel) -> str | None:
    wanted = call.text("thread_ts")
    if not wanted:
        return None
    parent = call.workspace.message(channel.id, wanted)
    if parent is None:
        raise Refusal("thread_not_found")
    if parent.visible_to is not None:
        raise Refusal("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def _content(call: Call) -> dict[str, Any]:
    """Return what the call says of a message's content, and nothing of what it does not."""
    if call.text("markdown_text") and (call.text("text") or call.listed("blocks")):
        raise Refusal("markdown_text_conflict")
    if len(call.text("markdown_text")) > _LONGEST_MARKDOWN:
        raise Refusal("msg_too_long")
    content: dict[str, Any] = {}
    for name in ("text", "markdown_text"):
        if call.arguments.get(name) is not None:
            content["text"] = call.text(name)
    for name in ("blocks", "attachments"):
        if call.arguments.get(name) is not None:
            content[name] = call.listed(name)
    if call.arguments.get("metadata") is not None:
        content["metadata"] = _metadata(call) or None
    call.check_limits({**call.arguments, **content})
    return content


def _metadata(call: Call) -> Json:
    metadata = call.document("metadata")
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    if metadata and not ({"event_type", "event_payload"} <= set(metadata)):
        raise Refusal("invalid_metadata_schema")
    return metadata


def _must_say_something(content: Json) -> None:
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise Refusal("no_text")


METHODS = {
    "chat.postMessage": Method(_post, ("channel",), "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, ("channel", "user"), "chat:write"),
    "chat.update": Method(_update, ("channel", "ts"), "chat:write"),
    "chat.delete": Method(_delete, ("channel", "ts"), "chat:write"),
    "chat.getPermalink": Method(_permalink, ("channel", "message_ts")),
}
