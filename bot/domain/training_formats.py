"""What a row of a training file is: its input, its output, and the form that they are given in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise


class Shape(Enum):
    """The forms of training rows that we tell apart."""

    CHAT = "chat"
    PREFERENCES = "preferences"
    CLASSIFICATION = "classification"
    PAIRS = "pairs"
    INPUTS = "inputs"
    DOCUMENTS = "documents"
    RECORDS = "records"

    @property
    def answered(self) -> bool:
        """Whether a row of it holds an output beside its input."""
        return self in _ANSWERED


_ANSWERED = {Shape.CHAT, Shape.PREFERENCES, Shape.CLASSIFICATION, Shape.PAIRS}


class RoleFault(Enum):
    """What services, or the chat templates of open models, refuse in the order of a chat."""

    UNKNOWN = "unknown_role"
    SYSTEM_LATE = "system_late"
    ASSISTANT_FIRST = "assistant_first"
    TWICE = "twice_in_a_row"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Example:
    """One row, read: `rejected` belongs to preferences, `messages` and `faults` to chats.

    `unknown` counts the columns that play no part in it.
    """

    shape: Shape
    input: str
    output: str = ""
    rejected: str = ""
    messages: int = 0
    faults: tuple[RoleFault, ...] = ()
    dialect: str = ""
    unknown: int = 0


# What columns are called, lower case. Which names we know is our choice: those of the services'
# and the well-known data sets' own files, and the plain words in a few languages.
_CHATS = {
    "messages": "messages",
    "contents": "contents",
    "conversations": "conversations",
    "conversation": "conversations",
}
_CHOSEN = ("chosen", "preferred_output", "preferred", "chosen_response")
_REJECTED = ("rejected", "non_preferred_output", "non_preferred", "rejected_response")
_LABELS = ("label", "labels", "category", "class", "intent", "sentiment", "etiqueta", "kategorie")
_SYSTEM = ("system", "system_prompt", "system_instruction", "systeminstruction")
_INPUTS = (
    *_SYSTEM,
    *("instruction", "prompt", "question", "query", "problem", "request", "input", "inputs"),
    *("context", "user", "source", "frage", "eingabe", "pregunta", "entrada", "вопрос", "запрос"),
    *("问题", "輸入", "输入", "質問", "질문"),
)
_OUTPUTS = (
    *("completion", "output", "outputs", "answer", "response", "target", "reply", "solution"),
    *("assistant", "ideal", "ideal_output", "expected_output", "reference_answer", "summary"),
    *("translation", "sql", "antwort", "ausgabe", "respuesta", "salida", "réponse", "reponse"),
    *("ответ", "答案", "回答", "輸出", "输出", "답변"),
)
_TEXTS = ("text", "content", "document", "page_content", "passage", "article", "markdown")
_WEAK = frozenset({"source", "user"})
"""Inputs where nothing else is one; else they tell where a text is from, or whose it is."""
_BESIDE = frozenset({"id", "title", "url", "date", "lang", "language", "meta", "metadata"})
"""What stands beside a text without saying what is to be done with it."""
KNOWN = frozenset({*_CHATS, *_CHOSEN, *_REJECTED, *_LABELS, *_INPUTS, *_OUTPUTS, *_TEXTS})
"""Names of columns that say what a column holds."""

_ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot"), "assistant"),
    **dict.fromkeys(("tool", "function"), "tool"),
}
_BETWEEN = "\x1e"
_PART_BYTES = 8


def example_of(row: Mapping[str, object]) -> Example:
    """Return a row in the form that its columns show; the order of columns never matters."""
    held = {key.strip().lower(): value for key, value in row.items()}
    layout = _layout(frozenset(held))
    chat = next((name for name in layout.chats if isinstance(held[name], list)), "")
    if layout.rejected and (layout.chosen or chat):
        return _preference(held, layout, chat)
    return _chat(held, chat) if chat else _columns(held, layout)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which of a row's columns hold what; a name is empty where there is none."""

    chats: tuple[str, ...]
    chosen: str
    rejected: str
    label: str
    output: str
    text: str
    asked: tuple[str, ...]
    has_input: bool
    unknown: int

    @property
    def given(self) -> tuple[str, ...]:
        """Columns that an output answers, passages among them.

        Beside an input, `text` is left out: there it is mostly input and output once more.
        """
        if not self.text or (self.has_input and self.text == _TEXTS[0]):
            return self.asked
        return (*self.asked, self.text)


@lru_cache(maxsize=256)
def _layout(names: frozenset[str]) -> _Layout:
    """Read the names of columns, which are the same in most rows of a file."""

    def first(known: Sequence[str]) -> str:
        return next((name for name in known if name in names), "")

    text, asked = first(_TEXTS), names & set(_INPUTS)
    if text or asked.difference(_SYSTEM, _WEAK):
        asked -= _WEAK
    return _Layout(
        chats=tuple(name for name in _CHATS if name in names),
        chosen=first(_CHOSEN),
        rejected=first(_REJECTED),
        label=first(_LABELS),
        output=first(_OUTPUTS),
        text=text,
        asked=tuple(name for name in _INPUTS if name in asked),
        has_input=bool(asked.difference(_SYSTEM)),
        unknown=len(names - KNOWN - _BESIDE),
    )


