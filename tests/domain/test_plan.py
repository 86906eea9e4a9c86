"""A plan names the unmet steps in their order; measuring comes before training."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import signals as s
from bot.domain import words
from bot.domain.approaches import Approach
from bot.domain.plan import STEPS, in_words, plan_for
from bot.domain.signals import SIGNALS
from tests.domain.problems import state_of

ADVISING = [a for a in Approach if a not in {Approach.NEED_INFO, Approach.OUT_OF_SCOPE}]
ORDER = list(dict.fromkeys(step.id for step in STEPS))
PILOTS = {"lora-pilot", "distil-pilot"}
SUPPLY = {"supply-knowledge", "live-lookup"}


class Planned(NamedTuple):
    """An approach and the signals that are on: steps that stand in the plan, and that do not."""

    approach: Approach
    on: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


PLANS = {
    "training with nothing known starts with the failures": Planned(
        Approach.FINE_TUNE,
        (),
        ("read-failures", "build-test", "clear-prompt", "clear-rights", "collect-examples"),
        ("supply-knowledge", "live-lookup", "structured-output", "decompose"),
    ),
    "a scored test need not be built": Planned(
        Approach.FINE_TUNE, ("SCORED",), ("lora-pilot",), ("read-failures", "build-test")
    ),
    "a scored test of a few cases has to grow": Planned(
        Approach.FINE_TUNE, ("SCORED", "FEW_TESTS"), ("build-test",), ()
    ),
    "a test that cannot tell has to be built again": Planned(
        Approach.EVALS_FIRST, ("SCORED", "MEASUREMENT_FAULT"), ("read-failures", "build-test"), ()
    ),
    "a thorough prompt need not be written": Planned(
        Approach.PROMPT, ("THOROUGH",), ("re-measure",), ("clear-prompt",)
    ),
    "cleared rights are no step": Planned(
        Approach.DISTILL, ("RIGHTS_CLEARED",), ("distil-pilot",), ("clear-rights",)
    ),
    "blocked rights come first in putting the data right": Planned(
        Approach.DATA_FIRST, ("RIGHTS_BLOCKED",), ("clear-rights", "interim-examples"), ()
    ),
    "enough examples need not be collected": Planned(
        Approach.FINE_TUNE, ("PAIRED",), ("lora-pilot",), ("collect-examples",)
    ),
    "too few examples have to grow": Planned(
        Approach.FINE_TUNE, ("PAIRED", "UNDER_50"), ("collect-examples", "lora-pilot"), ()
    ),
    "too few preferences have to grow": Planned(
        Approach.FINE_TUNE, ("PREFERRED", "UNDER_500"), ("collect-examples", "lora-pilot"), ()
    ),
    "some preferences beside pairs are enough": Planned(
        Approach.FINE_TUNE, ("PAIRED", "PREFERRED", "UNDER_500"), (), ("collect-examples",)
    ),
    "too few translations have to grow": Planned(
        Approach.FINE_TUNE, ("TRANSLATE", "PAIRED", "UNDER_5000"), ("collect-examples",), ()
    ),
    "documents that do not reach the model are supplied": Planned(
        Approach.RAG, ("REFERENCE",), ("supply-knowledge",), ("live-lookup", "lora-pilot")
    ),
    "live values are looked up": Planned(
        Approach.WORKFLOW, ("LIVE",), ("live-lookup",), ("supply-knowledge",)
    ),
    "training beside a knowledge gap collects examples with passages": Planned(
        Approach.FINE_TUNE,
        ("REFERENCE",),
        ("supply-knowledge", "collect-with-passages", "lora-pilot"),
        ("collect-examples",),
    ),
    "documents in the prompt need no supply": Planned(
        Approach.PROMPT, ("REFERENCE", "IN_PROMPT"), ("clear-prompt",), ("supply-knowledge",)
    ),
    "broken form is enforced": Planned(
        Approach.WORKFLOW, ("FORMAT",), ("structured-output",), ("decompose",)
    ),
    "enforced form is no step": Planned(
        Approach.WORKFLOW, ("FORMAT", "ENFORCED"), ("re-measure",), ("structured-output",)
    ),
    "many jobs are taken apart": Planned(Approach.WORKFLOW, ("OPEN_ENDED",), ("decompose",), ()),
    "wrong records are cleaned and not collected": Planned(
        Approach.DATA_FIRST,
        ("SOURCE_FAULT",),
        ("clean-source",),
        ("collect-examples", "interim-examples"),
    ),
    "labels in dispute need a guide": Planned(
        Approach.DATA_FIRST, ("LABEL_FAULT",), ("interim-examples", "label-guide"), ()
    ),
    "lost abilities need general examples": Planned(
        Approach.DATA_FIRST, ("LOST_ABILITIES",), ("mix-general",), ()
    ),
    "cost goes from trimming to a smaller model": Planned(
        Approach.SERVING,
        ("COST_OR_LATENCY",),
        ("trim", "cache", "smaller-model", "batch"),
        ("distil-pilot", "read-failures"),
    ),
    "what is only slow is not batched": Planned(
        Approach.SERVING, ("SLOW_OR_DEAR",), ("trim",), ("batch",)
    ),
    "teaching a small model comes after the cheap means": Planned(
        Approach.DISTILL,
        ("COST_OR_LATENCY",),
        ("trim", "cache", "smaller-model", "distil-pilot", "before-release"),
        ("lora-pilot", "double-data"),
    ),
    "what needs no model is built and compared": Planned(
        Approach.NOT_LLM, (), ("build-test", "classic-baseline"), ("read-failures",)
    ),
    "what works is watched": Planned(
        Approach.NO_CHANGE, (), ("watch",), ("build-test", "re-measure")
    ),
    "too little said has no plan": Planned(Approach.NEED_INFO, ("REFERENCE",), (), tuple(ORDER)),
    "another topic has no plan": Planned(Approach.OUT_OF_SCOPE, ("OTHER_TOPIC",), (), tuple(ORDER)),
}

STATES = st.sets(st.sampled_from([signal.bit for signal in SIGNALS])).map(sum)


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS)
def test_steps_stand_where_they_belong_and_are_not_met(case: Planned) -> None:
    plan = plan_for(case.approach, state_of(*case.on))
    assert set(case.has) <= set(plan)
    assert not set(case.lacks) & set(plan)
    assert [step for step in plan if step in case.has] == list(case.has)


@given(st.sampled_from(Approach), STATES)
def test_steps_come_once_and_have_words(approach: Approach, state: int) -> None:
    plan = plan_for(approach, state)
    assert len(set(plan)) == len(plan)
    shown = in_words(plan)
    assert [step["id"] for step in shown] == list(plan)
    assert all(step["text"] == words.step(step["id"]) for step in shown)


@given(st.sampled_from(ADVISING), STATES)
def test_advice_always_has_a_step(approach: Approach, state: int) -> None:
    assert plan_for(approach, state)


@given(st.sampled_from((Approach.FINE_TUNE, Approach.DISTILL)), STATES)
def test_measuring_rights_and_supply_come_before_training(approach: Approach, state: int) -> None:
    plan = plan_for(approach, state)
    pilot = next(place for place, step in enumerate(plan) if step in PILOTS)
    before = set(plan[:pilot])
    measured = s.SCORED.holds(state) and not (s.FEW_TESTS | s.MEASUREMENT_FAULT).holds(state)
    assert ("build-test" in before) is not measured
    assert "re-measure" in before
    assert ("clear-rights" in before) is not s.RIGHTS_CLEARED.holds(state)
    assert bool(SUPPLY & before) is s.KNOWLEDGE_GAP.holds(state)
    assert not SUPPLY & set(plan[pilot:])


NOT_ASKED_TO_SUPPLY = [a for a in ADVISING if a not in {Approach.NO_CHANGE, Approach.RAG}]


@given(STATES)
def test_advice_to_supply_knowledge_has_the_step_that_does(state: int) -> None:
    assert SUPPLY & set(plan_for(Approach.RAG, state))


@given(st.sampled_from(NOT_ASKED_TO_SUPPLY), STATES)
def test_knowledge_is_supplied_just_where_there_is_a_gap(approach: Approach, state: int) -> None:
    assert bool(SUPPLY & set(plan_for(approach, state))) is s.KNOWLEDGE_GAP.holds(state)


@given(STATES)
def test_putting_the_data_right_has_a_step_that_helps_today(state: int) -> None:
    assert {"interim-examples", "clean-source"} & set(plan_for(Approach.DATA_FIRST, state))


@given(st.sampled_from(ADVISING), STATES)
def test_only_training_trains(approach: Approach, state: int) -> None:
    assert bool(PILOTS & set(plan_for(approach, state))) is approach.trains


def test_every_step_stands_in_some_plan() -> None:
    states = [0, *(signal.bit for signal in SIGNALS), state_of("REFERENCE", "FOUND")]
    planned = {step for a in Approach for state in states for step in plan_for(a, state)}
    assert planned == {step.id for step in STEPS}
