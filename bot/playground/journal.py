"""Everything that happened in this Slack, in order, and a way to wait for the next of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bot.playground.errors import NeverHappened
from bot.playground.workspace import Change

T = TypeVar("T")
Kind = Literal["events_api", "slash_commands", "interactive"]
Way = Literal["http", "socket"]


@dataclass(frozen=True)
class Happened:
    """Something changed in a team: a message, a member, a view."""

    at: float
    team: str
    change: Change


@dataclass(frozen=True)
class ApiCall:
    """The app called a Web API method; `dropped` says that it never saw the result."""

    at: float
    team: str | None
    method: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]
    status: int
    milliseconds: float
    dropped: bool = False

    @property
    def ok(self) -> bool:
        return bool(self.result.get("ok"))

    @property
    def error(self) -> str | None:
        return self.result.get("error")


@dataclass(frozen=True)
class ResponseUrlUsed:
    """The app posted to a response_url."""

    at: float
    team: str
    arguments: Mapping[str, Any]
    status: int
    answer: str


@dataclass(frozen=True)
class EventSent:
    """An event was made for the app; deliveries of it follow, one or several or none."""

    at: float
    team: str
    payload: Mapping[str, Any]

    @property
    def event(self) -> Mapping[str, Any]:
        event: Mapping[str, Any] = self.payload["event"]
        return event

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])


@dataclass(frozen=True)
class Delivery:
    """One attempt to bring something to the app, and how it ended.

    `failure` is Slack's word for why it has to be retried, None once the app took it.
    """

    at: float
    team: str
    kind: Kind
    way: Way
    payload: Mapping[str, Any]
    attempt: int
    retry_reason: str | None
    status: int | None
    failure: str | None
    milliseconds: float
    answer: str

    @property
    def acked(self) -> bool:
        return self.failure is None


Record = Happened | ApiCall | ResponseUrlUsed | EventSent | Delivery


class Journal:
    """An iterable of records that only grows."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._grown = asyncio.Event()
        self._closed = False

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """Write a record down and wake whoever waits."""
        self._records.append(record)
        self._wake()

    def close(self) -> None:
        """End every subscription."""
        self._closed = True
        self._wake()

    def calls(self, method: str | None = None) -> list[ApiCall]:
        """Return the app's calls, of one method or of all."""
        calls = (r for r in self._records if isinstance(r, ApiCall))
        return [call for call in calls if method in {None, call.method}]

    def events(self, event_type: str | None = None) -> list[EventSent]:
        """Return the events that were made, of one type or of all."""
        sent = (r for r in self._records if isinstance(r, EventSent))
        return [record for record in sent if event_type in {None, record.type}]

    def deliveries(self, kind: Kind | None = None) -> list[Delivery]:
        """Return the attempts to bring something to the app."""
        attempts = (r for r in self._records if isinstance(r, Delivery))
        return [attempt for attempt in attempts if kind in {None, attempt.kind}]

    def subscribe(self, since: int | None = None) -> AsyncIterator[Record]:
        """Yield each record as it is written, from now on or from a number on."""
        return self._live(len(self._records) if since is None else since)

    async def wait_for(
        self, predicate: Callable[[Record], bool], within: float = 5.0, *, since: int = 0
    ) -> Record:
        """Return the first record that fits, past ones included."""

        def look() -> Record | None:
            return next((r for r in self._records[since:] if predicate(r)), None)

        return await self.wait_until(look, within)

    async def wait_until(self, look: Callable[[], T | None], within: float = 5.0) -> T:
        """Return what `look` finds, looking again whenever something happens."""
        try:
            async with asyncio.timeout(within):
                while not (found := look()):
                    await self._grown.wait()
        except TimeoutError:
            raise NeverHappened(self._what_came_instead(within)) from None
        return found

    async def _live(self, position: int) -> AsyncIterator[Record]:
        while not self._closed:
            while position < len(self._records):
                yield self._records[position]
                position += 1
            await self._grown.wait()

    def _wake(self) -> None:
        # Each event wakes those who wait now; the next ones wait for the next record.
        woken, self._grown = self._grown, asyncio.Event()
        woken.set()

    def _what_came_instead(self, within: float) -> str:
        lately = "\n".join(f"  {_in_short(record)}" for record in self._records[-12:])
        return f"Nothing that fits came in {within} s. The last records:\n{lately or '  none'}"


def _in_short(record: Record) -> str:
    match record:
        case Happened():
            return f"{record.team} {record.change}"
        case ApiCall():
            return f"{record.method} {dict(record.arguments)} -> {record.error or record.status}"
        case EventSent():
            return f"event {dict(record.event)}"
        case Delivery():
            return f"{record.kind} #{record.attempt} -> {record.failure or record.status}"
        case ResponseUrlUsed():
            return f"response_url {dict(record.arguments)} -> {record.status} {record.answer}"