def _preference(held: Mapping[str, object], layout: _Layout, chat: str) -> Example:
    asked, answer = _input(held, layout.asked), _text(held.get(layout.chosen))
    if chat:
        read = _chat(held, chat)
        # Without a chosen column the chat ends with what is preferred.
        asked, answer = read.input, answer or read.output
    return Example(Shape.PREFERENCES, asked, answer, _text(held[layout.rejected]))


def _columns(held: Mapping[str, object], layout: _Layout) -> Example:
    answer = layout.output or layout.label
    if answer and (layout.has_input or layout.text):
        shape = Shape.PAIRS if layout.output else Shape.CLASSIFICATION
        asked = _input(held, layout.given)
        return Example(shape, asked, _text(held[answer]), unknown=layout.unknown)
    if layout.has_input:
        return Example(Shape.INPUTS, _input(held, layout.given))
    if layout.text:
        # A text among columns that we do not know is a ticket or a log line sooner than a document.
        shape = Shape.RECORDS if layout.unknown else Shape.DOCUMENTS
        return Example(shape, _text(held[layout.text]))
    return Example(Shape.RECORDS, _text(dict(held)) if any(map(_text, held.values())) else "")


def _input(held: Mapping[str, object], names: Iterable[str]) -> str:
    """Join all columns that belong to the input, as instruction and input of one row do."""
    return _joined(_text(held[name]) for name in names)


def _joined(parts: Iterable[str]) -> str:
    return _BETWEEN.join(part for part in parts if part)


def _text(value: object) -> str:
    """Return any value as one text; equal values give equal texts."""
    match value:
        case str():
            return value
        case None:
            return ""
        case {"messages": list() as messages}:
            return _text(messages)
        case [dict(), *_]:
            return _BETWEEN.join(_spoken(message) for message in value)
        case _:
            return _dumped(value)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _spoken(message: object) -> str:
    """Return what one message says, whichever of the three dialects it is written in."""
    if not isinstance(message, dict):
        return _dumped(message)
    content = message.get("content", message.get("value", message.get("parts")))
    calls = message.get("tool_calls") or message.get("function_call")
    said = _parts(content) if isinstance(content, list) else _text(content)
    return _BETWEEN.join((said, _dumped(calls))) if calls else said


def _parts(parts: Sequence[object]) -> str:
    return _BETWEEN.join(_part(part) for part in parts)


def _part(part: object) -> str:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    # Pictures and sounds are no text to be counted: they only have to be told apart.
    whole = _dumped(part).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=_PART_BYTES).hexdigest()


def _chat(held: Mapping[str, object], name: str) -> Example:
    given = held[name]
    messages = given if isinstance(given, list) else []
    roles = tuple(_role(message) for message in messages)
    spoken = [_spoken(message) for message in messages]
    system = _joined(_text(held[key]) for key in _SYSTEM if key in held)
    faults = _role_faults(roles)
    if roles[-1:] == ("assistant",):
        output, before = spoken[-1], len(roles) - 1
    else:
        # A prompt to be graded has its right answer beside the messages, not in them.
        output, before = _text(held.get(_layout(frozenset(held)).output)), len(roles)
        if output:
            faults = tuple(fault for fault in faults if fault is not RoleFault.NO_ANSWER)
    turns = (f"{roles[place]}{_BETWEEN}{spoken[place]}" for place in range(before))
    said = any(
        text.strip() for role, text in zip(roles[:before], spoken, strict=False) if role != "system"
    )
    asked = _joined((system, *turns)) if said else ""
    dialect = "parts" if name == "messages" and _in_parts(messages) else _CHATS[name]
    return Example(Shape.CHAT, asked, output, "", len(messages), faults, dialect)


def _in_parts(messages: Sequence[object]) -> bool:
    """Whether contents are lists of untyped parts, as Amazon's models want them."""
    first = messages[0] if messages else None
    content = first.get("content") if isinstance(first, dict) else None
    return isinstance(content, list) and not any(
        "type" in p for p in content if isinstance(p, dict)
    )


def _role(message: object) -> str:
    if not isinstance(message, dict):
        return ""
    return _ROLES.get(str(message.get("role", message.get("from", ""))), "")


@lru_cache(maxsize=256)
def _role_faults(roles: tuple[str, ...]) -> tuple[RoleFault, ...]:
    turns = tuple(role for role in roles if role != "system")
    # An assistant that calls a tool speaks again after it, and several tools answer in a row.
    twice = any(one == other and one in {"user", "assistant"} for one, other in pairwise(turns))
    found = (
        (RoleFault.UNKNOWN, "" in roles),
        (RoleFault.SYSTEM_LATE, "system" in roles[1:]),
        (RoleFault.ASSISTANT_FIRST, turns[:1] == ("assistant",)),
        (RoleFault.TWICE, twice),
        (RoleFault.NO_ANSWER, roles[-1:] != ("assistant",)),
    )
    return tuple(fault for fault, here in found if here)
