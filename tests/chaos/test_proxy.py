"""The proxy does to a connection what was asked of it, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as Silent

from tests.chaos.patience import seen
from tests.chaos.proxy import Proxy, When
from tests.chaos.wire import Request, redis_command
from tests.redis_servers import RedisServer


@pytest.fixture
def upstream() -> Iterator[Path]:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as server:
        yield Path(server.url.removeprefix("unix://"))


@pytest.fixture
async def proxy(upstream: Path) -> AsyncIterator[Proxy]:
    async with Proxy(upstream, whole=redis_command) as one:
        yield one


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Redis]:
    async with client_of(proxy.port) as one:
        yield one


def client_of(port: int) -> Redis:
    url = f"redis://127.0.0.1:{port}"
    return Redis.from_url(
        url, decode_responses=True, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def is_incr(request: Request) -> bool:
    return request.name == "INCRBY"


async def test_what_goes_through_is_not_changed(client: Redis) -> None:
    large = "x" * 300_000
    await client.set("large", large)

    assert await client.get("large") == large


async def test_a_delay_is_added_to_each_way(proxy: Proxy, client: Redis) -> None:
    await client.ping()
    proxy.delay = 0.05
    began = time.monotonic()
    await client.ping()

    assert time.monotonic() - began >= 0.1


async def test_a_cut_ends_connections_and_welcomes_new_ones(proxy: Proxy, client: Redis) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"*1\r\n$4\r\nPING\r\n")
    assert await reader.read(7) == b"+PONG\r\n"
    await proxy.cut()

    assert await reader.read() == b""
    writer.close()
    assert await client.ping()


async def test_a_swallowed_reply_is_of_something_that_was_done(proxy: Proxy, client: Redis) -> None:
    swallowed = proxy.swallow(is_incr)
    with pytest.raises(Gone):
        await client.incr("count")

    assert await client.get("count") == "1"
    assert await client.incr("count") == 2
    assert swallowed.taken == 1


async def test_a_share_of_replies_is_swallowed_repeatably(upstream: Path) -> None:
    taken = set()
    for _ in range(2):
        async with Proxy(upstream, whole=redis_command, seed=7) as proxy:
            swallowed = proxy.swallow(is_incr, times=None, share=0.3)
            async with client_of(proxy.port) as client:
                for _ in range(50):
                    try:
                        await client.incr("count")
                    except RedisError:
                        continue
            taken.add(swallowed.taken)

    assert len(taken) == 1
    assert 5 < taken.pop() < 25


async def test_a_partition_is_silence_and_what_was_said_in_it_arrives_later(
    proxy: Proxy, client: Redis, upstream: Path
) -> None:
    await client.ping()
    proxy.partition()
    with pytest.raises(Silent):
        await client.incr("count")
    async with client_of(proxy.port) as another:
        with pytest.raises(Silent):
            await another.ping()
    proxy.heal()
    async with Redis(unix_socket_path=str(upstream), decode_responses=True) as direct:

        async def is_done() -> bool:
            return bool(await direct.get("count") == "1")

        assert await seen(is_done, 5)

    assert await client.ping()


@pytest.mark.parametrize(("when", "done"), (("before", "1"), ("after", "2")))
async def test_it_stops_at_the_nth_request_before_it_goes_on_or_after(
    when: When, done: str, proxy: Proxy, client: Redis, upstream: Path
) -> None:
    watch = proxy.watch(is_incr, when, nth=2)
    await client.incr("count")
    going = asyncio.ensure_future(client.incr("count"))
    await asyncio.wait_for(watch.reached.wait(), 5)
    async with Redis(unix_socket_path=str(upstream), decode_responses=True) as direct:
        assert await direct.get("count") == done
        watch.cut()
        with pytest.raises(Gone):
            await going
        assert await direct.get("count") == done


async def test_what_was_held_may_go_on(proxy: Proxy, client: Redis) -> None:
    watch = proxy.watch(is_incr)
    going = asyncio.ensure_future(client.incr("count"))
    await asyncio.wait_for(watch.reached.wait(), 5)
    watch.let_through()

    assert await going == 1


async def test_of_several_upstreams_one_that_is_there_answers(upstream: Path) -> None:
    async with Proxy(Path("/nowhere/redis.sock"), upstream, whole=redis_command) as proxy:
        for _ in range(3):
            async with client_of(proxy.port) as client:
                assert await client.ping()


async def test_where_no_upstream_is_there_the_connection_ends() -> None:
    async with Proxy(Path("/nowhere/redis.sock")) as proxy, client_of(proxy.port) as client:
        with pytest.raises(Gone):
            await client.ping()
