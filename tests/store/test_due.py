"""What is due is read in turns, by one reader, and taken up again where that one ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.store.arrivals import Arrival, Kind, Place
from bot.store.cases import Cases
from bot.store.due import LEFT_BEHIND_MS, Call, Due
from bot.store.inbox import Inbox
from bot.store.keys import due_key
from bot.store.sealing import Seal
from tests.holding import keep, waiting_in

PLACE = Place("T1", "C1", "1.1")
SAID = Arrival(PLACE, "1.1", Kind.SAID, "U1", "Ev1", "our bot invents berths")
TEAMS = ("T1", "T2")


@pytest.fixture
def inbox(redis: Redis, seal: Seal) -> Inbox:
    return Inbox(redis, seal)


@pytest.fixture
def due(redis: Redis) -> Due:
    return Due(redis, reader="one")


async def said(inbox: Inbox, team: str, thread: str) -> None:
    place = Place(team, "C1", thread)
    await inbox.put(replace(SAID, place=place, id=thread, event=f"Ev{thread}"))


async def read(due: Due, most: int = 10) -> list[Call]:
    # The first reading makes the group.
    await due.next(TEAMS, most)
    return list(await due.next(TEAMS, most))


async def test_whoever_said_something_is_known_by_workspace(inbox: Inbox, due: Due) -> None:
    await said(inbox, "T2", "1.1")
    await said(inbox, "T1", "1.1")

    assert await due.teams() == TEAMS


async def test_a_second_delivery_is_due_once(inbox: Inbox, due: Due) -> None:
    await inbox.put(SAID)
    await inbox.put(SAID)

    assert [one.place for one in await read(due)] == [PLACE]


async def test_a_workspace_that_says_much_waits_behind_itself_alone(inbox: Inbox, due: Due) -> None:
    for number in range(9):
        await said(inbox, "T1", f"{number}.1")
    await said(inbox, "T2", "1.1")

    assert [one.team for one in await read(due, most=2)] == ["T1", "T1", "T2"]


async def test_what_was_dropped_is_not_read_again(inbox: Inbox, due: Due, redis: Redis) -> None:
    await inbox.put(SAID)
    (call,) = await read(due)

    await due.dropped(call)

    assert await due.next(TEAMS, 10) == ()
    assert await redis.xlen(due_key("T1")) == 0


async def test_what_one_reader_left_behind_is_another_s_after_a_while(
    inbox: Inbox, due: Due, redis: Redis
) -> None:
    await inbox.put(SAID)
    (left,) = await read(due)
    other = Due(redis, reader="other")
    assert await other.left_behind(TEAMS) == ()

    # As if that long had passed: the server counts from a time that it can be told.
    await redis.xclaim(
        due_key("T1"), "workers", "one", 0, [left.entry], idle=LEFT_BEHIND_MS + 1, justid=True
    )

    assert await other.left_behind(TEAMS) == (left,)


async def test_a_case_that_nobody_takes_is_due_again(
    inbox: Inbox, due: Due, redis: Redis, seal: Seal
) -> None:
    await inbox.put(SAID)
    (call,) = await read(due)
    await due.dropped(call)
    assert await due.put_back_stranded("T1", 60) == 0
    await asyncio.sleep(1.1)

    assert await due.put_back_stranded("T1", 0) == 1
    assert [one.place for one in await due.next(TEAMS, 10)] == [PLACE]

    (waiting,) = await waiting_in(inbox, PLACE)
    cases = Cases(redis, seal, days=1)
    await keep(cases, await cases.load(PLACE), waiting.entry)
    assert await due.put_back_stranded("T1", 0) == 0


async def test_readers_that_are_gone_are_forgotten_and_those_at_work_are_not(
    inbox: Inbox, due: Due, redis: Redis
) -> None:
    await inbox.put(SAID)
    await read(due)

    await due.forget_readers("T1")
    await due.forget_readers("T9")

    assert [one["name"] for one in await redis.xinfo_consumers(due_key("T1"), "workers")] == ["one"]
