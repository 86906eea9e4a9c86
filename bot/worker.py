"""Takes turns: reads which cases are due, a few of each workspace at a time, and answers them.

A case is taken by one process at a time. What a process held when it ended is taken up by another
as soon as its signs of life stop; every step of a turn may be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.errors import (
    BotError,
    SlackBusy,
    SlackRevoked,
    StoreContended,
    StoreTooNew,
    StoreUnreachable,
)
from bot.store.due import Call, Due
from bot.store.leases import Held, Leases

_LOG = logging.getLogger(__name__)

AT_ONCE = 300
"""Turns in flight in one process: a slow model keeps each waiting, and waiting costs little."""

_MOST_HELD = 3_000
"""Turns that one process holds, those that wait before their next try among them: our choice."""

_A_FEW = 4
"""Cases read of one workspace before others have their turn: our choice."""

DRAIN_SECONDS = 25.0
"""What is under way may take so long once we are told to stop (issue 6)."""

BEAT_SECONDS = 2.0
CLAIM_SECONDS = 2.0
SWEEP_SECONDS = 10.0
STRANDED_SECONDS = 20.0
"""Only where fewer calls are there than cases wait is anything stranded; a case that is being taken
meanwhile is called once more in vain: our choice."""

_GLANCE_SECONDS = 0.002
_LATE_SECONDS = 0.02
"""A loop that is late by so much has enough to do: our choice, a tenth of what people notice."""

_TEAMS_SECONDS = 1.0
_IDLE_SECONDS = 0.02
_AWAY_SECONDS = 0.5
_FIRST_DELAY = 0.2
_LAST_DELAY = 30.0
"""Between two tries of a turn, doubling: our choice."""


class Take(Protocol):
    """Takes all that waits for a case; `again` where the one who took it before ended in it.

    `outdated` where another kept the case while we took it: the card may be as we showed it.
    """

    def __call__(self, held: Held, *, again: bool, outdated: bool) -> Awaitable[None]:
        """Raise BotError where it cannot be taken now."""


class Turns:
    """Takes turns in this process until told to stop."""

    def __init__(self, take: Take, due: Due, leases: Leases) -> None:
        self._take = take
        self._due = due
        self._leases = leases
        self._held: dict[Call, asyncio.Task[None]] = {}
        self._resting = 0
        self._stop = asyncio.Event()

    async def work(self, stop: asyncio.Event) -> None:
        """Take turns until told to stop; what is under way is finished first."""
        self._stop = stop
        chores = [asyncio.create_task(self._for_ever(*one)) for one in self._chores()]
        feeding = asyncio.create_task(self._feed())
        try:
            # A chore never ends; where one does, it failed, and without it no lease is kept.
            ended, _ = await asyncio.wait({feeding, *chores}, return_when=asyncio.FIRST_COMPLETED)
            for one in ended:
                one.result()
            await self._drained()
        finally:
            for one in (feeding, *chores, *self._held.values()):
                one.cancel()
            await asyncio.gather(feeding, *chores, *self._held.values(), return_exceptions=True)

    def _chores(self) -> tuple[tuple[Callable[[], Awaitable[None]], float], ...]:
        return (
            (self._beat, BEAT_SECONDS),
            (self._claim, CLAIM_SECONDS),
            (self._sweep, SWEEP_SECONDS),
        )

    async def _for_ever(self, chore: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            with contextlib.suppress(StoreUnreachable):
                await chore()
            await asyncio.sleep(seconds)

    async def _drained(self) -> None:
        if self._held:
            await asyncio.wait(tuple(self._held.values()), timeout=DRAIN_SECONDS)

    # --- What is due ---------------------------------------------------------------------------

    async def _feed(self) -> None:
        clock = asyncio.get_running_loop().time
        teams: tuple[str, ...] = ()
        looked = -_TEAMS_SECONDS
        while not self._stop.is_set():
            room = 0 if await self._is_busy() else self._room
            try:
                if clock() - looked >= _TEAMS_SECONDS:
                    teams, looked = await self._due.teams(), clock()
                calls = await self._due.next(teams, min(room, _A_FEW)) if room > 0 else ()
            except StoreUnreachable:
                await self._pause(_AWAY_SECONDS)
                continue
            for call in calls:
                self._begin(call, again=False)
            if not calls:
                await self._pause(_IDLE_SECONDS)

    @property
    def _room(self) -> int:
        """How many more turns may be begun: those that wait for Slack or Redis count for little."""
        return min(AT_ONCE - (len(self._held) - self._resting), _MOST_HELD - len(self._held))

    @staticmethod
    async def _is_busy() -> bool:
        """Whether this process has more to do than it can: who waits in the streams waits in order.

        Turns that wait for a model cost nothing, so it is not their number that tells.
        """
        clock = asyncio.get_running_loop().time
        asked = clock()
        await asyncio.sleep(_GLANCE_SECONDS)
        return clock() - asked > _GLANCE_SECONDS + _LATE_SECONDS

    def _begin(self, call: Call, *, again: bool) -> None:
        if call not in self._held:
            task = asyncio.create_task(self._turn(call, again=again))
            self._held[call] = task
            task.add_done_callback(lambda ended: self._over(call, ended))

    def _over(self, call: Call, ended: asyncio.Task[None]) -> None:
        del self._held[call]
        if not ended.cancelled() and (error := ended.exception()):
            # Its call stays pending, so the turn is taken up again like that of a dead process.
            _LOG.error("a turn ended in %s", type(error).__name__)

    async def _beat(self) -> None:
        await self._leases.beat(tuple(self._held))

    async def _claim(self) -> None:
        if not self._stop.is_set():
            for call in await self._due.left_behind(await self._due.teams()):
                self._begin(call, again=True)

    async def _sweep(self) -> None:
        for team in await self._due.teams():
            await self._due.put_back_stranded(team, STRANDED_SECONDS)
            await self._due.forget_readers(team)

    # --- One turn ------------------------------------------------------------------------------

    async def _turn(self, call: Call, *, again: bool) -> None:
        """Take a case to the end of what waits for it, however often that has to be tried."""
        delay, is_new, outdated = _FIRST_DELAY, not again, False
        while True:
            try:
                held = await self._held_now(call, is_new=is_new)
                # Only the first try is made because a process ended, and counts as that.
                ended, again, is_new = again, False, False
                if held is None or await self._is_over(held, again=ended, outdated=outdated):
                    return
            except SlackBusy as busy:
                wait = busy.seconds
            except (SlackRevoked, StoreTooNew) as error:
                _LOG.warning("a turn waits for whoever runs me: %s", type(error).__name__)
                await self._given_up(call)
                return
            except BotError as error:
                outdated = outdated or isinstance(error, StoreContended)
                cause = error.__cause__ or error
                _LOG.warning("a turn is tried again: %s", type(cause).__name__)
                wait, delay = delay, min(2 * delay, _LAST_DELAY)
            else:
                delay, outdated = _FIRST_DELAY, False
                continue
            self._resting += 1
            try:
                if not await self._pause(wait):
                    return
            finally:
                self._resting -= 1

    async def _held_now(self, call: Call, *, is_new: bool) -> Held | None:
        """Return a case that we may take; whoever has it sees what a new call is for: it can go.

        A call that was left behind stays until the lease of whoever died runs out, and one that we
        have had may be another's by now.
        """
        held = await self._leases.take(call)
        if held is None and is_new:
            await self._due.dropped(call)
        return held

    async def _is_over(self, held: Held, *, again: bool, outdated: bool) -> bool:
        """Take what waits, the last of which gives the case back; nothing may have waited."""
        if held.first is not None or outdated:
            await self._take(held, again=again, outdated=outdated)
        return held.first is not None or await self._leases.done(held.call)

    async def _given_up(self, call: Call) -> None:
        with contextlib.suppress(StoreUnreachable):
            await self._leases.leave(call)

    async def _pause(self, seconds: float) -> bool:
        """Wait; False where we are told to stop meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return not self._stop.is_set()
