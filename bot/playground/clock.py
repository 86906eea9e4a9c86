"""Times as Slack writes them: unique, and each later than the one before."""

from __future__ import annotations

from collections.abc import Callable

_STEP = 100


class Clock:
    """The clock and the counter that all teams of one Slack share."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.number = 0
        self._last = 0

    def ts(self) -> str:
        """Return a message's time, such as 1700000000.000100."""
        micros = int(self.now() * 1_000_000) // _STEP * _STEP
        self._last = max(micros, self._last + _STEP)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def name(self, prefix: str) -> str:
        """Return an id that no other thing of this Slack has."""
        self.number += 1
        return f"{prefix}{self.number:06d}"
