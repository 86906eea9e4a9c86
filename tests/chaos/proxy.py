"""A way between a process and what it speaks to, on which everything may go wrong on request.

It delays, cuts, swallows replies, falls silent both ways, and stops at a chosen request, so that a
test can end a process exactly between two steps without any hook in the process itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from tests.chaos.wire import Cutter, Request, Whole

_CHUNK = 65_536
Upstream = Path | tuple[str, int]
"""A socket's path, or a host and port."""

When = Literal["before", "after"]
Wanted = Callable[[Request], bool]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(eq=False)
class Watch:
    """Waits for the n-th request that is wanted, and holds it, or its reply, until told more."""

    wanted: Wanted
    when: When
    nth: int = 1
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _verdict: asyncio.Event = field(default_factory=asyncio.Event)
    _goes_on: bool = False

    def let_through(self) -> None:
        """Let what is held go on."""
        self._goes_on = True
        self._verdict.set()

    def cut(self) -> None:
        """Throw away what is held, and its connection; nothing is held from now on."""
        self.nth = 0
        self._verdict.set()

    def is_due(self, request: Request) -> bool:
        """Count a request; whether it is the one."""
        if self.nth > 0 and self.wanted(request):
            self.nth -= 1
            return self.nth == 0
        return False

    async def hold(self) -> bool:
        """Say that the place is reached; wait; return whether to go on."""
        self.reached.set()
        await self._verdict.wait()
        return self._goes_on


@dataclass(eq=False)
class Swallow:
    """Takes replies away after their requests went through: a number of times, or a share."""

    wanted: Wanted
    times: int | None = 1
    share: float = 1.0
    taken: int = 0

    def is_due(self, request: Request, chance: random.Random) -> bool:
        """Whether the reply to this request never arrives."""
        if self.times == 0 or not self.wanted(request) or chance.random() >= self.share:
            return False
        self.times = None if self.times is None else self.times - 1
        self.taken += 1
        return True


class _Cut(Exception):
    """This connection ends here."""


class Proxy:
    """Listens on a port of its own and passes everything on, to the first upstream that is there.

    With several upstreams each connection begins with another one. Requests are looked into only
    where `whole` says how; clients here send one at a time on a connection.
    """

    def __init__(self, *upstreams: Upstream, whole: Whole | None = None, seed: int = 0) -> None:
        self._upstreams = list(upstreams)
        self._whole = whole
        self._chance = random.Random(seed)
        self._open = asyncio.Event()
        self._open.set()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._watches: list[Watch] = []
        self._swallows: list[Swallow] = []
        self.delay = 0.0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    # --- What may go wrong ---------------------------------------------------------------------

    async def cut(self) -> None:
        """End every connection; new ones are welcome."""
        ending = tuple(self._connections)
        for one in ending:
            one.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def partition(self) -> None:
        """Say nothing more in either direction, to old connections and new ones."""
        self._open.clear()

    def heal(self) -> None:
        """Deliver what was kept back, as a network does that is whole again."""
        self._open.set()

    def calm(self) -> None:
        """Let everything go well from now on."""
        for watch in self._watches:
            watch.cut()
        self._watches.clear()
        self._swallows.clear()
        self.delay = 0.0
        self.heal()

    def watch(self, wanted: Wanted, when: When = "before", *, nth: int = 1) -> Watch:
        """Hold the n-th request that is wanted before it goes on, or its reply after it."""
        self._watches.append(Watch(wanted, when, nth))
        return self._watches[-1]

    def swallow(self, wanted: Wanted, *, times: int | None = 1, share: float = 1.0) -> Swallow:
        """Cut instead of replying, after the request went through."""
        self._swallows.append(Swallow(wanted, times, share))
        return self._swallows[-1]

    # --- Passing on ----------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve((reader, writer))
        except asyncio.CancelledError:
            # The server's own callback would report it; a cut is what was asked for.
            return
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, client: Streams) -> None:
        upstream = await self._reached()
        if upstream is None:
            return
        held: list[Watch | Swallow] = []
        there = asyncio.create_task(self._requests(client[0], upstream[1], held))
        back = asyncio.create_task(self._replies(upstream[0], client[1], held))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            upstream[1].close()
            for pump in (there, back):
                pump.cancel()
            await asyncio.gather(there, back, return_exceptions=True)

    async def _reached(self) -> Streams | None:
        await self._open.wait()
        self._upstreams.append(self._upstreams.pop(0))
        for upstream in tuple(self._upstreams):
            with contextlib.suppress(OSError):
                return await _connected(upstream)
        return None

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        held: list[Watch | Swallow],
    ) -> None:
        cutter = Cutter(self._whole) if self._whole else None
        with contextlib.suppress(OSError, _Cut):
            while data := await self._heard(reader):
                if cutter is None:
                    await self._pass(data, writer)
                    continue
                for request in cutter.feed(data):
                    held.extend(await self._due(request))
                    await self._pass(request.raw, writer)

    async def _due(self, request: Request) -> Sequence[Watch | Swallow]:
        """Hold a request that is watched; return what waits for its reply."""
        due = [one for one in self._watches if one.is_due(request)]
        for watch in due:
            if watch.when == "before" and not await watch.hold():
                raise _Cut
        after = [one for one in due if one.when == "after"]
        return [*after, *(one for one in self._swallows if one.is_due(request, self._chance))]

    async def _replies(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        held: list[Watch | Swallow],
    ) -> None:
        with contextlib.suppress(OSError, _Cut):
            while data := await self._heard(reader):
                while held:
                    one = held.pop()
                    if isinstance(one, Swallow) or not await one.hold():
                        raise _Cut
                await self._pass(data, writer)

    async def _heard(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(_CHUNK)
        if data and self.delay:
            # Once for all that came together: a slow way is not a narrow one.
            await asyncio.sleep(self.delay)
        return data

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        writer.write(data)
        await writer.drain()


async def _connected(upstream: Upstream) -> Streams:
    if isinstance(upstream, Path):
        return await asyncio.open_unix_connection(upstream)
    return await asyncio.open_connection(*upstream)
