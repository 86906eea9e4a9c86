"""Facts come in as JSON and go out as they came; what cannot be read is named in one sentence."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.facts import VOCABULARY, Attribute, Kind
from bot.domain.problem import Basis, Fact, Problem, checked, in_order, problem_from_json, tidy
from bot.errors import BadInput, UnknownFact, UnknownValue, UsageError
from tests.domain.problems import problem, values_of

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=20)
FOUNDED = st.sampled_from([basis.value for basis in Basis])


def documents_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Return an attribute's facts as scripts write them: bare, or with evidence."""

    def with_evidence(value: object) -> st.SearchStrategy[object]:
        rest = {"basis": FOUNDED, "quote": WORDS, "author": WORDS, "message": WORDS}
        full = st.fixed_dictionaries({"value": st.just(value)}, optional=rest)
        return st.one_of(st.just(value), full)

    if attribute.kind is not Kind.MANY:
        return values_of(attribute).flatmap(with_evidence)
    names = st.sampled_from([value.name for value in attribute.values])
    sets = st.lists(names, min_size=1, unique=True)
    return sets.flatmap(lambda items: st.tuples(*map(with_evidence, items)).map(list))


DOCUMENTS = st.fixed_dictionaries(
    {}, optional={attribute.name: documents_of(attribute) for attribute in VOCABULARY}
)

