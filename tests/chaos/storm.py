"""A seeded storm: many turns while processes and Redis are killed and deliveries go wrong."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from redis.asyncio import Redis

from bot.playground.faults import Dropped, Duplicated, Failed, RateLimited, Reordered, Twinned
from tests.chaos.crowd import Script, scripts
from tests.chaos.fleet import Plan, Process
from tests.chaos.ledger import Balance
from tests.chaos.patience import seen
from tests.chaos.proxy import Swallow
from tests.chaos.town import HISTORY, SETTLING, Town, town
from tests.chaos.wire import Request
from tests.redis_servers import RedisServer

TIME_SCALE = 0.02
"""Of the waits between Slack's retries, which are none, one and five minutes."""

_THREADS_AT_ONCE = 60


@dataclass(frozen=True)
class Weather:
    """How bad it gets; the shares are those of the issue.

    Every mention has a twin, a message of the same text, as Slack sends it where we may read along.
    """

    turns: int
    kills: int
    terms: int
    redis_restarts: int
    seed: int = 1
    over: str = "web"
    redelivered: float = 0.20
    new_ids: float = 0.01
    reordered: float = 0.02
    lost_replies: float = 0.02
    failures: float = 0.01
    too_many: float = 0.002
    scopes: frozenset[str] = HISTORY


@dataclass(frozen=True)
class Report:
    """What was done and how it came out."""

    weather: Weather
    balance: Balance
    deeds: Counter[str]
    faults: Counter[str]
    seconds: float
    busy: tuple[str, ...]
    """Where something still waited in Redis when the time was up."""
    said: str = field(repr=False)

    def __str__(self) -> str:
        """One line for people."""
        done = ", ".join(f"{count} {deed}" for deed, count in sorted(self.deeds.items()))
        wrong = ", ".join(f"{count} {fault}" for fault, count in sorted(self.faults.items()))
        even = self.balance
        return (
            f"storm over {self.weather.over}, seed {self.weather.seed}: {even.turns} turns, "
            f"{even.acknowledged} acknowledged; {done}; {wrong}; {len(even.lost)} lost, "
            f"{len(even.doubled)} doubled, {len(even.orphans)} orphans; {self.seconds:.0f} s"
        )


