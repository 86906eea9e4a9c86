"""Writes of one moment go together: each has a reply of its own, or is refused by name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from bot.errors import StoreUnreachable
from bot.store.connect import AT_THE_DOOR, connected
from bot.store.group_writer import GroupWriter
from tests.redis_servers import RedisServer

COUNT = "return redis.call('INCR', KEYS[1])"
WRONG = "return redis.call('INCR', KEYS[1], 'too', 'much')"


async def test_each_of_many_has_its_own_reply(redis: Redis) -> None:
    writer = GroupWriter(redis)

    replies = await asyncio.gather(*(writer.run(COUNT, [f"k{n % 7}"], []) for n in range(500)))

    assert sorted(replies) == sorted(1 + n // 7 for n in range(500))


async def test_what_comes_while_others_are_written_goes_in_fewer_round_trips(
    redis: Redis,
) -> None:
    writer = GroupWriter(redis)
    before = (await redis.info("stats"))["total_reads_processed"]

    await asyncio.gather(*(writer.run(COUNT, ["k"], []) for _ in range(200)))

    assert (await redis.info("stats"))["total_reads_processed"] - before < 50


@pytest.mark.parametrize("place", range(3), ids=("first", "second", "third"))
async def test_one_that_the_server_refuses_leaves_the_others_alone(
    redis: Redis, place: int
) -> None:
    writer = GroupWriter(redis)
    scripts = [COUNT, COUNT]
    scripts.insert(place, WRONG)

    outcomes = await asyncio.gather(
        *(writer.run(script, ["k"], []) for script in scripts), return_exceptions=True
    )

    assert isinstance(outcomes.pop(place), StoreUnreachable)
    assert outcomes == [1, 2]


async def test_whoever_gave_up_waiting_disturbs_nobody(redis: Redis) -> None:
    writer = GroupWriter(redis)
    one = asyncio.create_task(writer.run(COUNT, ["k"], []))
    other = asyncio.create_task(writer.run(COUNT, ["k"], []))
    await asyncio.sleep(0)
    one.cancel()

    assert await other == 2


async def test_a_server_that_hangs_is_named_to_all_who_wait_at_once() -> None:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as server:
        async with connected(server.url) as store:
            writer = GroupWriter(store)
            await writer.run(COUNT, ["k"], [])

            async def refused_at() -> float:
                with pytest.raises(StoreUnreachable):
                    await writer.run(COUNT, ["k"], [])
                return asyncio.get_running_loop().time()

            server.freeze()
            tasks = [asyncio.create_task(refused_at())]
            await asyncio.sleep(0.3)
            tasks += [asyncio.create_task(refused_at()) for _ in range(200)]

            times = await asyncio.gather(*tasks)

            server.thaw()
            # Whoever had a try of their own would be refused its time later.
            assert max(times) - min(times) < AT_THE_DOOR.answer / 2


@pytest.mark.parametrize("replicas", (1, 3))
async def test_without_the_replicas_that_must_confirm_nothing_counts_as_kept(
    redis: Redis, replicas: int
) -> None:
    with pytest.raises(StoreUnreachable):
        await GroupWriter(redis, replicas=lambda: replicas).run(COUNT, ["k"], [])
