"""Plan facts and the form of the examples choose the kind within an approach."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.approaches import SUBKINDS, Approach
from bot.domain.classes import classes_of, examples_needed, payback_class, thresholds
from bot.domain.kinds import Direction, kind_of
from bot.domain.market import Market
from bot.domain.view import view_of
from bot.domain.words import first_step
from tests.domain.problems import DAY, DISTILLED, FEW_CALLS, MARKET, Given, any_facts, problem

A = Approach
FITS = int(thresholds()["context_tokens"].value)
PAIRS = int(thresholds()["dpo_pairs"].value)
NO_MARKET = Market((), ())


class Kind(NamedTuple):
    """A direction and the facts beside it: the kind that comes out."""

    approach: Approach
    subkind: str | None
    facts: Given
    kind: str | None


KINDS = {
    "material that fits goes into the prompt": Kind(
        A.RAG, "retrieval", {"corpus_tokens": FITS}, "long_context"
    ),
    "material that does not fit is searched": Kind(
        A.RAG, "retrieval", {"corpus_tokens": FITS + 1}, "retrieval"
    ),
    "material of unknown size is searched": Kind(A.RAG, "retrieval", {}, "retrieval"),
    "what each user may see differs, so it is searched": Kind(
        A.RAG, "retrieval", {"corpus_tokens": 9, "per_user_access": True}, "retrieval"
    ),
    "all users may see all of it": Kind(
        A.RAG, "retrieval", {"corpus_tokens": 9, "per_user_access": False}, "long_context"
    ),
    "a search that finds the wrong things is mended": Kind(
        A.RAG, "retrieval", {"source_access": "retrieval_bad"}, "fix_retrieval"
    ),
    "a search that nobody measured is looked into": Kind(
        A.RAG,
        "retrieval",
        {"source_access": "retrieval_unmeasured", "corpus_tokens": 9},
        "fix_retrieval",
    ),
    "a search at fault stays so, whatever the size": Kind(
        A.RAG, "fix_retrieval", {"corpus_tokens": 9}, "fix_retrieval"
    ),
    "pairs are trained on as they are": Kind(
        A.FINE_TUNE, "sft", {"examples_form": ["pairs", "preferences", "auto_checkable"]}, "sft"
    ),
    "many preferences": Kind(
        A.FINE_TUNE, "sft", {"examples_form": ["preferences"], "examples_count": PAIRS}, "dpo"
    ),
    "a few preferences": Kind(
        A.FINE_TUNE, "sft", {"examples_form": ["preferences"], "examples_count": PAIRS - 1}, "sft"
    ),
    "preferences, nobody counted": Kind(
        A.FINE_TUNE, "sft", {"examples_form": ["preferences"]}, "sft"
    ),
    "nothing said of the examples": Kind(A.FINE_TUNE, "sft", {}, "sft"),
    "a language to learn first": Kind(
        A.FINE_TUNE, "cpt_sft", {"examples_form": ["documents", "preferences"]}, "cpt_sft"
    ),
    "labels in dispute": Kind(
        A.DATA_FIRST, "collect", {"examples_quality": "conflicting"}, "fix_labels"
    ),
    "examples of another kind": Kind(
        A.DATA_FIRST, "collect", {"examples_match": "wrong_kind"}, "right_kind"
    ),
    "documents have to be made into pairs": Kind(
        A.DATA_FIRST, "collect", {"examples_form": ["documents"]}, "make_pairs"
    ),
    "logs have to be made into pairs": Kind(
        A.DATA_FIRST, "collect", {"examples_form": ["raw_records"]}, "make_pairs"
    ),
    "some pairs beside the logs": Kind(
        A.DATA_FIRST, "collect", {"examples_form": ["raw_records", "pairs"]}, "collect"
    ),
    "no examples at all": Kind(A.DATA_FIRST, "collect", {"examples_form": ["none"]}, "collect"),
    "another kind of putting right stays": Kind(
        A.DATA_FIRST, "clean_source", {"examples_quality": "conflicting"}, "clean_source"
    ),
    "a long prompt that repeats is cached": Kind(
        A.SERVING,
        "trim",
        {"prompt_tokens_static": 900, "prompt_tokens_dynamic": 100},
        "cache",
    ),
    "a prompt that always differs is trimmed": Kind(
        A.SERVING, "trim", {"prompt_tokens_static": 100, "prompt_tokens_dynamic": 900}, "trim"
    ),
    "a smaller model stays one": Kind(
        A.SERVING, "smaller_model", {"prompt_tokens_static": 900}, "smaller_model"
    ),
    "steps in other systems": Kind(A.WORKFLOW, "actions", {"task": "act"}, "actions"),
    "many turns without other systems": Kind(
        A.WORKFLOW, "actions", {"task": "converse"}, "decompose"
    ),
    "a prompt stays as it is": Kind(A.PROMPT, "ground", {"examples_form": ["documents"]}, "ground"),
    "no change has no kind": Kind(A.NO_CHANGE, None, {}, None),
}


@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS)
def test_facts_choose_the_kind(case: Kind) -> None:
    of = problem(case.facts)
    state = view_of(of, MARKET, DAY).state
    direction = (case.approach, case.subkind)
    assert kind_of(direction, of, state, rft_open=False) == case.kind


def test_answers_that_code_can_check_need_a_model_that_can_be_trained_so() -> None:
    of = problem({"examples_form": ["auto_checkable"]})
    assert kind_of((A.FINE_TUNE, "sft"), of, 0, rft_open=True) == "rft"
    assert kind_of((A.FINE_TUNE, "sft"), of, 0, rft_open=False) == "sft"


DIRECTIONS: list[Direction] = [
    (a, kind) for a, kinds in SUBKINDS.items() for kind in (kinds or (None,))
]


@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("rft_open", (True, False))
@given(direction=st.sampled_from(DIRECTIONS), facts=any_facts())
def test_whatever_is_known_the_kind_belongs_to_the_approach_and_has_a_first_step(
    direction: Direction, facts: Given, *, rft_open: bool
) -> None:
    approach, _ = direction
    of = problem(facts)
    kind = kind_of(direction, of, view_of(of, MARKET, DAY).state, rft_open=rft_open)
    assert (kind in SUBKINDS[approach]) if SUBKINDS[approach] else kind is None
    assert first_step(approach.value, kind)


class Counted(NamedTuple):
    """Facts beside a number of examples, and the threshold that the number has to reach."""

    facts: Given
    threshold: str


COUNTED = {
    "pairs": Counted({"examples_form": ["pairs"]}, "sft_examples"),
    "form unsaid": Counted({}, "sft_examples"),
    "pairs and preferences": Counted({"examples_form": ["pairs", "preferences"]}, "sft_examples"),
    "preferences": Counted({"examples_form": ["preferences"]}, "dpo_pairs"),
    "what code can check": Counted({"examples_form": ["auto_checkable"]}, "rft_prompts"),
    "translations": Counted(
        {"task": "translate", "examples_form": ["pairs"]}, "translation_examples"
    ),
}


@pytest.mark.parametrize("case", COUNTED.values(), ids=COUNTED)
def test_examples_are_short_just_enough_or_plenty_by_their_kind(case: Counted) -> None:
    needed = examples_needed(problem(case.facts))
    assert needed == thresholds()[case.threshold]
    twice = needed.value * thresholds()["mixed_factor"].value
    expected = {
        needed.value - 1: "short",
        needed.value: "enough_if_clean",
        twice - 1: "enough_if_clean",
        twice: "enough",
    }
    for count, name in expected.items():
        of = problem({**case.facts, "examples_count": count})
        assert classes_of(of, "examples_count", MARKET, DAY) == {name}


@pytest.mark.parametrize(
    ("name", "threshold", "below", "above"),
    (
        ("pass_rate", "headroom", {"headroom"}, {"headroom_gone"}),
        ("test_cases", "test_cases", {"few"}, set()),
    ),
)
def test_numbers_are_classed_at_their_threshold(
    name: str, threshold: str, below: set[str], above: set[str]
) -> None:
    at = thresholds()[threshold].value
    assert classes_of(problem({name: at - 0.5}), name, MARKET, DAY) == below
    assert classes_of(problem({name: at}), name, MARKET, DAY) == above


@pytest.mark.parametrize("value", ("hosted", "open_weights", "self_host_only", "no"))
def test_what_can_be_tuned_is_offered_or_not(value: str) -> None:
    of = problem({"can_tune": value})
    offered = "offered" if MARKET.offers_open(DAY, value) else "not_offered"
    assert classes_of(of, "can_tune", MARKET, DAY) == {value, offered}
    assert classes_of(of, "can_tune", NO_MARKET, DAY) == {value, "not_offered"}


MANY_CALLS: Given = {
    "calls_per_month": 40_000_000,
    "prompt_tokens_static": 700,
    "prompt_tokens_dynamic": 500,
    "output_tokens": 150,
}
PAYS = {
    "many calls of a long prompt": (MANY_CALLS, set()),
    "a few calls": (FEW_CALLS, {"never"}),
    "no calls": ({**MANY_CALLS, "calls_per_month": 0}, {"never"}),
    "three sizes of four": ({k: v for k, v in FEW_CALLS.items() if k != "output_tokens"}, set()),
    "no sizes": ({}, set()),
    "many calls, and a small model that passes": (
        {**MANY_CALLS, "smaller_model": "passes"},
        {"never"},
    ),
}


@pytest.mark.parametrize(("sizes", "expected"), PAYS.values(), ids=PAYS)
def test_training_pays_back_or_never_does(sizes: Given, expected: set[str]) -> None:
    facts = {**DISTILLED, "can_tune": "hosted", **sizes}
    assert payback_class(problem(facts), MARKET, DAY) == expected
