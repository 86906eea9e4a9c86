"""The ordered inbox: what people did waits here, sealed, a stream a case, until it is answered.

One script writes an arrival and what it is known by in one step, so that a second delivery of the
same thing is never a second arrival. All keys of a case share a hash tag: one slot of a Cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from bot.store.arrivals import Arrival, Place, arrival_from
from bot.store.connect import reached, settled
from bot.store.sealing import Seal

SEEN_SECONDS = 25 * 3600
"""Slack may deliver an event again for a day (Events API, delayed events); one hour to spare."""

WAITING_SECONDS = 24 * 3600
"""No text waits longer than a day: our promise (architecture)."""

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
    """One arrival in the inbox, with its place in the line."""

    entry: str
    arrival: Arrival


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
        return tuple(Waiting(entry, arrival_from(self._seal.open(row["a"]))) for entry, row in rows)


def inbox_key(place: Place) -> str:
    """Return the key of a case's inbox."""
    return f"{{{place.key}}}:inbox"