class Storm:
    """Plays a crowd in bad weather and waits until all is quiet again."""

    def __init__(self, weather: Weather, place: Town, redis: RedisServer) -> None:
        self._weather = weather
        self._town = place
        self._redis = redis
        self._chance = random.Random(weather.seed)
        self._starting: set[Process] = set()
        self._busy: list[str] = []
        self._deeds: Counter[str] = Counter()
        self._swallowed = self._break_deliveries()

    async def blow(self) -> None:
        """Play it all; return when everything has settled, or will not."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._do_harm())
            group.create_task(self._play())
        await self._calm()

    # --- What people do ------------------------------------------------------------------------

    async def _play(self) -> None:
        room = asyncio.Semaphore(_THREADS_AT_ONCE)

        async def in_its_turn(script: Script) -> None:
            async with room:
                await self._town.crowd.play(script)

        async with asyncio.TaskGroup() as group:
            for script in scripts(self._weather.turns, self._chance):
                group.create_task(in_its_turn(script))

    # --- What goes wrong -----------------------------------------------------------------------

    def _break_deliveries(self) -> Swallow:
        weather, faults = self._weather, self._town.slack.faults
        # Chance decides for each fault in turn, so a later one gets what earlier ones left.
        faults.on_event("*", Duplicated(1), times=None, share=weather.redelivered / 2)
        faults.on_event("*", Twinned(1), times=None, share=weather.new_ids)
        faults.on_event("*", Reordered(2), times=None, share=weather.reordered)
        for method in ("chat.postMessage", "chat.update"):
            faults.on_call(method, Dropped(), times=None, share=weather.lost_replies)
            faults.on_call(method, Failed(after_work=True), times=None, share=weather.failures)
            faults.on_call(method, Failed(), times=None, share=weather.failures)
            faults.on_call(method, RateLimited(1), times=None, share=weather.too_many)
        # The other half is redelivered as Slack does it: because it heard no answer.
        share = weather.redelivered / 2
        return self._town.fleet.door.swallow(_is_event, times=None, share=share)

    async def _do_harm(self) -> None:
        """Do each deed when its share of the turns was taken, whatever the clock says."""
        weather = self._weather
        deeds = ["kill"] * weather.kills + ["term"] * weather.terms
        deeds += ["redis"] * weather.redis_restarts
        self._chance.shuffle(deeds)
        async with asyncio.TaskGroup() as group:
            for number, deed in enumerate(deeds, start=1):
                await self._so_far(weather.turns * number // (len(deeds) + 1))
                if deed == "redis":
                    await self._restart_redis()
                else:
                    how = signal.SIGKILL if deed == "kill" else signal.SIGTERM
                    process = await self._somebody()
                    self._starting.add(process)
                    group.create_task(self._reborn(process, how))

    async def _so_far(self, turns: int) -> None:
        await seen(lambda: len(self._town.ledger.acknowledged) >= turns)

    async def _restart_redis(self) -> None:
        self._redis.kill()
        await asyncio.sleep(self._chance.uniform(0, 1))
        await asyncio.to_thread(self._redis.start)
        self._deeds["Redis restarts"] += 1

    async def _somebody(self) -> Process:
        """Return a process beside which another of its role stands, once there is one."""
        crew = self._chance.choice((self._town.fleet.webs, self._town.fleet.workers))
        await seen(lambda: not self._starting.intersection(crew))
        return self._chance.choice(crew)

    async def _reborn(self, process: Process, how: signal.Signals) -> None:
        self._deeds[f"{how.name} of {process.role}"] += 1
        process.send(how)
        await process.ended()
        await process.start()
        self._starting.discard(process)

    # --- Until all is quiet --------------------------------------------------------------------

    async def _calm(self) -> None:
        self._town.slack.faults.clear()
        self._swallowed.times = 0
        self._town.slack.release()
        await self._town.slack.settled()
        async with Redis.from_url(self._redis.url, decode_responses=True) as redis:

            async def is_quiet() -> bool:
                self._busy = await busy_keys(redis)
                return not self._busy and not self._town.ledger.balance().lost

            await seen(is_quiet, SETTLING)

    def report(self, seconds: float) -> Report:
        """Return how it came out."""
        faults = Counter({"answers to Slack swallowed": self._swallowed.taken})
        calls = self._town.slack.journal.calls()
        faults["answers of Slack dropped"] = sum(call.dropped for call in calls)
        deliveries = self._town.slack.journal.deliveries("events_api")
        faults["redeliveries"] = sum(one.attempt > 0 for one in deliveries)
        return Report(
            self._weather,
            self._town.ledger.balance(),
            self._deeds,
            faults,
            seconds,
            tuple(self._busy),
            self._town.fleet.said,
        )


async def busy_keys(redis: Redis) -> list[str]:
    """Return where something waits in Redis: arrivals, or cases that are due or being taken."""
    found = []
    async for key in redis.scan_iter(count=1000, _type="stream"):
        found += [key] * (key != "aside" and await redis.xlen(key) > 0)
    return found


def _is_event(request: Request) -> bool:
    return b"event_callback" in request.words[2]


@asynccontextmanager
async def storm(weather: Weather, folder: Path) -> AsyncIterator[Storm]:
    """Set the stage: a Slack, a Redis, two of each process."""
    with (
        TemporaryDirectory(prefix="sf-") as place,
        RedisServer(Path(place), fsync="always") as redis,
    ):
        plan = Plan(redis=redis.url, webs=2, workers=2, over=weather.over)
        async with town(folder, plan, scopes=weather.scopes, time_scale=TIME_SCALE) as built:
            yield Storm(weather, built, redis)


async def blown(weather: Weather, folder: Path) -> Report:
    """Let a storm blow; return its report."""
    began = time.monotonic()
    async with storm(weather, folder) as one:
        await one.blow()
        return one.report(time.monotonic() - began)
