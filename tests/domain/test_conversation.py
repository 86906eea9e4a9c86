"""Folding statements gives one problem: in whatever order they arrive, and however often."""

from __future__ import annotations

from itertools import permutations, product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import Denial, Statement, fold
from bot.domain.facts import VOCABULARY, Kind
from bot.domain.problem import Basis, Fact, Problem
from tests.domain.problems import values_of

SURMISED, IMPLIED, STATED, CONFIRMED, MEASURED = Basis


def said(
    message: str,
    author: str,
    *facts: Fact,
    denials: tuple[Denial, ...] = (),
    corrects: frozenset[str] = frozenset(),
    asked: str = "",
    set_aside: frozenset[str] = frozenset(),
) -> Statement:
    """Return a statement whose facts carry its author and key, as a reader would give them."""
    signed = tuple(Fact(f.name, f.value, f.basis, f.quote, author, message) for f in facts)
    return Statement(message, author, signed, denials, corrects, asked, set_aside)


def owner(value: str, basis: Basis = STATED) -> Fact:
    return Fact("owner", value, basis)


def form(value: str, basis: Basis = STATED) -> Fact:
    return Fact("examples_form", value, basis)


def pressure(value: str, basis: Basis = STATED) -> Fact:
    return Fact("pressure", value, basis)


