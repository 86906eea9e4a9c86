"""The cases that are due, a stream a workspace: each arrival writes a call, some worker reads it.

A worker reads a few of every workspace in turn, so that one which says much waits behind itself
and not before others. What was read by a process that ended is read by another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis.exceptions
from redis.asyncio.cluster import RedisCluster

from bot.errors import BadInput
from bot.store.arrivals import Place, place_named
from bot.store.connect import Store, reached, settled
from bot.store.inbox import WAITING_SECONDS
from bot.store.keys import TEAMS, due_key, waiting_key

GROUP = "workers"
_FROM_THE_FIRST = "0"
_BLOCK_MS = 500
LEFT_BEHIND_MS = 10_000
"""A call that nobody renewed for so long is another's: our choice, longer than any lease."""

_GONE_MS = 3_600_000

_STRANDED = """
if redis.call('XLEN', KEYS[2]) >= redis.call('ZCARD', KEYS[1]) then return {} end
local before = redis.call('TIME')[1] - ARGV[1]
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', 0, ARGV[2])
"""

_AGAIN = """
for i = 2, #ARGV do redis.call('XADD', KEYS[2], '*', 'p', ARGV[i]) end
redis.call('EXPIRE', KEYS[2], ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', redis.call('TIME')[1], ARGV[i]) end
return #ARGV - 1
"""

_MOST_STRANDED = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of a workspace's stream: the case that is due."""

    entry: str
    place: Place

    @property
    def team(self) -> str:
        """The workspace."""
        return self.place.team


class Due:
    """Reads what is due, for one process, and puts back what is stranded."""

    def __init__(self, store: Store, *, reader: str) -> None:
        self._store = store
        self._reader = reader

    async def teams(self) -> tuple[str, ...]:
        """Return the workspaces from which anything ever came."""
        async with reached():
            return tuple(sorted(await settled(self._store.smembers(TEAMS))))

    async def next(self, teams: Sequence[str], most: int) -> tuple[Call, ...]:
        """Return what is due and read by nobody yet, at most so many of each workspace.

        Waits a moment where nothing is; a Cluster, where streams lie apart, is asked for each.
        """
        if not isinstance(self._store, RedisCluster):
            return await self._read(teams, most, block=_BLOCK_MS)
        return tuple([call for team in teams for call in await self._read([team], most)])

    async def left_behind(self, teams: Iterable[str]) -> tuple[Call, ...]:
        """Return what a process read and no longer renews, and take it as ours."""
        found: list[Call] = []
        for team in teams:
            async with reached():
                rows = await self._claimed(team)
            found += _calls(rows)
        return tuple(found)

    async def dropped(self, call: Call) -> None:
        """Take out a call that is nobody's any more."""
        async with reached():
            together = self._store.pipeline(transaction=False)
            # In this order: what is gone from the stream counts for nobody's limit any more.
            together.xdel(due_key(call.team), call.entry)
            together.xack(due_key(call.team), GROUP, call.entry)
            await settled(together.execute())

    async def put_back_stranded(self, team: str, seconds: float) -> int:
        """Make due again the cases in which something has waited for so long; return how many.

        Only where fewer calls are there than cases wait: else each has its call, and is just late.
        """
        given = (str(int(seconds)), str(_MOST_STRANDED))
        async with reached():
            keys = (waiting_key(team), due_key(team))
            found = await settled(self._store.eval(_STRANDED, len(keys), *keys, *given))
            if not found:
                return 0
            again = (str(WAITING_SECONDS), *found)
            return int(await settled(self._store.eval(_AGAIN, len(keys), *keys, *again)))

    async def forget_readers(self, team: str) -> None:
        """Forget the names of readers that are gone and left nothing behind."""
        async with reached():
            try:
                readers = await settled(self._store.xinfo_consumers(due_key(team), GROUP))
            except redis.exceptions.ResponseError:
                # Nobody has read there so far.
                return
            for one in readers:
                if one["pending"] == 0 and one["idle"] > _GONE_MS:
                    await settled(self._store.xgroup_delconsumer(due_key(team), GROUP, one["name"]))

    async def _read(
        self, teams: Sequence[str], most: int, *, block: int | None = None
    ) -> tuple[Call, ...]:
        if not teams:
            return ()
        streams: dict[Any, Any] = {due_key(team): ">" for team in teams}
        async with reached():
            try:
                answer = await settled(
                    self._store.xreadgroup(GROUP, self._reader, streams, count=most, block=block)
                )
            except redis.exceptions.ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
                await self._make_groups(teams)
                return ()
        return tuple(call for _, rows in _streams(answer) for call in _calls(rows))

    async def _claimed(self, team: str) -> Sequence[Any]:
        try:
            answer = await settled(
                self._store.xautoclaim(due_key(team), GROUP, self._reader, LEFT_BEHIND_MS)
            )
        except redis.exceptions.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            return ()
        rows: Sequence[Any] = answer[1]
        return rows

    async def _make_groups(self, teams: Iterable[str]) -> None:
        for team in teams:
            try:
                await settled(
                    self._store.xgroup_create(
                        due_key(team), GROUP, id=_FROM_THE_FIRST, mkstream=True
                    )
                )
            except redis.exceptions.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise


def _streams(answer: Any) -> Iterable[tuple[Any, Any]]:  # noqa: ANN401 - a list or a mapping, by protocol
    if not answer:
        return ()
    if isinstance(answer, Mapping):
        return [(key, rows[0] if len(rows) == 1 else rows) for key, rows in answer.items()]
    return [(key, rows) for key, rows in answer]


def _calls(rows: Iterable[Any]) -> list[Call]:
    """Return the calls of a stream; an entry that was deleted meanwhile has no fields."""
    return [call for entry, row in rows if (call := _call(str(entry), row)) is not None]


def _call(entry: str, row: Mapping[str, str] | None) -> Call | None:
    try:
        return Call(entry, place_named(row["p"])) if row else None
    except (BadInput, KeyError):
        # None of ours wrote it; it must not keep the others from being read.
        return None
