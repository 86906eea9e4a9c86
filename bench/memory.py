"""How much memory the roles hold after work, and Redis for the conversations that are open."""

from __future__ import annotations

from bench import machine
from bench.ack import AT_ONCE
from bench.figures import Bar, Figure, Plan
from bench.house import house, warm
from bench.load import Load
from bench.messages import mentions, requests
from bench.worker import MODEL_SECONDS, SLACK_SECONDS, peak

CONVERSATIONS = 10_000
"""From the issue."""

_MEGA = 1e6


async def measure(plan: Plan) -> list[Figure]:
    """Measure one web and one worker with a model that reads, then Redis with real turns."""
    webs, workers, kept = list[float](), list[float](), list[float]()
    count = plan.much(CONVERSATIONS, 600)
    for _ in plan.runs:
        async with house() as one:
            one.slack.delay, one.model.delay = SLACK_SECONDS, MODEL_SECONDS
            web, worker = await one.web(core=machine.OTHER_CORE), await one.worker()
            await warm(one, web)
            before = await one.used_bytes()
            await peak(one, web, [*mentions(count)])
            grown = await one.used_bytes() - before
            kept.append(grown * CONVERSATIONS / count / _MEGA)
            workers.append(machine.resident_mb(worker.pid))
            await worker.kill()
            async with one.drained():
                await Load(web.port).closed_loop(requests([*mentions(count)]), AT_ONCE)
            webs.append(machine.resident_mb(web.pid))
    return [
        Figure(f"memory of web after {2 * count:,} events", webs, "MB", Bar(120)),
        Figure(f"memory of a worker after {count:,} turns", workers, "MB", Bar(220)),
        Figure("Redis for 10,000 live conversations", kept, "MB", Bar(40)),
    ]