# statements -> the values of the attribute that they speak of; two values are a conflict.
OUTCOMES: dict[str, tuple[str, list[Statement], set[object]]] = {
    "one statement is what it says": ("owner", [said("1", "ann", owner("none"))], {"none"}),
    "the same again is no conflict": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "bob", owner("none"))],
        {"none"},
    ),
    "the same author saying something else is a conflict": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "ann", owner("ml_team"))],
        {"none", "ml_team"},
    ),
    "a correction by the same author replaces": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "ann", owner("ml_team"), corrects=frozenset({"owner"})),
        ],
        {"ml_team"},
    ),
    "what is said replaces what was surmised, whoever says it": (
        "owner",
        [said("1", "ann", owner("none", SURMISED)), said("2", "bob", owner("ml_team", IMPLIED))],
        {"ml_team"},
    ),
    "a surmise never contests what was said": (
        "owner",
        [said("1", "ann", owner("none", IMPLIED)), said("2", "ann", owner("ml_team", SURMISED))],
        {"none"},
    ),
    "an answer to our question ends what was surmised of a set": (
        "pressure",
        [
            said("1", "ann", pressure("cost", SURMISED), pressure("latency")),
            said("2", "ann", pressure("volume", CONFIRMED), asked="pressure"),
        ],
        {"latency", "volume"},
    ),
    "another message leaves what was surmised of a set": (
        "pressure",
        [
            said("1", "ann", pressure("cost", SURMISED)),
            said("2", "ann", pressure("volume")),
        ],
        {"cost", "volume"},
    ),
    "a correction of another fact does not replace": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "ann", owner("ml_team"), corrects=frozenset({"breadth"})),
        ],
        {"none", "ml_team"},
    ),
    "a correction by somebody else is a conflict": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team"), corrects=frozenset({"owner"})),
        ],
        {"none", "ml_team"},
    ),
    "somebody else saying something else is a conflict": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "bob", owner("ml_team"))],
        {"none", "ml_team"},
    ),
    "a button of the same author replaces": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "ann", owner("ml_team", CONFIRMED))],
        {"ml_team"},
    ),
    "a button of somebody else is a conflict": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "bob", owner("ml_team", CONFIRMED))],
        {"none", "ml_team"},
    ),
    "what is implied yields to what was stated before": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "bob", owner("ml_team", IMPLIED))],
        {"none"},
    ),
    "what is implied yields to what is stated later": (
        "owner",
        [said("1", "ann", owner("none", IMPLIED)), said("2", "bob", owner("ml_team"))],
        {"ml_team"},
    ),
    "two implied values are a conflict": (
        "owner",
        [said("1", "ann", owner("none", IMPLIED)), said("2", "bob", owner("ml_team", IMPLIED))],
        {"none", "ml_team"},
    ),
    "what is measured replaces what anybody said": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 50.0)),
            said("2", "bob", Fact("test_cases", 40.0, MEASURED)),
        ],
        {40.0},
    ),
    "what is measured stands against what is stated later, whoever states it": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "ann", Fact("test_cases", 50.0)),
            said("3", "bob", Fact("test_cases", 60.0, IMPLIED)),
        ],
        {40.0},
    ),
    "what is measured replaces what was confirmed before": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 50.0, CONFIRMED)),
            said("2", "bob", Fact("test_cases", 40.0, MEASURED)),
        ],
        {40.0},
    ),
    "a correction by the same author replaces what was measured": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "ann", Fact("test_cases", 50.0), corrects=frozenset({"test_cases"})),
        ],
        {50.0},
    ),
    "a form of the same author replaces what was measured": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "ann", Fact("test_cases", 50.0, CONFIRMED)),
        ],
        {50.0},
    ),
    "a form of somebody else contests what was measured": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "bob", Fact("test_cases", 50.0, CONFIRMED)),
        ],
        {40.0, 50.0},
    ),
    "an answer to our question contests what was measured": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "bob", Fact("test_cases", 50.0), asked="test_cases"),
        ],
        {40.0, 50.0},
    ),
    "a newer measurement by the same author replaces the older": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 40.0, MEASURED)),
            said("2", "ann", Fact("test_cases", 50.0, MEASURED)),
        ],
        {50.0},
    ),
    "examples that were measured end that there are none": (
        "examples_form",
        [
            said("1", "ann", form("none"), form("documents")),
            said("2", "bob", form("pairs", MEASURED)),
        ],
        {"documents", "pairs"},
    ),
    "that there are none is not believed against examples that were measured": (
        "examples_form",
        [
            said("1", "ann", form("pairs", MEASURED)),
            said("2", "ann", form("none"), form("documents")),
            said("3", "bob", form("none", SURMISED), asked="examples_form"),
        ],
        {"pairs", "documents"},
    ),
    "who confirms that there are none is shown beside what was measured": (
        "examples_form",
        [
            said("1", "ann", form("pairs", MEASURED)),
            said("2", "bob", form("none", CONFIRMED)),
        ],
        {"pairs", "none"},
    ),
    "two measurements that differ are a conflict": (
        "test_cases",
        [
            said("1", "ann", Fact("test_cases", 50.0, MEASURED)),
            said("2", "bob", Fact("test_cases", 40.0, MEASURED)),
        ],
        {50.0, 40.0},
    ),
    "an answer to our question settles a conflict, whoever gives it": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team")),
            said("3", "eve", owner("api_team"), asked="owner"),
        ],
        {"api_team"},
    ),
    "an answer that was merely implied settles no conflict": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team")),
            said("3", "eve", owner("api_team", IMPLIED), asked="owner"),
        ],
        {"none", "ml_team"},
    ),
    "an answer to another question settles no conflict": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team")),
            said("3", "eve", owner("ml_team"), asked="breadth"),
        ],
        {"none", "ml_team"},
    ),
    "sets are unions": (
        "pressure",
        [said("1", "ann", pressure("cost")), said("2", "bob", pressure("latency"))],
        {"cost", "latency"},
    ),
    "a denial removes from a set": (
        "pressure",
        [
            said("1", "ann", pressure("cost"), pressure("latency")),
            said("2", "bob", denials=(Denial("pressure", "cost"),)),
        ],
        {"latency"},
    ),
    "a denial removes a single value": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "ann", denials=(Denial("owner", "none"),))],
        set(),
    ),
    "a denial of one side ends a conflict": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team")),
            said("3", "ann", denials=(Denial("owner", "none"),)),
        ],
        {"ml_team"},
    ),
    "a denial of what nobody said changes nothing": (
        "owner",
        [said("1", "ann", owner("none")), said("2", "bob", denials=(Denial("owner", "ml_team"),))],
        {"none"},
    ),
    "what was denied may be said again": (
        "pressure",
        [
            said("1", "ann", pressure("cost")),
            said("2", "ann", denials=(Denial("pressure", "cost"),)),
            said("3", "ann", pressure("cost")),
        ],
        {"cost"},
    ),
    "not this but that, in one message": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "bob", owner("ml_team"), denials=(Denial("owner", "none"),)),
        ],
        {"ml_team"},
    ),
    "an edited message counts as it reads now": (
        "owner",
        [said("1", "ann", owner("none")), said("1", "ann", owner("ml_team"))],
        {"ml_team"},
    ),
    "an edit that says nothing takes its facts away": (
        "owner",
        [said("1", "ann", owner("none")), said("1", "ann")],
        set(),
    ),
    "an edited denial restores": (
        "owner",
        [
            said("1", "ann", owner("none")),
            said("2", "ann", denials=(Denial("owner", "none"),)),
            said("2", "ann"),
        ],
        {"none"},
    ),
}


def held(of: Problem, name: str) -> set[object]:
    """Return the values known of an attribute, or those in conflict."""
    contested = {fact.value for one in of.conflicts if one.name == name for fact in one.facts}
    return {*of.values(name), *contested}


@pytest.mark.parametrize(("name", "statements", "values"), OUTCOMES.values(), ids=OUTCOMES)
def test_statements_fold_into_what_holds(
    name: str, statements: list[Statement], values: set[object]
) -> None:
    problem = fold(statements)
    single = next(row for row in VOCABULARY if row.name == name).kind is not Kind.MANY
    assert held(problem, name) == values
    assert (name in problem.contested) is (single and len(values) > 1)


