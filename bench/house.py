"""What is measured, as it runs anywhere: redis-server and our roles, each a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.fernet import Fernet
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bench import machine
from bench.counterparts import KEY, ModelCounterpart, SlackCounterpart, served, token_of
from bench.load import Load
from bench.messages import SECRET, TEAM, mentions, requests
from bench.processes import Running, accepts, free_port, started, until
from bot.store.keys import due_key

_DRAIN_SECONDS = 0.05


class House:
    """One Redis, one Slack, one model; web and worker processes that a measure starts and ends."""

    def __init__(self, stack: AsyncExitStack, folder: Path) -> None:
        self.slack = SlackCounterpart()
        self.model = ModelCounterpart()
        self.redis: Redis
        self.redis_server: Running
        self._stack = stack
        self._folder = folder
        self._given: dict[str, str] = {}

    async def open(self) -> None:
        """Start Redis and the counterparts."""
        port = await self._stack.enter_async_context(
            served(self.slack.routes(), self.model.routes())
        )
        redis_port = await self._open_redis()
        self._given = {
            "SLACK_BOT_TOKEN": token_of(TEAM),
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"http://127.0.0.1:{port}/api/",
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "DATA_DIR": str(self._folder),
            "LOG_LEVEL": "ERROR",
        }
        self.with_model = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "OPENAI_API_KEY": KEY,
            "OPENAI_MODEL": "gpt-of-the-bench",
        }

    async def _open_redis(self) -> int:
        found, port = shutil.which("redis-server"), free_port()
        if found is None:
            raise SystemExit("redis-server is not installed: the bench needs one on the PATH.")
        where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(self._folder))
        keeps = ("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction")
        self.redis_server = await self._started((found, *where, *keeps), {})
        self.redis = Redis(port=port, decode_responses=True)
        self._stack.push_async_callback(self.redis.aclose)

        async def answers() -> bool:
            try:
                return bool(await settled(self.redis.ping()))
            except (RedisError, OSError):
                return False

        await until(answers)
        return port

    async def web(self, *module: str, core: int = machine.FIRST_CORE, team: str = TEAM) -> Running:
        """Start a web process, or a baseline in its place, and wait until it is ready."""
        given = {"PORT": str(free_port()), "SLACK_BOT_TOKEN": token_of(team), **self.with_model}
        one = await self.role(*(module or ("bot", "web")), core=core, given=given)
        one.port = int(given["PORT"])
        await until(lambda: accepts(one.port))
        one.ready_after = time.monotonic() - one.started
        return one

    async def worker(self, *, core: int = machine.FIRST_CORE, model: bool = True) -> Running:
        """Start a worker process; its first answer tells that it is ready."""
        return await self.role("bot", "worker", core=core, given=self.with_model if model else {})

    async def role(
        self, *module: str, given: Mapping[str, str], core: int = machine.FIRST_CORE
    ) -> Running:
        """Start a module as a process on one core, with what every role is given, and more."""
        command = (sys.executable, "-m", *module)
        one = await self._started(command, {**self._given, **given})
        machine.give_a_core(one.pid, core)
        return one

    async def _started(self, command: Sequence[str], given: Mapping[str, str]) -> Running:
        one = await started(command, given)
        self._stack.push_async_callback(one.kill)
        return one

    def clear(self) -> None:
        """Begin a new run in the counterparts' journals."""
        self.slack.forget()
        self.model.forget()

    async def empty(self) -> None:
        """Throw away all that Redis holds; not while a worker waits on its queue there."""
        await settled(self.redis.flushall())

    @asynccontextmanager
    async def drained(self) -> AsyncIterator[None]:
        """Take what is due away again and again, in place of a worker that is always in time.

        Nothing is refused then for waiting too long, and only the front door is measured.
        """

        async def drain() -> None:
            while True:
                await settled(self.redis.xtrim(due_key(TEAM), maxlen=0, approximate=False))
                await asyncio.sleep(_DRAIN_SECONDS)

        task = asyncio.create_task(drain())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def used_bytes(self) -> int:
        """Return how much memory Redis uses for what it keeps."""
        told = await settled(self.redis.info("memory"))
        return int(told["used_memory"])


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """Open a house of its own; whatever was started in it is killed on leaving."""
    with TemporaryDirectory(prefix="sf-bench-") as folder:
        async with AsyncExitStack() as stack:
            one = House(stack, Path(folder))
            await one.open()
            yield one


async def settled(reply: Any) -> Any:  # noqa: ANN401 - redis-py types both as Any
    """Await what redis-py's types call either a value or an awaitable of one."""
    return await reply


async def all_answered(one: House, count: int, seconds: float = 60.0) -> None:
    """Wait until so many turns are answered in Slack; raises where they are not in time."""
    async with asyncio.timeout(seconds):
        while one.slack.answered < count:
            one.slack.changed.clear()
            await one.slack.changed.wait()


async def warm(one: House, web: Running, count: int = 40) -> None:
    """Have the first turns answered, so that what is loaded at first use is loaded."""
    said = [*mentions(count)]
    await Load(web.port).closed_loop(requests(said), 4)
    await all_answered(one, count)
