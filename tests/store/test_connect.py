"""Servers: ours survives its parent, a foreign one is looked at before it is trusted."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from bot.errors import BadSetting
from bot.store.connect import client, connected
from bot.store.fitness import answers, is_fit, what_is_unsafe
from bot.store.local import local_server


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


async def test_our_own_server_keeps_what_it_was_given_and_is_used_again() -> None:
    with TemporaryDirectory(prefix="sf-") as folder:
        with local_server(Path(folder)) as url, local_server(Path(folder)) as again:
            assert again == url
            async with connected(url) as one:
                await one.set("kept", "yes")
        with local_server(Path(folder)) as url:
            async with connected(url) as one:
                assert await one.get("kept") == "yes"


async def test_a_folder_with_a_long_name_works_too() -> None:
    with TemporaryDirectory(prefix="sf-") as folder:
        deep = Path(folder) / ("long " * 15) / ("longer " * 10)
        with local_server(deep) as url:
            async with connected(url) as one:
                assert await answers(one)


def test_an_address_of_another_kind_is_named() -> None:
    with pytest.raises(BadSetting, match="REDIS_URL"):
        client("http://localhost")
