"""Gates (I2): training is decided just where all are open, read off the contract, not the code."""

from __future__ import annotations

from itertools import combinations, product
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.approaches import Approach, Status
from bot.domain.classes import payback_class, thresholds
from bot.domain.facts import Kind, attribute_named
from bot.domain.gates import GATES
from bot.domain.problem import Basis, Problem
from tests.domain.problems import (
    DAY,
    DISTILLED,
    MARKET,
    TRAINED,
    Facts,
    Given,
    answer_to,
    based,
    decided,
    problem,
    without,
)


class Gated(NamedTuple):
    """A problem that trains with every gate open, and what its gates read."""

    base: Given
    approach: Approach
    gates: tuple[str, ...]


_SHARED = (
    "measurement",
    "test_cases",
    "breadth",
    "examples_form",
    "examples_count",
    "examples_match",
    "examples_quality",
    "behaviour_changes",
    "data_rights",
    "can_tune",
    "owner",
)
BASES = {
    "fine_tune": Gated(TRAINED, Approach.FINE_TUNE, ("instruction_effort", "pass_rate", *_SHARED)),
    "distill": Gated(
        DISTILLED, Approach.DISTILL, ("bigger_model", "calls_per_month", "output_tokens", *_SHARED)
    ),
}
NUMBERS: dict[str, tuple[int, ...]] = {
    "pass_rate": (80, 97),
    "test_cases": (29, 30),
    "examples_count": (10, 60, 2_000),
    "calls_per_month": (60_000, 40_000_000),
    "output_tokens": (150,),
}


def answers_to(name: str) -> list[object]:
    """Return a few bare values of a fact, and None for nothing known."""
    if name in NUMBERS:
        return [None, *NUMBERS[name]]
    values = [value.name for value in attribute_named(name).values]
    return [None, *([value] for value in values)] if name == "examples_form" else [None, *values]


def is_ready(approach: Approach, of: Problem) -> bool:
    """Whether every gate of the contract's table is open."""
    form = of.values("examples_form")
    answered = bool(form & {"pairs", "preferences", "auto_checkable"})
    count = of.number("examples_count") or 0
    needed = examples_needed(of)
    twice = needed * thresholds()["mixed_factor"].value
    shared = (
        of.values("measurement") == {"scored_set"},
        (of.number("test_cases") or 0) >= thresholds()["test_cases"].value,
        bool(of.values("breadth") & {"one_narrow", "few_fixed"}),
        of.values("behaviour_changes") == {"stable"},
        of.values("data_rights") == {"cleared"},
        bool(of.values("examples_quality") & {"clean", *(["mixed"] if count >= twice else [])}),
        count >= needed,
        any(MARKET.offers_open(DAY, str(value)) for value in of.values("can_tune")),
        bool(of.values("owner") & {"api_team", "ml_team"}),
    )
    if approach is Approach.FINE_TUNE:
        rate = of.number("pass_rate")
        room = rate is not None and rate < thresholds()["headroom"].value
        effort = bool(of.values("instruction_effort") & {"with_examples", "plateaued"})
        kind = of.values("examples_match") == {"right_kind"}
        return all((*shared, room, effort, answered, kind))
    # A large model can label raw records of whatever kind they are.
    inputs = answered or "raw_records" in form
    fitting = {"right_kind", "public_or_synthetic", *(["wrong_kind"] if not answered else [])}
    kind = bool(of.values("examples_match") & fitting)
    teacher = "passes" in of.values("bigger_model") or "works_well" in of.values("symptoms")
    pays = payback_class(of, MARKET, DAY) == {"pays"}
    return all((*shared, inputs, kind, teacher, pays))


def examples_needed(of: Problem) -> float:
    """Return how many examples are enough, by the contract's figures for each kind."""
    if "translate" in of.values("task"):
        return thresholds()["translation_examples"].value
    preferred = "preferences" in of.values("examples_form")
    if preferred and not of.values("examples_form") & {"pairs", "auto_checkable"}:
        return thresholds()["dpo_pairs"].value
    return thresholds()["sft_examples"].value


def changed(gated: Gated, names: tuple[str, ...]) -> list[Facts]:
    """Return the base with every combination of answers to these facts."""
    return [
        {**without(gated.base, *names), **{n: v for n, v in zip(names, answer, strict=True) if v}}
        for answer in product(*map(answers_to, names))
    ]


