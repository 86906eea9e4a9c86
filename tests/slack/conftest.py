"""Each surface is tried four ways: over HTTP and Socket Mode, on each of the two stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.playground.slack import LocalSlack
from tests.redis_servers import SERVERS, server
from tests.slack.house import Scene, house

WAYS = [(over, store) for over in ("http", "socket") for store in SERVERS]


@pytest.fixture(scope="session", params=WAYS, ids=[f"{over}-{store}" for over, store in WAYS])
def way(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The transport, and the address of a server that runs."""
    over, store = request.param
    with server(store) as url:
        yield over, url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def slack(
    way: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalSlack]:
    over, url = way
    async with house(tmp_path_factory.mktemp("data"), over=over, redis=url) as (local, _):
        yield local


@pytest.fixture
def scene(slack: LocalSlack) -> Scene:
    return Scene(slack)
