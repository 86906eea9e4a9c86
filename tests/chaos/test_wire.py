"""A stream is cut into the same requests, however its bytes arrive."""

from __future__ import annotations

import random

import pytest

from tests.chaos.wire import Cutter, Request, Whole, http_request, redis_command

SET = b"*3\r\n$3\r\nSET\r\n$5\r\na\r\n*1\r\n$2\r\n$1\r\n"
PING = b"*1\r\n$4\r\nping\r\n"
GET = b"GET /api/auth.test HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/chat.update HTTP/1.1\r\ncontent-LENGTH: 4\r\n\r\na\r\n\r"

CASES = {
    "redis": (redis_command, SET + PING, [(b"SET", b"a\r\n*1", b"$1"), (b"ping",)]),
    "http": (
        http_request,
        POST + GET,
        [(b"POST", b"/api/chat.update", b"a\r\n\r"), (b"GET", b"/api/auth.test", b"")],
    ),
}


@pytest.mark.parametrize(("whole", "stream", "words"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", range(20))
def test_pieces_of_any_length_give_the_same_requests(
    whole: Whole, stream: bytes, words: list[tuple[bytes, ...]], seed: int
) -> None:
    chance = random.Random(seed)
    cutter, rest = Cutter(whole), stream
    found: list[Request] = []
    while rest:
        length = chance.randint(1, len(stream))
        found += cutter.feed(rest[:length])
        rest = rest[length:]

    assert [request.words for request in found] == words
    assert b"".join(request.raw for request in found) == stream


def test_names_are_in_capitals() -> None:
    assert [request.name for request in Cutter(redis_command).feed(SET + PING)] == ["SET", "PING"]


def test_what_is_no_redis_command_is_an_error_of_the_test() -> None:
    with pytest.raises(AssertionError, match="no Redis command"):
        list(Cutter(redis_command).feed(b"PING\r\n"))
