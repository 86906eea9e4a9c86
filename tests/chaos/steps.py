"""Every boundary between two steps of a turn, and a kill -9 at each: one row, one message.

A boundary is a request of one process that is held before it goes on, or whose reply is held. The
rows run one after the other in one house, so that the waits for whoever takes over run side by
side.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from tests.chaos.fleet import Plan, Process
from tests.chaos.ledger import Kind, Turn
from tests.chaos.patience import seen
from tests.chaos.proxy import Proxy, Watch, When
from tests.chaos.town import HISTORY, Town, town
from tests.chaos.wire import Request
from tests.model_server import Answer, model_server
from tests.redis_servers import RedisServer

TEXT = "<@UBOT> Our bot makes things up about order {}."
MARK = "makes things up"
READ = {
    "facts": [
        {
            "quote": f"Our bot {MARK}",
            "fact": "symptoms=made_up_facts",
            "detail": None,
            "basis": "stated",
            "holds": True,
            "corrects": False,
        }
    ],
    "request": "none",
    "does_not_know": False,
}
"""What the model on localhost says of TEXT."""

Way = Literal["door", "redis", "slack", "model"]
Role = Literal["web", "worker"]
Victim = Literal["web", "worker", "redis"]

_REACHED_WITHIN = 30.0


@dataclass(frozen=True)
class Step:
    """One boundary: which request on which way of which role, and who is killed there."""

    name: str
    role: Role
    way: Way
    when: When
    is_it: Callable[[Request], bool]
    nth: int = 1
    victim: Victim | None = None

    @property
    def killed(self) -> Victim:
        return self.victim or self.role


@dataclass(frozen=True)
class Outcome:
    """What is seen of a row's message in the end."""

    answers: int
    readings: int


ONCE = Outcome(1, 0)


def script_on(*endings: str) -> Callable[[Request], bool]:
    """Return whether a request is a script that touches keys with all of these endings."""

    def is_it(request: Request) -> bool:
        if request.name not in {"EVAL", "EVALSHA"}:
            return False
        keys = request.words[3 : 3 + int(request.words[2])]
        return all(any(key.endswith(one.encode()) for key in keys) for one in endings)

    return is_it


def call_of(method: str) -> Callable[[Request], bool]:
    """Return whether a request calls a method of the Web API, or any path that ends so."""
    return lambda request: request.words[1].endswith(method.encode())


ARRIVAL = script_on(":inbox", ":due", ":case")
COMMIT = script_on(":lease", ":due", ":case", ":inbox")
NOTE = script_on(":posts")
TAKEN = script_on(":lease", ":case", ":inbox")


def is_lease(request: Request) -> bool:
    return TAKEN(request) and not COMMIT(request)


EVENT = call_of("/slack/events")
POST = call_of("/chat.postMessage")
EDIT = call_of("/chat.update")
MODEL = call_of("/chat/completions")

WEB: Sequence[Step] = (
    Step("before the event reaches us", "web", "door", "before", EVENT),
    Step("before the arrival is written", "web", "redis", "before", ARRIVAL),
    Step("after the arrival is written", "web", "redis", "after", ARRIVAL),
    Step("before Slack hears our 200", "web", "door", "after", EVENT),
)
WORKER: Sequence[Step] = (
    Step("called, before the lease", "worker", "redis", "before", is_lease),
    Step("after the lease", "worker", "redis", "after", is_lease),
    Step("before it is noted that we post", "worker", "redis", "before", NOTE),
    Step("after it is noted that we post", "worker", "redis", "after", NOTE),
    Step("before Slack stores the post", "worker", "slack", "before", POST),
    Step("after Slack stored the post", "worker", "slack", "after", POST),
    Step("before the post is noted", "worker", "redis", "before", NOTE, nth=2),
    Step("after the post is noted", "worker", "redis", "after", NOTE, nth=2),
    Step("before the model is asked", "worker", "model", "before", MODEL),
    Step("after the model answered", "worker", "model", "after", MODEL),
    Step("before the answer is shown", "worker", "slack", "before", EDIT),
    Step("after the answer is shown", "worker", "slack", "after", EDIT),
    Step("before the commit, which gives the case back", "worker", "redis", "before", COMMIT),
    Step("after the commit, which gave the case back", "worker", "redis", "after", COMMIT),
)
REDIS: Sequence[Step] = (
    Step("before the arrival is written", "web", "redis", "before", ARRIVAL, victim="redis"),
    Step("after the arrival is written", "web", "redis", "after", ARRIVAL, victim="redis"),
    Step("after the lease", "worker", "redis", "after", is_lease, victim="redis"),
    Step("before it is noted that we post", "worker", "redis", "before", NOTE, victim="redis"),
    Step("after it is noted that we post", "worker", "redis", "after", NOTE, victim="redis"),
    Step("before the post is noted", "worker", "redis", "before", NOTE, 2, victim="redis"),
    Step("after the post is noted", "worker", "redis", "after", NOTE, 2, victim="redis"),
    Step("before the commit", "worker", "redis", "before", COMMIT, victim="redis"),
    Step("after the commit", "worker", "redis", "after", COMMIT, victim="redis"),
)
UNSURE: Sequence[Step] = tuple(
    step
    for step in WORKER
    if step.name
    in {
        "after it is noted that we post",
        "before Slack stores the post",
        "after Slack stored the post",
        "before the post is noted",
        "after the post is noted",
    }
)
"""Where the next process cannot know whether we posted, unless it may look."""


