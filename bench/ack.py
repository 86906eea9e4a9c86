"""How soon, and how often a second, an event is acknowledged that is durably kept by then."""

from __future__ import annotations

from collections.abc import Sequence

from bench import machine
from bench.figures import Bar, Figure, Plan, Side, percentile
from bench.house import House, house
from bench.load import Load, Outcome
from bench.messages import mentions, requests
from bench.processes import Running

AT_ONCE = 32
"""Requests under way in the closed loop: enough to keep a server busy (our choice)."""

STEADY = 100.0
"""Events a second, from the issue."""

_HUNG = 20.0
_OK, _AWAY = 200, 503
_THOUSAND = 1000.0


async def measure(plan: Plan) -> list[Figure]:
    """Measure the rate against bare Bolt, in turns, and how late an acknowledgement is."""
    async with house() as one:
        bare, ours = await one.web("bench.bare"), await one.web()
        for web in (bare, ours):
            await _rate(one, web, plan.much(1_000, 500))
        rates: dict[int, list[float]] = {bare.pid: [], ours.pid: []}
        for _ in plan.runs:
            for web in (bare, ours):
                rates[web.pid].append(await _rate(one, web, plan.much(8_000, 2_000)))
        await bare.kill()
        late = [await _late(one, ours, plan.much(3_000, 500)) for _ in plan.runs]
        hung = [await _while_redis_hangs(one, ours, plan.much(200, 60)) for _ in plan.runs]
    return [
        Figure(
            "events kept and acknowledged, one core, against bare Bolt",
            rates[ours.pid],
            "/s",
            Bar(0.4, Side.AT_LEAST, of_baseline=True),
            rates[bare.pid],
        ),
        Figure(
            "events kept and acknowledged, one core",
            rates[ours.pid],
            "/s",
            Bar(1_000, Side.AT_LEAST),
        ),
        Figure("acknowledgement at 100 events/s, p99", late, "ms", Bar(50)),
        Figure("refusal (503) at 20 events/s while Redis hangs, p99", hung, "s", Bar(1.0)),
    ]


async def _rate(one: House, web: Running, count: int) -> float:
    """Return the most events a second, with a closed number of connections."""
    await one.empty()
    parcels = requests([*mentions(count)])
    async with one.drained():
        outcomes, took = await Load(web.port).closed_loop(parcels, AT_ONCE)
    _insist(one, outcomes, _OK)
    return count / took


async def _late(one: House, web: Running, count: int) -> float:
    """Return the slowest hundredth's milliseconds at a steady rate, from when each was due."""
    await one.empty()
    async with one.drained():
        outcomes = await Load(web.port).open_loop(requests([*mentions(count)]), STEADY)
    _insist(one, outcomes, _OK)
    return percentile([each.seconds for each in outcomes], 0.99) * _THOUSAND


async def _while_redis_hangs(one: House, web: Running, count: int) -> float:
    machine.freeze(one.redis_server.pid)
    try:
        outcomes = await Load(web.port).open_loop(requests([*mentions(count)]), _HUNG)
    finally:
        machine.thaw(one.redis_server.pid)
    _insist(one, outcomes, _AWAY)
    return percentile([each.seconds for each in outcomes], 0.99)


def _insist(one: House, outcomes: Sequence[Outcome], status: int) -> None:
    """Raise where a request got another answer: its time would count for nothing."""
    others = sorted({each.status for each in outcomes} - {status})
    if others or one.slack.whispers:
        told = f"{len(one.slack.whispers)} people were turned down"
        raise SystemExit(f"Answered with {others} instead of {status}, and {told}.")
