"""The digest of everything that decides: vocabulary, rules, gates, thresholds and market."""

from __future__ import annotations

import hashlib
from functools import cache

from bot.domain.classes import thresholds
from bot.domain.facts import VOCABULARY
from bot.domain.gates import GATES
from bot.domain.market import Market
from bot.domain.rules import RULES
from bot.domain.signals import SIGNALS


def rulebook_digest(market: Market) -> str:
    """Return 12 hex digits that change when anything that decides changes."""
    return _digest(market.digest)


@cache
def _digest(market: str) -> str:
    parts = (VOCABULARY, SIGNALS, RULES, GATES, tuple(thresholds().items()))
    content = "\n".join((*map(_shown, parts), market))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _shown(rows: tuple[object, ...]) -> str:
    return "\n".join(_stable(row) for row in rows)


def _stable(value: object) -> str:
    """Return a form of a row that does not depend on the order of sets."""
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_stable, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_stable, value)) + ")"
    names = getattr(value, "__dataclass_fields__", None)
    if names:
        return "; ".join(f"{name}={_stable(getattr(value, name))}" for name in names)
    return repr(value)
