"""How much later an answer is seen for going through us, beyond what the model and Slack take."""

from __future__ import annotations

from collections.abc import Sequence

from bench import machine
from bench.figures import Bar, Figure, Plan, percentile
from bench.house import House, all_answered, house, warm
from bench.load import Load, Outcome
from bench.messages import Mention, mentions, requests
from bench.worker import MODEL_SECONDS, SLACK_SECONDS

RATE = 10.0
"""Turns a second, from the issue."""

_THOUSAND = 1000.0


async def measure(plan: Plan) -> list[Figure]:
    """Measure turns through web and worker at a steady rate."""
    async with house() as one:
        one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
        web = await one.web(core=machine.OTHER_CORE)
        await one.worker()
        await warm(one, web)
        signs, runs = list[float](), list[list[float]]()
        for _ in plan.runs:
            one.clear()
            said = [*mentions(plan.much(600, 100))]
            outcomes = await Load(web.port).open_loop(requests(said), RATE)
            await all_answered(one, len(said))
            runs.append(added(one, said, outcomes))
            signs.append(percentile(_signs(one, said, outcomes), 0.99))
    return [
        Figure("first sign in the thread at 10/s, p99", signs, "s", Bar(1.5)),
        Figure("added to a turn at 10/s, p50", [percentile(r, 0.5) for r in runs], "ms", Bar(25)),
        Figure("added to a turn at 10/s, p99", [percentile(r, 0.99) for r in runs], "ms", Bar(150)),
    ]


def added(one: House, said: Sequence[Mention], outcomes: Sequence[Outcome]) -> list[float]:
    """Return for each turn the milliseconds that are ours.

    They run from when its event was due to when its answer came in at Slack, less what the
    counterparts took for the calls in between.
    """
    found = []
    for mention, outcome in zip(said, outcomes, strict=True):
        turn = one.slack.turns[mention.ts]
        calls = [turn.post, one.slack.lookups.get(mention.user), one.model.calls.get(mention.name)]
        theirs = sum(span.seconds for span in calls if span is not None)
        found.append((turn.answers[0].came - outcome.due - theirs) * _THOUSAND)
    return found


def _signs(one: House, said: Sequence[Mention], outcomes: Sequence[Outcome]) -> list[float]:
    """Return the seconds from when each event was due to when "Reading…" came in at Slack."""
    return [
        one.slack.turns[mention.ts].post.came - outcome.due
        for mention, outcome in zip(said, outcomes, strict=True)
    ]
