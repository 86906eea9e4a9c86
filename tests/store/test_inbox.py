"""What people did is kept once, in order, unreadable, until its case is committed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.errors import BadInput, StoreFull, StoreTooNew, StoreUnreachable
from bot.store.arrivals import Arrival, Kind, Place, arrival_from, place_named
from bot.store.cases import Cases
from bot.store.connect import client
from bot.store.inbox import SEEN_SECONDS, WAITING_SECONDS, Inbox, Put
from bot.store.keys import TEAMS, inbox_key
from bot.store.sealing import Seal
from tests.holding import keep, waiting_in

PLACE = Place("T1", "C1", "1700000000.000100")
SAID = Arrival(PLACE, "1700000000.000100", Kind.SAID, "U0AUTHOR01", "Ev1", "our bot invents berths")


@pytest.fixture
def inbox(redis: Redis, seal: Seal) -> Inbox:
    return Inbox(redis, seal)


async def texts(inbox: Inbox) -> list[str]:
    return [one.arrival.text for one in await waiting_in(inbox, PLACE) if one.arrival]


async def test_what_was_put_in_comes_out_as_it_was(inbox: Inbox) -> None:
    form = replace(
        SAID,
        id="2",
        event="Ev2",
        kind=Kind.CORRECTED,
        facts=(("owner", "none"),),
        cleared=("risk",),
    )
    await inbox.put(SAID)
    await inbox.put(form)

    assert [one.arrival for one in await waiting_in(inbox, PLACE)] == [SAID, form]


@pytest.mark.parametrize(
    "again",
    (SAID, replace(SAID, event="Ev2"), replace(SAID, id="other")),
    ids=["the same event", "the same message under another event id", "the same event id"],
)
async def test_a_second_delivery_is_no_second_arrival(inbox: Inbox, again: Arrival) -> None:
    assert await inbox.put(SAID) is Put.KEPT
    assert await inbox.put(again) is Put.SEEN

    assert await texts(inbox) == [SAID.text]


async def test_each_edit_of_a_message_is_an_arrival_of_its_own(inbox: Inbox) -> None:
    edits = [
        replace(SAID, kind=Kind.EDITED, event=f"Ev{n}", message=f"{n}", text=f"v{n}")
        for n in range(3)
    ]
    for edit in edits:
        await inbox.put(edit)

    assert await texts(inbox) == ["v0", "v1", "v2"]


async def test_a_hundred_deliveries_at_once_are_one_arrival(inbox: Inbox) -> None:
    kept = await asyncio.gather(*(inbox.put(SAID) for _ in range(100)))

    assert kept.count(Put.KEPT) == 1
    assert await texts(inbox) == [SAID.text]


async def test_the_text_cannot_be_read_in_redis(inbox: Inbox, redis: Redis) -> None:
    await inbox.put(SAID)

    kept = str(await redis.xrange(inbox_key(PLACE)))

    assert "berths" not in kept
    assert "U0AUTHOR01" not in kept


async def test_nothing_stays_longer_than_promised(inbox: Inbox, redis: Redis) -> None:
    await inbox.put(SAID)

    lives = {key: await redis.ttl(key) for key in await redis.keys("*") if key != TEAMS}

    assert lives[inbox_key(PLACE)] <= WAITING_SECONDS
    assert all(0 < seconds <= SEEN_SECONDS for seconds in lives.values())


async def test_a_commit_takes_out_just_what_it_answered(
    inbox: Inbox, redis: Redis, seal: Seal
) -> None:
    cases = Cases(redis, seal, days=90)
    await inbox.put(SAID)
    await inbox.put(replace(SAID, id="2", event="Ev2", text="and another"))
    first, _ = await waiting_in(inbox, PLACE)

    await keep(cases, await cases.load(PLACE), first.entry)

    assert await texts(inbox) == ["and another"]


async def test_of_a_thread_that_is_not_ours_nothing_is_kept(inbox: Inbox, redis: Redis) -> None:
    assert await inbox.put(SAID, only_known=True) is Put.UNKNOWN

    assert await redis.keys("{T1}:*") == []


async def test_what_was_deleted_before_it_came_is_not_kept_when_it_comes(inbox: Inbox) -> None:
    deleted = replace(SAID, kind=Kind.DELETED, event="Ev2", text="")

    assert await inbox.put(deleted, only_known=True) is Put.UNKNOWN
    assert await inbox.put(deleted, only_known=True) is Put.UNKNOWN
    edit = replace(SAID, kind=Kind.EDITED, event="Ev4", message="9", text="it invents more")
    assert await inbox.put(SAID) is Put.SEEN
    assert await inbox.put(edit) is Put.SEEN
    assert await inbox.put(replace(SAID, id="2", event="Ev3")) is Put.KEPT


async def test_what_waits_is_followed_by_its_deletion(inbox: Inbox) -> None:
    deleted = replace(SAID, kind=Kind.DELETED, event="Ev2", text="")
    await inbox.put(SAID)

    assert await inbox.put(deleted, only_known=True) is Put.KEPT
    assert len(await waiting_in(inbox, PLACE)) == 2


async def test_of_a_thread_where_something_waits_everything_is_kept(inbox: Inbox) -> None:
    await inbox.put(SAID)

    follow_up = replace(SAID, id="2", event="Ev2", text="and another")
    assert await inbox.put(follow_up, only_known=True) is Put.KEPT


async def test_of_a_case_that_is_kept_everything_is_kept(
    inbox: Inbox, redis: Redis, seal: Seal
) -> None:
    cases = Cases(redis, seal, days=90)
    await keep(cases, await cases.load(PLACE))

    assert await inbox.put(SAID, only_known=True) is Put.KEPT


async def test_of_a_case_that_was_forgotten_nothing_is_kept(
    inbox: Inbox, redis: Redis, seal: Seal
) -> None:
    cases = Cases(redis, seal, days=90)
    case = replace(await cases.load(PLACE), opener="U1")
    await cases.begin_post(PLACE, "1", opener="U1")
    await keep(cases, case)
    await cases.forget("T1", "U1")

    assert await inbox.put(SAID, only_known=True) is Put.UNKNOWN


async def test_a_workspace_that_has_too_much_waiting_is_refused_and_others_are_not(
    redis: Redis, seal: Seal
) -> None:
    inbox = Inbox(redis, seal, most_due=2)
    for number in range(2):
        await inbox.put(replace(SAID, id=f"{number}", event=f"Ev{number}"))
    late = replace(SAID, id="9", event="Ev9")

    with pytest.raises(StoreFull):
        await inbox.put(late)

    assert await inbox.put(replace(late, place=replace(PLACE, team="T2"))) is Put.KEPT
    assert len(await waiting_in(inbox, PLACE)) == 2


async def test_what_was_refused_is_kept_when_it_comes_again_and_there_is_room(
    redis: Redis, seal: Seal
) -> None:
    await Inbox(redis, seal, most_due=1).put(SAID)
    late = replace(SAID, id="9", event="Ev9")
    with pytest.raises(StoreFull):
        await Inbox(redis, seal, most_due=1).put(late)

    assert await Inbox(redis, seal).put(late) is Put.KEPT


async def test_what_no_replica_confirms_is_refused(redis: Redis, seal: Seal) -> None:
    with pytest.raises(StoreUnreachable):
        await Inbox(redis, seal, replicas=lambda: 1).put(SAID)


async def test_a_store_that_is_away_is_named_within_a_second() -> None:
    nowhere = Inbox(client("unix:///nowhere/redis.sock"), Seal([_KEY]))
    began = asyncio.get_running_loop().time()

    with pytest.raises(StoreUnreachable, match="try again"):
        await nowhere.put(SAID)

    assert asyncio.get_running_loop().time() - began < 1.0


def test_a_place_is_named_by_its_key_and_by_nothing_else() -> None:
    assert place_named(PLACE.key) == PLACE
    with pytest.raises(BadInput):
        place_named("T1:C1")


def test_what_a_newer_version_keeps_is_left_to_it() -> None:
    newer = SAID.as_text().replace('"schema":1', '"schema":99')

    with pytest.raises(StoreTooNew):
        arrival_from(newer)


@pytest.mark.parametrize("text", ("", "{}", "[]", '{"place": 1}', '{"lc": 1}'))
def test_what_is_no_arrival_is_named_so(text: str) -> None:
    with pytest.raises(BadInput):
        arrival_from(text)


_KEY = "A" * 43 + "="