class Stage:
    """A town in which rows are played, each in a channel of its own."""

    def __init__(self, place: Town, redis: RedisServer) -> None:
        self._town = place
        self._redis = redis
        self._ann = place.slack.workspace.add_user("ann").id
        self._starting: dict[Process, asyncio.Task[None]] = {}

    # --- Killed --------------------------------------------------------------------------------

    async def killed(self, steps: Sequence[Step]) -> dict[str, Outcome]:
        """Kill at each step in turn; return what is seen of each row's message in the end."""
        turns = {}
        for number, step in enumerate(steps):
            crew = self._crew(step)
            await self._almost_all_there(crew)
            turns[step.name], held, process = await self._reached(number, step, crew)
            await self._kill(step, process)
            for watch in held:
                watch.cut()
        await asyncio.gather(*self._starting.values())
        return await self._outcomes(turns)

    async def _kill(self, step: Step, process: Process) -> None:
        if step.killed == "redis":
            self._redis.kill()
            await asyncio.to_thread(self._redis.start)
            return
        await process.kill()
        self._starting[process] = asyncio.create_task(process.start())

    async def _almost_all_there(self, crew: Sequence[Process]) -> None:
        """Wait until all of a role but one are there: whoever stays takes over what was left.

        Were it killed each time as soon as it starts, a turn would rightly be set aside.
        """
        await seen(lambda: sum(self._is_there(one) for one in crew) >= len(crew) - 1)

    def _is_there(self, process: Process) -> bool:
        starting = self._starting.get(process)
        return starting is None or starting.done()

    # --- Stalled -------------------------------------------------------------------------------

    async def stalled(self, steps: Sequence[Step]) -> dict[str, Outcome]:
        """Stop one worker in all the steps at once until another took over, then let it go on."""
        first, *others = self._town.fleet.workers
        await asyncio.gather(*(one.kill() for one in others))
        turns, held = {}, []
        for number, step in enumerate(steps):
            turns[step.name], watches, _ = await self._reached(number, step, [first])
            held += watches
        first.send(signal.SIGSTOP)
        await asyncio.gather(*(one.start() for one in others))
        await seen(lambda: all(self._outcome(turn).answers for turn in turns.values()))
        for watch in held:
            watch.let_through()
        first.send(signal.SIGCONT)
        # It ends once it has finished whatever it still took for its own.
        await first.stop()
        return await self._outcomes(turns)

    # --- A row ---------------------------------------------------------------------------------

    def _crew(self, step: Step) -> list[Process]:
        return self._town.fleet.webs if step.role == "web" else self._town.fleet.workers

    async def _reached(
        self, number: int, step: Step, crew: Sequence[Process]
    ) -> tuple[Turn, list[Watch], Process]:
        """Let somebody write; return once a process is held at the step."""
        slack, code = self._town.slack, f"K{number:05d}"
        channel = slack.workspace.add_channel(f"row-{number}", self._ann, "UBOT").id
        watches = {self._watched(one, step, channel, code): one for one in crew}
        ts = await slack.say(self._ann, channel, TEXT.format(code))
        turn = Turn(ts, ts, Kind.SAID, MARK, self._ann)
        self._town.ledger.expect(turn)
        reached = await seen(lambda: any(one.reached.is_set() for one in watches), _REACHED_WITHIN)
        assert reached, f"the step was never reached: {step.name}\n{self._town.fleet.said}"
        process = next(one for watch, one in watches.items() if watch.reached.is_set())
        return turn, list(watches), process

    def _watched(self, process: Process, step: Step, channel: str, code: str) -> Watch:
        """Hold the row's own request: it names its channel, or to the model its code."""
        told = (channel.encode(), code.encode())

        def is_it(request: Request) -> bool:
            is_ours = any(one in word for one in told for word in request.words)
            return is_ours and step.is_it(request)

        return self._way(process, step.way).watch(is_it, step.when, nth=step.nth)

    def _way(self, process: Process, name: Way) -> Proxy:
        ways = process.ways
        found = {
            "door": self._town.fleet.door,
            "redis": ways.redis,
            "slack": ways.slack,
            "model": ways.model,
        }[name]
        assert found is not None
        return found

    async def _outcomes(self, turns: Mapping[str, Turn]) -> dict[str, Outcome]:
        await self._town.slack.settled()
        await seen(lambda: all(self._outcome(turn).answers for turn in turns.values()))
        return {name: self._outcome(turn) for name, turn in turns.items()}

    def _outcome(self, turn: Turn) -> Outcome:
        ours = self._town.ledger.shown(turn.thread)
        answers = [one for one in ours if MARK in one.text]
        return Outcome(len(answers), len(ours) - len(answers))


@asynccontextmanager
async def stage(
    folder: Path, *, webs: int = 1, workers: int = 1, history: bool = True
) -> AsyncIterator[Stage]:
    """Set a stage with a Redis and a model that reads; whoever is to be killed needs company."""
    scopes = HISTORY if history else ()
    async with AsyncExitStack() as stack:
        place = stack.enter_context(TemporaryDirectory(prefix="sf-"))
        redis = stack.enter_context(RedisServer(Path(place), fsync="always"))
        model = await stack.enter_async_context(model_server())
        model.always = Answer(READ)
        plan = Plan(redis=redis.url, webs=webs, workers=workers, model=model.url, watched=True)
        building = town(folder, plan, scopes=scopes, time_scale=0.05)
        yield Stage(await stack.enter_async_context(building), redis)