READ = {
    "a bare value is stated": ("owner", "none", [Fact("owner", "none")]),
    "a set may come as one bare value": (
        "symptoms",
        "too_slow",
        [Fact("symptoms", "too_slow")],
    ),
    "a set comes in the vocabulary's order": (
        "pressure",
        ["self_host", "cost"],
        [Fact("pressure", "cost"), Fact("pressure", "self_host")],
    ),
    "a value named twice in a set is one": (
        "pressure",
        ["cost", "cost"],
        [Fact("pressure", "cost")],
    ),
    "an empty set says nothing": ("symptoms", [], []),
    "a single fact may come as a list of one": ("owner", ["none"], [Fact("owner", "none")]),
    "a single fact given twice alike is no conflict": (
        "owner",
        ["none", "none"],
        [Fact("owner", "none")],
    ),
    "a basis is kept": (
        "owner",
        {"value": "none", "basis": "implied"},
        [Fact("owner", "none", Basis.IMPLIED)],
    ),
    "of the same value twice the better founded counts": (
        "owner",
        [{"value": "none", "quote": "nobody"}, {"value": "none", "basis": "implied"}],
        [Fact("owner", "none", Basis.STATED, "nobody")],
    ),
    "of the same value twice the better founded counts, in whatever order": (
        "pressure",
        ["cost", {"value": "cost", "basis": "measured"}, {"value": "cost", "basis": "confirmed"}],
        [Fact("pressure", "cost", Basis.MEASURED)],
    ),
    "evidence is kept": (
        "owner",
        {"value": "none", "quote": "nobody", "author": "ann", "message": "1"},
        [Fact("owner", "none", Basis.STATED, "nobody", "ann", "1")],
    ),
    "a number may come as text": ("examples_count", "2 000", [Fact("examples_count", 2000.0)]),
    "a pass rate may be a share": ("pass_rate", 0.64, [Fact("pass_rate", 64.0)]),
    "a pass rate may be percent": ("pass_rate", 64, [Fact("pass_rate", 64.0)]),
    "a pass rate may be all": ("pass_rate", 1, [Fact("pass_rate", 100.0)]),
    "a pass rate may be one in a hundred": ("pass_rate", 0.01, [Fact("pass_rate", 1.0)]),
    "a pass rate may be nothing": ("pass_rate", 0, [Fact("pass_rate", 0.0)]),
    "yes is true": ("must_cite", "yes", [Fact("must_cite", value=True)]),
    "no is false": ("must_cite", "no", [Fact("must_cite", value=False)]),
    "true is true": ("must_cite", True, [Fact("must_cite", value=True)]),
    "text is trimmed": ("currency", " EUR ", [Fact("currency", "EUR")]),
    "long text is cut": ("currency", "x" * 999, [Fact("currency", "x" * 200)]),
}
REFUSED: dict[str, tuple[object, type[UsageError], str]] = {
    "no object at all": (["facts"], BadInput, '{"facts"'),
    "nothing": (None, BadInput, '{"facts"'),
    "no facts in it": ({}, BadInput, '{"facts"'),
    "facts as a list": ({"facts": []}, BadInput, '{"facts"'),
    "a key too many beside facts": ({"facts": {}, "mood": "good"}, BadInput, "'mood'"),
    "an unknown fact": ({"facts": {"symptom": "too_slow"}}, UnknownFact, "symptoms"),
    "an empty name": ({"facts": {"": 1}}, UnknownFact, "unknown fact ''"),
    "an unknown value": ({"facts": {"owner": "boss"}}, UnknownValue, "none, api_team, ml_team"),
    "an unknown value in a set": (
        {"facts": {"pressure": ["cost", "boss"]}},
        UnknownValue,
        "pressure has no value 'boss'",
    ),
    "a number for a choice": ({"facts": {"owner": 1}}, UnknownValue, "owner has no value 1"),
    "true for a choice": ({"facts": {"owner": True}}, UnknownValue, "owner has no value True"),
    "null for a choice": ({"facts": {"owner": None}}, UnknownValue, "owner has no value None"),
    "a list in a list": ({"facts": {"owner": [["none"]]}}, UnknownValue, "owner has no value"),
    "a list as the value": (
        {"facts": {"owner": {"value": ["none"]}}},
        UnknownValue,
        "owner has no value",
    ),
    "a fact without a value": ({"facts": {"owner": {"quote": "x"}}}, BadInput, 'needs a "value"'),
    "a fact with a key too many": (
        {"facts": {"owner": {"value": "none", "confidence": 1}}},
        BadInput,
        "'confidence'",
    ),
    "an unknown basis": (
        {"facts": {"owner": {"value": "none", "basis": "guessed"}}},
        UnknownValue,
        "implied, stated, confirmed, measured",
    ),
    "a basis that is no text": (
        {"facts": {"owner": {"value": "none", "basis": ["stated"]}}},
        UnknownValue,
        "no basis",
    ),
    "a quote that is no text": (
        {"facts": {"owner": {"value": "none", "quote": 5}}},
        BadInput,
        "texts",
    ),
    "a quote that is null": (
        {"facts": {"owner": {"value": "none", "quote": None}}},
        BadInput,
        "texts",
    ),
    "a message that is no text": (
        {"facts": {"pressure": [{"value": "cost", "message": 1.5}]}},
        BadInput,
        "pressure: quote, author and message",
    ),
    "an author that is no text": (
        {"facts": {"owner": {"value": "none", "author": ["ann"]}}},
        BadInput,
        "texts",
    ),
    "text for a number": ({"facts": {"test_cases": "many"}}, UnknownValue, "a number (cases)"),
    "true for a number": ({"facts": {"test_cases": True}}, UnknownValue, "not True"),
    "null for a number": ({"facts": {"test_cases": None}}, UnknownValue, "not None"),
    "not a number": ({"facts": {"test_cases": math.nan}}, UnknownValue, "not nan"),
    "not a number, as text": ({"facts": {"test_cases": "NaN"}}, UnknownValue, "not 'NaN'"),
    "endless": ({"facts": {"test_cases": math.inf}}, UnknownValue, "not inf"),
    "a number beyond measure": ({"facts": {"test_cases": 10**400}}, UnknownValue, "a number"),
    "a negative number": ({"facts": {"test_cases": -1}}, UnknownValue, "not -1"),
    "more than all cases pass": ({"facts": {"pass_rate": 101}}, UnknownValue, "100 percent"),
    "a number for yes or no": ({"facts": {"must_cite": 1}}, UnknownValue, "true or false"),
    "a word for yes or no": ({"facts": {"must_cite": "maybe"}}, UnknownValue, "true or false"),
    "an empty text": ({"facts": {"currency": "  "}}, UnknownValue, "a short text"),
    "a number for a text": ({"facts": {"currency": 5}}, UnknownValue, "a short text"),
    "asked is no list": ({"facts": {}, "asked": "owner"}, BadInput, "asked is a list"),
    "asked holds an unknown fact": ({"facts": {}, "asked": ["boss"]}, UnknownFact, "'boss'"),
    "set aside is no list": ({"facts": {}, "set_aside": None}, BadInput, "set_aside is a list"),
    "set aside holds a number": ({"facts": {}, "set_aside": [5]}, UnknownFact, "'5'"),
}


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS)
def test_what_goes_out_comes_in_again_as_it_was(facts: dict[str, Any]) -> None:
    read = problem(facts)
    written = json.dumps(read.facts_as_json(), allow_nan=False)
    again = problem(json.loads(written))
    assert again == read
    assert json.dumps(again.facts_as_json(), allow_nan=False) == written


@given(st.floats(0, 100))
def test_a_share_goes_out_and_comes_in_again_however_small(percent: float) -> None:
    share = Problem((Fact("pass_rate", round(percent, 4)),))
    written = json.dumps(share.facts_as_json(), allow_nan=False)
    assert problem(json.loads(written)) == share


def test_a_share_of_one_percent_or_less_goes_out_as_a_fraction() -> None:
    shares = {100.0: 100, 64.5: 64.5, 1.5: 1.5, 1.0: 0.01, 0.5: 0.005, 0.0: 0}
    for percent, given_ in shares.items():
        assert Fact("pass_rate", percent).as_json()["value"] == given_
    assert Fact("test_cases", 1.0).as_json()["value"] == 1


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_given_never_matters(
    facts: dict[str, Any], random: Random
) -> None:
    names = list(facts)
    random.shuffle(names)
    turned = {n: facts[n][::-1] if isinstance(facts[n], list) else facts[n] for n in names}
    assert problem(turned) == problem(facts)


