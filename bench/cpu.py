"""How much processor time a turn takes, against the same calls without our code."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

from bench import machine
from bench.figures import Bar, Figure, Plan
from bench.house import House, all_answered, house, warm
from bench.load import Load
from bench.messages import US, Mention, mentions, requests
from bench.processes import Running
from bench.worker import MODEL_SECONDS, SLACK_SECONDS
from bot.reading.port import Message
from bot.reading.prompts import load_prompt
from bot.slack.said import plain

RATE = 60.0
"""Turns a second while it is measured, the same for both: what one worker has to take (issue)."""

_THOUSAND = 1000.0
_IDLE_SECONDS = 5


async def measure(plan: Plan) -> list[Figure]:
    """Measure both in turns, each alone on the first core."""
    ours, bare, idle = list[float](), list[float](), list[float]()
    async with house() as one:
        one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
        one.slack.keeps_shown = True
        web = await one.web(core=machine.OTHER_CORE)
        worker = await one.worker()
        await warm(one, web)
        calls = await one.role("bench.calls", given=one.with_model)
        calls.tell(_sample(one))
        for run in range(-1, len(plan.runs)):
            said = [*mentions(plan.much(1_800, 600) if run >= 0 else 120)]
            ours.append(await _ours(one, web, worker, said))
            bare.append(await _bare(one, calls, said))
            idle.append(await _idle(worker))
    return [
        Figure(
            "processor time of a turn against its own LangChain and Slack calls",
            ours[1:],
            "ms",
            Bar(1.4, of_baseline=True),
            bare[1:],
        ),
        Figure("processor time of a worker that waits", idle[1:], "ms/s"),
    ]


async def _ours(one: House, web: Running, worker: Running, said: Sequence[Mention]) -> float:
    one.clear()
    before = machine.cpu_seconds(worker.pid)
    await Load(web.port).open_loop(requests(said), RATE)
    await all_answered(one, len(said))
    return (machine.cpu_seconds(worker.pid) - before) * _THOUSAND / len(said)


async def _bare(one: House, calls: Running, said: Sequence[Mention]) -> float:
    """Have the turns that were just taken sent again, call for call, without us."""
    lines = [_line(one, mention) for mention in said]
    one.clear()
    before = machine.cpu_seconds(calls.pid)
    began = time.monotonic()
    for number, line in enumerate(lines):
        await asyncio.sleep(began + number / RATE - time.monotonic())
        calls.tell(line)
    await all_answered(one, len(said))
    return (machine.cpu_seconds(calls.pid) - before) * _THOUSAND / len(said)


def _sample(one: House) -> str:
    """Return what is the same in every turn of ours."""
    asked = one.model.sample
    return json.dumps({**asked, "post": one.slack.posted})


def _line(one: House, mention: Mention) -> str:
    text = plain(mention.text, US)
    told = {
        "message": load_prompt().for_message(Message(text))[-1],
        "post": {"channel": mention.channel, "thread_ts": mention.ts},
        "user": mention.user,
        "update": one.slack.turns[mention.ts].shown,
    }
    return json.dumps(told)


async def _idle(worker: Running) -> float:
    before = machine.cpu_seconds(worker.pid)
    await asyncio.sleep(_IDLE_SECONDS)
    return (machine.cpu_seconds(worker.pid) - before) * _THOUSAND / _IDLE_SECONDS
