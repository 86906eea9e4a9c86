"""The ordered inbox: what people did waits here, sealed, a stream a case, until it is answered.

One script writes an arrival and what it is known by in one step, so that a second delivery of the
same thing is never a second arrival. All keys of a case share a hash tag: one slot of a Cluster.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.errors import BadInput, StoreUnreadable
from bot.store.arrivals import Arrival, Place, arrival_from, place_named
from bot.store.connect import reached, settled
from bot.store.sealing import Seal

SEEN_SECONDS = 25 * 3600
"""Slack may deliver an event again for a day (Events API, delayed events); one hour to spare."""

WAITING_SECONDS = 24 * 3600
"""No text waits longer than a day: our promise (architecture)."""

_SCANNED = 1_000

_PUT = """
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
end
for i = 2, #KEYS do redis.call('SET', KEYS[i], '1', 'EX', ARGV[2]) end
redis.call('XADD', KEYS[1], '*', 'a', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One arrival in the inbox, with its place in the line; None where it cannot be read."""

    entry: str
    arrival: Arrival | None


class Inbox:
    """Takes arrivals in, hands them out in order; the commit of a case takes them out."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal

    async def put(self, arrival: Arrival) -> bool:
        """Keep an arrival; False where it was delivered before. Raises StoreUnreachable."""
        tag = arrival.place.key
        keys = [inbox_key(arrival.place), *(f"{{{tag}}}:seen:{one}" for one in arrival.sameness)]
        sealed = self._seal.close(arrival.as_text())
        async with reached():
            added = await settled(
                self._redis.eval(
                    _PUT, len(keys), *keys, sealed, str(SEEN_SECONDS), str(WAITING_SECONDS)
                )
            )
        return bool(added)

    async def waiting(self, place: Place) -> tuple[Waiting, ...]:
        """Return what waits for a case, in the order in which it came."""
        async with reached():
            rows = await settled(self._redis.xrange(inbox_key(place)))
        return tuple(Waiting(entry, self._opened(row)) for entry, row in rows)

    async def stranded(self, seconds: float) -> tuple[Place, ...]:
        """Return the cases in which something has waited for longer than that."""
        before = (time.time() - seconds) * 1000
        found = []
        async with reached():
            keys = self._redis.scan_iter(match="*:inbox", count=_SCANNED, _type="stream")
            async for key in keys:
                rows = await settled(self._redis.xrange(key, count=1))
                if rows and int(rows[0][0].partition("-")[0]) < before:
                    found.append(place_named(key.removeprefix("{").removesuffix("}:inbox")))
        return tuple(found)

    def _opened(self, row: Mapping[str, str]) -> Arrival | None:
        try:
            return arrival_from(self._seal.open(row["a"]))
        except (BadInput, StoreUnreadable, KeyError):
            return None


def inbox_key(place: Place) -> str:
    """Return the key of a case's inbox."""
    return f"{{{place.key}}}:inbox"
