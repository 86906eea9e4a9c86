"""What every reader is given and returns: the port with two implementations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.conversation import Denial, Request
from bot.domain.problem import Fact, Problem


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be read: text, author, the question that was pending, what is known."""

    text: str
    author: str = ""
    id: str = ""
    question: str = ""
    known: Problem = field(default_factory=Problem)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and calls that one reading took."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: verified facts, denials, corrections, and a request to us, if any.

    `dropped` counts what the reader gave without valid evidence. `note` is a quiet line for the
    person ("the model did not answer in time; ..."), empty as a rule. `does_not_know` means that
    the pending question was answered with "don't know".
    """

    facts: tuple[Fact, ...] = ()
    denials: tuple[Denial, ...] = ()
    corrects: frozenset[str] = frozenset()
    request: Request | None = None
    does_not_know: bool = False
    reader: str = ""
    prompt: str = ""
    dropped: int = 0
    note: str = ""
    usage: Usage = field(default_factory=Usage)


class Reader(Protocol):
    """Reads one message; raises ReaderFailed where it cannot."""

    async def ready(self) -> None:
        """Load what the first message would wait for; raises BadSetting where nothing can."""

    async def read(self, message: Message) -> Reading:
        """Return what the message says, in facts."""
