"""What becomes of ten times the load that a worker takes: what is refused is said, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bench import machine
from bench.figures import Bar, Figure, Plan, Side, percentile
from bench.house import House, house, settled, warm
from bench.load import Load, Outcome
from bench.messages import TEAM, Mention, mentions, requests
from bench.processes import Running
from bench.worker import MODEL_SECONDS, SLACK_SECONDS, WAITING, peak
from bot.store.inbox import MOST_DUE
from bot.store.keys import waiting_key
from bot.worker import AT_ONCE

TIMES = 10
"""From the issue, as are the shares and the 5 s below."""

PEOPLE = 500
"""Who say it all, each in a channel of their own, in one workspace: our choice."""

_OK = 200
_SAMPLE_SECONDS = 0.25
_LONGEST_DRAIN = 180.0
_WHILE_IT_RISES = 0.2
"""The share of the time that is left out at the start: our choice."""

_TOLD_FOR = 60.0
"""Seconds for which somebody who was turned down is not told again."""

# Due, given to docket and not started (bot/worker.py holds that far below), under way.
_BOUND = MOST_DUE + 2 * AT_ONCE


@dataclass(frozen=True, slots=True)
class _Seen:
    """What became of one run: the rates, the most that waited, who was told how late, losses."""

    peak: float
    goodput: float
    most_waiting: int
    told_after: float
    refused: float
    lost: int


async def measure(plan: Plan) -> list[Figure]:
    """Measure the peak, then the overload, in a house of their own each time."""
    seen = []
    for _ in plan.runs:
        async with house() as one:
            one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
            web = await one.web(core=machine.OTHER_CORE)
            await one.worker()
            await warm(one, web)
            said = [*mentions(plan.much(1_800, WAITING * 2), people=PEOPLE)]
            best = await peak(one, web, said)
            seen.append(await _overload(one, web, best, plan.much(60, 10)))
    return [
        Figure(
            "answered a second at ten times the peak, against the peak",
            [one.goodput for one in seen],
            "turns/s",
            Bar(0.8, Side.AT_LEAST, of_baseline=True),
            [one.peak for one in seen],
        ),
        Figure("cases that wait, at most", [one.most_waiting for one in seen], "", Bar(_BOUND)),
        Figure("of it turned down", [one.refused for one in seen], "%"),
        Figure("who is turned down is told after, p99", [o.told_after for o in seen], "s", Bar(5)),
        Figure("acknowledged and lost", [one.lost for one in seen], "turns", Bar(0)),
    ]


async def _overload(one: House, web: Running, best: float, seconds: int) -> _Seen:
    one.clear()
    said = [*mentions(int(best * TIMES * seconds), people=PEOPLE)]
    waiting: list[int] = []
    sampling = asyncio.create_task(_sample(one, waiting))
    outcomes = await Load(web.port).open_loop(requests(said), best * TIMES)
    kept = await _kept(one, said)
    unanswered = await _unanswered(one, kept)
    sampling.cancel()
    told = [
        _told_after(one, mention, outcome.due)
        for mention, outcome in zip(said, outcomes, strict=True)
        if outcome.status == _OK and mention not in kept
    ]
    late = [one for one in told if one is not None]
    return _Seen(
        best,
        _answered_a_second(one, outcomes, seconds),
        max(waiting),
        percentile(late, 0.99) if late else 0.0,
        100 * (1 - len(kept) / len(said)),
        unanswered + told.count(None),
    )


def _answered_a_second(one: House, outcomes: Sequence[Outcome], seconds: int) -> float:
    began = outcomes[0].due
    first, last = began + _WHILE_IT_RISES * seconds, began + seconds
    came = [turn.answers[0].came for turn in one.slack.turns.values() if turn.answers]
    return sum(first <= each < last for each in came) / (last - first)


async def _kept(one: House, said: Sequence[Mention]) -> frozenset[Mention]:
    """Return the mentions that Redis knows to have been kept."""
    keys = one.redis.scan_iter(match="*:seen:event:*", count=1_000)
    events = {str(key).rpartition(":")[2] async for key in keys}
    return frozenset(mention for mention in said if mention.event in events)


async def _unanswered(one: House, kept: frozenset[Mention]) -> int:
    """Return how many that were kept are not answered, given time to answer them."""

    def missing() -> int:
        turns = one.slack.turns
        return sum(not (each.ts in turns and turns[each.ts].answers) for each in kept)

    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_DRAIN):
            while missing():  # noqa: ASYNC110 - what is looked at is many things at once
                await asyncio.sleep(1)
    return missing()


def _told_after(one: House, mention: Mention, due: float) -> float | None:
    """Return how late somebody is told, 0 where they were told lately, None where never."""
    told = [span.came for span in one.slack.whispers.get(mention.user, ())]
    if any(due - _TOLD_FOR <= each <= due for each in told):
        return 0.0
    return min((each - due for each in told if each > due), default=None)


async def _sample(one: House, waiting: list[int]) -> None:
    while True:
        waiting.append(int(await settled(one.redis.zcard(waiting_key(TEAM)))))
        await asyncio.sleep(_SAMPLE_SECONDS)
