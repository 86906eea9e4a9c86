"""What goes wrong on request: in answers to the app's calls, and in deliveries to the app."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True)
class Delayed:
    """The work is done and answered, this much later."""

    seconds: float


@dataclass(frozen=True)
class RateLimited:
    """429 with Retry-After, and no work done."""

    retry_after: int = 1


@dataclass(frozen=True)
class Failed:
    """An answer that is no JSON, such as a gateway's 500; the work may be done all the same."""

    status: int = 500
    after_work: bool = False


@dataclass(frozen=True)
class Dropped:
    """The work is done, and the connection closes without an answer."""


@dataclass(frozen=True)
class Refused:
    """One of Slack's error codes; a fatal_error may come after the work was done."""

    code: str
    after_work: bool = False


@dataclass(frozen=True)
class Duplicated:
    """The same event arrives again, this many times more."""

    times: int = 1


@dataclass(frozen=True)
class Twinned:
    """The same happening arrives again under other event ids, without the marks of a retry."""

    times: int = 1
    seconds_apart: float = 0.0


@dataclass(frozen=True)
class Reordered:
    """The event arrives after this many of those that follow it."""

    behind: int = 1


@dataclass(frozen=True)
class Held:
    """The event waits until the test releases it."""


ApiFault = Delayed | RateLimited | Failed | Dropped | Refused
DeliveryFault = Duplicated | Twinned | Reordered | Held
F = TypeVar("F")


@dataclass
class _Rule(Generic[F]):
    name: str
    fault: F
    times: int | None
    share: float


class _Rules(Generic[F]):
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._rules: list[_Rule[F]] = []

    def add(self, rule: _Rule[F]) -> None:
        self._rules.append(rule)

    def clear(self) -> None:
        self._rules.clear()

    def take(self, names: Iterator[str]) -> F | None:
        """Return the first fault that is due for any of these names, and count it."""
        wanted = {*names, "*"}
        for rule in self._rules:
            if rule.name in wanted and rule.times != 0 and self._chance.random() < rule.share:
                rule.times = None if rule.times is None else rule.times - 1
                return rule.fault
        return None


class Faults:
    """The faults that are asked for; chance is repeatable, from a seed."""

    def __init__(self, seed: int = 0) -> None:
        chance = random.Random(seed)  # noqa: S311
        self._calls = _Rules[ApiFault](chance)
        self._deliveries = _Rules[DeliveryFault](chance)

    def on_call(
        self, method: str, fault: ApiFault, *, times: int | None = 1, share: float = 1.0
    ) -> None:
        """Ask for a fault in a method ("*" for any), a number of times or (None) for good."""
        self._calls.add(_Rule(method, fault, times, share))

    def on_event(
        self, event_type: str, fault: DeliveryFault, *, times: int | None = 1, share: float = 1.0
    ) -> None:
        """Ask for a fault in deliveries of a type of event, or of message subtype, or "*"."""
        self._deliveries.add(_Rule(event_type, fault, times, share))

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._calls.clear()
        self._deliveries.clear()

    def of_call(self, method: str) -> ApiFault | None:
        """Return the fault that is due in this call."""
        return self._calls.take(iter((method,)))

    def of_event(self, *names: str) -> DeliveryFault | None:
        """Return the fault that is due in this delivery."""
        return self._deliveries.take(iter(names))
