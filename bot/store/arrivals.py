"""What came from Slack and waits to be taken: an arrival, and the place of its case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, NamedTuple

from bot.errors import BadInput, StoreTooNew

SCHEMA = 2
"""The form in which an arrival waits; tests/store/golden holds each form that ever was.

The second one has files. What has none waits in the first, so that older versions take it too.
"""

_WITHOUT_FILES = 1


class Kind(Enum):
    """What a person did."""

    SAID = "said"
    EDITED = "edited"
    DELETED = "deleted"
    CHOSE = "chose"
    DID_NOT_KNOW = "did_not_know"
    CORRECTED = "corrected"
    ASKED_BY_COMMAND = "asked_by_command"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is: workspace, channel, and the time stamp of the message that opened it."""

    team: str
    channel: str
    thread: str

    @property
    def key(self) -> str:
        """The place as one text; the parts never hold a colon."""
        return f"{self.team}:{self.channel}:{self.thread}"

    @property
    def is_direct(self) -> bool:
        """Whether it is a conversation between one person and us."""
        return self.channel.startswith("D")


def place_named(key: str) -> Place:
    """Return the place of that key; raises BadInput where it is none."""
    parts = key.split(":")
    if len(parts) != len(Place.__dataclass_fields__) or not all(parts):
        raise BadInput(f"{key[:60]!r} names no case: use team:channel:thread.")
    return Place(*parts)


class Upload(NamedTuple):
    """A file that somebody put into a message; no `address` where Slack does not hold it."""

    id: str
    name: str
    size: int
    address: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that a person did, as it waits to be taken.

    `id` is what it is known by for good: a message's time stamp, an action's, a view's id. `event`
    is the delivery's own id. `facts` are (name, value) pairs of a form. `message` is our message
    that was pressed, or the time stamp of an edit.
    """

    place: Place
    id: str
    kind: Kind
    author: str
    event: str = ""
    text: str = ""
    name: str = ""
    value: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    cleared: tuple[str, ...] = ()
    message: str = ""
    files: tuple[Upload, ...] = ()

    @property
    def sameness(self) -> tuple[str, ...]:
        """What another delivery of the same thing shares: the event's id, and what was done."""
        done = f"{self.kind.value}:{self.id}"
        if self.kind is Kind.EDITED:
            done += f":{self.message}"
        return (f"event:{self.event}", done) if self.event else (done,)

    @property
    def takes_back(self) -> tuple[str, ...]:
        """What a deletion leaves behind, by which its message is not taken if it comes later."""
        return (f"gone:{self.id}",) if self.kind is Kind.DELETED else ()

    @property
    def taken_back_by(self) -> tuple[str, ...]:
        """What a deletion that came before this would have left behind."""
        return (f"gone:{self.id}",) if self.kind in {Kind.SAID, Kind.EDITED} else ()

    def as_text(self) -> str:
        """Return its form in the inbox."""
        place = {
            "team": self.place.team,
            "channel": self.place.channel,
            "thread": self.place.thread,
        }
        rest = {one.name: getattr(self, one.name) for one in fields(self)}
        row = {**rest, "schema": SCHEMA, "kind": self.kind.value, "place": place}
        if not self.files:
            del row["files"]
            row["schema"] = _WITHOUT_FILES
        return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def arrival_from(text: str) -> Arrival:
    """Build an arrival from its form in the inbox; raises BadInput where it has another.

    Raises StoreTooNew for a newer version's: one of that version will take it.
    """
    try:
        row: dict[str, Any] = json.loads(text)
        if row.pop("schema") > SCHEMA:
            raise StoreTooNew("A newer version of us kept this; it will answer.")
        given: Mapping[str, Any] = {
            **row,
            "place": Place(**row["place"]),
            "kind": Kind(row["kind"]),
            "facts": tuple((name, value) for name, value in row["facts"]),
            "cleared": tuple(row["cleared"]),
            "files": tuple(Upload(*one) for one in row.get("files", ())),
        }
        return Arrival(**given)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("what waits in the inbox has no form that this version reads.") from error
