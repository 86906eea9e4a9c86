"""Bringing things to the app: at once, again after a failure, or badly, as the faults say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.playground.faults import Duplicated, Faults, Held, Reordered, Twinned
from bot.playground.journal import Delivery, EventSent, Journal
from bot.playground.parcels import Attempt, Carrier, Outcome, Parcel
from bot.playground.settings import Settings


@dataclass
class _Late:
    parcel: Parcel
    behind: int


@dataclass
class Deliveries:
    """Events go out in the background and are retried; commands and presses are asked once."""

    settings: Settings
    journal: Journal
    faults: Faults
    by_http: Carrier
    by_socket: Carrier
    another_id: Callable[[], str]
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _late: list[_Late] = field(default_factory=list)
    _held: list[Parcel] = field(default_factory=list)

    def send(self, parcel: Parcel) -> None:
        """Send an event on its way, with whatever fault is due."""
        self.journal.add(EventSent(self.settings.now(), parcel.team, parcel.payload))
        match self.faults.of_event(*parcel.names):
            case Held():
                self._held.append(parcel)
                return
            case Reordered(behind):
                self._late.append(_Late(parcel, behind))
                return
            case Duplicated(times):
                self._start(self._bring(parcel), *(self._bring(parcel) for _ in range(times)))
            case Twinned(times, apart):
                self._start(self._bring(parcel))
                self._start(*(self._twin(parcel, n * apart) for n in range(1, times + 1)))
            case None:
                self._start(self._bring(parcel))
        self._count_late()

    async def ask(self, parcel: Parcel) -> Outcome:
        """Bring a command or an interaction, once, and return the app's answer."""
        return await self._attempt(parcel, Attempt())

    def release(self) -> None:
        """Send what was held or kept back, in the order in which it was made."""
        waiting = [*self._held, *(late.parcel for late in self._late)]
        self._held.clear()
        self._late.clear()
        for parcel in waiting:
            self._start(self._bring(parcel))

    async def settled(self) -> None:
        """Wait until nothing is on its way any more, retries included."""
        while self._running:
            await asyncio.wait(tuple(self._running))

    async def close(self) -> None:
        """Give up whatever is still on its way."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _start(self, *errands: Coroutine[Any, Any, None]) -> None:
        for errand in errands:
            task = asyncio.get_running_loop().create_task(errand)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _count_late(self) -> None:
        for late in tuple(self._late):
            late.behind -= 1
            if late.behind <= 0:
                self._late.remove(late)
                self._start(self._bring(late.parcel, after=self._sent_before()))

    def _sent_before(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._running)

    async def _twin(self, parcel: Parcel, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        payload = {**parcel.payload, "event_id": self.another_id()}
        self.journal.add(EventSent(self.settings.now(), parcel.team, payload))
        await self._bring(Parcel(parcel.kind, parcel.team, payload))

    async def _bring(
        self, parcel: Parcel, after: frozenset[asyncio.Task[None]] = frozenset()
    ) -> None:
        if after:
            # Out of order for certain, not only most of the time.
            await asyncio.wait(after, timeout=self.settings.ack_seconds)
        outcome = await self._attempt(parcel, Attempt())
        for number, wait in enumerate(self.settings.retry_seconds, start=1):
            if outcome.failure is None or outcome.no_retry:
                return
            await asyncio.sleep(wait * self.settings.time_scale)
            outcome = await self._attempt(parcel, Attempt(number, outcome.failure))

    async def _attempt(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        carrier = self.by_http if self.settings.request_url else self.by_socket
        at, started = self.settings.now(), time.perf_counter()
        outcome = await carrier.carry(parcel, attempt)
        spent = (time.perf_counter() - started) * 1000
        said = (outcome.status, outcome.failure, spent, outcome.body)
        asked = (parcel.kind, carrier.way, parcel.payload, attempt.number, attempt.reason)
        self.journal.add(Delivery(at, parcel.team, *asked, *said))
        return outcome
