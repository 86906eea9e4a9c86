"""A case is held by one at a time, with the call that led to it, while its holder lives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.store.arrivals import Arrival, Kind, Place
from bot.store.cases import Cases
from bot.store.due import GROUP, Call, Due
from bot.store.inbox import Inbox, Sealed
from bot.store.keys import due_key, inbox_key, lease_key, waiting_key
from bot.store.leases import LEASE_MS, Held, Leases
from bot.store.sealing import Seal
from tests.holding import keep, waiting_in

PLACE = Place("T1", "C1", "1.1")
SAID = Arrival(PLACE, "1.1", Kind.SAID, "U1", "Ev1", "our bot invents berths")
SECOND = replace(SAID, id="2", event="Ev2")


@pytest.fixture
def inbox(redis: Redis, seal: Seal) -> Inbox:
    return Inbox(redis, seal)


@pytest.fixture
def cases(redis: Redis, seal: Seal) -> Cases:
    return Cases(redis, seal, days=1)


@pytest.fixture
def leases(redis: Redis) -> Leases:
    return Leases(redis, reader="one")


async def called(redis: Redis, inbox: Inbox, arrival: Arrival = SAID) -> Call:
    due = Due(redis, reader="one")
    await due.next(("T1",), 1)
    await inbox.put(arrival)
    (call,) = await due.next(("T1",), 1)
    return call


async def held_with_two(redis: Redis, inbox: Inbox, leases: Leases) -> tuple[Held, Sealed]:
    """Take a case in which two wait; return it and the first."""
    held = await leases.take(await called(redis, inbox))
    await inbox.put(SECOND)
    assert held is not None
    assert held.first is not None
    return held, held.first


async def is_given_back(redis: Redis, call: Call) -> bool:
    """Whether nothing waits in the case, nobody holds it, and its call is gone."""
    kept = await redis.exists(lease_key(PLACE), inbox_key(PLACE), waiting_key("T1"))
    calls = await redis.xrange(due_key("T1"), call.entry, call.entry)
    pending = await redis.xpending(due_key("T1"), GROUP)
    return not kept and not calls and pending["pending"] == 0


async def test_what_one_holds_another_cannot_take(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    call = await called(redis, inbox)

    assert await leases.take(call)
    assert await leases.take(call)
    assert not await Leases(redis, reader="other").take(call)


async def test_a_second_call_for_the_same_case_does_not_take_it(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    first = await called(redis, inbox)
    second = await called(redis, inbox, SECOND)
    await leases.take(first)

    assert not await leases.take(second)


async def test_a_lease_comes_with_the_case_and_what_waits_first_in_it(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    await keep(cases, replace(await cases.load(PLACE), opener="U1"))
    call = await called(redis, inbox)
    await inbox.put(SECOND)

    held = await leases.take(call)

    assert held is not None
    assert held.first is not None
    assert inbox.opened(held.first).arrival == SAID
    assert cases.opened(held) == await cases.load(PLACE)


async def test_where_nothing_waits_and_nothing_is_kept_the_lease_comes_with_neither(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    call = await called(redis, inbox)
    await redis.delete(inbox_key(PLACE))

    held = await leases.take(call)

    assert held is not None
    assert held.first is None
    assert cases.opened(held).is_new


async def test_a_case_is_given_back_with_the_last_that_waited_in_it(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    held, first = await held_with_two(redis, inbox, leases)

    case, next_one = await cases.commit(cases.opened(held), held, first.entry)

    assert next_one is not None
    assert inbox.opened(next_one).arrival == SECOND
    assert await redis.exists(lease_key(PLACE)) == 1

    case, nothing = await cases.commit(case, held, next_one.entry)

    assert nothing is None
    assert case == await cases.load(PLACE)
    assert await is_given_back(redis, held.call)


async def test_what_is_dropped_last_gives_the_case_back(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    held = await leases.take(await called(redis, inbox))
    assert held is not None
    assert held.first is not None

    assert await cases.drop(held, held.first.entry) is None

    assert await is_given_back(redis, held.call)
    assert (await cases.load(PLACE)).version == 0


async def test_who_was_held_up_leaves_lease_call_and_what_waits_to_whoever_took_over(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    held, first = await held_with_two(redis, inbox, leases)
    await redis.delete(lease_key(PLACE))
    assert await Leases(redis, reader="other").take(held.call)

    _, nothing = await cases.commit(cases.opened(held), held, first.entry)

    assert nothing is None
    assert await redis.get(lease_key(PLACE)) == f"other:{held.call.entry}"
    assert len(await waiting_in(inbox, PLACE)) == 1
    assert await redis.xrange(due_key("T1"), held.call.entry, held.call.entry)


async def test_a_lease_that_ran_out_is_taken_again_by_whoever_goes_on(
    redis: Redis, inbox: Inbox, cases: Cases, leases: Leases
) -> None:
    held, first = await held_with_two(redis, inbox, leases)
    await redis.delete(lease_key(PLACE))

    _, next_one = await cases.commit(cases.opened(held), held, first.entry)

    assert next_one is not None
    assert await redis.get(lease_key(PLACE)) == held.mark


async def test_a_call_in_vain_is_done_and_gone(redis: Redis, inbox: Inbox, leases: Leases) -> None:
    call = await called(redis, inbox)
    await redis.delete(inbox_key(PLACE))
    await leases.take(call)

    assert await leases.done(call)

    assert await is_given_back(redis, call)


async def test_what_came_meanwhile_keeps_the_lease_and_its_call(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    call = await called(redis, inbox)
    await leases.take(call)

    assert not await leases.done(call)

    assert await redis.exists(lease_key(PLACE)) == 1
    assert (await redis.xpending(due_key("T1"), GROUP))["pending"] == 1


async def test_what_is_given_up_is_free_and_waits_for_the_sweeper(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    call = await called(redis, inbox)
    await leases.take(call)

    await leases.leave(call)

    assert await Leases(redis, reader="other").take(call)
    assert await redis.xlen(due_key("T1")) == 0
    assert len(await waiting_in(inbox, PLACE)) == 1


async def test_a_sign_of_life_renews_the_lease_and_the_call(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    call = await called(redis, inbox)
    await leases.take(call)
    await redis.pexpire(lease_key(PLACE), 1_000)
    await redis.xclaim(due_key("T1"), GROUP, "one", 0, [call.entry], idle=9_000, justid=True)

    await leases.beat([call])

    assert await redis.pttl(lease_key(PLACE)) > LEASE_MS - 1_000
    (pending,) = await redis.xpending_range(due_key("T1"), GROUP, "-", "+", 10)
    assert int(pending["time_since_delivered"]) < 1_000
    assert pending["times_delivered"] == 1


async def test_a_sign_of_life_renews_no_lease_that_another_has_by_now(
    redis: Redis, inbox: Inbox, leases: Leases
) -> None:
    call = await called(redis, inbox)
    await Leases(redis, reader="other").take(call)
    await redis.pexpire(lease_key(PLACE), 1_000)

    await leases.beat([call])

    assert await redis.pttl(lease_key(PLACE)) <= 1_000


async def test_nobody_who_holds_nothing_gives_a_sign(leases: Leases) -> None:
    await leases.beat([])
