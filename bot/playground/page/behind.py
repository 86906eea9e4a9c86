"""What is behind a message: the events, calls and answers that belong to it, and the facts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.playground.journal import ApiCall, Delivery, EventSent, Happened, Record, ResponseUrlUsed
from bot.playground.page.composed import shown_text
from bot.playground.slack import LocalSlack
from bot.playground.workspace import Message
from bot.slack.escape import theirs

Json = dict[str, Any]
Fits = Callable[[Record], bool]

_MOST_RECORDS = 200
_LONGEST_TEXT = 40_000
_UNDERSTOOD = "*What I understood*"
_HEADING = re.compile(r"\*[^*\n]+\*(\n|$)")
_FACT = re.compile(r"^• \*(?P<title>[^*]+):\* (?P<rest>.+)$")
_QUOTE = re.compile(r"“([^”]+)”")
# What nobody needs to see in order to follow what happened.
_HIDDEN = frozenset({"token", "response_url", "trigger_id"})


def behind(slack: LocalSlack, channel: str, ts: str) -> Json:
    """Return what belongs to one message."""
    message = slack.workspace.message(channel, ts) if channel in slack.workspace.channels else None
    cause = _cause(message)
    belongs = _belongs(channel, frozenset(filter(None, (ts, cause))))
    return {
        "records": _logged(slack, belongs),
        "cause": cause if cause and slack.workspace.message(channel, cause) else None,
        "facts": _facts(slack, message) if message else [],
    }


def everything(slack: LocalSlack) -> Json:
    """Return what happened lately, whatever it belongs to."""
    return {"records": _logged(slack, lambda _: True), "cause": None, "facts": []}


def _cause(message: Message | None) -> str | None:
    """Return which message (or command) a message of the app answers; it says so itself."""
    metadata = (message.metadata if message else None) or {}
    turn = (metadata.get("event_payload") or {}).get("turn")
    return str(turn) if turn else None


# --- Records -------------------------------------------------------------------------------------


def _belongs(channel: str, names: frozenset[str]) -> Fits:
    def fits(record: Record) -> bool:
        match record:
            case EventSent(payload=payload):
                return _in_event(payload.get("event", {}), channel, names)
            case Delivery(payload=payload):
                return _in_delivery(payload, channel, names)
            case ApiCall(arguments=arguments, result=result):
                said = (arguments, result, _turn_of(arguments))
                in_channel = channel in (arguments.get("channel"), result.get("channel"))
                return in_channel and any(_named(part, names) for part in said)
            case _:
                return False

    return fits


def _in_event(event: Mapping[str, Any], channel: str, names: frozenset[str]) -> bool:
    parts = (event, event.get("message") or {}, {"ts": event.get("deleted_ts")})
    return event.get("channel") == channel and any(part.get("ts") in names for part in parts)


def _in_delivery(payload: Mapping[str, Any], channel: str, names: frozenset[str]) -> bool:
    if "event" in payload:
        return _in_event(payload["event"], channel, names)
    if str(payload.get("trigger_id", "")).replace(":", ".") in names:
        return True
    container = payload.get("container") or {}
    return container.get("channel_id") == channel and container.get("message_ts") in names


def _named(part: Mapping[str, Any], names: frozenset[str]) -> bool:
    return any(part.get(key) == name for key in ("ts", "message_ts", "turn") for name in names)


def _turn_of(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = _decoded(arguments.get("metadata"))
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def _logged(slack: LocalSlack, fits: Fits) -> list[Json]:
    told = (r for r in slack.journal if not isinstance(r, Happened) and fits(r))
    return [_record_json(record) for record in list(told)[-_MOST_RECORDS:]]


def _record_json(record: Record) -> Json:
    shown: Json = {"at": record.at}
    match record:
        case EventSent():
            shown |= {"kind": "event", "name": _event_name(record.event), "ok": True}
            shown |= {"outcome": record.event_id, "parts": {"payload": record.payload}}
        case Delivery():
            shown |= {"kind": "delivery", "name": _delivery_name(record), "ok": record.acked}
            shown |= {"outcome": _delivered(record), "milliseconds": record.milliseconds}
            parts = {"answer": _decoded(record.answer)} if record.answer else {}
            shown["parts"] = {"payload": record.payload, **parts}
        case ApiCall():
            shown |= {"kind": "call", "name": record.method, "ok": record.ok and not record.dropped}
            shown |= {"outcome": record.error or str(record.status)}
            shown |= {"milliseconds": record.milliseconds}
            shown["parts"] = {"arguments": record.arguments, "result": record.result}
        case ResponseUrlUsed():
            shown |= {"kind": "call", "name": "response_url", "ok": record.status < 300}  # noqa: PLR2004
            shown |= {"outcome": str(record.status), "parts": {"arguments": record.arguments}}
        case Happened():
            pass
    return {**shown, "parts": _readable(shown.get("parts", {}))}


def _event_name(event: Mapping[str, Any]) -> str:
    return ".".join(str(event[key]) for key in ("type", "subtype") if event.get(key))


def _delivery_name(record: Delivery) -> str:
    payload = record.payload
    match record.kind:
        case "events_api":
            return _event_name(payload.get("event", {}))
        case "slash_commands":
            return f"{payload.get('command', '')} {payload.get('text', '')}".strip()
        case _:
            action: Mapping[str, Any] = next(iter(payload.get("actions", ())), {})
            return f"{payload.get('type', '')} {action.get('action_id', '')}".strip()


def _delivered(record: Delivery) -> str:
    tried = f", attempt {record.attempt + 1}" if record.attempt else ""
    how = record.failure or (f"{record.status}" if record.status else "taken")
    return f"{how} over {record.way}{tried}"


def _readable(value: object) -> Any:  # noqa: ANN401 -- JSON of any shape
    """Return JSON with what is JSON inside of texts taken out, and without what is secret."""
    value = _decoded(value)
    if isinstance(value, Mapping):
        kept = ((name, held) for name, held in value.items() if name not in _HIDDEN)
        return {str(name): _readable(held) for name, held in kept}
    if isinstance(value, list | tuple):
        return [_readable(held) for held in value]
    return value


def _decoded(value: object) -> object:
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


# --- Facts ---------------------------------------------------------------------------------------


def _facts(slack: LocalSlack, message: Message) -> list[Json]:
    """Return what a card says that it understood; of a person's message, what was read in it."""
    if message.bot_id:
        return list(facts_in(message.blocks))
    said = theirs(shown_text(message.text), _LONGEST_TEXT)
    thread = slack.workspace.thread(message.channel, message.thread_ts or message.ts)
    cards = (facts_in(one.blocks) for one in thread if one.bot_id)
    return [fact for card in cards for fact in card if _is_read_in(fact, said)]


def _is_read_in(fact: Mapping[str, Any], said: str) -> bool:
    quotes = [quote.rstrip("…") for quote in _QUOTE.findall(str(fact["text"]))]
    return any(quote and quote in said for quote in quotes)


def facts_in(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    """Yield the rows under "What I understood", which may run over several sections."""
    inside = False
    for block in blocks:
        text = str((block.get("text") or {}).get("text", "")) if _is_section(block) else ""
        inside = text.startswith(_UNDERSTOOD) or (inside and bool(text) and not _starts_anew(text))
        if not inside:
            continue
        found = map(_FACT.match, text.splitlines())
        yield from ({"title": row["title"], "text": row["rest"]} for row in found if row)


def _is_section(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "section" and isinstance(block.get("text"), Mapping)


def _starts_anew(text: str) -> bool:
    return bool(_HEADING.match(text))
