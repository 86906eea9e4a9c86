"""The load: requests made beforehand, sent over raw sockets, so that sending costs next to nothing.

Open loop: requests leave at a fixed rate whatever becomes of them, and each one's time runs from
when it was due, so that a server that stalls is seen to stall. Closed loop: a number of
connections, each with one request under way, for the most that a server can do.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

MOST_CONNECTIONS = 512
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_FAILED = 0
_LONGEST_WAIT = 30.0
_STATUS = slice(9, 12)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: its status, 0 where there was no answer, and when.

    `seconds` run from when it was due.
    """

    status: int
    due: float
    seconds: float


class _Connection(asyncio.Protocol):
    """One connection that is kept open, with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self._waiting: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = self._heard.find(_HEAD_END)
        if end < 0 or len(self._heard) < end + len(_HEAD_END) + _length(self._heard[:end]):
            return
        status, self._heard = int(self._heard[_STATUS]), b""
        self._end(status)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._end(_FAILED)

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes) -> asyncio.Future[int]:
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is None:
            self._end(_FAILED)
        else:
            self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _end(self, status: int) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(_LENGTH)
    return int(lower[start + len(_LENGTH) :].split(b"\r\n", 1)[0]) if start >= 0 else 0


class Load:
    """Sends requests to one port of this machine."""

    def __init__(self, port: int, *, most: int = MOST_CONNECTIONS) -> None:
        self._port = port
        self._free: deque[_Connection] = deque()
        self._places = asyncio.Semaphore(most)

    async def open_loop(self, requests: Sequence[bytes], rate: float) -> list[Outcome]:
        """Send all at a fixed rate; return what became of each, in their order."""
        began = time.monotonic() + 0.05
        tasks = []
        for number, one in enumerate(requests):
            due = began + number / rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._sent(one, due)))
        outcomes = await asyncio.gather(*tasks)
        self.close()
        return list(outcomes)

    async def closed_loop(
        self, requests: Sequence[bytes], at_once: int
    ) -> tuple[list[Outcome], float]:
        """Send all with so many under way at once; return the outcomes, and the seconds in all."""
        left = iter(requests)
        outcomes: list[Outcome] = []

        async def each() -> None:
            for one in left:
                outcomes.append(await self._sent(one, time.monotonic()))  # noqa: PERF401

        began = time.monotonic()
        await asyncio.gather(*(each() for _ in range(at_once)))
        took = time.monotonic() - began
        self.close()
        return outcomes, took

    async def _sent(self, request: bytes, due: float) -> Outcome:
        async with self._places:
            status = _FAILED
            connection: _Connection | None = None
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT):
                    connection = await self._connected()
                    status = await connection.send(request)
            took = time.monotonic() - due
            if connection is not None:
                self._give_back(connection, usable=status != _FAILED)
            return Outcome(status, due, took)

    def _give_back(self, connection: _Connection, *, usable: bool) -> None:
        if usable and connection.is_open:
            self._free.append(connection)
        else:
            connection.close()

    async def _connected(self) -> _Connection:
        while self._free:
            connection = self._free.pop()
            if connection.is_open:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        return connection

    def close(self) -> None:
        """Close the connections that are left open."""
        while self._free:
            self._free.pop().close()
