"""Questions (I8): asked where an answer can tell, the one that narrows most, until they end."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.approaches import Approach, Status
from bot.domain.classes import options
from bot.domain.decide import MAX_QUESTIONS
from bot.domain.facts import attribute_named
from bot.domain.outlook import outlook_of
from bot.domain.problem import Fact, Problem, checked, problem_from_json
from bot.domain.questions import question_for
from bot.domain.view import askable, view_of
from tests.domain.problems import (
    DAY,
    MARKET,
    TRAINED,
    Facts,
    answer_to,
    any_facts,
    contested_facts,
    decided,
    near_training,
    problem,
    without,
)

ASKABLE = sorted(set(options()) - {"payback"})


@settings(deadline=None, max_examples=40)
@given(
    st.one_of(any_facts(), contested_facts()),
    st.lists(st.sampled_from(ASKABLE), max_size=5),
    st.sets(st.sampled_from(ASKABLE), max_size=4),
    st.integers(0, 6),
)
def test_a_question_is_asked_just_where_an_answer_can_tell(
    facts: Facts, asked: list[str], set_aside: set[str], limit: int
) -> None:
    document = {"facts": facts, "asked": asked, "set_aside": sorted(set_aside)}
    of = problem_from_json(document)
    answer = decided(of, limit)
    view = view_of(of, MARKET, DAY)
    outlook = outlook_of(view.known, view.open_facts)
    once = {name for name in askable() if name not in asked}
    again = {name for name in of.contested if asked.count(name) < 2}
    free = (view.open_facts & (once | again)) - set_aside
    tells = {n for n in free if any(left != outlook.possible for left in outlook.narrowed_by(n))}
    expected = len(answer.possible) > 1 and len(asked) < limit and bool(tells)
    assert (answer.question is not None) is expected
    if answer.question is not None:
        asks = answer.question.fact
        assert asks in tells
        assert asks in of.contested or not tells & of.contested
        assert answer.question == question_for(asks)
        assert len(answer.question.choices) > 1
        assert not of.known(asks)


@settings(deadline=None, max_examples=30)
@given(any_facts(), st.data())
def test_no_fact_narrows_more_in_its_worst_case_than_the_one_asked_for(
    facts: Facts, data: st.DataObject
) -> None:
    of = problem(facts)
    answer = decided(of)
    assume(answer.question is not None and answer.approach is not Approach.NEED_INFO)
    assert answer.question
    view = view_of(of, MARKET, DAY)
    outlook = outlook_of(view.known, view.open_facts)
    worst = {n: max(map(len, outlook.narrowed_by(n))) for n in view.open_facts}
    other = data.draw(st.sampled_from(sorted(worst)))
    tells = any(left != outlook.possible for left in outlook.narrowed_by(other))
    assert not tells or worst[answer.question.fact] <= worst[other]


@settings(deadline=None, max_examples=25)
@given(st.one_of(near_training(), contested_facts()), st.integers(1, 9), st.data())
def test_questions_end(facts: Facts, limit: int, data: st.DataObject) -> None:
    of = problem(facts)
    asked: list[str] = []
    while (question := decided(of, limit).question) is not None:
        name = question.fact
        assert asked.count(name) < (2 if name in of.contested else 1)
        asked.append(name)
        assert len(asked) <= limit
        given_ = data.draw(st.sampled_from([*(value for value, _ in question.choices), "", "?"]))
        if given_ == "":
            of = Problem(of.facts, of.conflicts, tuple(asked), of.set_aside | {name})
            continue
        # With "?" nobody answers, or people go on to contradict each other.
        told = Fact(name, checked(attribute_named(name), given_)) if given_ != "?" else None
        of = of.with_facts(told) if told else of
        of = Problem(of.facts, of.conflicts, tuple(asked), of.set_aside)
    assert decided(of, limit).question is None


def test_asking_ends_where_people_never_agree() -> None:
    facts = {**TRAINED, "breadth": ["open", "one_narrow"], "owner": ["none", "ml_team"]}
    asked: list[str] = []
    while question := decided(problem_from_json({"facts": facts, "asked": asked}), 99).question:
        asked.append(question.fact)
        assert len(asked) < 9
    assert sorted(asked) == ["breadth", "breadth", "owner", "owner"]
    answer = decided(problem_from_json({"facts": facts, "asked": asked}), 99)
    assert answer.status is Status.CONDITIONAL
    assert len(answer.possible) > 1


def test_what_was_asked_and_not_answered_is_asked_again_only_in_conflict() -> None:
    facts = without(TRAINED, "owner")
    assert decided(problem(facts)).question == question_for("owner")
    assert decided(problem_from_json({"facts": facts, "asked": ["owner"]})).question is None
    both = {**facts, "owner": ["none", "ml_team"]}
    again = problem_from_json({"facts": both, "asked": ["owner"]})
    assert decided(again).question == question_for("owner")
    twice = problem_from_json({"facts": both, "asked": ["owner", "owner"]})
    assert decided(twice).question is None


def test_each_time_that_a_fact_is_asked_counts_towards_the_most() -> None:
    facts = {**without(TRAINED, "owner"), "breadth": ["open", "one_narrow"]}
    asked = problem_from_json({"facts": facts, "asked": ["breadth", "breadth", "task"]})
    assert decided(asked).question is None
    assert decided(asked, 4).question == question_for("owner")


def test_a_conflict_is_asked_about_first_even_where_it_was_asked_before() -> None:
    facts = {**without(TRAINED, "measurement", "owner"), "breadth": ["open", "one_narrow"]}
    assert set(problem(facts).contested) == {"breadth"}
    for asked in ([], ["breadth"], ["breadth", "task"]):
        question = decided(problem_from_json({"facts": facts, "asked": asked})).question
        assert question
        assert question.fact == "breadth"


# Facts that we never ask for, the two things that were said, and what else may then come out.
UNASKED_CONFLICTS = {
    "what it is about": ("topic", ("llm_adaptation", "other"), {Approach.OUT_OF_SCOPE}),
    "whether simple means do": (
        "simpler_method",
        ("falls_short", "meets_need"),
        {Approach.NOT_LLM, Approach.WORKFLOW},
    ),
    "what a training brought": ("tuned_before", ("helped", "harmed"), {Approach.DATA_FIRST}),
}


@pytest.mark.parametrize(
    ("name", "said", "others"), UNASKED_CONFLICTS.values(), ids=UNASKED_CONFLICTS
)
def test_a_conflict_about_what_is_never_asked_is_open_and_asked_about(
    name: str, said: tuple[str, str], others: set[Approach]
) -> None:
    assert not attribute_named(name).question
    assert name not in view_of(problem(TRAINED), MARKET, DAY).open_facts
    facts = {**TRAINED, name: [{"value": said[0], "author": "ann"}, said[1]]}
    answer = answer_to(facts)
    assert name in view_of(problem(facts), MARKET, DAY).open_facts
    assert answer.status is Status.CONDITIONAL
    assert answer.possible == {Approach.FINE_TUNE, *others}
    assert answer.question == question_for(name)
    assert answer.question.text.endswith("Which holds?")
    given_ = {answer_to({**TRAINED, name: value}).approach for value, _ in answer.question.choices}
    assert given_ == answer.possible
    twice = problem_from_json({"facts": facts, "asked": [name, name]})
    assert decided(twice).question is None
    assert decided(twice).status is Status.CONDITIONAL


def test_a_conflict_that_cannot_change_the_answer_is_not_asked_about() -> None:
    facts = {**without(TRAINED, "owner"), "smaller_model": ["passes", "fails"]}
    question = answer_to(facts).question
    assert question
    assert question.fact == "owner"


def test_what_nobody_knows_is_never_asked_again_even_in_conflict() -> None:
    facts = {**TRAINED, "breadth": ["open", "one_narrow"]}
    answer = decided(problem_from_json({"facts": facts, "set_aside": ["breadth"]}))
    assert answer.question is None
    assert answer.status is Status.CONDITIONAL


def test_three_questions_are_the_most_unless_more_are_allowed() -> None:
    asked = ["owner", "breadth", "data_rights"]
    of = problem_from_json({"facts": {"task": "write"}, "asked": asked})
    assert len(asked) == MAX_QUESTIONS
    assert decided(of).question is None
    assert decided(of, 5).question is not None
