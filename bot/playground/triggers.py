"""Trigger ids: good for one modal, and only for three seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import randbelow, token_hex

from bot.playground.errors import Refusal


@dataclass(frozen=True)
class _Trigger:
    team: str
    user: str
    made_at: float
    used: bool = False


class Triggers:
    """Every trigger id that was handed out."""

    def __init__(self, now: Callable[[], float], lifetime: Callable[[], float]) -> None:
        self._now = now
        self._lifetime = lifetime
        self._known: dict[str, _Trigger] = {}

    def new(self, team: str, user: str) -> str:
        """Return a trigger id for what a person just did."""
        trigger_id = f"{randbelow(10**12)}.{randbelow(10**12)}.{token_hex(16)}"
        self._known[trigger_id] = _Trigger(team, user, self._now())
        return trigger_id

    def use(self, trigger_id: str, team: str) -> str:
        """Return whose trigger it is; it cannot be used again."""
        trigger = self._known.get(trigger_id)
        if trigger is None or trigger.team != team:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self._now() - trigger.made_at > self._lifetime():
            raise Refusal("expired_trigger_id")
        self._known[trigger_id] = replace(trigger, used=True)
        return trigger.user
