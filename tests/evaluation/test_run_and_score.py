"""The whole way over cases, with a scripted reader: outcomes, figures, and the questions asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from bot.consultant import Consultant
from bot.domain.approaches import Approach
from bot.domain.problem import Fact, Problem, problem_from_json
from bot.errors import ReaderTimedOut
from bot.evaluation.cases import Case
from bot.evaluation.run import Outcome, run_cases
from bot.evaluation.score import Share, report
from bot.evaluation.table import misses, table
from bot.market.loader import load_market
from bot.reading.port import Message, Reading, Usage

FOUND = {
    "works": (Fact("symptoms", "works_well"),),
    "weather": (Fact("topic", "other"),),
    "policy": (Fact("answer_source", "reference_material"), Fact("symptoms", "made_up_facts")),
}


class Script:
    """Reads by a table of texts; a text that is not in it hangs, as a model may."""

    async def ready(self) -> None:
        """Nothing to load."""

    async def read(self, message: Message) -> Reading:
        if message.text not in FOUND:
            raise ReaderTimedOut("The language model did not answer in time.")
        return Reading(FOUND[message.text], reader="script")


def sheet(**facts: object) -> Problem:
    return problem_from_json({"facts": facts})


def run(*cases: Case) -> tuple[Outcome, ...]:
    consultant = Consultant(reader=Script(), market=load_market(), today=lambda: date(2026, 11, 23))
    return asyncio.run(run_cases(consultant, cases))


def case(text: str, approach: Approach, **more: object) -> Case:
    return Case(text, text, approach, frozenset(), **more)  # type: ignore[arg-type]


def test_each_case_is_read_and_decided_in_its_order() -> None:
    outcomes = run(case("works", Approach.NO_CHANGE), case("weather", Approach.OUT_OF_SCOPE))

    assert [outcome.first.approach for outcome in outcomes if outcome.first] == [
        Approach.NO_CHANGE,
        Approach.OUT_OF_SCOPE,
    ]


def test_a_case_that_cannot_be_read_is_counted_and_never_right() -> None:
    figures = report(run(case("silence", Approach.RAG), case("works", Approach.NO_CHANGE)))

    assert figures.shares["not read"] == Share(1, 2)
    assert figures.shares["acceptable"] == Share(1, 2)


def test_committed_and_wrong_leaves_out_what_only_asks_for_more() -> None:
    figures = report(run(case("works", Approach.RAG), case("policy", Approach.RAG)))

    assert figures.shares["committed and not acceptable"] == Share(1, 2)


def test_facts_are_scored_against_their_labels() -> None:
    labels = sheet(symptoms=["made_up_facts", "wrong_voice"], task="write")

    figures = report(run(case("policy", Approach.RAG, labels=labels)))

    by_name = {row.name: (row.right, row.extra, row.missed) for row in figures.facts}
    assert by_name["symptoms"] == (1, 0, 1)
    assert by_name["answer_source"] == (0, 1, 0)
    assert by_name["task"] == (0, 0, 1)


def test_the_scripted_person_answers_until_nothing_is_asked() -> None:
    knows = sheet(source_access="none", breadth="one_narrow")

    (outcome,) = run(case("policy", Approach.RAG, sheet=knows))

    assert outcome.last is not None
    assert outcome.last.question is None
    assert outcome.last.approach is Approach.RAG
    assert outcome.fewest <= len(outcome.asked)


def test_what_the_model_cost_follows_from_its_tokens_and_its_price() -> None:
    usage = Usage(calls=1, input_tokens=4_000_000, cached_tokens=3_000_000, output_tokens=1_000_000)
    read = tuple(
        replace(outcome, reading=Reading(usage=usage))
        for outcome in run(case("works", Approach.NO_CHANGE))
    )
    luna = load_market().price("gpt-6-luna")

    # One fresh million at 0.10, three cached ones at 0.01, one written at 0.50.
    assert report(read, luna).cost == pytest.approx(0.63)
    assert report(read).cost is None
    assert "0.6300 USD" in table("cases", report(read, luna))


def test_the_interval_is_wilsons() -> None:
    low, high = Share(67, 69).interval

    assert (round(low, 3), round(high, 3)) == (0.9, 0.992)
    assert Share(0, 0).interval == (0.0, 1.0)


@pytest.mark.parametrize("line", ("first choice", "acceptable", "seconds a message", "symptoms"))
def test_the_table_shows(line: str) -> None:
    outcomes = run(case("policy", Approach.RAG, labels=sheet(symptoms=["made_up_facts"])))

    assert line in table("cases", report(outcomes))


def test_misses_are_named_with_the_rule_that_led_there() -> None:
    outcomes = run(case("works", Approach.RAG), case("weather", Approach.OUT_OF_SCOPE))

    assert misses(outcomes) == ("works: WRONG: no_change by nothing-to-fix (decided), settled rag")
