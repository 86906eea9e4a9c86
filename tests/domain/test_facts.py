"""The vocabulary holds what scripts rely on, and every fact can be asked for and answered."""

from __future__ import annotations

import pytest

from bot.domain.classes import options
from bot.domain.facts import VOCABULARY, Attribute, Kind, Role, attribute_named, by_name
from bot.domain.problem import checked
from bot.domain.questions import question_for
from bot.domain.view import option_masks
from bot.errors import UnknownFact

# The contract: names and values that scripts, case files and stored conversations are written in.
# More may be added; none of these may go.
ONE = {
    "topic": "llm_adaptation other",
    "task": "answer_from_material classify extract transform translate write formal_output act "
    "converse predict",
    "source_access": "none trained_in in_prompt retrieval_bad retrieval_unmeasured retrieval_good "
    "tool",
    "breadth": "one_narrow few_fixed open",
    "bigger_model": "passes fails untested",
    "simpler_method": "meets_need likely",
    "tuned_before": "helped mixed no_gain harmed outcome_unknown",
    "instruction_effort": "not_tried asked_once iterated with_examples plateaued",
    "measurement": "none eyeballing live_signal scored_set",
    "examples_match": "right_kind wrong_kind public_or_synthetic",
    "examples_quality": "clean mixed conflicting",
    "behaviour_changes": "stable often per_customer",
    "data_rights": "cleared pending blocked",
    "can_tune": "hosted open_weights self_host_only no",
    "owner": "none api_team ml_team",
    "risk": "low high",
    "knowledge_changes": "rarely often live",
}
MANY = {
    "answer_source": "in_the_input reference_material live_system own_way exact_rule",
    "symptoms": "made_up_facts outdated_facts lacks_specifics ignores_given_context "
    "should_have_declined declines_wrongly wrong_label_or_value not_accurate_enough invalid_format "
    "invalid_query_or_code wrong_language wrong_voice ignores_instruction tool_misused loses_track "
    "rambles weak_language inconsistent lost_abilities training_did_not_take too_slow "
    "too_expensive quality_unknown works_well nothing_built",
    "pressure": "cost latency volume self_host",
    "examples_form": "none documents raw_records pairs preferences auto_checkable",
}
OTHERS = {
    Kind.NUMBER: "pass_rate test_cases examples_count corpus_tokens calls_per_month "
    "prompt_tokens_static prompt_tokens_dynamic output_tokens latency_ms latency_target_ms "
    "monthly_cost monthly_budget",
    Kind.YES_NO: "must_cite per_user_access",
    Kind.TEXT: "language_domain currency requested_solution",
}
ROLES = {
    Role.DIRECTION: "topic task answer_source source_access breadth symptoms pressure bigger_model "
    "simpler_method tuned_before",
    Role.READINESS: "instruction_effort measurement pass_rate test_cases examples_form "
    "examples_count examples_match examples_quality behaviour_changes data_rights can_tune owner",
    Role.PLAN: "must_cite per_user_access risk knowledge_changes corpus_tokens language_domain "
    "calls_per_month prompt_tokens_static prompt_tokens_dynamic output_tokens latency_ms "
    "latency_target_ms monthly_cost monthly_budget currency",
    Role.WISH: "requested_solution",
}
CHOSEN = [(Kind.ONE, name, values) for name, values in ONE.items()]
CHOSEN += [(Kind.MANY, name, values) for name, values in MANY.items()]
NAMED = [(kind, name) for kind, names in OTHERS.items() for name in names.split()]
PLACED = [(role, name) for role, names in ROLES.items() for name in names.split()]
ASKED = [attribute for attribute in VOCABULARY if attribute.question]
UNASKED = [
    attribute
    for attribute in VOCABULARY
    if attribute.kind is Kind.ONE and attribute.name in options() and not attribute.question
]
MISSPELT = {
    "a letter too few": ("symptom", "symptoms"),
    "a letter too many": ("breadths", "breadth"),
    "another ending": ("data_right", "data_rights"),
    "the middle left out": ("example_count", "examples_count"),
    "a hyphen": ("pass-rate", "pass_rate"),
    "capitals at the start": ("Bigger_model", "bigger_model"),
    "half of the name": ("measure", "measurement"),
}


def called(attribute: Attribute) -> str:
    return attribute.name


@pytest.mark.parametrize(("kind", "name", "values"), CHOSEN, ids=[row[1] for row in CHOSEN])
def test_the_values_of_the_contract_exist(kind: Kind, name: str, values: str) -> None:
    attribute = attribute_named(name)
    assert attribute.kind is kind
    assert set(values.split()) <= {value.name for value in attribute.values}


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[name for _, name in NAMED])
def test_the_numbers_and_texts_of_the_contract_exist(kind: Kind, name: str) -> None:
    assert attribute_named(name).kind is kind


@pytest.mark.parametrize(("role", "name"), PLACED, ids=[name for _, name in PLACED])
def test_facts_have_the_role_that_the_contract_gives_them(role: Role, name: str) -> None:
    assert attribute_named(name).role is role


