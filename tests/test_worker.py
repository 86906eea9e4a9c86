"""Turns are taken from what is due: each once, a case at a time, to the end, whoever ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from bot.errors import SlackBusy, TurnFailed
from bot.store.arrivals import Arrival, Kind, Place
from bot.store.cases import Cases
from bot.store.connect import connected
from bot.store.due import GROUP, LEFT_BEHIND_MS, Due
from bot.store.inbox import Inbox
from bot.store.keys import due_key, lease_key
from bot.store.leases import Held, Leases
from bot.store.sealing import Seal
from bot.worker import Turns
from tests.redis_servers import RedisServer

LONGEST_WAIT = 20.0


@dataclass
class Desk:
    """Takes what waits as the desk does, and notes what and when."""

    inbox: Inbox
    cases: Cases
    seconds: float = 0.0
    busy: int = 0
    fails: int = 0
    again: int = 0
    contended: int = 0
    outdated: list[bool] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)
    most_of_one: int = 0

    async def take(self, held: Held, *, again: bool, outdated: bool) -> None:
        place, waits = held.place, held.first
        self.again += again
        self.outdated.append(outdated)
        if self.fails:
            self.fails -= 1
            raise TurnFailed("again")
        if self.busy:
            self.busy -= 1
            raise SlackBusy(0.05)
        if self.contended:
            self.contended -= 1
            # Another committed what we had taken, and left nothing.
            case, entry = self.cases.opened(held), waits.entry if waits else ""
            await self.cases.commit(case, held, entry)
            await self.cases.commit(case, held, entry)
        self.begun.append(place.key)
        self.under_way[place.key] = self.under_way.get(place.key, 0) + 1
        self.most_of_one = max(self.most_of_one, self.under_way[place.key])
        try:
            case = self.cases.opened(held)
            while waits is not None:
                await asyncio.sleep(self.seconds)
                arrival = self.inbox.opened(waits).arrival
                case, waits = await self.cases.commit(case, held, waits.entry)
                assert arrival is not None
                self.taken.append((place.key, arrival.id))
        finally:
            self.under_way[place.key] -= 1


@dataclass
class Shop:
    redis: Redis
    desk: Desk

    async def says(self, team: str, thread: int, number: int = 0) -> None:
        place = Place(team, "C1", f"{thread}.1")
        name = f"{thread}.{number}"
        await self.desk.inbox.put(Arrival(place, name, Kind.SAID, "U1", f"Ev{team}{name}", "hello"))

    @asynccontextmanager
    async def open(self, name: str = "one") -> AsyncIterator[asyncio.Event]:
        """Run a worker until the block ends."""
        stop = asyncio.Event()
        due, leases = Due(self.redis, reader=name), Leases(self.redis, reader=name)
        working = asyncio.create_task(Turns(self.desk.take, due, leases).work(stop))
        try:
            yield stop
        finally:
            stop.set()
            await working

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONGEST_WAIT):
            while not look():  # noqa: ASYNC110 - another task takes turns
                await asyncio.sleep(0.01)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as server:
        async with connected(server.url) as redis:
            assert isinstance(redis, Redis)
            seal = Seal([Fernet.generate_key().decode()])
            desk = Desk(Inbox(redis, seal), Cases(redis, seal, days=1))
            yield Shop(redis, desk)


async def test_everything_that_was_said_is_taken_once_and_in_order(shop: Shop) -> None:
    for number in range(5):
        for thread in range(20):
            await shop.says("T1", thread, number)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 100)

    for thread in range(20):
        ours = [name for key, name in shop.desk.taken if key == f"T1:C1:{thread}.1"]
        assert ours == [f"{thread}.{number}" for number in range(5)]


async def test_two_workers_never_take_one_case_at_the_same_time(shop: Shop) -> None:
    shop.desk.seconds = 0.02
    async with shop.open("one"), shop.open("two"):
        for number in range(10):
            for thread in range(4):
                await shop.says("T1", thread, number)
        await shop.until(lambda: len(shop.desk.taken) == 40)

    assert shop.desk.most_of_one == 1
    assert len(set(shop.desk.taken)) == 40


async def test_what_is_under_way_is_finished_when_told_to_stop(shop: Shop) -> None:
    shop.desk.seconds = 0.5
    await shop.says("T1", 1)
    async with shop.open() as stop:
        await shop.until(lambda: bool(shop.desk.begun))
        stop.set()

    assert len(shop.desk.taken) == 1


async def test_what_came_before_there_was_a_worker_is_taken(shop: Shop) -> None:
    await shop.says("T1", 1)
    await shop.says("T2", 2)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 2)


async def test_a_turn_that_slack_keeps_waiting_is_taken_when_it_may(shop: Shop) -> None:
    shop.desk.busy = 3
    await shop.says("T1", 1)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 1)

    assert shop.desk.again == 0


async def test_a_quiet_workspace_does_not_wait_behind_a_loud_one(shop: Shop) -> None:
    shop.desk.seconds = 0.01
    for thread in range(500):
        await shop.says("T1", thread)
    await shop.says("T2", 1)

    async with shop.open():
        await shop.until(lambda: any(key.startswith("T2") for key, _ in shop.desk.taken))
        before = len(shop.desk.taken)

    assert before < 400


async def test_a_turn_that_fails_is_tried_again(shop: Shop) -> None:
    shop.desk.fails = 2
    await shop.says("T1", 1)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 1)


async def test_a_card_that_may_be_outdated_is_shown_anew_though_nothing_waits(shop: Shop) -> None:
    shop.desk.contended = 1
    await shop.says("T1", 1)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.outdated) == 2)

    assert shop.desk.outdated == [False, True]
    assert shop.desk.taken == []
    assert await shop.redis.xlen(due_key("T1")) == 0


async def died_holding(shop: Shop) -> None:
    """Leave things as a worker does that took a case and ended long enough ago."""
    dead = Due(shop.redis, reader="dead")
    await dead.next(("T1",), 1)
    (call,) = await dead.next(("T1",), 1)
    assert await Leases(shop.redis, reader="dead").take(call)
    await shop.redis.delete(lease_key(call.place))
    long_ago = LEFT_BEHIND_MS + 1
    await shop.redis.xclaim(due_key("T1"), GROUP, "dead", 0, [call.entry], idle=long_ago)


async def test_what_a_worker_held_when_it_ended_is_taken_up_by_another(shop: Shop) -> None:
    await shop.says("T1", 1)
    await died_holding(shop)

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 1)

    assert shop.desk.again == 1


async def test_a_turn_taken_up_again_that_is_then_kept_waiting_is_blamed_once(shop: Shop) -> None:
    await shop.says("T1", 1)
    await died_holding(shop)
    shop.desk.busy = 5

    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 1)

    assert shop.desk.again == 1


async def test_nothing_stays_in_redis_that_is_over(shop: Shop) -> None:
    for thread in range(30):
        await shop.says("T1", thread)
    async with shop.open():
        await shop.until(lambda: len(shop.desk.taken) == 30)

    left = {str(key) async for key in shop.redis.scan_iter()}
    assert await shop.redis.xlen(due_key("T1")) == 0
    assert not any(key.endswith((":inbox", ":posts", ":lease", ":waiting")) for key in left)
