"""A model that keeps failing is left alone for a while, then tried by one message at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.errors import (
    ReaderAnsweredBadly,
    ReaderFailed,
    ReaderOverQuota,
    ReaderRefused,
    ReaderTimedOut,
    ReaderUnreachable,
)
from bot.reading.breaker import FAILURES, REST_SECONDS, BreakerReader
from bot.reading.port import Message, Reading

HELLO = Message("our bot invents berths")


@dataclass
class Model:
    """A reader that fails as told, and counts how often it was asked."""

    failure: ReaderFailed | None = None
    asked: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waits: bool = False

    async def ready(self) -> None:
        """Nothing to load."""

    async def read(self, message: Message) -> Reading:
        self.asked += 1
        if self.waits:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return Reading(reader="model")


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


async def read_often(breaker: BreakerReader, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ReaderFailed):
            await breaker.read(HELLO)


FAILING = (
    ReaderTimedOut("late"),
    ReaderUnreachable("away"),
    ReaderOverQuota("limited"),
    ReaderAnsweredBadly("nonsense"),
)


@pytest.mark.parametrize("failure", FAILING, ids=lambda one: type(one).__name__)
async def test_after_some_failures_in_a_row_it_is_not_asked(failure: ReaderFailed) -> None:
    model = Model(failure)
    breaker = BreakerReader(model, clock=Clock())

    await read_often(breaker, 100)

    assert model.asked == FAILURES


async def test_a_success_between_failures_begins_the_count_anew() -> None:
    model = Model(ReaderTimedOut("late"))
    breaker = BreakerReader(model, clock=Clock())
    await read_often(breaker, FAILURES - 1)
    model.failure = None
    await breaker.read(HELLO)
    model.failure = ReaderTimedOut("late")

    await read_often(breaker, FAILURES - 1)

    assert model.asked == 2 * FAILURES - 1


async def test_a_message_that_it_declines_is_no_failure_of_the_model() -> None:
    model = Model(ReaderRefused("no"))
    breaker = BreakerReader(model, clock=Clock())

    await read_often(breaker, 3 * FAILURES)

    assert model.asked == 3 * FAILURES


async def test_after_its_rest_one_message_tries_and_success_opens_the_way() -> None:
    model, clock = Model(ReaderUnreachable("away")), Clock()
    breaker = BreakerReader(model, clock=clock)
    await read_often(breaker, FAILURES)
    clock.now += REST_SECONDS
    model.failure = None

    assert [await breaker.read(HELLO) for _ in range(3)] == [Reading(reader="model")] * 3


async def test_a_try_that_fails_begins_another_rest() -> None:
    model, clock = Model(ReaderUnreachable("away")), Clock()
    breaker = BreakerReader(model, clock=clock)
    await read_often(breaker, FAILURES)
    clock.now += REST_SECONDS

    await read_often(breaker, 50)

    assert model.asked == FAILURES + 1


async def test_while_one_message_tries_the_others_do_not_wait_for_it() -> None:
    model, clock = Model(ReaderUnreachable("away")), Clock()
    breaker = BreakerReader(model, clock=clock)
    await read_often(breaker, FAILURES)
    clock.now += REST_SECONDS
    model.failure, model.waits = None, True
    trying = asyncio.create_task(breaker.read(HELLO))
    await asyncio.sleep(0)

    await read_often(breaker, 10)

    model.gate.set()
    assert await trying == Reading(reader="model")
    assert model.asked == FAILURES + 1