def test_the_tables_above_agree_on_the_names() -> None:
    assert {name for _, name in PLACED} == {name for _, name, _ in CHOSEN} | {n for _, n in NAMED}


def test_names_are_unique_and_found_again() -> None:
    names = [attribute.name for attribute in VOCABULARY]
    assert len(set(names)) == len(names)
    assert list(by_name()) == names
    assert all(attribute_named(attribute.name) is attribute for attribute in VOCABULARY)


@pytest.mark.parametrize("attribute", VOCABULARY, ids=called)
def test_names_are_plain_words_for_scripts(attribute: Attribute) -> None:
    names = [attribute.name, *(value.name for value in attribute.values)]
    assert all(name.isascii() and name.isidentifier() and name == name.lower() for name in names)


@pytest.mark.parametrize("attribute", VOCABULARY, ids=called)
def test_values_and_labels_are_unique(attribute: Attribute) -> None:
    names = [value.name for value in attribute.values]
    labels = [value.label for value in attribute.values]
    assert len(set(names)) == len(names)
    assert len(set(labels)) == len(labels)
    assert all(labels)


@pytest.mark.parametrize("attribute", VOCABULARY, ids=called)
def test_just_the_chosen_kinds_have_values_and_just_numbers_have_a_unit(
    attribute: Attribute,
) -> None:
    assert bool(attribute.values) is (attribute.kind in {Kind.ONE, Kind.MANY})
    assert bool(attribute.unit) is (attribute.kind is Kind.NUMBER)
    assert attribute.meaning


@pytest.mark.parametrize("attribute", VOCABULARY, ids=called)
def test_what_is_taken_for_granted_is_a_value_of_a_fact_that_is_asked(attribute: Attribute) -> None:
    assert attribute.assume is None or (attribute.value(attribute.assume) and attribute.question)


@pytest.mark.parametrize("name", ("answer_source", "source_access", "symptoms", "task"))
def test_what_the_answer_hangs_on_most_is_never_taken_for_granted(name: str) -> None:
    assert attribute_named(name).assume is None
    assert option_masks(name)[0] == 0


@pytest.mark.parametrize("attribute", UNASKED, ids=called)
def test_what_is_never_asked_may_be_asked_for_where_people_said_different_things(
    attribute: Attribute,
) -> None:
    question = question_for(attribute.name)
    assert question.text.endswith("Which holds?")
    assert attribute.meaning in question.text
    assert [value for value, _ in question.choices] == [value.name for value in attribute.values]


@pytest.mark.parametrize("attribute", ASKED, ids=called)
def test_every_question_offers_answers_that_the_fact_can_take(attribute: Attribute) -> None:
    question = question_for(attribute.name)
    assert question.text.endswith("?")
    assert len(question.choices) > 1
    for value, label in question.choices:
        assert checked(attribute, value) is not None
        assert label


@pytest.mark.parametrize("attribute", ASKED, ids=called)
def test_what_is_asked_can_be_chosen_or_counted_and_is_no_plan_fact(attribute: Attribute) -> None:
    assert attribute.kind in {Kind.ONE, Kind.MANY, Kind.NUMBER}
    assert attribute.role in {Role.DIRECTION, Role.READINESS}


@pytest.mark.parametrize(("written", "meant"), MISSPELT.values(), ids=MISSPELT)
def test_an_unknown_name_is_answered_with_names_that_are_near(written: str, meant: str) -> None:
    with pytest.raises(UnknownFact) as raised:
        attribute_named(written)
    assert repr(written) in raised.value.sentence
    assert meant in raised.value.sentence.split("do you mean ")[1]


@pytest.mark.parametrize("name", ("", "colour", "zzzz", "boss", "5"))
def test_names_that_are_not_near_are_not_suggested(name: str) -> None:
    with pytest.raises(UnknownFact, match="no name is near it"):
        attribute_named(name)


def test_a_very_long_unknown_name_is_not_repeated_in_full() -> None:
    with pytest.raises(UnknownFact) as raised:
        attribute_named("x" * 5_000)
    assert len(raised.value.sentence) < 200


def test_values_are_found_by_name() -> None:
    breadth = attribute_named("breadth")
    found = breadth.value("open")
    assert found
    assert found.name == "open"
    assert breadth.value("closed") is None


COUNTED = {
    "one": ("examples_count", 1.0, "1 example"),
    "none": ("examples_count", 0.0, "0 examples"),
    "thousands": ("examples_count", 12_000.0, "12,000 examples"),
    "a part": ("pass_rate", 71.5, "71.5 percent"),
    "a unit that is no plural": ("latency_ms", 1.0, "1 ms"),
}


@pytest.mark.parametrize(("name", "number", "said"), COUNTED.values(), ids=COUNTED)
def test_a_number_is_said_with_its_unit(name: str, number: float, said: str) -> None:
    assert attribute_named(name).counted(number) == said
