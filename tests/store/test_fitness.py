"""A server is looked at before it is trusted with what people say."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.store.connect import connected
from bot.store.fitness import answers, is_fit, replicas_of, what_is_unsafe


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


async def test_a_server_alone_has_no_replicas(redis: Redis) -> None:
    assert await replicas_of(redis) == 0
