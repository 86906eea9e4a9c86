"""A case is kept whole, by one writer at a time, as long as promised, and forgotten when asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.domain.conversation import Denial, Statement
from bot.domain.problem import Basis, Fact
from bot.errors import StoreContended
from bot.store.arrivals import Place
from bot.store.cases import POSTING, Case, Cases
from bot.store.keys import case_key
from bot.store.sealing import Seal
from tests.holding import keep

PLACE = Place("T1", "C1", "1700000000.000100")
TOLD = Statement(
    "1700000000.000100",
    "U1",
    (
        Fact("symptoms", "made_up_facts", Basis.STATED, "it invents berths", "U1", "1"),
        Fact("pass_rate", 71.0, Basis.MEASURED),
        Fact("must_cite", value=True, basis=Basis.IMPLIED),
    ),
    (Denial("symptoms", "too_slow", "not slow"),),
    frozenset({"pass_rate"}),
    "symptoms",
    frozenset({"owner"}),
    frozenset({"risk"}),
)
FULL = Case(PLACE, 0, "U1", (TOLD,), "1.1", "1.2", "cues", "a note", 1_700_000_000.0)


@pytest.fixture
def cases(redis: Redis, seal: Seal) -> Cases:
    return Cases(redis, seal, days=90, clock=lambda: 1_700_000_000.0)


async def test_a_place_without_a_case_has_an_empty_one(cases: Cases) -> None:
    case = await cases.load(PLACE)

    assert (case.is_new, case.statements, case.version) == (True, (), 0)


async def test_a_case_comes_back_as_it_was_kept(cases: Cases) -> None:
    await keep(cases, FULL)

    kept = await cases.load(PLACE)
    assert kept == replace(FULL, version=kept.version)
    assert kept.version > FULL.version


async def test_of_two_writers_of_one_version_the_second_is_told(cases: Cases) -> None:
    await keep(cases, FULL)
    first = await cases.load(PLACE)

    with pytest.raises(StoreContended):
        await keep(cases, FULL)

    assert await cases.load(PLACE) == first


async def test_who_read_what_a_lost_server_had_does_not_write_over_what_came_after(
    cases: Cases, redis: Redis
) -> None:
    await keep(cases, FULL)
    lost = await cases.load(PLACE)
    # The server that takes over never had that commit, and another is made there.
    await redis.flushall()
    await keep(cases, FULL)

    with pytest.raises(StoreContended):
        await keep(cases, lost)


async def test_nothing_of_a_case_can_be_read_in_redis(cases: Cases, redis: Redis) -> None:
    await keep(cases, FULL)

    assert "berths" not in str(await redis.hgetall(case_key(PLACE)))


async def test_every_key_of_a_case_ends_after_the_promised_days(cases: Cases, redis: Redis) -> None:
    await keep(cases, FULL)

    lives = [await redis.ttl(key) for key in await redis.keys("*")]

    assert lives
    assert all(0 < seconds <= 90 * 86_400 for seconds in lives)


async def test_what_was_posted_stays_known_to_whoever_was_held_up(cases: Cases) -> None:
    assert await cases.begin_post(PLACE, "1") == ""
    assert await cases.begin_post(PLACE, "1") == POSTING
    assert await cases.end_post(PLACE, "1", "9.9") == "9.9"
    assert await cases.begin_post(PLACE, "1") == await cases.posted(PLACE, "1") == "9.9"

    await keep(cases, FULL)

    assert await cases.begin_post(PLACE, "1") == "9.9"


async def test_of_two_who_posted_at_once_the_first_to_say_so_counts(cases: Cases) -> None:
    await cases.begin_post(PLACE, "1")

    assert await cases.end_post(PLACE, "1", "9.1") == "9.1"
    assert await cases.end_post(PLACE, "1", "9.2") == "9.1"


async def test_forgetting_deletes_the_cases_that_one_opened_and_no_others(cases: Cases) -> None:
    others = replace(FULL, place=Place("T1", "C2", "1"), opener="U2")
    for case in (FULL, others):
        await cases.begin_post(case.place, "1", opener=case.opener)
        await keep(cases, case)

    assert await cases.forget("T1", "U1") == 1

    assert (await cases.load(PLACE)).is_new
    assert (await cases.load(others.place)).statements == (TOLD,)
    assert await cases.opened_by("T1", "U1") == ()


async def test_a_turn_under_way_does_not_bring_a_forgotten_case_back(cases: Cases) -> None:
    await cases.begin_post(PLACE, "1", opener="U1")
    await cases.forget("T1", "U1")

    with pytest.raises(StoreContended):
        await keep(cases, FULL)

    await keep(cases, replace(await cases.load(PLACE), opener="U2"))
    with pytest.raises(StoreContended):
        await keep(cases, FULL)

    again = replace(await cases.load(PLACE), opener="U1")
    await keep(cases, again)
    assert (await cases.load(PLACE)).opener == "U1"


async def test_two_workspaces_with_the_same_channel_never_meet(cases: Cases) -> None:
    await keep(cases, FULL)

    assert (await cases.load(replace(PLACE, team="T2"))).statements == ()


async def test_first_contact_is_first_once(cases: Cases) -> None:
    assert await cases.first_time("T1", "U1")
    assert not await cases.first_time("T1", "U1")
    assert await cases.first_time("T1", "U2")
