"""docs/performance.md: the table, the day, the machine, and how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bench import machine
from bench.ack import AT_ONCE
from bench.cpu import RATE
from bench.figures import HEAD, Figure, Plan
from bench.overload import PEOPLE
from bench.worker import MODEL_SECONDS, SLACK_SECONDS, WAITING


def document(figures: Sequence[Figure], plan: Plan) -> str:
    """Return the whole document."""
    rows = "\n".join(figure.row() for figure in figures)
    runs = (
        "One short run each (`--quick`): no figure to rely on."
        if plan.quick
        else f"Medians of {len(plan.runs)} runs."
    )
    return f"""# Performance

Measured on {datetime.now(UTC):%d %B %Y}, on {machine.described()}. {runs} \
`make bench` measures again; with `ARGS="--markdown docs/performance.md"` it writes this page.

{HEAD}
{rows}

{_HOW}"""


_HOW = f"""## How it is measured

Everything is a process of its own on one machine: redis-server (append-only file on), `python -m \
bot web`, `python -m bot worker`, over HTTP signed as Slack signs. What is measured has the first \
core; the load, Redis, Slack and the model share the other, which makes every figure a little \
worse than with machines of their own. Slack and the model are counterparts on localhost that \
answer after {SLACK_SECONDS * 1000:.0f} ms and {MODEL_SECONDS:g} s where nothing else is said. \
What people write are the situations of `tests/cases`, each in a thread of its own by a person of \
their own; the model answers with the readings recorded there, so decisions, cards and quotes are \
those of real use.

- **Open loop**: requests leave at their rate whatever becomes of them, over connections that \
stay open, and each is timed from when it was due. The most that a server acknowledges a second \
is the exception: {AT_ONCE} connections, each with one request under way, ours and the baseline \
in turns.
- **Bare Bolt**: an AsyncApp with an empty listener, Bolt's signature check and ASGI adapter, the \
same uvicorn. Ours keeps the event in Redis, sealed, before it acknowledges. What limits the \
ratio: the round trip to Redis (shared by whatever arrives meanwhile), sealing, the arrival's \
JSON, and Bolt's own 0.1 ms around any listener.
- **Acknowledging**: what is due is taken away as a worker in time would, so that nothing is \
turned down for waiting.
- **Added to a turn**: from when the event was due to when Slack is sent the answer, less what \
Slack and the model took for the calls in between.
- **Without a model**: no model is set up and Slack answers at once; one message after another, \
from when it was due to when Slack is sent the answer. The cue reader is timed in the bench's own \
process.
- **Processor time**: user and system time of the worker at {RATE:g} turns a second, against a \
process that makes the same calls with the same contents: `init_chat_model(…)\
.with_structured_output(…)`, `chat.postMessage`, `users.info`, `chat.update`.
- **One worker**: {WAITING} turns under way or waiting at any time, between the first and the \
last tenth answered.
- **Killed**: a worker with all the turns in its hands, while another runs; until the last of \
them is answered, and no turn twice.
- **Redis**: what `used_memory` grows by, with real first turns, everything counted that is kept \
beside the conversation.
- **Overload**: {PEOPLE} people of one workspace; whoever is turned down is told once a minute. \
Lost is what was acknowledged and neither answered nor turned down with a word.
- **Beside one at fifty times**: one worker for two workspaces, 50 turns a second of the one and 1 \
of the other, whose time is taken whole, model and Slack included.
"""
