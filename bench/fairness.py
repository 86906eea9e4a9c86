"""How much longer one workspace waits while another says fifty times as much."""

from __future__ import annotations

import asyncio

from bench import machine
from bench.figures import Bar, Figure, Plan, percentile
from bench.house import House, house, warm
from bench.load import Load
from bench.messages import NEIGHBOUR, mentions, requests
from bench.processes import Running
from bench.worker import MODEL_SECONDS, SLACK_SECONDS

RATE = 1.0
"""Turns a second of a workspace as it is usually: our choice."""

TIMES = 50
"""From the issue."""

_LONGEST = 120.0


async def measure(plan: Plan) -> list[Figure]:
    """Measure a workspace alone, then beside the loud one, in turns; one worker serves both."""
    alone, beside = list[float](), list[float]()
    async with house() as one:
        one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
        loud = await one.web(core=machine.OTHER_CORE)
        quiet = await one.web(core=machine.OTHER_CORE, team=NEIGHBOUR)
        await one.worker()
        await warm(one, loud)
        count = plan.much(60, 15)
        await _p95(one, quiet, count // 3)
        for _ in plan.runs:
            alone.append(await _p95(one, quiet, count))
            noise = requests([*mentions(int(count * TIMES * RATE))])
            making = asyncio.create_task(Load(loud.port).open_loop(noise, TIMES * RATE))
            beside.append(await _p95(one, quiet, count))
            await making
            await _settle(one)
    return [
        Figure(
            "a workspace's p95 beside one at fifty times, against alone",
            beside,
            "s",
            Bar(1.5, of_baseline=True),
            alone,
        )
    ]


async def _p95(one: House, web: Running, count: int) -> float:
    """Return the seconds from when a mention was due to its answer, model and Slack included."""
    said = [*mentions(count)]
    outcomes = await Load(web.port).open_loop(requests(said, team=NEIGHBOUR), RATE)
    async with asyncio.timeout(_LONGEST):
        while not all(_answered(one, mention.ts) for mention in said):
            one.slack.changed.clear()
            await one.slack.changed.wait()
    took = [
        one.slack.turns[mention.ts].answers[0].came - outcome.due
        for mention, outcome in zip(said, outcomes, strict=True)
    ]
    return percentile(took, 0.95)


def _answered(one: House, ts: str) -> bool:
    turn = one.slack.turns.get(ts)
    return turn is not None and bool(turn.answers)


async def _settle(one: House) -> None:
    """Wait until nothing is answered any more: until the loud one's last turn is over."""
    before = -1
    while before < one.slack.answered:
        before = one.slack.answered
        await asyncio.sleep(5)
