"""The short storm: what a night of bad luck does, in a minute, with nothing lost or said twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos.storm import Weather, blown

WEATHER = {
    "over HTTP": Weather(turns=500, kills=6, terms=2, redis_restarts=1),
    "over Socket Mode": Weather(turns=100, kills=2, terms=1, redis_restarts=1, over="socket"),
}


@pytest.mark.parametrize("weather", WEATHER.values(), ids=WEATHER)
async def test_no_acknowledged_turn_is_lost_and_none_is_answered_twice(
    weather: Weather, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await blown(weather, tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")

    assert report.balance.turns >= weather.turns * 0.95
    assert report.balance.is_even, f"{report.balance}\n{report.said}"
    assert report.balance.orphans == ()
    assert report.busy == ()
