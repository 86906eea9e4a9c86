"""Where Slack asks us to wait, that method waits in that channel; everything else goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SlackBusy
from bot.slack.pace import LONGEST_WAIT_SECONDS, SPACING_SECONDS, Pace

POST = "chat_postMessage"


@dataclass
class Time:
    """A clock that moves when somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(clock=time, sleep=time.sleep)


async def test_nothing_waits_that_slack_never_complained_of(pace: Pace, time: Time) -> None:
    for _ in range(100):
        await pace.wait(POST, "C1")

    assert time.slept == []


async def test_a_short_wait_is_waited_out_in_place(pace: Pace, time: Time) -> None:
    pace.hold(POST, "C1", 2)

    await pace.wait(POST, "C1")

    assert time.slept == [2]


async def test_a_long_wait_sends_the_turn_back_to_the_queue(pace: Pace, time: Time) -> None:
    pace.hold(POST, "C1", 30)
    time.now += 10

    with pytest.raises(SlackBusy) as busy:
        await pace.wait(POST, "C1")

    assert busy.value.seconds == 20
    assert time.slept == []


@pytest.mark.parametrize(
    ("method", "channel"),
    ((POST, "C2"), ("chat_update", "C1")),
    ids=("another channel", "another method"),
)
async def test_it_holds_back_no_other(pace: Pace, time: Time, method: str, channel: str) -> None:
    pace.hold(POST, "C1", 30)

    await pace.wait(method, channel)

    assert time.slept == []


async def test_after_the_wait_calls_go_out_one_a_second(pace: Pace, time: Time) -> None:
    pace.hold(POST, "C1", 1)

    for _ in range(4):
        await pace.wait(POST, "C1")

    assert time.slept == [1, SPACING_SECONDS, SPACING_SECONDS, SPACING_SECONDS]


async def test_a_minute_without_complaint_ends_it(pace: Pace, time: Time) -> None:
    pace.hold(POST, "C1", 1)
    time.now += 62

    for _ in range(4):
        await pace.wait(POST, "C1")

    assert time.slept == []


async def test_a_second_complaint_never_shortens_the_wait(pace: Pace, time: Time) -> None:
    pace.hold(POST, "C1", 30)
    pace.hold(POST, "C1", 1)

    with pytest.raises(SlackBusy):
        await pace.wait(POST, "C1")


@given(holds=st.lists(st.floats(0, 120), min_size=1, max_size=5), calls=st.integers(1, 20))
async def test_no_call_goes_out_before_its_time_and_none_waits_long(
    holds: list[float], calls: int
) -> None:
    time = Time()
    pace = Pace(clock=time, sleep=time.sleep)
    until = time.now + max(holds)
    for seconds in holds:
        pace.hold(POST, "C1", seconds)

    for _ in range(calls):
        before = time.now
        try:
            await pace.wait(POST, "C1")
        except SlackBusy as busy:
            time.now += busy.seconds
        else:
            assert time.now >= until or time.now == pytest.approx(until)
            assert time.now - before <= LONGEST_WAIT_SECONDS
