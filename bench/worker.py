"""How many turns one worker process takes a second, and how many it has under way at once."""

from __future__ import annotations

from collections.abc import Sequence

from bench import machine
from bench.figures import Bar, Figure, Plan, Side
from bench.house import House, all_answered, house, warm
from bench.load import Load
from bench.messages import Mention, mentions, requests
from bench.processes import Running

IN_FLIGHT = 300
"""Turns that one worker has to have under way, from the issue."""

SLOW_MODEL = 10.0
"""Seconds that a slow model takes, from the issue."""

SLACK_SECONDS, MODEL_SECONDS = 0.05, 0.5
"""What the counterparts take for a call: our choice, usual for Slack, quick for a model."""

WAITING = 280
"""Turns that are under way or wait while the rate is measured: our choice, nearly all that one
process has under way at once."""

_OK = 200
_STEP = 20
_OFFERED = 150.0
_LONGEST = 120.0


async def measure(plan: Plan) -> list[Figure]:
    """Measure a worker alone on its core, with a model that reads, and without."""
    async with house() as one:
        one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
        web = await one.web(core=machine.OTHER_CORE)
        reading = await one.worker()
        await warm(one, web)
        count = plan.much(1_800, 600)
        rates = [await peak(one, web, [*mentions(count)]) for _ in plan.runs]
        most = [await _in_flight(one, web) for _ in plan.runs]
        await reading.kill()
        one.clear()
        await one.worker(model=False)
        one.model.delay = 0.0
        await warm(one, web)
        cues = [await peak(one, web, [*mentions(count)]) for _ in plan.runs]
    return [
        Figure("one worker, a model reads", rates, "turns/s", Bar(60, Side.AT_LEAST)),
        Figure("one worker, the cue reader reads", cues, "turns/s"),
        Figure(
            "turns under way in one worker, the model takes 10 s",
            most,
            "turns",
            Bar(IN_FLIGHT, Side.AT_LEAST),
        ),
    ]


async def peak(one: House, web: Running, said: Sequence[Mention]) -> float:
    """Return the turns a second between the first and the last tenth of those answered.

    Enough waits at any time to keep a worker busy, and not so much that more is turned down.
    """
    one.clear()
    load, count = Load(web.port), len(said)
    for start in range(0, count, _STEP):
        await all_answered(one, start - WAITING, _LONGEST)
        # Signed only now: a signature is good for five minutes.
        outcomes, _ = await load.closed_loop(requests(said[start : start + _STEP]), _STEP)
        if any(each.status != _OK for each in outcomes):
            raise SystemExit("Not everything was acknowledged: nothing can be concluded.")
    await all_answered(one, count, _LONGEST)
    came = sorted(turn.answers[0].came for turn in one.slack.turns.values())
    first, last = count // 10, count - count // 10
    return (last - first) / (came[last] - came[first])


async def _in_flight(one: House, web: Running) -> float:
    """Return the most model calls that were open at once, all of whose turns were answered."""
    one.clear()
    before, one.model.delay = one.model.delay, SLOW_MODEL
    count = IN_FLIGHT + IN_FLIGHT // 10
    await Load(web.port).open_loop(requests([*mentions(count)]), _OFFERED)
    await all_answered(one, count, _LONGEST)
    one.model.delay = before
    return float(one.model.most_under_way)
