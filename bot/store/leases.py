"""Who takes a case: one process at a time, for as long as it tells that it lives.

Whoever holds a lease has the call that led to it pending in the workspace's stream: both are
renewed together and given up together, so that what a dead process held is found and taken again.
The lease comes with the case and the first that waits in it; the commit that leaves nothing waiting
gives it back: one step each, for a turn is mostly steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.arrivals import Place
from bot.store.connect import Store, reached, settled
from bot.store.due import GROUP, Call
from bot.store.inbox import Sealed, sealed_in
from bot.store.keys import case_key, due_key, inbox_key, lease_key, waiting_key

LEASE_MS = 8_000
"""Without a sign of life for so long, a holder counts as dead: our choice, four missed beats."""

_TAKE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local kept = redis.call('HMGET', KEYS[3], 'version', 'case')
return {redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1), kept[1] or '0', kept[2] or ''}
"""

# What came while the last arrival was answered keeps the lease: nobody else was called for it.
_DONE = """
local holder = redis.call('GET', KEYS[1])
local more = redis.call('XLEN', KEYS[2]) > 0
if more and (not holder or holder == ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
  return 1
end
if holder == ARGV[1] then redis.call('DEL', KEYS[1]) end
if not more then redis.call('ZREM', KEYS[4], ARGV[5]) end
redis.call('XACK', KEYS[3], ARGV[2], ARGV[3])
redis.call('XDEL', KEYS[3], ARGV[3])
return 0
"""

_LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('XACK', KEYS[2], ARGV[2], ARGV[3])
redis.call('XDEL', KEYS[2], ARGV[3])
return 0
"""

_BEAT = """
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[i + 2] then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
return redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, unpack(ARGV, #KEYS + 3))
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A case that is ours for now, as it was when we took it: what is kept, and what waits first.

    `case` is sealed, and empty where there is none yet; `mark` is what our lease is known by.
    """

    call: Call
    mark: str
    first: Sealed | None
    version: int
    case: str

    @property
    def place(self) -> Place:
        """Where the case is."""
        return self.call.place


class Leases:
    """The leases of one process."""

    def __init__(self, store: Store, *, reader: str) -> None:
        self._store = store
        self._reader = reader

    async def take(self, call: Call) -> Held | None:
        """Take the case that a call names, or keep it; None where somebody else holds it."""
        place, mark = call.place, self._mark(call)
        keys = (lease_key(place), inbox_key(place), case_key(place))
        async with reached():
            found = await settled(self._store.eval(_TAKE, len(keys), *keys, mark, str(LEASE_MS)))
        if found is None:
            return None
        rows, version, case = found
        return Held(call, mark, sealed_in(rows), int(version), case)

    async def done(self, call: Call) -> bool:
        """Give back a case in which nothing waits; False where something does: it stays ours."""
        place, team = call.place, call.team
        keys = (lease_key(place), inbox_key(place), due_key(team), waiting_key(team))
        given = (self._mark(call), GROUP, call.entry, str(LEASE_MS), place.key)
        async with reached():
            left = await settled(self._store.eval(_DONE, len(keys), *keys, *given))
        return not left

    async def leave(self, call: Call) -> None:
        """Give a case and its call up: the sweeper makes it due again."""
        keys = (lease_key(call.place), due_key(call.team))
        async with reached():
            await settled(
                self._store.eval(_LEAVE, len(keys), *keys, self._mark(call), GROUP, call.entry)
            )

    async def beat(self, calls: Iterable[Call]) -> None:
        """Tell that we live and still have these."""
        by_team: dict[str, list[Call]] = {}
        for call in calls:
            by_team.setdefault(call.team, []).append(call)
        async with reached():
            for team, ours in by_team.items():
                keys = (due_key(team), *(lease_key(one.place) for one in ours))
                marks = (self._mark(one) for one in ours)
                entries = (one.entry for one in ours)
                given = (GROUP, self._reader, str(LEASE_MS), *marks, *entries, "JUSTID")
                await settled(self._store.eval(_BEAT, len(keys), *keys, *given))

    def _mark(self, call: Call) -> str:
        return f"{self._reader}:{call.entry}"
