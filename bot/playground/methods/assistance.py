"""assistant.threads.* and agents.sessions.*: what the app says around its messages."""

from __future__ import annotations

from bot.playground.errors import Refusal
from bot.playground.methods.call import Call, Method
from bot.playground.payloads import Json
from bot.playground.workspace import Session, StatusSet

_STATUSES = ("active", "processing", "suspended", "closed")
_MOST_PROMPTS = 4


def _status(call: Call) -> Json:
    channel, thread = _thread(call)
    status = call.text("status")
    if not status:
        call.workspace.clear_status(channel, thread)
        return {}
    call.workspace.assistance.statuses[channel, thread] = status
    call.workspace.tell(StatusSet(channel, thread, status))
    return {}


def _title(call: Call) -> Json:
    channel, thread = _thread(call)
    call.workspace.assistance.titles[channel, thread] = call.text("title")
    return {}


def _prompts(call: Call) -> Json:
    channel = call.channel_of_bot("channel_id")
    prompts = call.listed("prompts")
    if not 1 <= len(prompts) <= _MOST_PROMPTS:
        raise Refusal("invalid_arguments", f"prompts must be 1 to {_MOST_PROMPTS}")
    if call.text("thread_ts") and call.place.settings.agent_view:
        # Slack answers ok and shows nothing: an app with the agent view has no use for a thread.
        return {}
    call.workspace.assistance.prompts[channel.id] = prompts
    return {}


def _session(call: Call) -> Json:
    if call.text("status") not in _STATUSES:
        raise Refusal("invalid_status")
    channel = call.channel("channel_id")
    if call.workspace.team.bot_user not in channel.members:
        raise Refusal("not_authorized")
    thread = call.text("thread_ts")
    if not thread:
        raise Refusal("thread_ts_required")
    sessions = call.workspace.assistance.sessions
    known = sessions.get((channel.id, thread))
    title = known.title if known else call.text("title") or None
    sessions[channel.id, thread] = Session(call.text("status"), title)
    return {"status": call.text("status"), "agent_status": call.text("status"), "title": title}


def _thread(call: Call) -> tuple[str, str]:
    channel = call.channel_of_bot("channel_id")
    if call.workspace.message(channel.id, call.text("thread_ts")) is None:
        raise Refusal("invalid_thread_ts")
    return channel.id, call.text("thread_ts")


_IN_THREAD = ("channel_id", "thread_ts")
METHODS = {
    "assistant.threads.setStatus": Method(_status, (*_IN_THREAD, "status"), "chat:write"),
    "assistant.threads.setTitle": Method(_title, (*_IN_THREAD, "title"), "assistant:write"),
    "assistant.threads.setSuggestedPrompts": Method(
        _prompts, ("channel_id", "prompts"), "assistant:write"
    ),
    "agents.sessions.setStatus": Method(_session, ("channel_id", "status"), "chat:write"),
}
