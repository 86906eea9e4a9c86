"""Writes what several people did at the same moment in one round trip: each is kept, or refused.

While one round trip is under way, whatever else comes waits for the next: under load a process
writes larger groups instead of more of them, as databases do with their logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import redis.exceptions

from bot.errors import StoreUnreachable
from bot.store.connect import Store, reached, settled, unreachable

_MOST = 128
"""Writes in one round trip: our choice, some milliseconds of the server's time."""

_REPLICATED_MS = 300
"""How long a replica may take to confirm: our choice, within the second that a write may take."""


@dataclass(frozen=True, slots=True)
class _Write:
    script: str
    keys: tuple[str, ...]
    given: tuple[str, ...]
    outcome: asyncio.Future[Any]


def no_replicas() -> int:
    """Ask for nobody's confirmation but the server's own."""
    return 0


class GroupWriter:
    """Runs scripts in groups; `replicas` says how many must confirm before a write is kept."""

    def __init__(self, store: Store, *, replicas: Callable[[], int] = no_replicas) -> None:
        self._store = store
        self._replicas = replicas
        self._waiting: list[_Write] = []
        self._writing: asyncio.Task[None] | None = None
        self._alone = False

    async def run(self, script: str, keys: Iterable[str], given: Iterable[str]) -> Any:  # noqa: ANN401 - as the script replies
        """Return what the script replied. Raises StoreUnreachable; it may have been done then."""
        if self._is_idle and not self._replicas():
            return await self._run_alone(script, (*keys,), (*given,))
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(script, tuple(keys), tuple(given), outcome))
        self._go_on()
        return await outcome

    @property
    def _is_idle(self) -> bool:
        return not self._alone and (self._writing is None or self._writing.done())

    def _go_on(self) -> None:
        if self._waiting and self._is_idle:
            self._writing = asyncio.create_task(self._write_all())
            # Were it ever to end before all is written, the rest would wait for the next who comes.
            self._writing.add_done_callback(lambda _: self._go_on())

    async def _run_alone(self, script: str, keys: Sequence[str], given: Sequence[str]) -> Any:  # noqa: ANN401 - as the script replies
        """Write what nobody else waits to write: without a group it takes two thirds of the time.

        Measured: 70 microseconds of processor time, against 105.
        """
        self._alone = True
        try:
            async with reached():
                return await settled(self._store.eval(script, len(keys), *keys, *given))
        except StoreUnreachable as error:
            if not isinstance(error.__cause__, redis.exceptions.ResponseError):
                # Whoever came meanwhile has waited behind a server that does not answer.
                group, self._waiting = self._waiting, []
                _refuse(group)
            raise
        finally:
            self._alone = False
            self._go_on()

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            try:
                await self._write(group)
            except StoreUnreachable:
                # Whoever came meanwhile has waited behind a server that does not answer.
                group, self._waiting = [*group, *self._waiting], []
            finally:
                _refuse(group)

    async def _write(self, group: Sequence[_Write]) -> None:
        wanted = self._replicas()
        async with reached():
            together = self._store.pipeline(transaction=False)
            for one in group:
                together.eval(one.script, len(one.keys), *one.keys, *one.given)
            if wanted:
                together.execute_command("WAIT", wanted, _REPLICATED_MS)
            replies = await settled(together.execute(raise_on_error=False))
        if wanted and not _is_replicated(replies.pop(), wanted):
            raise unreachable()
        for one, reply in zip(group, replies, strict=True):
            if not (isinstance(reply, Exception) or one.outcome.done()):
                one.outcome.set_result(reply)


def _is_replicated(reply: object, wanted: int) -> bool:
    return isinstance(reply, int) and reply >= wanted


def _refuse(group: Iterable[_Write]) -> None:
    """Tell whoever has no reply that theirs was not kept, as far as we know."""
    for one in group:
        if not one.outcome.done():
            one.outcome.set_exception(unreachable())
