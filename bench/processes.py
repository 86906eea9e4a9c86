"""Processes that the bench starts, and waiting for them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LONGEST_START = 60.0
_OURS = ("SLACK_", "OPENAI_", "REDIS_", "ENCRYPTION_", "DATA_", "PORT", "PUBLIC_", "LOG_")


@dataclass(slots=True)
class Running:
    """A process that we started; `port` and `ready_after` are those of a web process."""

    process: asyncio.subprocess.Process
    started: float
    port: int = 0
    ready_after: float = 0.0

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None  # noqa: S101 - every process has a pipe there
        self.process.stdin.write(f"{line}\n".encode())

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def started(command: Sequence[str], given: Mapping[str, str]) -> Running:
    """Start a process in the checkout, with these settings and none that we happen to have."""
    inherited = dict(os.environ)  # noqa: TID251 - what a process inherits, without our settings
    clean = {name: value for name, value in inherited.items() if not name.startswith(_OURS)}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**clean, **given},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=sys.stderr,
    )
    return Running(process, began)


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def accepts(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def until(
    holds: Callable[[], Awaitable[bool]], seconds: float = _LONGEST_START, pause: float = 0.01
) -> None:
    """Wait until something holds; raises TimeoutError where it does not in time."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - another process
            await asyncio.sleep(pause)
