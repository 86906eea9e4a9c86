"""Whoever is killed, and at whichever step: the message is answered, and answered once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chaos.steps import ONCE, REDIS, UNSURE, WEB, WORKER, Outcome, Step, stage

ROWS = {"web": WEB, "worker": WORKER, "Redis": REDIS}


@pytest.mark.parametrize("steps", ROWS.values(), ids=ROWS)
async def test_killed_at_any_step_it_is_answered_once(
    steps: Sequence[Step], tmp_path: Path
) -> None:
    async with stage(tmp_path) as house:
        outcomes = await house.killed(steps)

    assert outcomes == dict.fromkeys(outcomes, ONCE)


@pytest.mark.chaos
async def test_where_we_may_not_look_one_line_may_stay_and_never_a_second_answer(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, workers=3, history=False) as house:
        outcomes = await house.killed(UNSURE)

    assert {name: outcome.answers for name, outcome in outcomes.items()} == dict.fromkeys(
        outcomes, 1
    )
    assert max(outcome.readings for outcome in outcomes.values()) <= 1


@pytest.mark.chaos
async def test_a_worker_that_stalls_at_any_step_does_not_answer_a_second_time(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, workers=2) as house:
        outcomes = await house.stalled(WORKER)

    # Its post arrives after another looked for it, and it has given up waiting for the answer.
    assert outcomes.pop("before Slack stores the post") in {ONCE, Outcome(1, 1)}
    assert outcomes == dict.fromkeys(outcomes, ONCE)