@pytest.mark.parametrize("gated", BASES.values(), ids=BASES)
def test_training_is_decided_just_with_every_gate_open(gated: Gated) -> None:
    pairs = [*combinations(gated.gates, 1), *combinations(gated.gates, 2)]
    together = ("examples_form", "examples_count", "examples_match")
    for facts in (facts for names in (*pairs, together) for facts in changed(gated, names)):
        of = problem(facts)
        answer = decided(of)
        if not answer.approach.trains:
            continue
        ready = is_ready(answer.approach, of)
        assert (answer.status is Status.DECIDED) is ready, facts
        assert bool(answer.conditions) is not ready, facts


@pytest.mark.parametrize("gated", BASES.values(), ids=BASES)
def test_training_is_decided_on_what_was_stated_confirmed_or_measured(gated: Gated) -> None:
    for basis in (Basis.STATED, Basis.CONFIRMED, Basis.MEASURED):
        answer = answer_to(based(gated.base, basis.value))
        assert (answer.approach, answer.status) == (gated.approach, Status.DECIDED)
    implied = answer_to(based(gated.base, Basis.IMPLIED.value))
    assert (implied.approach, implied.status) == (gated.approach, Status.CONDITIONAL)


def gate_facts(approach: Approach) -> list[str]:
    """Return all facts on which a gate to this approach rests, those that open it otherwise too."""
    needed = [name for gate in GATES if approach in gate.guards for name in gate.facts]
    return list(dict.fromkeys(needed))


ON_GATES = [(base, name) for base, gated in BASES.items() for name in gate_facts(gated.approach)]


@pytest.mark.parametrize(
    ("base", "name"), ON_GATES, ids=[f"{base}: {name}" for base, name in ON_GATES]
)
def test_a_gate_stays_a_condition_while_its_fact_is_merely_implied(base: str, name: str) -> None:
    facts = {**BASES[base].base}
    facts.update(based({name: facts[name]}, Basis.IMPLIED.value))
    answer = answer_to(facts)
    assert answer.approach is BASES[base].approach
    if (base, name) == ("distill", "bigger_model"):
        # The model itself works well, which was stated: it can teach.
        assert answer.status is Status.DECIDED
        facts.update(based({"symptoms": facts["symptoms"]}, Basis.IMPLIED.value))
        answer = answer_to(facts)
    assert answer.status is Status.CONDITIONAL
    assert {needed.fact for needed in answer.conditions} == {name}


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(list(BASES.values())), st.data())
def test_each_gate_that_rests_on_something_implied_is_a_condition(
    gated: Gated, data: st.DataObject
) -> None:
    names = sorted(set(gate_facts(gated.approach)) - {"bigger_model"})
    implied = data.draw(st.sets(st.sampled_from(names)))
    facts: Facts = {**gated.base}
    facts.update(based({name: facts[name] for name in implied}, Basis.IMPLIED.value))
    answer = answer_to(facts)
    assert answer.approach is gated.approach
    assert (answer.status is Status.DECIDED) is (not implied)
    assert {needed.fact for needed in answer.conditions} <= implied
    resting = [gate for gate in GATES if set(gate.facts) & implied]
    unopened = [gate for gate in resting if gated.approach in gate.guards]
    assert len(answer.conditions) == len(unopened)


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(list(BASES.values())), st.data())
def test_no_basis_but_implied_changes_the_answer(gated: Gated, data: st.DataObject) -> None:
    firm = st.sampled_from(("stated", "confirmed", "measured"))
    facts: Facts = {}
    for name, value in gated.base.items():
        facts.update(based({name: value}, data.draw(firm)))
    assert answer_to(facts).as_json()["status"] == "decided"


@pytest.mark.parametrize("gated", BASES.values(), ids=BASES)
def test_a_contested_fact_opens_no_gate(gated: Gated) -> None:
    for name in gate_facts(gated.approach):
        attribute = attribute_named(name)
        if attribute.kind is Kind.MANY:
            continue
        value = gated.base[name]
        other = 7 if attribute.kind is Kind.NUMBER else attribute.values[0].name
        if other == value:
            other = attribute.values[1].name
        answer = answer_to({**gated.base, name: [value, other]})
        if (gated.approach, name) == (Approach.DISTILL, "bigger_model"):
            continue
        assert answer.status is Status.CONDITIONAL, name
        if answer.approach is gated.approach:
            assert name in {needed.fact for needed in answer.conditions}
