"""Cases as a worker holds them, for tests that have no worker."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.store.arrivals import Place
from bot.store.cases import Case, Cases
from bot.store.connect import settled
from bot.store.due import Call
from bot.store.inbox import Inbox, Sealed, Waiting
from bot.store.keys import inbox_key, lease_key
from bot.store.leases import Held, Leases

NO_ENTRY = "0-1"
"""An id of a stream's entry that no server gives: nothing is there."""


async def waiting_in(inbox: Inbox, place: Place) -> tuple[Waiting, ...]:
    """Return all that waits for a case, in the order in which it came."""
    rows = await settled(inbox._store.xrange(inbox_key(place)))
    return tuple(inbox.opened(Sealed(entry, row["a"])) for entry, row in rows)


async def keep(cases: Cases, case: Case, entry: str = NO_ENTRY) -> None:
    """Commit a case that nobody holds, and take one entry out of its inbox."""
    nobodys = Held(Call(NO_ENTRY, case.place), "nobody", None, case.version, "")
    await cases.commit(case, nobodys, entry)


async def taken_over(redis: Redis, place: Place) -> Held:
    """Take a case as whoever had it for free, though another may be at it."""
    await redis.delete(lease_key(place))
    held = await Leases(redis, reader="test").take(Call(NO_ENTRY, place))
    assert held is not None
    return held
