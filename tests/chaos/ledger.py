"""Counts what was acknowledged against what was visibly answered; knows no clock and no network."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bot.playground.journal import Delivery, Happened, Record
from bot.playground.workspace import Edited, Message, Posted

READING = "Reading…"
NOT_SAVED = "could not save"


class Kind(Enum):
    """What a person did; only what was said is answered by a message of its own."""

    SAID = "said"
    EDITED = "edited"
    PRESSED = "pressed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that a person did: where, and the words by which its answer is known.

    `name` is a message's time stamp, or that of its edit, or whatever a press is called. `mark`
    is shown in its thread once the turn was taken, and by no other turn.
    """

    name: str
    thread: str
    kind: Kind
    mark: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of ours as it stands: all its words as one text, and the turn that it answers."""

    message: Message
    text: str
    turn: str

    @property
    def is_reading(self) -> bool:
        """Whether it only says that we read."""
        return self.message.text.strip() == READING


@dataclass(frozen=True, slots=True)
class Balance:
    """How it came out; `lost` and `doubled` name the turns, or the messages that nobody needs."""

    turns: int
    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    orphans: tuple[str, ...]

    @property
    def is_even(self) -> bool:
        """Whether nothing was lost and nothing answered twice."""
        return not (self.lost or self.doubled)


@dataclass
class Ledger:
    """Grows with the records of a Slack on localhost and the turns that are told to it."""

    turns: dict[str, Turn] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    """People who were told that what they did could not be saved, and to try again."""
    _threads: dict[str, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    _shown: dict[str, dict[str, Shown]] = field(default_factory=lambda: defaultdict(dict))

    def expect(self, turn: Turn) -> None:
        """Take a turn in."""
        self.turns[turn.name] = turn
        self._threads[turn.thread].append(turn)

    def is_settled(self, thread: str) -> bool:
        """Whether everything that we took in a thread is answered."""
        kept = [turn for turn in self._threads[thread] if self._is_kept(turn)]
        return bool(kept) and all(self.is_answered(turn) for turn in kept)

    def read(self, record: Record) -> None:
        """Take note of what a record says of acknowledgements and of our messages."""
        match record:
            case Delivery(kind="events_api", failure=None):
                self.acknowledged.add(_name_of(record.payload["event"]))
            case Happened(change=Posted(message=message) | Edited(after=message)):
                self._see(message)
            case _:
                return

    def _see(self, message: Message) -> None:
        if message.visible_to is not None and NOT_SAVED in message.text:
            self.told.add(message.visible_to)
        elif message.bot_id is not None and message.visible_to is None:
            payload = (message.metadata or {}).get("event_payload") or {}
            shown = Shown(message, text_of(message), str(payload.get("turn") or ""))
            self._shown[message.thread_ts or message.ts][message.ts] = shown

    def shown(self, thread: str) -> tuple[Shown, ...]:
        """Return our messages in a thread, as they stand."""
        return tuple(self._shown[thread].values()) if thread in self._shown else ()

    def answers(self, turn: Turn) -> tuple[Shown, ...]:
        """Return the messages that answer a turn; more than one is one too many."""
        ours = self.shown(turn.thread)
        if turn.kind is not Kind.SAID:
            return tuple(one for one in ours if turn.mark in one.text)[:1]
        return tuple(one for one in ours if one.turn == turn.name and not one.is_reading)

    def is_answered(self, turn: Turn) -> bool:
        """Whether a turn was answered, and what it told is shown."""
        shown = any(turn.mark in one.text for one in self.shown(turn.thread))
        return bool(self.answers(turn)) and shown

    def balance(self) -> Balance:
        """Return how it stands now."""
        turns = tuple(self.turns.values())
        kept = [turn for turn in turns if self._is_kept(turn)]
        return Balance(
            len(turns),
            len(kept),
            tuple(turn.name for turn in kept if not self.is_answered(turn)),
            (*(t.name for t in turns if len(self.answers(t)) > 1), *self._strange()),
            tuple(self._orphans()),
        )

    def _is_kept(self, turn: Turn) -> bool:
        return turn.name in self.acknowledged and turn.author not in self.told

    def _strange(self) -> Iterator[str]:
        """Yield our messages that answer no turn that we know of."""
        said = {turn.name for turn in self.turns.values() if turn.kind is Kind.SAID}
        known = (one for one in self._all() if one.turn not in said and not one.is_reading)
        yield from (one.message.ts for one in known)

    def _orphans(self) -> Iterator[str]:
        yield from (one.message.ts for one in self._all() if one.is_reading)

    def _all(self) -> Iterator[Shown]:
        yield from (one for thread in self._shown.values() for one in thread.values())


def edit_name(ts: str, edited_ts: str) -> str:
    """Return what an edit is called: its message and when it was changed."""
    return f"{ts} edited {edited_ts}"


def text_of(message: Message) -> str:
    """Return all that a message shows, its blocks as one text."""
    return f"{message.text}\n{json.dumps(list(message.blocks), ensure_ascii=False)}"


def _name_of(event: Mapping[str, Any]) -> str:
    """Return the turn that an event tells of; a mention in a changed text tells of the change."""
    said = event.get("message") or event
    edited = (said.get("edited") or {}).get("ts")
    ts = str(said.get("ts") or "")
    return edit_name(ts, str(edited)) if edited else ts