@pytest.mark.parametrize(("name", "given_", "expected"), READ.values(), ids=READ)
def test_facts_are_read_from_what_scripts_write(
    name: str, given_: object, expected: list[Fact]
) -> None:
    read = problem({name: given_})
    assert list(read.facts) == expected
    assert [type(fact.value) for fact in read.facts] == [type(fact.value) for fact in expected]
    assert not read.conflicts


@pytest.mark.parametrize(("document", "error", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    document: object, error: type[UsageError], says: str
) -> None:
    with pytest.raises(UsageError) as raised:
        problem_from_json(document)
    assert raised.type is error
    assert says in raised.value.sentence
    assert "\n" not in raised.value.sentence
    assert len(raised.value.sentence) < 800


@pytest.mark.parametrize("value", ("x" * 9_000, ["x"] * 9_000, {"x": "y" * 9_000}))
def test_a_refused_value_is_not_repeated_in_full(value: object) -> None:
    with pytest.raises(UsageError) as raised:
        problem({"owner": {"value": value}})
    assert len(raised.value.sentence) < 200


def test_two_values_for_a_single_fact_are_a_conflict_and_count_as_unknown() -> None:
    read = problem({"owner": [{"value": "none", "author": "ann"}, "ml_team"], "task": "classify"})
    assert not read.known("owner")
    assert read.contested == {"owner"}
    assert read.conflicts[0].as_json() == {
        "fact": "owner",
        "values": [
            {"value": "none", "basis": "stated", "author": "ann"},
            {"value": "ml_team", "basis": "stated"},
        ],
    }
    assert read.facts_as_json() == {"task": {"value": "classify", "basis": "stated"}}


def test_two_numbers_for_a_single_fact_are_a_conflict() -> None:
    assert problem({"test_cases": [30, 40]}).contested == {"test_cases"}
    assert not problem({"test_cases": [30, "30", 30.0]}).conflicts


def test_conflicts_come_in_the_order_of_their_names() -> None:
    both: dict[str, Any] = {"topic": ["other", "llm_adaptation"], "owner": ["none", "ml_team"]}
    for names in (sorted(both), sorted(both, reverse=True)):
        conflicts = problem({name: both[name] for name in names}).conflicts
        assert [conflict.name for conflict in conflicts] == ["owner", "topic"]


def test_what_was_asked_twice_was_asked_twice() -> None:
    asked = ["owner", "breadth", "owner"]
    assert problem_from_json({"facts": {}, "asked": asked}).asked == tuple(asked)


def test_what_was_asked_and_set_aside_comes_along() -> None:
    document = {"facts": {}, "asked": ["owner", "breadth"], "set_aside": ["owner"], "id": "case 1"}
    read = problem_from_json(document)
    assert read == Problem(asked=("owner", "breadth"), set_aside=frozenset({"owner"}))


def test_a_new_fact_takes_the_place_of_what_was_known_or_contested() -> None:
    read = problem({"owner": ["none", "ml_team"], "pressure": ["cost", "volume"]})
    changed = read.with_facts(Fact("owner", "none"), Fact("pressure", "latency"))
    assert changed.values("owner") == {"none"}
    assert changed.values("pressure") == {"latency"}
    assert not changed.conflicts


def test_facts_are_looked_up_by_name() -> None:
    read = problem({"owner": "none", "test_cases": "40", "pressure": ["cost", "volume"]})
    assert read.one("owner") == Fact("owner", "none")
    assert read.one("task") is None
    assert read.number("test_cases") == 40
    assert read.number("pass_rate") is None
    assert read.values("pressure") == {"cost", "volume"}
    assert read.values("task") == frozenset()
    assert read.known("owner")
    assert not read.known("task")


def test_what_was_merely_implied_or_surmised_opens_no_gate() -> None:
    weak = [Basis.SURMISED, Basis.IMPLIED]
    assert [basis for basis in Basis if not basis.opens_gates] == weak
    assert sorted(Basis, key=lambda basis: basis.rank) == list(Basis)


@pytest.mark.parametrize(
    ("value", "shown"), ((64.0, "64"), (64.5, "64.5"), (0.0, "0"), (True, "true"), ("x", '"x"'))
)
def test_whole_numbers_are_shown_without_a_point(value: str | float, shown: str) -> None:
    assert json.dumps(tidy(value)) == shown


@pytest.mark.parametrize("attribute", VOCABULARY, ids=lambda attribute: attribute.name)
def test_every_value_of_the_vocabulary_is_read_as_itself(attribute: Attribute) -> None:
    names = [value.name for value in attribute.values]
    assert [checked(attribute, name) for name in names] == names
    facts = [Fact(attribute.name, name) for name in names]
    assert in_order(reversed(facts)) == facts
