"""Turns that were set aside: what could not be answered, however often it was tried."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bot.errors import BadInput
from bot.store.arrivals import Place, place_named
from bot.store.connect import Store, reached, settled
from bot.store.inbox import WAITING_SECONDS
from bot.store.keys import ASIDE, due_key, inbox_key

_MOST = 10_000
"""Entries kept at most, the newest: our choice."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One turn that was set aside: where, what was done, and what kind of error it met."""

    id: str
    place: Place
    kind: str
    error: str


class Aside:
    """Holds what was set aside, sealed as it was, for as long as any text is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, place: Place, kind: str, error: str, entry: str) -> None:
        """Set an entry of an inbox aside; the commit that follows takes it out of there."""
        async with reached():
            rows = await settled(self._store.xrange(inbox_key(place), entry, entry))
            sealed = rows[0][1]["a"] if rows else ""
            row: dict[Any, Any] = {"place": place.key, "kind": kind, "error": error, "a": sealed}
            await settled(self._store.xadd(ASIDE, row, maxlen=_MOST))
            # Each for a day, however often another comes.
            oldest = int((time.time() - WAITING_SECONDS) * 1000)
            await settled(self._store.xtrim(ASIDE, minid=str(oldest), approximate=False))
            await settled(self._store.expire(ASIDE, WAITING_SECONDS))

    async def rows(self) -> tuple[SetAside, ...]:
        """Return what is set aside, the oldest first."""
        async with reached():
            found = await settled(self._store.xrange(ASIDE))
        return tuple(
            SetAside(name, place_named(row["place"]), row["kind"], row["error"])
            for name, row in found
        )

    async def retry(self, name: str) -> Place:
        """Put an entry back into its inbox; raises BadInput where there is none of that id."""
        async with reached():
            found = await settled(self._store.xrange(ASIDE, name, name)) if _is_id(name) else []
            if not found:
                raise BadInput(
                    f"nothing is set aside under {name[:40]!r}: see python -m bot inbox."
                )
            row = found[0][1]
            place = place_named(row["place"])
            if row["a"]:
                await settled(self._store.xadd(inbox_key(place), {"a": row["a"]}))
                await settled(self._store.expire(inbox_key(place), WAITING_SECONDS))
                await settled(self._store.xadd(due_key(place.team), {"p": place.key}))
            await settled(self._store.xdel(ASIDE, name))
        return place


def _is_id(name: str) -> bool:
    return name.replace("-", "", 1).isdecimal()
