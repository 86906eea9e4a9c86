"""The ordered inbox: what people did waits here, sealed, a stream a case, until it is answered.

One script writes an arrival, what it is known by, and that its case is due, in one step: a second
delivery of the same thing is never a second arrival, and nothing is kept that nobody will take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from bot.errors import BadInput, StoreFull, StoreUnreadable
from bot.store.arrivals import Arrival, arrival_from
from bot.store.connect import Store, reached, settled
from bot.store.group_writer import GroupWriter, no_replicas
from bot.store.keys import TEAMS, case_key, due_key, inbox_key, seen_keys, waiting_key
from bot.store.sealing import Seal

SEEN_SECONDS = 25 * 3600
"""Slack may deliver an event again for a day (Events API, delayed events); one hour to spare."""

WAITING_SECONDS = 24 * 3600
"""No text waits longer than a day: our promise (architecture)."""

MOST_DUE = 600
"""Cases of one workspace that may be due at once: our choice, some ten seconds of one worker.

More is refused and said so; Slack itself delivers 30,000 events an hour of one workspace at most.
"""

_NO_BOUND = "1000000000"
_NAMED_SECONDS = 60.0
_KEPT, _SEEN, _UNKNOWN = 1, 0, -1

# A delivery that was seen writes too, so that whoever waits for replicas waits for the first one.
_PUT = """
local known_by, looked_at = tonumber(ARGV[7]), tonumber(ARGV[8])
for i = 5, looked_at do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('EXPIRE', KEYS[i], ARGV[2])
    return 0
  end
end
if ARGV[6] == '1' and redis.call('HEXISTS', KEYS[4], 'case') == 0
   and redis.call('EXISTS', KEYS[1]) == 0 then
  for i = looked_at + 1, #KEYS do redis.call('SET', KEYS[i], '1', 'EX', ARGV[2]) end
  return -1
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[5]) then return -2 end
for i = 5, known_by do redis.call('SET', KEYS[i], '1', 'EX', ARGV[2]) end
local now = redis.call('TIME')[1]
redis.call('XADD', KEYS[1], '*', 'a', ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', (now - ARGV[3]) * 1000)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], '*', 'p', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], 'NX', now, ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 1
"""


class Put(Enum):
    """What became of an arrival: kept, or delivered before, or of no case that we know."""

    KEPT = _KEPT
    SEEN = _SEEN
    UNKNOWN = _UNKNOWN


class Sealed(NamedTuple):
    """One arrival in the inbox as it is kept, with its place in the line."""

    entry: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One arrival in the inbox, with its place in the line; None where it cannot be read."""

    entry: str
    arrival: Arrival | None


class Inbox:
    """Takes arrivals in and opens them; a case is taken with the first, and kept without it."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        *,
        replicas: Callable[[], int] = no_replicas,
        most_due: int = MOST_DUE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._writer = GroupWriter(store, replicas=replicas)
        self._seal = seal
        self._most_due = str(most_due)
        self._clock = clock
        self._named: dict[str, float] = {}

    async def put(
        self, arrival: Arrival, *, only_known: bool = False, at_any_rate: bool = False
    ) -> Put:
        """Keep an arrival; with `only_known` only where its case exists or is about to.

        What a deletion of no known case took back is not kept if it comes after all. `at_any_rate`
        keeps an arrival however much waits. Raises StoreUnreachable, and StoreFull where too much
        of the workspace waits already.
        """
        place = arrival.place
        await self._name(place.team)
        fixed = (inbox_key(place), due_key(place.team), waiting_key(place.team), case_key(place))
        given = (
            self._seal.close(arrival.as_text()),
            str(SEEN_SECONDS),
            str(WAITING_SECONDS),
            place.key,
            _NO_BOUND if at_any_rate else self._most_due,
            "1" if only_known else "0",
        )
        known_by = (*fixed, *seen_keys(place, arrival.sameness))
        looked_at = (*known_by, *seen_keys(place, arrival.taken_back_by))
        keys = (*looked_at, *seen_keys(place, arrival.takes_back))
        places = (str(len(known_by)), str(len(looked_at)))
        outcome = await self._writer.run(_PUT, keys, (*given, *places))
        if outcome not in {_KEPT, _SEEN, _UNKNOWN}:
            raise StoreFull("More waits here than I can read just now; please say it again soon.")
        return Put(outcome)

    async def _name(self, team: str) -> None:
        """Note that there is this workspace; now and then again, for a server that lost it."""
        now = self._clock()
        if now - self._named.get(team, -_NAMED_SECONDS) < _NAMED_SECONDS:
            return
        async with reached():
            await settled(self._store.sadd(TEAMS, team))
        self._named[team] = now

    def opened(self, sealed: Sealed) -> Waiting:
        """Open what waits; raises StoreTooNew where a newer version kept it."""
        try:
            arrival = arrival_from(self._seal.open(sealed.text))
        except (BadInput, StoreUnreadable):
            return Waiting(sealed.entry, None)
        return Waiting(sealed.entry, arrival)


def sealed_in(rows: Sequence[Any]) -> Sealed | None:
    """Return the first of a stream's entries as a script replies them, or None."""
    if not rows:
        return None
    entry, fields = rows[0]
    return Sealed(entry, dict(zip(fields[::2], fields[1::2], strict=True)).get("a", ""))