def test_nothing_said_is_nothing_known() -> None:
    assert fold([]) == Problem()


def test_a_conflict_keeps_the_words_of_both_sides() -> None:
    sides = (Fact("owner", "none", quote="no one"), Fact("owner", "ml_team", quote="our ML team"))
    problem = fold([said("1", "ann", sides[0]), said("2", "bob", sides[1])])
    assert [(f.author, f.quote) for f in problem.conflicts[0].facts] == [
        ("ann", "no one"),
        ("bob", "our ML team"),
    ]


def test_a_set_keeps_the_best_founded_evidence_of_each_value() -> None:
    problem = fold(
        [
            said("1", "ann", pressure("cost", IMPLIED)),
            said("2", "bob", pressure("cost", CONFIRMED)),
            said("3", "ann", pressure("cost", STATED)),
        ]
    )
    assert [(fact.basis, fact.author) for fact in problem.facts] == [(CONFIRMED, "bob")]


STRENGTHS = list(product(Basis, Basis))


@pytest.mark.parametrize(
    ("first", "second"), STRENGTHS, ids=[f"{a.value}, {b.value}" for a, b in STRENGTHS]
)
@pytest.mark.parametrize("again", ("ann", "bob"))
@pytest.mark.parametrize("corrects", (frozenset(), frozenset({"owner", "pressure"})))
def test_the_same_value_again_never_weakens_its_basis(
    first: Basis, second: Basis, again: str, corrects: frozenset[str]
) -> None:
    for fact in (owner, pressure):
        value = "none" if fact is owner else "cost"
        problem = fold(
            [
                said("1", "ann", fact(value, first)),
                said("2", again, fact(value, second), corrects=corrects, asked="owner"),
            ]
        )
        assert not problem.conflicts
        assert [held.basis for held in problem.facts] == [max(first, second, key=rank)]


def rank(basis: Basis) -> int:
    return basis.rank


def test_the_first_words_for_a_value_stay_where_later_ones_are_weaker() -> None:
    sure = Fact("owner", "none", MEASURED, "0 of 12 teams")
    problem = fold([said("1", "ann", sure), said("2", "bob", Fact("owner", "none", quote="none"))])
    assert [(fact.author, fact.quote) for fact in problem.facts] == [("ann", "0 of 12 teams")]


def test_what_is_asked_about_a_conflict_and_answered_by_either_side_settles_it() -> None:
    conflict = [said("1", "ann", owner("none")), said("2", "bob", owner("ml_team"))]
    for author in ("ann", "bob", "eve"):
        for value in ("none", "ml_team", "api_team"):
            for basis in (STATED, CONFIRMED, MEASURED):
                answer = said("3", author, owner(value, basis), asked="owner")
                problem = fold([*conflict, answer])
                assert not problem.conflicts
                assert problem.values("owner") == {value}


def test_conflicts_come_in_the_order_of_their_names_whoever_was_first() -> None:
    names = ("topic", "breadth", "owner")
    values = {"topic": ("other", "llm_adaptation"), "breadth": ("open", "few_fixed")}
    told = {name: values.get(name, ("none", "ml_team")) for name in names}
    for order in permutations(names):
        statements = [
            said(str(place), author, *(Fact(name, told[name][place]) for name in order))
            for place, author in enumerate(("ann", "bob"))
        ]
        assert [one.name for one in fold(statements).conflicts] == ["breadth", "owner", "topic"]


def test_what_is_set_aside_stays_so_until_somebody_knows() -> None:
    unknown = said("1", "ann", asked="owner", set_aside=frozenset({"owner"}))
    assert fold([unknown]).set_aside == {"owner"}
    assert fold([unknown, said("2", "bob", owner("none"))]).set_aside == frozenset()
    assert fold([unknown, said("2", "bob", pressure("cost"))]).set_aside == {"owner"}


def test_a_value_and_do_not_know_in_one_message_is_a_value() -> None:
    both = said("1", "ann", owner("none"), set_aside=frozenset({"owner", "breadth"}))
    assert fold([both]).set_aside == {"breadth"}


def test_questions_are_remembered_in_the_order_in_which_they_were_asked() -> None:
    statements = [
        said("3", "ann", asked="owner"),
        said("1", "ann", asked="breadth"),
        said("2", "ann"),
        said("4", "bob", owner("none"), asked="breadth"),
    ]
    assert fold(statements).asked == ("breadth", "owner", "breadth")


_SPOKEN = (
    *("owner", "breadth", "pressure", "symptoms", "test_cases", "must_cite"),
    "examples_form",
)
_ROWS = [row for row in VOCABULARY if row.name in _SPOKEN]


