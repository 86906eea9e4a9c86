"""The queue and its workers: docket delivers a case's key, at least once, one at a time a case."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from docket import ConcurrencyLimit, Docket, ExponentialRetry, Retry, Worker

from bot.errors import SlackBusy, StoreUnreachable
from bot.store.arrivals import Place, place_named
from bot.store.connect import reached

NAME = "should-finetune"
_TASK = "take_turns"
SWEEP_SECONDS = 30
STRANDED_SECONDS = 45
"""A turn that is being taken waits no longer than the model's deadline: our choice, with room."""

_AT_ONCE = 300
"""Turns in flight in one process: a slow model keeps each waiting, and waiting costs little."""

_ATTEMPTS = 8
_FIRST_DELAY = timedelta(milliseconds=200)
_LAST_DELAY = timedelta(seconds=30)
_CHECK = timedelta(milliseconds=10)
_REDELIVERY = timedelta(seconds=12)
_RECONNECTION = timedelta(seconds=0.5)

Take = Callable[[Place], Awaitable[None]]


class Queue:
    """Adds cases to the queue; any worker may take them."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket

    async def add(self, place: Place, event: str) -> None:
        """Queue a case for an event; the same event while it waits is queued once."""
        async with reached():
            await self._docket.add(_TASK, key=f"{place.key}:{event}")(place.key)


@contextlib.asynccontextmanager
async def opened_docket(url: str) -> AsyncIterator[Docket]:
    """Open the queue."""
    async with Docket(name=NAME, url=url) as docket:
        yield docket


def register(docket: Docket, take: Take | None = None) -> None:
    """Say what is done for a case; without `take` the queue can only be added to."""
    docket.register(_task(take or _nobody))


def _task(take: Take) -> Callable[..., Awaitable[None]]:
    async def take_turns(
        place: Annotated[str, ConcurrencyLimit(1)],
        retry: Retry = ExponentialRetry(  # noqa: B008 - docket reads the default as a declaration
            attempts=_ATTEMPTS, minimum_delay=_FIRST_DELAY, maximum_delay=_LAST_DELAY
        ),
    ) -> None:
        try:
            await take(place_named(place))
        except SlackBusy as busy:
            retry.after(timedelta(seconds=busy.seconds))

    return take_turns


async def _nobody(place: Place) -> None:
    raise StoreUnreachable(f"Nobody here takes turns; {place.channel} waits for a worker.")


async def sweep(stranded: Callable[[float], Awaitable[tuple[Place, ...]]], queue: Queue) -> None:
    """Queue again, for ever, the cases in which something waits that nobody is taking."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        with contextlib.suppress(StoreUnreachable):
            for place in await stranded(STRANDED_SECONDS):
                await queue.add(place, f"sweep:{time.time() // SWEEP_SECONDS:.0f}")


async def work(docket: Docket, stop: asyncio.Event) -> None:
    """Take turns until told to stop; what is under way is finished first."""
    async with Worker(
        docket,
        concurrency=_AT_ONCE,
        minimum_check_interval=_CHECK,
        redelivery_timeout=_REDELIVERY,
        reconnection_delay=_RECONNECTION,
    ) as worker:
        running = asyncio.create_task(worker.run_forever())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not running.done():
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
