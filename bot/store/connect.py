"""Connects to Redis, with time limits that leave room within Slack's three seconds.

One address serves for a server alone, a Cluster (redis+cluster://) and a Sentinel's master
(redis+sentinel://host,host,host/name).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import redis.exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from bot.errors import BadSetting, StoreUnreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a process waits for Redis, in seconds, and how many connections it opens at most.

    `free` is how long it waits for a connection when all are in use.
    """

    connect: float
    answer: float
    free: float
    connections: int


AT_THE_DOOR = Limits(connect=0.5, answer=0.8, free=0.8, connections=32)
"""Our choice: a turn that cannot be kept is refused within the second, and Slack sends it again."""

AT_WORK = Limits(connect=2.0, answer=5.0, free=30.0, connections=64)
"""Our choice: nobody waits at a worker's door, and a turn is not given up for a busy second."""

# Where nobody waits for a free connection, there have to be enough for all turns at once.
_MANY_CONNECTIONS = 512
_CHECK_SECONDS = 15
_SENTINEL_PORT = 26_379
_CLUSTER = "+cluster"
_SENTINEL = "+sentinel"

Store = Redis | RedisCluster
"""A client; each command is sent once."""


def client(url: str, limits: Limits = AT_THE_DOOR) -> Store:
    """Return a client that never tries a command twice: what was sent may have been done."""
    try:
        if _CLUSTER in _scheme(url):
            settings = {**_settings(limits), "max_connections": _MANY_CONNECTIONS}
            return RedisCluster.from_url(url.replace(_CLUSTER, "", 1), **settings)
        if _SENTINEL in _scheme(url):
            return _sentinel(url, limits)
        pool = BlockingConnectionPool.from_url(url, timeout=limits.free, **_settings(limits))
    except ValueError as error:
        raise BadSetting(
            "REDIS_URL cannot be used: it starts with redis://, rediss:// or unix://, or with "
            "redis+cluster://host:port, or is redis+sentinel://host,host,host/name."
        ) from error
    return Redis.from_pool(pool)


def _scheme(url: str) -> str:
    return url.partition("://")[0]


def _settings(limits: Limits) -> dict[str, Any]:
    return {
        "decode_responses": True,
        "max_connections": limits.connections,
        "socket_timeout": limits.answer,
        "socket_connect_timeout": limits.connect,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": _CHECK_SECONDS,
    }


def _sentinel(url: str, limits: Limits) -> Redis:
    """Return a client of whatever the Sentinels call the master at each new connection."""
    # urlsplit takes no list of hosts: the first stands for all, and the rest is split by hand.
    scheme, _, rest = url.partition("://")
    hosts, slash, path = rest.partition("/")
    login, at, listed = hosts.rpartition("@")
    parts = urlsplit(f"{scheme.replace(_SENTINEL, '')}://{login}{at}host{slash}{path}")
    name, _, number = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError("no master is named")
    secure = {"ssl": True} if parts.scheme == "rediss" else {}
    answer = {"socket_timeout": limits.answer, "socket_connect_timeout": limits.connect}
    sentinels = [_address(one) for one in listed.split(",")]
    given: dict[str, Any] = {
        **_settings(limits),
        "max_connections": _MANY_CONNECTIONS,
        **secure,
        **_login(parts),
        "db": int(number or 0),
    }
    found = Sentinel(sentinels, sentinel_kwargs={**answer, **secure})  # type: ignore[no-untyped-call]
    master: Redis = found.master_for(name, **given)
    return master


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host.strip()}")
    if not parts.hostname:
        raise ValueError("a sentinel has no host")
    return parts.hostname, parts.port or _SENTINEL_PORT


def _login(parts: SplitResult) -> dict[str, str]:
    given = {"username": parts.username, "password": parts.password}
    return {name: unquote(value) for name, value in given.items() if value}


@contextlib.asynccontextmanager
async def connected(url: str, limits: Limits = AT_THE_DOOR) -> AsyncIterator[Store]:
    """Open a client and close it again."""
    one = client(url, limits)
    try:
        yield one
    finally:
        await one.aclose()


@contextlib.asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Turn whatever Redis and the way to it may raise into one named error."""
    try:
        yield
    except (
        redis.exceptions.RedisError,
        redis.exceptions.RedisClusterException,
        OSError,
        TimeoutError,
    ) as error:
        raise unreachable() from error


def unreachable() -> StoreUnreachable:
    """Return the error for what could not be kept or found."""
    return StoreUnreachable(
        "What you said could not be saved just now; please try again in a moment."
    )


async def settled(reply: Any) -> Any:  # noqa: ANN401 - redis-py types both as Any
    """Await what redis-py's types call either a value or an awaitable of one."""
    return await reply
