"""A clean store on each of the two servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from bot.store.connect import AT_WORK, connected
from bot.store.sealing import Seal
from tests.redis_servers import SERVERS, server


@pytest.fixture(scope="session", params=SERVERS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with server(request.param) as address:
        yield address


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    async with connected(url, AT_WORK) as one:
        assert isinstance(one, Redis)
        await one.flushall()
        yield one


@pytest.fixture(scope="session")
def seal() -> Seal:
    return Seal([Fernet.generate_key().decode()])
