"""The figures that the documents state, computed again from the kept recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.consultant import Consultant
from bot.evaluation.cases import load_cases
from bot.evaluation.run import Outcome, run_cases
from bot.evaluation.score import report
from bot.market.loader import load_market
from bot.reading.cues import CueReader
from bot.reading.port import Reader
from bot.reading.prompts import load_prompt
from bot.reading.recordings import RecordedReader, load_answers

CASES = Path(__file__).parents[1] / "cases"


def outcomes(name: str, reader: Reader) -> tuple[Outcome, ...]:
    consultant = Consultant(reader=reader, market=load_market(), today=lambda: date(2026, 11, 23))
    return asyncio.run(run_cases(consultant, load_cases(CASES / name)))


@pytest.fixture(scope="module")
def recorded() -> Reader:
    return RecordedReader(load_prompt(), load_answers(CASES / "recordings.jsonl"))


FLOORS: Mapping[str, tuple[int, int, int]] = {
    "own_tune.jsonl": (160, 148, 2),
    "own_tune_2.jsonl": (435, 405, 8),
    "own_check.jsonl": (148, 142, 2),
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_strong_model_reads_well_enough_to_decide_right(name: str, recorded: Reader) -> None:
    acceptable, first, wrong = FLOORS[name]

    shares = report(outcomes(name, recorded)).shares

    assert shares["not read"].hits == 0
    assert shares["acceptable"].hits >= acceptable
    assert shares["first choice"].hits >= first
    assert shares["committed and not acceptable"].hits <= wrong


def test_the_cue_reader_leads_the_right_way_and_seldom_commits_wrongly() -> None:
    shares = report(outcomes("own_check.jsonl", CueReader())).shares

    assert shares["acceptable"].hits >= 100
    assert shares["committed and not acceptable"].hits == 0


def test_other_words_for_the_same_situation_give_the_same_approach(recorded: Reader) -> None:
    told = {outcome.case.id: outcome for outcome in outcomes("own_tune.jsonl", recorded)}
    reworded = outcomes("rewordings.jsonl", recorded)

    given: dict[str, set[str]] = {}
    for outcome in reworded:
        assert outcome.first is not None
        given.setdefault(outcome.case.id.split("~")[0], set()).add(outcome.first.approach.value)
    for name in given.keys() & told.keys():
        first = told[name].first
        assert first is not None
        given[name].add(first.approach.value)

    assert len(reworded) == 36
    assert {name: approaches for name, approaches in given.items() if len(approaches) > 1} == {}


@pytest.mark.parametrize("reads", ("recorded", "cues"))
def test_a_flipped_wish_never_changes_the_approach(reads: str, recorded: Reader) -> None:
    flipped = outcomes("wishes.jsonl", recorded if reads == "recorded" else CueReader())

    given: dict[str, set[str]] = {}
    for outcome in flipped:
        assert outcome.first is not None
        given.setdefault(outcome.case.id.split("~")[0], set()).add(outcome.first.approach.value)

    assert len(given) == 12
    assert {name: approaches for name, approaches in given.items() if len(approaches) > 1} == {}
