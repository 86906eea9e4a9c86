"""The whole product as a process: a Slack on localhost, its page and the bot, as in `make run`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import redis

from tests.slack.house import ROOT, free_port


class Whole:
    """`python -m bot` without Slack, as a process, and its page spoken to over HTTP."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._port = free_port()
        self._socket = folder / "redis" / "valkey.sock"
        self._settings = {"DATA_DIR": str(folder), "PORT": str(self._port), **settings}
        self.site = f"http://127.0.0.1:{self._port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, **settings: str) -> None:
        kept = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            cwd=ROOT,
            env={**inherited, **self._settings, **settings},
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(30):
            while b"Open http" not in await self._process.stderr.readline():
                pass

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        await asyncio.wait_for(self._process.wait(), 30)
        if how is not signal.SIGKILL and self._socket.exists():
            # The server of a process that was killed lives on, and the next one uses it.
            with contextlib.suppress(redis.exceptions.ConnectionError):
                redis.Redis(unix_socket_path=str(self._socket)).shutdown(nosave=True)

    async def state(self) -> str:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.site}/page/state") as got,
        ):
            return await got.text()

    async def until(self, *parts: str, within: float = 30) -> str:
        async with asyncio.timeout(within):
            while True:
                state = await self.state()
                if all(part in state for part in parts):
                    return state
                await asyncio.sleep(0.1)

    async def say(self, text: str) -> None:
        """Let the first person say something in the first channel."""
        known = json.loads(await self.state())
        async with aiohttp.ClientSession() as session:
            async with session.get(self.site) as got:
                page = await got.text()
            token = re.search(r'name="page-token" content="([^"]+)"', page)
            assert token
            given = {
                "user": next(one["id"] for one in known["users"] if one["name"] == "Ann"),
                "channel": known["channels"][0]["id"],
                "text": text,
            }
            headers = {"X-Page-Token": token[1], "Origin": self.site}
            async with session.post(f"{self.site}/page/say", json=given, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
