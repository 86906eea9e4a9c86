"""Plan facts and the form of the examples choose the kind within an approach."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import signals as s
from bot.domain.approaches import SUBKINDS, Approach
from bot.domain.classes import classes_of, count_band, options, payback_class, thresholds
from bot.domain.kinds import Direction, kind_of
from bot.domain.market import Market
from bot.domain.view import view_of
from bot.domain.words import first_step
from tests.domain.problems import (
    DAY,
    DISTILLED,
    FEW_CALLS,
    MANY_CALLS,
    MARKET,
    SIZES,
    Given,
    any_facts,
    problem,
    without,
)

A = Approach
FITS = int(thresholds()["context_tokens"].value)
CORPUS = int(thresholds()["cpt_tokens"].value)
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
    "much that nobody waits for is sent as a batch": Kind(
        A.SERVING, "trim", {"pressure": ["volume"]}, "batch"
    ),
    "much that somebody waits for is trimmed": Kind(
        A.SERVING, "trim", {"pressure": ["volume", "latency"]}, "trim"
    ),
    "many labels go to a small classifier": Kind(
        A.DISTILL,
        "large_to_small",
        {"task": "classify", "pressure": ["volume"]},
        "classic_classifier",
    ),
    "many texts go to a small model": Kind(
        A.DISTILL, "large_to_small", {"task": "extract", "pressure": ["volume"]}, "large_to_small"
    ),
    "data that may not be used is cleared first": Kind(
        A.DATA_FIRST,
        "collect",
        {"data_rights": "pending", "examples_quality": "conflicting"},
        "clear_rights",
    ),
    "too few texts to learn a language from": Kind(
        A.FINE_TUNE, "cpt_sft", {"corpus_tokens": CORPUS - 1}, "sft"
    ),
    "texts enough to learn a language from": Kind(
        A.FINE_TUNE, "cpt_sft", {"corpus_tokens": CORPUS}, "cpt_sft"
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


BANDS = {
    0: "under_50",
    49: "under_50",
    49.5: "under_50",
    50: "under_100",
    99: "under_100",
    100: "under_500",
    499: "under_500",
    500: "under_1000",
    999: "under_1000",
    1_000: "under_5000",
    4_999: "under_5000",
    5_000: "under_10000",
    9_999: "under_10000",
    10_000: "plenty",
    10**9: "plenty",
}


def test_a_number_of_examples_falls_into_a_band_whatever_the_job() -> None:
    assert {count: count_band(count) for count in BANDS} == BANDS
    for count, band in BANDS.items():
        for beside in ({}, {"task": "translate"}, {"examples_form": ["preferences"]}):
            of = problem({**beside, "examples_count": count})
            assert classes_of(of, "examples_count", MARKET, DAY) == {band}


class Counted(NamedTuple):
    """Facts beside a number of examples, and the threshold that the number has to reach."""

    facts: Given
    threshold: str


COUNTED = {
    "pairs": Counted({"examples_form": ["pairs"]}, "sft_examples"),
    "form unsaid": Counted({}, "sft_examples"),
    "documents": Counted({"examples_form": ["documents"]}, "sft_examples"),
    "pairs and preferences": Counted({"examples_form": ["pairs", "preferences"]}, "sft_examples"),
    "preferences": Counted({"examples_form": ["preferences"]}, "dpo_pairs"),
    "preferences beside logs": Counted(
        {"examples_form": ["raw_records", "preferences"]}, "dpo_pairs"
    ),
    "what code can check": Counted({"examples_form": ["auto_checkable"]}, "rft_prompts"),
    "preferences that code can check": Counted(
        {"examples_form": ["preferences", "auto_checkable"]}, "rft_prompts"
    ),
    "translations": Counted(
        {"task": "translate", "examples_form": ["pairs"]}, "translation_examples"
    ),
    "preferred translations": Counted(
        {"task": "translate", "examples_form": ["preferences"]}, "translation_examples"
    ),
}


@pytest.mark.parametrize("case", COUNTED.values(), ids=COUNTED)
def test_examples_are_short_barely_enough_or_plenty_by_job_and_form(case: Counted) -> None:
    needed = int(thresholds()[case.threshold].value)
    twice = int(needed * thresholds()["mixed_factor"].value)
    for count in sorted({0, 49, 50, 99, 100, needed - 1, needed, twice - 1, twice, 99_999}):
        state = view_of(problem({**case.facts, "examples_count": count}), MARKET, DAY).state
        assert s.SHORT.holds(state) is (count < needed), count
        assert s.BARELY.holds(state) is (count < twice), count
    uncounted = view_of(problem(case.facts), MARKET, DAY).state
    assert not (s.SHORT | s.BARELY).holds(uncounted)


@pytest.mark.parametrize(
    ("name", "threshold", "below", "above"),
    (
        ("pass_rate", "headroom", "headroom", "headroom_gone"),
        ("test_cases", "test_cases", "few", "enough"),
    ),
)
def test_numbers_are_classed_at_their_threshold(
    name: str, threshold: str, below: str, above: str
) -> None:
    at = thresholds()[threshold].value
    assert classes_of(problem({name: at - 0.5}), name, MARKET, DAY) == {below}
    assert classes_of(problem({name: at}), name, MARKET, DAY) == {above}
    assert {frozenset({below}), frozenset({above})} <= set(options()[name])


@pytest.mark.parametrize("value", ("hosted", "open_weights", "self_host_only", "no"))
def test_what_can_be_tuned_is_offered_or_not(value: str) -> None:
    of = problem({"can_tune": value})
    offered = "offered" if MARKET.offers_open(DAY, value) else "not_offered"
    assert classes_of(of, "can_tune", MARKET, DAY) == {value, offered}
    assert classes_of(of, "can_tune", NO_MARKET, DAY) == {value, "not_offered"}


MANY_BY_THE_HOUR: Given = {**MANY_CALLS, "calls_per_month": 2_000_000}
PAYS = {
    "many calls of a long prompt": (MANY_CALLS, {"pays"}),
    "a few calls": (FEW_CALLS, {"never"}),
    "no calls": ({**MANY_CALLS, "calls_per_month": 0}, {"never"}),
    "three sizes of four": (without(FEW_CALLS, "output_tokens"), set()),
    "no sizes": ({}, set()),
    "many calls, and a small model that passes": (
        {**MANY_CALLS, "smaller_model": "passes"},
        {"never"},
    ),
    "too few for machines by the hour": (
        {**MANY_BY_THE_HOUR, "can_tune": "open_weights"},
        {"never"},
    ),
    "too few for machines at home": (
        {**MANY_BY_THE_HOUR, "pressure": ["self_host"]},
        {"never"},
    ),
    "enough where it is hosted": ({**MANY_BY_THE_HOUR, "can_tune": "hosted"}, {"pays"}),
}


@pytest.mark.parametrize(("facts", "expected"), PAYS.values(), ids=PAYS)
def test_training_pays_back_or_never_does(facts: Given, expected: set[str]) -> None:
    base = without({**DISTILLED, "can_tune": "hosted"}, *SIZES)
    assert payback_class(problem({**base, **facts}), MARKET, DAY) == expected


def test_whether_it_pays_is_open_while_it_hangs_on_what_may_be_tuned() -> None:
    unknown = without({**DISTILLED, **MANY_BY_THE_HOUR}, "can_tune")
    assert payback_class(problem(unknown), MARKET, DAY) == set()
    for sizes, expected in ((FEW_CALLS, {"never"}), (MANY_CALLS, {"pays"})):
        assert payback_class(problem({**unknown, **sizes}), MARKET, DAY) == expected


def test_a_contested_size_is_no_size() -> None:
    contested = {**DISTILLED, "calls_per_month": [40_000_000, 60_000]}
    assert payback_class(problem(contested), MARKET, DAY) == set()
