"""Holds calls back where Slack asked us to wait: that method, in that channel, and no other.

After the wait, calls go out one a second until a minute has passed without another complaint:
all that waited at once would only be told to wait again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import SlackBusy

SPACING_SECONDS = 1.0
"""Between two posts in one channel (Slack's rate limits: about one a second)."""

_PACED_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 3.0
"""How long a turn waits in its place for its call; beyond, it goes back: our choice."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    next_at: float
    until: float


class Pace:
    """Knows which methods, in which channels, are held back."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._held: dict[Key, _Held] = {}

    async def wait(self, method: str, channel: str = "") -> None:
        """Wait until a call may go out; raises SlackBusy where that is not soon."""
        held = self._held.get((method, channel))
        if held is None:
            return
        now = self._clock()
        if now >= held.until:
            del self._held[method, channel]
            return
        at = max(now, held.next_at)
        if at - now > LONGEST_WAIT_SECONDS:
            raise SlackBusy(at - now)
        self._held[method, channel] = _Held(at + SPACING_SECONDS, held.until)
        if at > now:
            await self._sleep(at - now)

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Hold a method back in a channel for as long as Slack asked."""
        at = self._clock() + seconds
        before = self._held.get((method, channel))
        next_at = max(at, before.next_at) if before else at
        self._held[method, channel] = _Held(next_at, next_at + _PACED_SECONDS)
