"""The service as several processes beside a Slack on localhost; each may end and start again.

Every process has ways of its own to Redis, to Slack and to the model, so that a test can hold or
break one process's and no other's.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from cryptography.fernet import Fernet

from bot.playground.slack import LocalSlack
from tests.chaos.patience import seen
from tests.chaos.proxy import Proxy
from tests.chaos.wire import Whole, http_request, redis_command
from tests.model_server import KEY
from tests.redis_fleets import lasting_port
from tests.slack.house import ROOT

_LONGEST_START = 60.0
_LONGEST_END = 40.0
_INHERITED = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
SOCKET = "unix://"
_WORKS = "Taking turns"


@dataclass(frozen=True)
class Ways:
    """The proxies of one process; to Redis there is none where it has to find the way itself."""

    redis: Proxy | None
    slack: Proxy
    model: Proxy | None

    def __iter__(self) -> Iterator[Proxy]:
        return (one for one in (self.redis, self.slack, self.model) if one is not None)


class Process:
    """One role of the service as a process of its own; what it says goes into a file."""

    def __init__(self, role: str, settings: Mapping[str, str], log: Path, ways: Ways) -> None:
        self.role = role
        self.settings = dict(settings)
        self.ways = ways
        self._log = log
        self._said_before = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def said(self) -> str:
        """What it wrote to standard error, all its lives together."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    async def start(self) -> None:
        """Start it, and wait until it does its work."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}  # noqa: TID251
        self._said_before = len(self.said)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", self.role),
                cwd=ROOT,
                env={**inherited, **self.settings},
                stderr=log,
                stdout=asyncio.subprocess.DEVNULL,
            )
        works = {"web": self._listens, "worker": self._works}.get(self.role)
        if works is not None:
            found = await seen(works, _LONGEST_START)
            assert found, f"{self.role} never started: {self._standing()}\n{self._said_since()}"

    def _standing(self) -> str:
        """Return whether it runs still, or with which code it ended."""
        assert self._process is not None
        code = self._process.returncode
        return "it runs still" if code is None else f"it ended with {code}"

    def _said_since(self) -> str:
        return self.said[self._said_before :]

    async def _listens(self) -> bool:
        address = f"http://127.0.0.1:{self.settings['PORT']}/healthz"
        try:
            async with aiohttp.ClientSession() as session, session.get(address) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _works(self) -> bool:
        return _WORKS in self._said_since()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, where it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.send(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it is gone; return its exit code."""
        if self._process is None:
            return 0
        code = await asyncio.wait_for(self._process.wait(), _LONGEST_END)
        for way in self.ways:
            await way.cut()
        return code


@dataclass(frozen=True)
class Fleet:
    """Web and worker processes; `door` is the balancer through which Slack reaches the webs."""

    webs: list[Process]
    workers: list[Process]
    door: Proxy

    @property
    def all(self) -> list[Process]:
        return [*self.webs, *self.workers]

    async def start(self) -> None:
        """Start every process, and wait until they do their work."""
        await asyncio.gather(*(one.start() for one in self.all))

    async def stop(self) -> None:
        """Kill whatever still runs."""
        await asyncio.gather(*(one.kill() for one in self.all))

    @property
    def said(self) -> str:
        """What they all wrote."""
        return "\n".join(f"--- {one.role}\n{one.said}" for one in self.all if one.said)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many of each role there are, which one hears Slack, and where Redis and the model are.

    `watched` has every request looked into, so that it can be held; that costs time.
    """

    redis: str
    webs: int = 1
    workers: int = 1
    over: str = "web"
    model: str = ""
    watched: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def fleet(slack: LocalSlack, folder: Path, plan: Plan) -> AsyncIterator[Fleet]:
    """Run what is planned."""
    common = {**_common(slack, folder), **plan.settings}
    async with AsyncExitStack() as stack:

        async def made(role: str, number: int) -> Process:
            ways = await _ways(stack, slack, plan)
            given = {**common, **_addresses(ways, plan), "PORT": str(lasting_port())}
            return Process(role, given, folder / f"{role}-{number}.log", ways)

        hearing = [await made(plan.over, number) for number in range(plan.webs)]
        working = [await made("worker", number) for number in range(plan.workers)]
        ports = [("127.0.0.1", int(one.settings["PORT"])) for one in hearing]
        door = await stack.enter_async_context(Proxy(*ports, whole=http_request))
        if plan.over == "web":
            slack.request_url = f"http://127.0.0.1:{door.port}/slack/events"
        ships = Fleet(hearing, working, door)
        stack.push_async_callback(ships.stop)
        await ships.start()
        if plan.over == "socket":
            await asyncio.wait_for(slack.connected(), _LONGEST_START)
        yield ships


def _common(slack: LocalSlack, folder: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "DATA_DIR": str(folder / "data"),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }


async def _ways(stack: AsyncExitStack, slack: LocalSlack, plan: Plan) -> Ways:
    async def proxy(upstream: Path | tuple[str, int], whole: Whole) -> Proxy:
        looked = whole if plan.watched else None
        return await stack.enter_async_context(Proxy(upstream, whole=looked))

    is_socket = plan.redis.startswith(SOCKET)
    socket = Path(plan.redis.removeprefix(SOCKET))
    model = urlsplit(plan.model)
    return Ways(
        await proxy(socket, redis_command) if is_socket else None,
        await proxy(("127.0.0.1", slack.port), http_request),
        await proxy(("127.0.0.1", model.port or 0), http_request) if plan.model else None,
    )


def _addresses(ways: Ways, plan: Plan) -> dict[str, str]:
    redis = f"redis://127.0.0.1:{ways.redis.port}" if ways.redis else plan.redis
    given = {"REDIS_URL": redis, "SLACK_API_URL": f"http://127.0.0.1:{ways.slack.port}/api/"}
    if ways.model:
        given["OPENAI_BASE_URL"] = f"http://127.0.0.1:{ways.model.port}/v1"
        given |= {"OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-test"}
    return given
