"""A server is looked at before it is trusted with what people say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from bot.errors import StoreUnreachable
from bot.store.connect import connected, settled
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


async def test_once_a_replica_followed_its_word_is_asked_for_good() -> None:
    with (
        TemporaryDirectory(prefix="sf-") as one,
        TemporaryDirectory(prefix="sf-") as two,
        RedisServer(Path(one), free_port()) as master,
        RedisServer(Path(two)) as replica,
    ):
        async with connected(master.url) as store, connected(replica.url) as other:
            followers = Followers(store)
            await settled(other.replicaof("127.0.0.1", master.port))
            async with asyncio.timeout(20):
                while not followers.wanted():
                    await followers.look()
            await GroupWriter(store, replicas=followers.wanted).run(COUNT, ["k"], [])
            await asyncio.to_thread(replica.kill)
            async with asyncio.timeout(20):
                while (await settled(store.info("replication")))["connected_slaves"]:
                    await followers.look()

            with pytest.raises(StoreUnreachable):
                await GroupWriter(store, replicas=followers.wanted).run(COUNT, ["k"], [])
