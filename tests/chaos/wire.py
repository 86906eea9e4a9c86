"""Cuts a stream of bytes into whole requests, of Redis or of HTTP, and says what each one asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_LINE = b"\r\n"
_HEAD = b"\r\n\r\n"
_ARRAY, _BULK = b"*", b"$"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it passed: its bytes, and its words.

    A Redis command's words are its name and arguments; those of an HTTP request are its method,
    its path and its body.
    """

    raw: bytes
    words: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """The command's name in capitals, or the method."""
        return self.words[0].decode("latin-1").upper()


Whole = Callable[[bytes], tuple[Request, int] | None]
"""Takes the first whole request off some bytes and says how long it was; None while parts lack."""


class Cutter:
    """Holds what came of a request so far."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Request]:
        """Yield each request that is now complete."""
        self._held += data
        while self._held and (found := self._whole(self._held)):
            request, length = found
            self._held = self._held[length:]
            yield request


def redis_command(data: bytes) -> tuple[Request, int] | None:
    """Take one command off: an array of bulk strings, the only form that clients send."""
    if (found := _counted(data, 0, _ARRAY)) is None:
        return None
    count, at = found
    words = []
    for _ in range(count):
        if (found := _counted(data, at, _BULK)) is None:
            return None
        length, start = found
        if len(data) < start + length + len(_LINE):
            return None
        words.append(data[start : start + length])
        at = start + length + len(_LINE)
    return Request(data[:at], tuple(words)), at


def _counted(data: bytes, at: int, sign: bytes) -> tuple[int, int] | None:
    """Return the number in the line that begins there, and where the next line begins."""
    end = data.find(_LINE, at)
    if end < 0:
        return None
    assert data[at : at + 1] == sign, f"no Redis command: {data[at : at + 20]!r}"
    return int(data[at + 1 : end]), end + len(_LINE)


def http_request(data: bytes) -> tuple[Request, int] | None:
    """Take one request off; its body is as long as its header says."""
    end = data.find(_HEAD)
    if end < 0:
        return None
    first, *headers = data[:end].split(_LINE)
    method, path, _ = first.split(b" ", 2)
    start = end + len(_HEAD)
    length = start + _body_length(headers)
    if len(data) < length:
        return None
    return Request(data[:length], (method, path, data[start:length])), length


def _body_length(headers: list[bytes]) -> int:
    for header in headers:
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        assert name.lower() != b"transfer-encoding", "a body in chunks is not read here"
    return 0
