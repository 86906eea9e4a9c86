"""A reader that stops asking a model which fails again and again, and tries it now and then.

While it does not ask, it fails at once, and the reader behind it takes the message: nobody waits
for a deadline that is known to pass, and a provider in trouble is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.errors import ReaderFailed, ReaderRefused, ReaderUnreachable
from bot.reading.port import Message, Reader, Reading

FAILURES = 5
"""Failures in a row after which the model is not asked: our choice."""

REST_SECONDS = 30.0
"""How long it is left alone before one message tries it again: our choice."""


class BreakerReader:
    """Lets messages through to a reader while it works; one at a time tries one that does not."""

    def __init__(self, reader: Reader, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._failures = 0
        self._again_at = 0.0

    async def ready(self) -> None:
        """Load what the reader's first message would wait for."""
        await self._reader.ready()

    async def read(self, message: Message) -> Reading:
        """Return the reader's reading; raises ReaderUnreachable while it is left alone."""
        if self._failures >= FAILURES:
            if self._clock() < self._again_at:
                raise ReaderUnreachable(
                    "The language model failed several times; it is left alone."
                )
            # Whoever comes while this one tries finds it left alone.
            self._again_at = self._clock() + REST_SECONDS
        try:
            reading = await self._reader.read(message)
        except ReaderRefused:
            # It answered: what it refused is this message.
            self._failures = 0
            raise
        except ReaderFailed:
            self._failures += 1
            self._again_at = self._clock() + REST_SECONDS
            raise
        self._failures = 0
        return reading
