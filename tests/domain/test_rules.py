"""Every rule and every gate can be reached by facts that people state.

The order of the rules and their thresholds may be tuned: then this table changes, and no other
test of the domain does.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bot.domain import words
from bot.domain.approaches import SUBKINDS, Approach
from bot.domain.classes import thresholds
from bot.domain.decide import MAX_QUESTIONS
from bot.domain.diagrams import FALSE
from bot.domain.facts import VOCABULARY, Kind, attribute_named
from bot.domain.gates import GATES
from bot.domain.proof import Rulebook
from bot.domain.rules import RULES
from tests.domain.problems import (
    DISTILLED,
    FEW_CALLS,
    SIZES,
    TRAINED,
    Given,
    answer_to,
    without,
)


class Case(NamedTuple):
    """A situation in its facts: the rule that must fire for it, and what must come out."""

    rule: str
    approach: str
    facts: Given


CASES = {
    # 0. What ends the question.
    "a cake recipe": Case("other-topic", "out_of_scope", {"topic": "other"}),
    "the exact stock level of an article": Case(
        "exact-value-to-look-up",
        "workflow",
        {"task": "answer_from_material", "answer_source": ["exact_rule", "live_system"]},
    ),
    "check digits of account numbers": Case(
        "code-is-enough", "not_llm", {"task": "classify", "answer_source": ["exact_rule"]}
    ),
    "a regular expression was shown to be enough": Case(
        "code-is-enough", "not_llm", {"task": "extract", "simpler_method": "meets_need"}
    ),
    # 1. Good already, or nobody can tell.
    "not good enough, and no word of what for": Case(
        "neither-job-nor-source-said", "need_info", {"symptoms": ["not_accurate_enough"]}
    ),
    "an idea, and no word of what for": Case(
        "neither-job-nor-source-said", "need_info", {"symptoms": ["nothing_built"]}
    ),
    "two good prompts that differ by noise": Case(
        "no-difference-to-gain", "no_change", {"symptoms": ["works_well"], "fault": ["measurement"]}
    ),
    "tuned for the house's voice, with a prompt of two lines that was seen to be at fault": Case(
        "tuned-before-prompted",
        "prompt",
        {
            "task": "write",
            "answer_source": ["own_way"],
            "symptoms": ["wrong_voice"],
            "fault": ["instruction", "training_data"],
            "tuned_before": "harmed",
        },
    ),
    "tuned on examples in another format": Case(
        "tuned-on-wrong-examples",
        "data_first",
        {"symptoms": ["training_did_not_take"], "fault": ["training_data"]},
    ),
    "a judge that scores at random": Case(
        "test-cannot-tell", "evals_first", {"symptoms": ["inconsistent"], "fault": ["measurement"]}
    ),
    "summaries that everybody likes": Case(
        "nothing-to-fix", "no_change", {"task": "transform", "symptoms": ["works_well"]}
    ),
    "97 of 100 cases pass": Case(
        "nothing-to-fix", "no_change", {"measurement": "scored_set", "pass_rate": 97}
    ),
    "nobody can say how good the replies are": Case(
        "quality-unknown", "evals_first", {"task": "write", "symptoms": ["quality_unknown"]}
    ),
    "one instruction for ten jobs, rewritten often": Case(
        "many-jobs-in-one-instruction",
        "workflow",
        {
            "breadth": "open",
            "symptoms": ["ignores_instruction"],
            "fault": ["instruction"],
            "instruction_effort": "iterated",
        },
    ),
    # 2. A part that was seen to fail.
    "the wrong chat template": Case(
        "served-wrongly", "serving", {"symptoms": ["rambles"], "fault": ["serving"]}
    ),
    "two manuals that contradict each other": Case(
        "content-is-wrong",
        "data_first",
        {"answer_source": ["reference_material"], "fault": ["source_content"]},
    ),
    "the search finds the wrong pages": Case(
        "search-finds-wrong",
        "rag",
        {"answer_source": ["reference_material"], "source_access": "retrieval_bad"},
    ),
    "the pasted page cures it": Case(
        "search-finds-wrong", "rag", {"symptoms": ["made_up_facts"], "fault": ["retrieval"]}
    ),
    "the price feed is a day old": Case(
        "tool-returns-wrong", "workflow", {"symptoms": ["outdated_facts"], "fault": ["tool"]}
    ),
    "tables are lost while documents are cut up": Case(
        "material-lost-on-the-way",
        "rag",
        {
            "answer_source": ["reference_material"],
            "symptoms": ["made_up_facts"],
            "fault": ["pipeline"],
        },
    ),
    "the history is cut off": Case(
        "code-around-fails", "workflow", {"symptoms": ["loses_track"], "fault": ["pipeline"]}
    ),
    "a clearer sentence cured it": Case(
        "instruction-at-fault", "prompt", {"symptoms": ["wrong_voice"], "fault": ["instruction"]}
    ),
    "the sums belong in code": Case(
        "one-step-is-code",
        "workflow",
        {"symptoms": ["wrong_label_or_value"], "simpler_method": "one_step"},
    ),
    "experts disagree on the gold labels": Case(
        "labels-at-fault",
        "data_first",
        {"task": "classify", "symptoms": ["wrong_label_or_value"], "fault": ["labels"]},
    ),
    # 3. Cost.
    "a keyword list would do": Case(
        "simpler-likely", "not_llm", {"task": "classify", "simpler_method": "likely"}
    ),
    "next month's sales": Case("not-language", "not_llm", {"task": "predict"}),
    "the cheap model looks as good, nobody measured": Case(
        "smaller-only-looks-enough",
        "evals_first",
        {"pressure": ["cost"], "smaller_model": "passes", "measurement": "eyeballing"},
    ),
    "the cheap model is as good": Case(
        "smaller-is-enough",
        "serving",
        {"symptoms": ["works_well"], "pressure": ["cost"], "smaller_model": "passes"},
    ),
    "queries that do not run, with the schema pasted in": Case(
        "code-without-examples",
        "prompt",
        {
            "task": "formal_output",
            "answer_source": ["reference_material"],
            "source_access": "in_prompt",
            "symptoms": ["invalid_query_or_code"],
        },
    ),
    "the whole manual in every prompt": Case(
        "pasted-too-much",
        "rag",
        {
            "answer_source": ["reference_material"],
            "source_access": "in_prompt",
            "symptoms": ["ignores_given_context", "too_expensive"],
        },
    ),
    "the large one can, and our own examples show it": Case(
        "own-examples-for-a-small-model",
        "fine_tune",
        {
            "task": "extract",
            "symptoms": ["wrong_label_or_value"],
            "pressure": ["volume"],
            "bigger_model": "passes",
            "instruction_effort": "with_examples",
            "examples_form": ["pairs"],
            "examples_count": 2_000,
        },
    ),
    "the large one can, the small one has to": Case(
        "big-one-passes",
        "distill",
        {
            "task": "extract",
            "symptoms": ["wrong_label_or_value"],
            "pressure": ["volume"],
            "bigger_model": "passes",
        },
    ),
    "good, repeated, and too dear": Case(
        "good-but-dear-and-repeated",
        "distill",
        {"task": "extract", "symptoms": ["works_well", "too_expensive"]},
    ),
    "good answers from long documents, too dear": Case(
        "good-but-dear",
        "serving",
        {
            "answer_source": ["reference_material"],
            "source_access": "in_prompt",
            "symptoms": ["works_well", "too_expensive"],
        },
    ),
    "a hundred thousand labelled mails, too slow": Case(
        "classic-classifier",
        "not_llm",
        {
            "task": "classify",
            "symptoms": ["too_slow"],
            "examples_form": ["pairs"],
            "examples_count": 100_000,
        },
    ),
    # 4. Knowledge.
    "orders that nothing looks up": Case(
        "live-value-not-fetched",
        "workflow",
        {"answer_source": ["live_system"], "symptoms": ["made_up_facts"]},
    ),
    "calls the wrong tool": Case(
        "tool-misused",
        "prompt",
        {"task": "act", "source_access": "tool", "symptoms": ["tool_misused"]},
    ),
    "still calls the wrong tool after everything, and right calls were kept": Case(
        "tool-misused-after-all-else",
        "fine_tune",
        {
            "task": "act",
            "source_access": "tool",
            "symptoms": ["tool_misused"],
            "instruction_effort": "plateaued",
            "measurement": "scored_set",
            "examples_form": ["pairs"],
            "examples_count": 2000,
        },
    ),
    "cannot chat any more since the training": Case(
        "training-forgot",
        "data_first",
        {"symptoms": ["lost_abilities"], "tuned_before": "mixed"},
    ),
    "trained on the manual, still invents": Case(
        "trained-in-facts",
        "rag",
        {
            "answer_source": ["reference_material"],
            "source_access": "trained_in",
            "symptoms": ["made_up_facts"],
            "tuned_before": "no_gain",
        },
    ),
    "tuned on forum posts, no better": Case(
        "tuned-on-wrong-data",
        "data_first",
        {"symptoms": ["wrong_voice"], "tuned_before": "no_gain"},
    ),
    "wrong answers from the manual, and all prompting tried": Case(
        "there-or-not-unsaid",
        "need_info",
        {
            "answer_source": ["reference_material"],
            "symptoms": ["not_accurate_enough"],
            "instruction_effort": "plateaued",
        },
    ),
    "a search over the manual, and no complaint": Case(
        "searched-and-no-complaint",
        "evals_first",
        {"answer_source": ["reference_material"], "source_access": "retrieval_unmeasured"},
    ),
    "invents names, from where they should come is unsaid": Case(
        "facts-wrong-source-unsaid", "rag", {"symptoms": ["made_up_facts"]}
    ),
    "does not know our products": Case(
        "facts-do-not-reach",
        "rag",
        {"answer_source": ["reference_material"], "symptoms": ["lacks_specifics"]},
    ),
    "search over two thousand contracts, nothing built": Case(
        "facts-do-not-reach",
        "rag",
        {"answer_source": ["reference_material"], "symptoms": ["nothing_built"]},
    ),
    "right passages, wrong answers, examples used up": Case(
        "found-but-strays-trained",
        "fine_tune",
        {
            "answer_source": ["reference_material"],
            "source_access": "retrieval_good",
            "symptoms": ["ignores_given_context"],
            "instruction_effort": "plateaued",
            "examples_form": ["pairs"],
            "examples_count": 800,
        },
    ),
    "right passages, wrong answers": Case(
        "found-but-strays",
        "prompt",
        {
            "answer_source": ["reference_material"],
            "source_access": "retrieval_good",
            "symptoms": ["ignores_given_context"],
        },
    ),
    # 5. Process.
    "broken JSON": Case(
        "form-not-enforced", "workflow", {"task": "extract", "symptoms": ["invalid_format"]}
    ),
    "books the trip in the wrong order": Case(
        "many-steps", "workflow", {"task": "act", "symptoms": ["not_accurate_enough"]}
    ),
    # 6. Behaviour.
    "every customer wants another tone": Case(
        "wishes-differ",
        "prompt",
        {"symptoms": ["wrong_voice"], "behaviour_changes": "per_customer"},
    ),
    "no prompt written yet": Case(
        "not-prompted",
        "prompt",
        {"symptoms": ["wrong_voice"], "instruction_effort": "not_tried"},
    ),
    "answers in English": Case(
        "language-or-order-unsaid", "prompt", {"symptoms": ["wrong_language"]}
    ),
    "examples that contradict each other": Case(
        "examples-contradict",
        "data_first",
        {
            "symptoms": ["wrong_label_or_value"],
            "examples_form": ["pairs"],
            "examples_quality": "conflicting",
        },
    ),
    "not good enough, by feeling": Case(
        "vague-and-unmeasured",
        "evals_first",
        {"symptoms": ["not_accurate_enough"], "measurement": "eyeballing"},
    ),
    "one prompt for everything": Case(
        "one-prompt-many-jobs",
        "workflow",
        {"breadth": "open", "symptoms": ["rambles"], "instruction_effort": "iterated"},
    ),
    "not our tone": Case(
        "voice-undescribed", "prompt", {"task": "write", "symptoms": ["wrong_voice"]}
    ),
    "a thousand segments with our terms": Case(
        "too-few-translations",
        "data_first",
        {
            "task": "translate",
            "answer_source": ["own_way"],
            "symptoms": ["lacks_specifics"],
            "examples_form": ["pairs"],
            "examples_count": 1_000,
        },
    ),
    "nearly right, a million calls, too dear": Case(
        "right-enough-but-dear",
        "distill",
        {
            "task": "extract",
            "symptoms": ["wrong_label_or_value", "too_expensive"],
            "pressure": ["volume"],
            "instruction_effort": "iterated",
            "examples_form": ["raw_records"],
        },
    ),
    "a language the base model hardly speaks": Case(
        "language-not-in-base",
        "fine_tune",
        {
            "symptoms": ["weak_language"],
            "instruction_effort": "with_examples",
            "examples_form": ["documents"],
            "can_tune": "open_weights",
        },
    ),
    "prompting is used up and nothing is measured": Case(
        "not-measured-yet",
        "evals_first",
        {
            "symptoms": ["wrong_label_or_value"],
            "instruction_effort": "plateaued",
            "measurement": "eyeballing",
        },
    ),
    "a classifier that stopped improving": Case(
        "plateau-with-examples",
        "fine_tune",
        {
            "task": "classify",
            "symptoms": ["wrong_label_or_value"],
            "instruction_effort": "plateaued",
            "examples_form": ["pairs"],
            "examples_count": 2_000,
        },
    ),
    "has to run on a small machine of ours": Case(
        "own-small-model-falls-short",
        "fine_tune",
        {
            "task": "extract",
            "symptoms": ["wrong_label_or_value"],
            "examples_form": ["pairs"],
            "examples_count": 2_000,
            "can_tune": "self_host_only",
        },
    ),
    "even the strongest fails, and good examples exist": Case(
        "strongest-fails",
        "fine_tune",
        {
            "task": "classify",
            "symptoms": ["wrong_label_or_value"],
            "bigger_model": "fails",
            "instruction_effort": "iterated",
            "examples_form": ["pairs"],
            "examples_count": 2_000,
        },
    ),
    "prompting is used up and there are no examples": Case(
        "examples-unfit",
        "data_first",
        {"symptoms": ["wrong_label_or_value"], "instruction_effort": "plateaued"},
    ),
    "wrong labels from a first prompt": Case(
        "try-examples", "prompt", {"task": "classify", "symptoms": ["wrong_label_or_value"]}
    ),
    # 7. What is left.
    "a plan, and letters that may not be used": Case(
        "may-not-be-used",
        "data_first",
        {
            "symptoms": ["nothing_built"],
            "examples_form": ["raw_records"],
            "data_rights": "blocked",
        },
    ),
    "their way of writing, well prompted, and letters whose use is not cleared yet": Case(
        "may-not-be-used",
        "data_first",
        {
            "task": "write",
            "answer_source": ["own_way"],
            "instruction_effort": "iterated",
            "examples_form": ["raw_records"],
            "data_rights": "pending",
        },
    ),
    "a plan and nothing else": Case(
        "nothing-built", "prompt", {"task": "write", "symptoms": ["nothing_built"]}
    ),
    "labelled mails, and nothing else is said": Case(
        "examples-at-hand", "prompt", {"task": "classify", "examples_form": ["pairs"]}
    ),
    "only the bill is named": Case("cost-alone", "serving", {"symptoms": ["too_expensive"]}),
    "only that nothing is measured": Case("not-measured", "evals_first", {"measurement": "none"}),
    "hardly a word": Case("too-little-said", "need_info", {"task": "write"}),
}


class Shut(NamedTuple):
    """A base that trains, and the change of facts that makes a gate forbid it."""

    gate: str
    base: Given
    change: Given


# A job whose language the base model lacks: the texts come before the examples of the task.
LANGUAGE: Given = {
    **TRAINED,
    "symptoms": ["weak_language"],
    "examples_form": ["documents", "pairs"],
}
# It must run at home, so it trains before prompting is used up.
OWN_MODEL: Given = {**TRAINED, "can_tune": "self_host_only"}
# The right passages are found, and a scored test shows that it declines all the same.
DECLINING: Given = {
    **TRAINED,
    "answer_source": ["reference_material"],
    "source_access": "retrieval_good",
    "symptoms": ["declines_wrongly"],
}
SHUT = {
    "no prompt was written": Shut("effort", DECLINING, {"instruction_effort": "not_tried"}),
    "nearly all cases pass": Shut("headroom", TRAINED, {"pass_rate": 96}),
    "the data may not be used": Shut("rights", TRAINED, {"data_rights": "blocked"}),
    "the lawyers have not said yet": Shut("rights", TRAINED, {"data_rights": "pending"}),
    "the large one's answers may not be used": Shut(
        "rights", DISTILLED, {"data_rights": "blocked"}
    ),
    "labels that contradict": Shut("labels", DISTILLED, {"examples_quality": "conflicting"}),
    "texts of another kind": Shut("examples", LANGUAGE, {"examples_match": "wrong_kind"}),
    "inputs of another kind": Shut("teacher-data", DISTILLED, {"examples_match": "wrong_kind"}),
    "a model that cannot be tuned": Shut("tunable", TRAINED, {"can_tune": "no"}),
    "nobody will own it": Shut("owner", TRAINED, {"owner": "none"}),
    "a small model that cannot be tuned": Shut("small-one-tunable", DISTILLED, {"can_tune": "no"}),
    "nobody will own the small model": Shut("small-one-owned", DISTILLED, {"owner": "none"}),
    "too few calls to pay for it": Shut("payback", DISTILLED, FEW_CALLS),
}


NOTHING: Given = {}


class Missing(NamedTuple):
    """A base with every gate open, and the facts that are then unknown or not enough."""

    gates: tuple[str, ...]
    base: Given
    gone: tuple[str, ...] = ()
    change: Given = NOTHING


# The small model is nearly right on records without answers: it needs a large one to learn from.
NEARLY_RIGHT: Given = {
    **DISTILLED,
    "symptoms": ["wrong_label_or_value", "too_expensive"],
    "pressure": ["volume"],
    "instruction_effort": "iterated",
    "examples_form": ["raw_records"],
}
# Many calls, but not enough to pay for a machine by the hour.
HOSTED: Given = {**DISTILLED, "can_tune": "hosted", "calls_per_month": 2_000_000}
MISSING = {
    "how far prompting went": Missing(("effort",), OWN_MODEL, ("instruction_effort",)),
    "a prompt with examples": Missing(
        ("effort",), OWN_MODEL, (), {"instruction_effort": "iterated"}
    ),
    "how it is measured": Missing(("measurement",), TRAINED, ("measurement",)),
    "a scored test": Missing(("measurement",), TRAINED, (), {"measurement": "live_signal"}),
    "how many test cases there are": Missing(("measurement",), TRAINED, ("test_cases",)),
    "thirty test cases": Missing(("measurement",), TRAINED, (), {"test_cases": 29}),
    "what passes today": Missing(("headroom",), TRAINED, ("pass_rate",)),
    "how many jobs it does": Missing(("breadth",), TRAINED, ("breadth",)),
    "whether it stays the same": Missing(("stability",), TRAINED, ("behaviour_changes",)),
    "whether the data may be used": Missing(("rights",), TRAINED, ("data_rights",)),
    "whether the examples agree": Missing(("labels",), TRAINED, ("examples_quality",)),
    "twice as many where they are noisy": Missing(
        ("labels",), TRAINED, (), {"examples_quality": "mixed", "examples_count": 99}
    ),
    "twice as many preferences where they are noisy": Missing(
        ("labels",),
        TRAINED,
        (),
        {"examples_form": ["preferences"], "examples_quality": "mixed", "examples_count": 999},
    ),
    "how many examples there are": Missing(("labels", "examples"), TRAINED, ("examples_count",)),
    "what form they have": Missing(("examples",), LANGUAGE, (), {"examples_form": ["documents"]}),
    "whether the examples are of that kind": Missing(("examples",), TRAINED, ("examples_match",)),
    "examples of their own": Missing(
        ("examples",), TRAINED, (), {"examples_match": "public_or_synthetic"}
    ),
    "a scored test for the small model": Missing(
        ("teacher-measured",), DISTILLED, ("measurement",)
    ),
    "test cases for the small model": Missing(("teacher-measured",), DISTILLED, ("test_cases",)),
    "more test cases for the small model": Missing(
        ("teacher-measured",), DISTILLED, (), {"test_cases": 29}
    ),
    "inputs for the large model": Missing(("teacher-data",), DISTILLED, ("examples_form",)),
    "more inputs for the large model": Missing(
        ("teacher-data",), DISTILLED, (), {"examples_count": 49}
    ),
    "whether the inputs are of that kind": Missing(
        ("teacher-data",), DISTILLED, ("examples_match",)
    ),
    "how many inputs there are": Missing(
        ("labels", "teacher-data"), DISTILLED, ("examples_count",)
    ),
    "what they may tune": Missing(("tunable",), TRAINED, ("can_tune",)),
    "who would own it": Missing(("owner",), TRAINED, ("owner",)),
    "whether they may tune a small model": Missing(
        ("small-one-tunable", "payback"), DISTILLED, ("can_tune", *SIZES)
    ),
    "who would own the small model": Missing(("small-one-owned",), DISTILLED, ("owner",)),
    "whether the large one passes": Missing(("teacher",), NEARLY_RIGHT, ("bigger_model",)),
    "a large one to try": Missing(("teacher",), NEARLY_RIGHT, (), {"bigger_model": "untested"}),
    "all the sizes": Missing(("payback",), DISTILLED, SIZES),
    **{f"the size {name}": Missing(("payback",), DISTILLED, (name,)) for name in SIZES},
    "the sizes of a hosted model": Missing(("payback",), HOSTED, ("calls_per_month",)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_rule_meant_for_a_situation_fires(case: Case) -> None:
    answer = answer_to(case.facts)
    assert (answer.because[0].rule, answer.approach.value) == (case.rule, case.approach)


def test_every_rule_has_a_situation_of_its_own_and_every_situation_a_rule() -> None:
    assert {case.rule for case in CASES.values()} == {rule.id for rule in RULES}


@pytest.mark.parametrize("shut", SHUT.values(), ids=SHUT)
def test_a_gate_that_is_shut_forbids_training(shut: Shut) -> None:
    assert answer_to(shut.base).approach.trains
    answer = answer_to({**shut.base, **shut.change})
    gate = next(row for row in GATES if row.id == shut.gate)
    assert [reason.rule for reason in answer.because[1:]] == [shut.gate]
    assert answer.approach is gate.instead[0]
    assert not answer.conditions


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_gate_that_is_not_open_is_what_training_still_needs(missing: Missing) -> None:
    assert answer_to(missing.base).status.value == "decided"
    facts = {**without(missing.base, *missing.gone), **missing.change}
    answer = answer_to(facts)
    assert answer.approach.trains
    assert answer.status.value == "conditional"
    assert [one.text for one in answer.conditions] == [words.because(n) for n in missing.gates]
    needs = {need for gate in GATES if gate.id in missing.gates for need in gate.needs}
    for needed in answer.conditions:
        assert needed.fact in {*missing.gone, *missing.change}
        assert (needed.fact, needed.value) in needs


def gates_that_can_shut(book: Rulebook) -> set[str]:
    """Return the gates that some state finds shut that a rule would have trained in."""
    found = set()
    for approach in (approach for approach in Approach if approach.trains):
        rules = [rule.id for rule in RULES if rule.approach is approach]
        left = book.diagrams.any(book.fires[rule_id] for rule_id in rules)
        for gate in GATES:
            shut = book.diagrams.both(left, book.diagrams.of(gate.shuts))
            if approach in gate.guards and shut != FALSE:
                found.add(gate.id)
                left = book.diagrams.but_not(left, shut)
    return found


def test_every_gate_that_can_shut_has_a_case_where_it_does(book: Rulebook) -> None:
    assert {shut.gate for shut in SHUT.values()} == gates_that_can_shut(book)


def test_every_gate_that_reads_facts_has_a_case_where_it_is_what_is_missing() -> None:
    assert {name for missing in MISSING.values() for name in missing.gates} == {g.id for g in GATES}
    assert all(gate.facts for gate in GATES)


def test_what_a_gate_needs_is_a_fact_with_a_value_that_it_can_take() -> None:
    names = {attribute.name for attribute in VOCABULARY}
    for gate in GATES:
        assert gate.facts == tuple(name for name, _ in gate.needs)
        assert set(gate.facts) <= names
        for name, value in gate.needs:
            assert attribute_named(name).kind is Kind.NUMBER or attribute_named(name).value(value)


@pytest.mark.parametrize("base", (TRAINED, DISTILLED), ids=("fine_tune", "distill"))
def test_the_two_bases_train_and_nothing_is_left_to_ask(base: Given) -> None:
    answer = answer_to(base)
    assert answer.status.value == "decided"
    assert answer.approach.trains
    assert answer.question is None
    assert not answer.conditions


def test_rules_have_ids_of_their_own_and_kinds_that_exist() -> None:
    ids = [*(rule.id for rule in RULES), *(gate.id for gate in GATES)]
    assert len(set(ids)) == len(ids)
    for rule in RULES:
        assert rule.subkind is None or rule.subkind in SUBKINDS[rule.approach]
    for gate in GATES:
        approach, subkind = gate.instead
        assert subkind is None or subkind in SUBKINDS[approach]
        assert not approach.trains


def test_the_last_rule_holds_whatever_is_known() -> None:
    assert RULES[-1].when.holds(0)
    assert RULES[-1].approach.value == "need_info"


def test_thresholds_say_what_they_rest_on() -> None:
    assert all(
        row.value > 0 and row.unit and row.said and row.sources for row in thresholds().values()
    )
    assert MAX_QUESTIONS == 3
