"""A reader with a second one behind it, for the messages that the first cannot read."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import (
    ReaderAnsweredBadly,
    ReaderFailed,
    ReaderOverQuota,
    ReaderRefused,
    ReaderTimedOut,
    ReaderUnreachable,
)
from bot.reading.port import Message, Reader, Reading

WHAT_HAPPENED: tuple[tuple[type[ReaderFailed], str], ...] = (
    (ReaderTimedOut, "did not answer in time"),
    (ReaderRefused, "declined to read this"),
    (ReaderOverQuota, "has reached its limit for now"),
    (ReaderUnreachable, "could not be reached"),
    (ReaderAnsweredBadly, "gave no usable answer"),
    (ReaderFailed, "could not read this"),
)


class FallbackReader:
    """Lets the second reader take a message that the first can't; the next goes to the first."""

    def __init__(self, first: Reader, second: Reader) -> None:
        self._first = first
        self._second = second

    async def ready(self) -> None:
        """Load what the first reader's first message would wait for.

        The second is not loaded: it is seldom needed, and then somebody waits for half a second.
        """
        await self._first.ready()

    async def read(self, message: Message) -> Reading:
        """Return the first reader's reading, or the second's with a quiet note."""
        try:
            return await self._first.read(message)
        except ReaderFailed as error:
            failed = error
        reading = await self._second.read(message)
        return replace(reading, note=_note(failed))


def _note(failed: ReaderFailed) -> str:
    happened = next(words for kind, words in WHAT_HAPPENED if isinstance(failed, kind))
    return (
        f"The language model {happened}, so I read this by simpler means; I may ask a little more."
    )
