"""How often each method may be called: Slack's tiers, and its one message a second a channel."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
# Methods with a limit of their own, which Slack describes as generous and gives no number for.
_GENEROUS = 600
TIERS = {
    "agents.sessions.setStatus": 3,
    "apps.connections.open": 3,
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.open": 3,
    "conversations.replies": 3,
    "reactions.add": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.update": 4,
}


@dataclass
class _Bucket:
    room: float
    filled_at: float


class Rates:
    """Buckets that fill again with time, one a method and team, one a channel for messages."""

    def __init__(self, now: Callable[[], float], burst: int) -> None:
        self._now = now
        self._burst = burst
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def wait_for_room(self, team: str, method: str, channel: str) -> int:
        """Return 0 and count the call, or return how many seconds to wait."""
        if method == "chat.postMessage":
            return self._take((team, method, channel), self._burst, 1.0)
        a_minute = _A_MINUTE[TIERS[method]] if method in TIERS else _GENEROUS
        return self._take((team, method), a_minute, a_minute / 60)

    def _take(self, key: tuple[str, ...], most: int, a_second: float) -> int:
        now = self._now()
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.room = min(most, bucket.room + (now - bucket.filled_at) * a_second)
        bucket.filled_at = now
        if bucket.room < 1:
            return max(1, math.ceil((1 - bucket.room) / a_second))
        bucket.room -= 1
        return 0
