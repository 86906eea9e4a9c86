"""How long the cue reader takes for a message, and an answer for which no model is set up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from bench import machine
from bench.figures import Bar, Figure, Plan, percentile
from bench.house import House, all_answered, house, warm
from bench.load import Load
from bench.messages import mentions, requests, situations
from bench.processes import Running
from bot.reading.cues import CueReader
from bot.reading.port import Message

_THOUSAND = 1000.0


async def measure(plan: Plan) -> list[Figure]:
    """Measure the cue reader in this process, and turns one at a time through web and worker."""
    reader = CueReader()
    await reader.ready()
    texts = [situation.text for situation in situations()[: plan.much(400, 100)]]
    list(_reading_times(reader, texts))
    times = [list(_reading_times(reader, texts)) for _ in plan.runs]
    return [
        Figure("cue reader, a message, median", [percentile(r, 0.5) for r in times], "ms", Bar(5)),
        Figure("cue reader, a message, p95", [percentile(r, 0.95) for r in times], "ms", Bar(5)),
        *await _answers(plan),
    ]


def _reading_times(reader: CueReader, texts: Sequence[str]) -> Iterator[float]:
    for text in texts:
        began = time.perf_counter()
        reader.read_now(Message(text, "U1", "1"))
        yield (time.perf_counter() - began) * _THOUSAND


async def _answers(plan: Plan) -> list[Figure]:
    runs = list[list[float]]()
    async with house() as one:
        web = await one.web(core=machine.OTHER_CORE)
        await one.worker(model=False)
        await warm(one, web, 4)
        for _ in plan.runs:
            runs.append([await _answered(one, web) for _ in range(plan.much(150, 50))])
    return [
        Figure("an answer without a model, p50", [percentile(r, 0.5) for r in runs], "ms"),
        Figure("an answer without a model, the slowest", [max(r) for r in runs], "ms", Bar(300)),
    ]


async def _answered(one: House, web: Running) -> float:
    """Return the milliseconds from when a message was due to when Slack is sent its answer."""
    one.clear()
    (said,) = mentions(1)
    (outcome,) = await Load(web.port).open_loop(requests([said]), 1.0)
    await all_answered(one, 1)
    return (one.slack.turns[said.ts].answers[0].came - outcome.due) * _THOUSAND
