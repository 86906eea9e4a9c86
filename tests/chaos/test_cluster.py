"""Over a Redis Cluster of three nodes: conversations go on, and a node's kill -9 loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.chaos.crowd import Script
from tests.chaos.fleet import Plan
from tests.chaos.patience import seen
from tests.chaos.town import Town, day, town
from tests.redis_fleets import Cluster, cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")
TALK = Script(follow_ups=2, at_once=True, edits=True, presses=True)
KEYS = {"that keeps the conversations": "{T1}:due", "that keeps the list of workspaces": "teams"}


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(nodes: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    plan = Plan(redis=nodes.url, webs=2, workers=2)
    async with town(tmp_path_factory.mktemp("town"), plan) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def place(standing: Town) -> AsyncIterator[Town]:
    async with day(standing.slack, standing.fleet) as one:
        yield one


async def test_a_conversation_works(place: Town) -> None:
    before = len(place.statuses())
    await place.talk(*[TALK] * 5)
    balance = await place.settled()

    assert balance.acknowledged == balance.turns >= 20
    assert balance.is_even, balance
    assert set(place.statuses()[before:]) == {200}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
async def test_a_node_that_is_killed_loses_nothing(key: str, place: Town, nodes: Cluster) -> None:
    node = nodes.node_of(key)
    talking = asyncio.create_task(place.talk(*[TALK] * 20))
    await seen(lambda: len(place.ledger.acknowledged) >= 20)
    await asyncio.to_thread(node.kill)
    assert await seen(nodes.is_down)
    before = len(place.statuses())
    meanwhile = asyncio.create_task(place.talk(*[TALK] * 5))
    assert await seen(lambda: 503 in place.statuses()[before:])
    await asyncio.to_thread(node.start)
    await asyncio.to_thread(nodes.wait_until_whole)
    await talking
    await meanwhile
    balance = await place.settled()

    assert balance.acknowledged >= 100
    assert balance.is_even, f"{balance}\n{place.fleet.said}"
    assert balance.orphans == ()
