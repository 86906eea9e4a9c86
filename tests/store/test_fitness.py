"""A server is looked at before it is trusted with what people say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from bot.errors import StoreUnreachable
from bot.store.connect import Store, connected, settled
from bot.store.fitness import Followers, answers, is_fit, what_is_unsafe
from bot.store.group_writer import GroupWriter
from tests.redis_servers import RedisServer
from tests.slack.house import free_port

COUNT = "return redis.call('INCR', KEYS[1])"


@pytest.fixture
async def restored(redis: Redis) -> Redis:
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("appendonly", "yes")
    return redis


async def test_a_server_that_keeps_everything_is_fit(restored: Redis) -> None:
    assert await what_is_unsafe(restored) == ()
    assert await is_fit(restored)


async def test_a_server_that_evicts_is_not_fit_and_is_told_so(restored: Redis) -> None:
    await restored.config_set("maxmemory-policy", "allkeys-lru")
    try:
        (line,) = await what_is_unsafe(restored)
        assert "noeviction" in line
        assert not await is_fit(restored)
    finally:
        await restored.config_set("maxmemory-policy", "noeviction")


async def test_a_server_without_a_log_is_fit_with_a_warning(restored: Redis) -> None:
    await restored.config_set("appendonly", "no")
    try:
        (line,) = await what_is_unsafe(restored)
        assert "appendonly" in line
        assert await is_fit(restored)
    finally:
        await restored.config_set("appendonly", "yes")


async def test_nobody_there_is_no_answer_and_no_error() -> None:
    async with connected("unix:///nowhere.sock") as one:
        assert not await answers(one)
        assert not await is_fit(one)
        assert await what_is_unsafe(one) == ()


async def test_of_a_server_alone_no_replica_is_asked(redis: Redis) -> None:
    followers = Followers(redis)
    await followers.look()

    assert followers.wanted() == 0


Three = tuple[RedisServer, RedisServer, RedisServer]


@pytest.fixture
def replicated() -> Iterator[Three]:
    """Three servers that know nothing of each other yet."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory(prefix="sf-"))) for _ in range(3)]
        master = stack.enter_context(RedisServer(folders[0], free_port()))
        one, two = (stack.enter_context(RedisServer(folder)) for folder in folders[1:])
        yield master, one, two


async def follows(replica: RedisServer, master: RedisServer) -> None:
    async with connected(replica.url) as store:
        await settled(store.replicaof("127.0.0.1", master.port))


async def looked(followers: Followers, wanted: int) -> None:
    async with asyncio.timeout(20):
        while followers.wanted() != wanted:
            await followers.look()


async def write(store: Store, followers: Followers) -> None:
    await GroupWriter(store, replicas=followers.wanted).run(COUNT, ["k"], [])


async def test_the_word_of_every_replica_that_follows_is_asked(
    replicated: Three,
) -> None:
    master, one, two = replicated
    async with connected(master.url) as store:
        followers = Followers(store)
        await follows(one, master)
        await looked(followers, 1)
        await follows(two, master)
        await looked(followers, 2)
        await write(store, followers)
        two.freeze()

        with pytest.raises(StoreUnreachable):
            await write(store, followers)

        await asyncio.to_thread(two.kill)
        await looked(followers, 1)
        await write(store, followers)


async def test_where_a_replica_followed_nothing_is_kept_without_one(
    replicated: Three,
) -> None:
    master, one, _ = replicated
    async with connected(master.url) as store:
        followers = Followers(store)
        await follows(one, master)
        await looked(followers, 1)
        await asyncio.to_thread(one.kill)
        async with asyncio.timeout(20):
            while (await settled(store.info("replication")))["connected_slaves"]:
                await followers.look()
        await followers.look()

        with pytest.raises(StoreUnreachable):
            await write(store, followers)
