"""Redis hung, full, read-only, slow, cut off; replies and order lost: counts, never timings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.playground.faults import Reordered
from bot.store.connect import settled
from tests.chaos.crowd import FIRST, FOLLOW_UPS, Script
from tests.chaos.fleet import Plan
from tests.chaos.ledger import Kind, Turn, edit_name
from tests.chaos.patience import seen
from tests.chaos.steps import COMMIT, NOTE, is_lease, script_on
from tests.chaos.town import Town, day, town
from tests.chaos.wire import Request
from tests.redis_servers import RedisServer

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASK = Script(follow_ups=0, at_once=True, edits=False, presses=False)
TALK = Script(follow_ups=2, at_once=True, edits=True, presses=True)
ASKED = 10


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(
    redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    plan = Plan(redis=redis.url, workers=2, watched=True)
    async with town(tmp_path_factory.mktemp("town"), plan) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def place(standing: Town) -> AsyncIterator[Town]:
    for process in standing.fleet.all:
        assert process.ways.redis is not None
        process.ways.redis.calm()
    async with day(standing.slack, standing.fleet) as one:
        yield one


@asynccontextmanager
async def direct(redis: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis.url, decode_responses=True) as one:
        yield one


# --- Redis in trouble ----------------------------------------------------------------------------


async def hung(redis: RedisServer) -> Callable[[], Awaitable[None]]:
    redis.freeze()

    async def over() -> None:
        redis.thaw()

    return over


async def full(redis: RedisServer) -> Callable[[], Awaitable[None]]:
    async with direct(redis) as one:
        await one.config_set("maxmemory", 1)

    async def over() -> None:
        async with direct(redis) as one:
            await one.config_set("maxmemory", 0)

    return over


async def read_only(redis: RedisServer) -> Callable[[], Awaitable[None]]:
    async with direct(redis) as one:
        await settled(one.replicaof("127.0.0.1", 1))

    async def over() -> None:
        async with direct(redis) as one:
            await settled(one.replicaof("NO", "ONE"))

    return over


TROUBLES = {"hung": hung, "full": full, "read-only": read_only}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_in_trouble_everything_is_refused_and_afterwards_answered_once(
    trouble: Callable[[RedisServer], Awaitable[Callable[[], Awaitable[None]]]],
    place: Town,
    redis: RedisServer,
) -> None:
    await place.talk(*[ASK] * ASKED)
    await place.settled()
    before = len(place.statuses())
    over = await trouble(redis)
    # Each mention comes twice, as a mention and as a message, and each is brought twice at once.
    asking = asyncio.create_task(place.talk(*[ASK] * ASKED))
    assert await seen(lambda: len(place.statuses()) >= before + 4 * ASKED)
    refused = place.statuses()[before:]
    await over()
    await asking
    balance = await place.settled()

    assert refused == [503] * len(refused)
    assert balance.acknowledged == balance.turns == 2 * ASKED
    assert balance.is_even, f"{balance}\n{place.fleet.said}"
    assert balance.orphans == ()


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_trouble_in_mid_turn_loses_nothing(
    trouble: Callable[[RedisServer], Awaitable[Callable[[], Awaitable[None]]]],
    place: Town,
    redis: RedisServer,
) -> None:
    watches = [
        one.ways.redis.watch(COMMIT) for one in place.fleet.workers if one.ways.redis is not None
    ]
    asking = asyncio.create_task(place.talk(*[TALK] * ASKED))
    assert await seen(lambda: any(one.reached.is_set() for one in watches))
    over = await trouble(redis)
    for watch in watches:
        watch.let_through()
    before = len(place.statuses())
    more = asyncio.create_task(place.talk(*[ASK] * ASKED))
    assert await seen(lambda: 503 in place.statuses()[before:])
    await over()
    await asyncio.gather(asking, more)
    balance = await place.settled()

    assert balance.is_even, f"{balance}\n{place.fleet.said}"
    assert balance.orphans == ()


# --- The way to Redis ----------------------------------------------------------------------------


async def test_a_slow_redis_loses_nothing(place: Town) -> None:
    for one in place.fleet.all:
        assert one.ways.redis is not None
        one.ways.redis.delay = 0.1
    await place.talk(*[TALK] * ASKED)
    balance = await place.settled()

    assert balance.acknowledged == balance.turns
    assert balance.is_even, f"{balance}\n{place.fleet.said}"
    assert balance.orphans == ()


# Whoever waits to write while a reply is lost is refused with it; Slack sends four times in all.
WRITES: dict[str, tuple[str, Callable[[Request], bool], int]] = {
    "of an arrival": ("web", script_on(":inbox", ":due", ":case"), 2),
    "of a lease": ("worker", is_lease, 5),
    "of a note": ("worker", NOTE, 5),
    "of a commit": ("worker", COMMIT, 5),
}


@pytest.mark.parametrize(("role", "is_it", "times"), WRITES.values(), ids=WRITES)
async def test_a_reply_that_is_lost_after_it_was_done_makes_no_second_turn(
    role: str, is_it: Callable[[Request], bool], times: int, place: Town
) -> None:
    crew = place.fleet.webs if role == "web" else place.fleet.workers
    ways = [one.ways.redis for one in crew if one.ways.redis is not None]
    swallowed = [way.swallow(is_it, times=times) for way in ways]
    await place.talk(*[TALK] * ASKED)
    balance = await place.settled()

    assert sum(one.taken for one in swallowed) >= times
    assert balance.acknowledged == balance.turns
    assert balance.is_even, f"{balance}\n{place.fleet.said}"
    assert balance.orphans == ()


@pytest.mark.parametrize("role", ("web", "worker"))
async def test_cut_off_from_redis_a_while_nothing_is_lost(role: str, place: Town) -> None:
    cut_off = (place.fleet.webs if role == "web" else place.fleet.workers)[0].ways.redis
    assert cut_off is not None
    asking = asyncio.create_task(place.talk(*[TALK] * ASKED))
    await seen(lambda: len(place.ledger.acknowledged) >= ASKED // 2)
    cut_off.partition()
    before = len(place.statuses())
    held = len(place.ledger.acknowledged)
    more = asyncio.create_task(place.talk(*[ASK] * ASKED))
    if role == "web":
        assert await seen(lambda: 503 in place.statuses()[before:])
    else:
        # The other worker takes over what was left behind.
        assert await seen(lambda: len(place.ledger.acknowledged) > held)
        assert await seen(lambda: not place.ledger.balance().lost)
    cut_off.heal()
    await asyncio.gather(asking, more)
    balance = await place.settled()

    assert balance.is_even, f"{balance}\n{place.fleet.said}"


# --- Order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ("in a thread", "in a direct message"))
async def test_an_edit_that_overtakes_its_message_is_what_counts(where: str, place: Town) -> None:
    slack, ledger = place.slack, place.ledger
    ann = slack.workspace.add_user("ann").id
    if where == "in a thread":
        channel = slack.workspace.add_channel("scene", ann, "UBOT").id
        thread = await slack.say(ann, channel, "<@UBOT> " + FIRST.format("K1"))
        assert await seen(lambda: bool(ledger.shown(thread)))
        text = FOLLOW_UPS[0]
    else:
        channel, thread, text = await slack.dm(ann), None, FIRST
    await slack.settled()
    slack.faults.on_event("message", Reordered(1))
    ts = await slack.say(ann, channel, text.format("K2"), thread)
    await slack.edit(ann, channel, ts, text.format("K3"))
    message = slack.message(channel, ts)
    assert message is not None
    ledger.expect(Turn(ts, thread or ts, Kind.SAID, "K3", ann))
    ledger.expect(
        Turn(edit_name(ts, message.edited_ts or ""), thread or ts, Kind.EDITED, "K3", ann)
    )
    if thread is not None:
        ledger.expect(Turn(thread, thread, Kind.SAID, "K1", ann))
    balance = await place.settled(20)

    assert balance.is_even, balance
    assert not any("K2" in one.text for one in ledger.shown(thread or ts))