@st.composite
def facts_said(draw: st.DrawFn) -> Fact:
    row = draw(st.sampled_from(_ROWS))
    value: Any = draw(values_of(row))
    one = value[0] if row.kind is Kind.MANY else value
    return Fact(row.name, one, draw(st.sampled_from(Basis)))


@st.composite
def conversations(draw: st.DrawFn) -> list[Statement]:
    """Return statements with keys of their own, as different messages have."""
    names = st.frozensets(st.sampled_from(_SPOKEN), max_size=2)
    denied = st.sampled_from((Denial("owner", "none"), Denial("pressure", "cost")))
    return [
        said(
            f"{1_700_000_000 + place}.000100",
            draw(st.sampled_from(("ann", "bob"))),
            *draw(st.lists(facts_said(), max_size=3)),
            denials=tuple(draw(st.lists(denied, max_size=1))),
            corrects=draw(names),
            asked=draw(st.sampled_from(("", *_SPOKEN))),
            set_aside=draw(names),
        )
        for place in range(draw(st.integers(0, 6)))
    ]


@settings(deadline=None, max_examples=40)
@given(conversations(), st.randoms(use_true_random=False))
def test_statements_may_arrive_in_any_order(said_: list[Statement], random: Random) -> None:
    turned = random.sample(said_, len(said_))
    assert fold(turned) == fold(said_)


@settings(deadline=None, max_examples=40)
@given(conversations(), st.randoms(use_true_random=False))
def test_statements_may_arrive_twice(said_: list[Statement], random: Random) -> None:
    twice = [*said_, *random.sample(said_, len(said_) // 2)]
    assert fold(twice) == fold(said_)


_MERE = st.builds(
    Fact,
    st.just("test_cases"),
    st.sampled_from((40.0, 50.0, 60.0)),
    st.sampled_from((SURMISED, IMPLIED, STATED)),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(("ann", "bob")), _MERE), max_size=6), st.integers(0, 6))
def test_what_is_measured_stands_whatever_is_merely_said_before_and_after(
    told: list[tuple[str, Fact]], place: int
) -> None:
    facts = [*told[:place], ("ann", Fact("test_cases", 40.0, MEASURED)), *told[place:]]
    problem = fold(said(str(n), author, fact) for n, (author, fact) in enumerate(facts))

    assert problem.conflicts == ()
    assert [(one.value, one.basis) for one in problem.facts] == [(40.0, MEASURED)]


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_nothing_is_known_that_nobody_said(said_: list[Statement]) -> None:
    problem = fold(said_)
    known = [*problem.facts, *(fact for one in problem.conflicts for fact in one.facts)]
    assert set(known) <= {fact for statement in said_ for fact in statement.facts}


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_a_fact_is_known_or_contested_and_a_single_one_is_known_once(
    said_: list[Statement],
) -> None:
    problem = fold(said_)
    assert not problem.contested & set(problem.by_name)
    for row in _ROWS:
        facts = problem.by_name.get(row.name, ())
        assert len({fact.value for fact in facts}) == len(facts)
        assert row.kind is Kind.MANY or len(facts) <= 1
    assert all(len({fact.value for fact in one.facts}) > 1 for one in problem.conflicts)


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_each_question_is_remembered_in_order_as_often_as_it_was_asked(
    said_: list[Statement],
) -> None:
    assert fold(said_).asked == tuple(one.asked for one in said_ if one.asked)


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_conflicts_come_in_the_order_of_their_names(said_: list[Statement]) -> None:
    names = [conflict.name for conflict in fold(said_).conflicts]
    assert names == sorted(set(names))


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_no_value_loses_the_basis_that_it_had_by_being_said_again(said_: list[Statement]) -> None:
    told = [fact for fact in fold(said_).facts if fact.name == "symptoms"]
    for fact in told:
        bases = [f.basis for one in said_ for f in one.facts if f.value == fact.value]
        assert fact.basis is max(bases, key=lambda basis: basis.rank)


@settings(deadline=None, max_examples=40)
@given(conversations())
def test_what_is_known_comes_in_the_vocabulary_s_order(said_: list[Statement]) -> None:
    order = [row.name for row in VOCABULARY]
    names = [fact.name for fact in fold(said_).facts]
    assert names == sorted(names, key=order.index)


def test_an_answer_that_repeats_a_stronger_value_settles_the_conflict() -> None:
    confirmed = Fact("owner", "ml_team", Basis.CONFIRMED, author="bob", message="1")
    denied = Fact("owner", "none", author="ann", message="2")
    repeated = Fact("owner", "ml_team", author="ann", message="3")

    problem = fold(
        (
            Statement("1", "bob", (confirmed,)),
            Statement("2", "ann", (denied,)),
            Statement("3", "ann", (repeated,), asked="owner"),
        )
    )

    assert problem.conflicts == ()
    assert problem.one("owner") == confirmed
