"""How soon what a killed worker had in hand is answered, and how soon the roles are up."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from bench import machine
from bench.figures import Bar, Figure, Plan
from bench.house import House, all_answered, house, warm
from bench.load import Load
from bench.messages import mentions, requests
from bench.processes import until

IN_HAND = 20
"""Turns that the worker has under way when it is killed: our choice."""

_STALLS, _ANSWERS = 18.0, 0.5
_BOTH_UP = 10.0
"""Seconds until two workers are surely up: twice what a cold start may take."""


async def measure(plan: Plan) -> list[Figure]:
    """Measure the recovery from a kill, then cold starts."""
    recoveries, webs, workers = list[float](), list[float](), list[float]()
    for _ in plan.runs:
        async with house() as one:
            recoveries.append(await _recovery(one))
        async with house() as one:
            webs.append((await one.web()).ready_after)
            workers.append(await _worker_start(one))
    return [
        Figure("all that a killed worker had in hand is answered after", recoveries, "s", Bar(17)),
        Figure("cold start of web, to its first accepted connection", webs, "s", Bar(3)),
        Figure(
            "cold start of a worker, to its first call for a waiting turn", workers, "s", Bar(5)
        ),
    ]


async def _recovery(one: House) -> float:
    """Kill one of two workers with all the turns in its hands; return when all are answered."""
    web = await one.web(core=machine.OTHER_CORE)
    first, second = await one.worker(), await one.worker(core=machine.OTHER_CORE)
    await asyncio.sleep(_BOTH_UP)
    await warm(one, web, 4 * IN_HAND)
    one.clear()
    one.model.delay = _STALLS
    machine.freeze(second.pid)
    await Load(web.port).open_loop(requests([*mentions(IN_HAND)]), 50)
    await until(partial(_under_way, one, IN_HAND))
    machine.thaw(second.pid)
    one.model.delay = _ANSWERS
    began = time.monotonic()
    await first.kill()
    await all_answered(one, IN_HAND)
    took = time.monotonic() - began
    if twice := sum(len(turn.messages) > 1 for turn in one.slack.turns.values()):
        raise SystemExit(f"{twice} turns were answered twice: nothing can be concluded.")
    return took


async def _worker_start(one: House) -> float:
    """Start a worker on a turn that waits; return when it posts its first sign."""
    web = await one.web(core=machine.OTHER_CORE)
    await Load(web.port).closed_loop(requests([*mentions(1)]), 1)
    one.slack.changed.clear()
    began = time.monotonic()
    await one.worker()
    async with asyncio.timeout(60):
        await one.slack.changed.wait()
    return time.monotonic() - began


async def _under_way(one: House, count: int) -> bool:
    return one.model.under_way >= count
