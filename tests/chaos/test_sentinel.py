"""Behind Sentinels: the master is killed, a replica takes its place, and conversations go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.crowd import Script
from tests.chaos.fleet import Plan
from tests.chaos.patience import seen
from tests.chaos.town import town
from tests.redis_fleets import Watched, watched

TALK = Script(follow_ups=2, at_once=True, edits=True, presses=True)


@pytest.fixture
def servers() -> Iterator[Watched]:
    with watched() as one:
        yield one


async def test_a_failover_loses_nothing_and_conversations_go_on(
    servers: Watched, tmp_path: Path
) -> None:
    async with town(tmp_path, Plan(redis=servers.url, webs=2, workers=2)) as place:
        talking = asyncio.create_task(place.talk(*[TALK] * 20))
        await seen(lambda: len(place.ledger.acknowledged) >= 20)
        fallen = servers.master
        await asyncio.to_thread(fallen.kill)
        assert await seen(lambda: servers.master is not fallen), "no failover"
        await talking
        during = place.ledger.balance().turns
        await place.talk(*[TALK] * 5)
        after = await place.settled()
        assert after.is_even, "\n\n".join(map(place.story, after.lost + after.doubled))

        # The old master comes back as a replica.
        await asyncio.to_thread(fallen.start)
        await asyncio.to_thread(servers.wait_until_watched)
        await place.talk(*[TALK] * 5)
        balance = await place.settled()

    assert after.turns > during
    assert balance.turns >= after.turns + 20
    assert balance.is_even, balance
    assert balance.orphans == ()
