"""The forms hold the whole vocabulary, and what comes out of them is what somebody changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given

from bot.domain.conversation import Statement, fold
from bot.domain.facts import VOCABULARY, Kind, by_name
from bot.domain.problem import Basis, Fact, Problem, checked
from bot.playground.limits import problems
from bot.slack.modals import correct_modal, facts_from, problem_modal, problem_text
from tests.domain.problems import DISTILLED, FEW_CALLS, TRAINED, decided, problem
from tests.slack.test_render import MANY, SEEDS, dressed, faults, pool, said, texts_of

State = dict[str, dict[str, dict[str, Any]]]
FULL = problem({**TRAINED, **FEW_CALLS, "must_cite": True, "risk": "high", "language_domain": "x"})


@pytest.fixture(autouse=True, scope="module")
def _decided_beforehand() -> None:
    pool()


def untouched(view: Mapping[str, Any]) -> State:
    """Return what Slack sends for a form that was opened and submitted as it was."""
    inputs = (block for block in view["blocks"] if block["type"] == "input")
    return {block["block_id"]: {"value": _state(block["element"])} for block in inputs}


def _state(element: Mapping[str, Any]) -> dict[str, Any]:
    match element["type"]:
        case "static_select":
            return {"selected_option": element.get("initial_option")}
        case "multi_static_select":
            return {"selected_options": element.get("initial_options", [])}
        case _:
            return {"value": element.get("initial_value")}


def chosen(name: str, *values: str) -> State:
    """Return what Slack sends for one field."""
    row = by_name()[name]
    picked = [{"value": value, "text": {"type": "plain_text", "text": "-"}} for value in values]
    match row.kind:
        case Kind.NUMBER | Kind.TEXT:
            state: dict[str, Any] = {"value": values[0] if values else None}
        case Kind.MANY:
            state = {"selected_options": picked}
        case _:
            state = {"selected_option": picked[0] if picked else None}
    return {f"fact:{name}": {"value": {"type": "-", **state}}}


def told(text: str) -> State:
    return {"problem": {"value": {"type": "plain_text_input", "value": text}}}


# --- What the forms hold -------------------------------------------------------------------------


def assert_fit(view: Mapping[str, Any]) -> None:
    assert problems("views.open", {"view": view}) == ()
    for text in texts_of(view):
        assert not faults(text), text


@MANY
@given(SEEDS)
def test_any_form_can_be_opened_and_changes_nothing_by_itself(seed: int) -> None:
    known = dressed(seed).problem
    view = correct_modal(known, "case")
    assert facts_from(untouched(view), known) == ((), {}, frozenset())
    assert_fit(view)
    if seed % 4 == 0:
        assert json.dumps(correct_modal(dressed(seed).problem, "case")) == json.dumps(view)


def test_the_forms_at_their_fullest_can_be_opened() -> None:
    for known in (Problem(), FULL, problem(DISTILLED)):
        assert_fit(correct_modal(known, "a" * 3_000))
    assert_fit(problem_modal("a" * 3_000))


def test_every_fact_may_be_put_right() -> None:
    fields = untouched(correct_modal(FULL, ""))
    assert list(fields) == [f"fact:{row.name}" for row in VOCABULARY]


def test_the_form_is_grouped_under_headers() -> None:
    blocks = correct_modal(Problem(), "")["blocks"]
    headers = [block["text"]["text"] for block in blocks if block["type"] == "header"]
    assert headers == [
        "What it does and what goes wrong",
        "Whether training could work",
        "Sizes and limits",
        "What somebody wishes for",
    ]


# fact, what is filled in
FILLED: dict[str, dict[str, Any]] = {
    "task": {"selected_option": "classify"},
    "answer_source": {"selected_options": ["own_way"]},
    "pass_rate": {"value": "80"},
    "examples_count": {"value": "2000"},
    "must_cite": {"selected_option": "yes"},
    "risk": {"selected_option": "high"},
    "tuned_before": {"selected_option": None},
    "latency_ms": {"value": None},
    "language_domain": {"value": "x"},
    "currency": {"value": None},
}


@pytest.mark.parametrize("name", FILLED)
def test_what_is_known_is_filled_in(name: str) -> None:
    state = untouched(correct_modal(FULL, ""))[f"fact:{name}"]["value"]
    assert {key: _names(value) for key, value in state.items()} == FILLED[name]


def _names(value: Any) -> Any:  # noqa: ANN401 -- what Slack sends
    if isinstance(value, list):
        return [each["value"] for each in value]
    return value["value"] if isinstance(value, dict) else value


def hint_of(view: Mapping[str, Any], name: str) -> str:
    block = next(b for b in view["blocks"] if b.get("block_id") == f"fact:{name}")
    return str(block.get("hint", {}).get("text", ""))


def test_a_conflict_is_left_open_and_says_what_was_said() -> None:
    view = correct_modal(problem({"owner": [said("none"), said("ml_team")]}), "")
    assert untouched(view)["fact:owner"]["value"] == {"selected_option": None}
    expected = "People said different things: Nobody / People with ML experience."
    assert hint_of(view, "owner") == expected


def test_a_conflict_of_texts_shows_the_texts() -> None:
    known = problem({"language_domain": [said("Frisian law"), said("Frisian  trade " + "x" * 90)]})
    hint = hint_of(correct_modal(known, ""), "language_domain")
    assert hint.startswith("People said different things: Frisian law / Frisian trade xxx")
    assert len(hint) < 120


def test_a_text_is_as_long_as_what_can_be_held() -> None:
    block = next(
        each
        for each in correct_modal(Problem(), "")["blocks"]
        if each.get("block_id") == "fact:language_domain"
    )
    longest = block["element"]["max_length"]
    held = checked(by_name()["language_domain"], "x" * 9_000)
    assert longest == len(str(held))


def test_a_wish_may_be_put_right_and_changes_nothing_in_the_answer() -> None:
    facts, wrong, _ = facts_from(chosen("requested_solution", "tune it at once"), FULL)
    assert wrong == {}
    assert [fact.value for fact in facts] == ["tune it at once"]
    wished = Problem((*FULL.facts, *facts))
    before, after = decided(FULL), decided(wished)
    assert (before.approach, before.status, before.because, before.plan, before.question) == (
        after.approach,
        after.status,
        after.because,
        after.plan,
        after.question,
    )


def test_a_guess_is_called_a_guess() -> None:
    view = correct_modal(problem({"pressure": [said("cost", "surmised")]}), "")
    assert hint_of(view, "pressure") == "My guess, in part or in whole."


def test_the_first_form_asks_for_the_problem_and_four_facts() -> None:
    view = problem_modal("")
    assert view["callback_id"] == "problem"
    assert list(untouched(view)) == [
        "problem",
        "fact:answer_source",
        "fact:breadth",
        "fact:examples_form",
        "fact:examples_count",
    ]
    optional = [block["optional"] for block in view["blocks"]]
    assert optional == [False, True, True, True, True]


# --- What comes out ------------------------------------------------------------------------------


def test_the_first_form_gives_its_text_and_all_that_was_filled_in() -> None:
    values = {
        **told("  it invents refunds \n"),
        **chosen("answer_source", "reference_material", "own_way"),
        **chosen("breadth"),
        **chosen("examples_count", "2000"),
    }
    facts, wrong, cleared = facts_from(values, None)
    assert problem_text(values) == "it invents refunds"
    assert facts == (
        Fact("answer_source", "reference_material", Basis.CONFIRMED),
        Fact("answer_source", "own_way", Basis.CONFIRMED),
        Fact("examples_count", 2000.0, Basis.CONFIRMED),
    )
    assert (wrong, cleared) == ({}, frozenset())


# what was changed, what holds now, what was taken back
CHANGES: dict[str, tuple[State, list[tuple[str, object]], set[str]]] = {
    "nothing changed": ({}, [], set()),
    "another value takes the place of the old": (
        chosen("task", "extract"),
        [("task", "extract")],
        {"task"},
    ),
    "a value where there was none": (
        chosen("tuned_before", "helped"),
        [("tuned_before", "helped")],
        set(),
    ),
    "a menu that was emptied": (chosen("risk", "_unknown"), [], {"risk"}),
    "one more value of a set gives all of them": (
        chosen("symptoms", "wrong_label_or_value", "too_slow"),
        [("symptoms", "wrong_label_or_value"), ("symptoms", "too_slow")],
        set(),
    ),
    "a value taken out of a set": (
        chosen("symptoms", "too_slow"),
        [("symptoms", "too_slow")],
        {"symptoms"},
    ),
    "a set that was emptied": (chosen("symptoms"), [], {"symptoms"}),
    "the same set in another order": (chosen("symptoms", "wrong_label_or_value"), [], set()),
    "another number": (chosen("pass_rate", "91.5"), [("pass_rate", 91.5)], {"pass_rate"}),
    "a number that was emptied": (chosen("pass_rate"), [], {"pass_rate"}),
    "no number in per cent": (chosen("pass_rate", "0"), [("pass_rate", 0.0)], {"pass_rate"}),
    "no where there was yes": (chosen("must_cite", "no"), [("must_cite", False)], {"must_cite"}),
    "not known where nothing was": (chosen("tuned_before", "_unknown"), [], set()),
    "another text": (
        chosen("language_domain", " Frisian\n law \u200b"),
        [("language_domain", "Frisian law")],
        {"language_domain"},
    ),
    "a text that was emptied": (chosen("language_domain"), [], {"language_domain"}),
    "a text of nothing but space": (
        chosen("language_domain", " \t "),
        [],
        {"language_domain"},
    ),
    "a text where there was none": (chosen("currency", "EUR"), [("currency", "EUR")], set()),
    "a text that is longer than can be held": (
        chosen("currency", "E" * 900),
        [("currency", "E" * 200)],
        set(),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_comes_out(name: str) -> None:
    state, held, cleared = CHANGES[name]
    facts, wrong, taken_back = facts_from({**untouched(correct_modal(FULL, "")), **state}, FULL)
    assert wrong == {}
    assert [(fact.name, fact.value) for fact in facts] == held
    assert {fact.basis for fact in facts} <= {Basis.CONFIRMED}
    assert taken_back == cleared


def test_a_conflict_that_is_settled_takes_both_sides_back() -> None:
    known = problem({"owner": [said("none"), said("ml_team", author="U2")]})
    facts, _, cleared = facts_from(chosen("owner", "ml_team"), known)
    assert [fact.value for fact in facts] == ["ml_team"]
    assert cleared == {"owner"}
    assert facts_from(chosen("owner", "_unknown"), known) == ((), {}, frozenset({"owner"}))


def test_a_set_of_guesses_that_was_changed_is_confirmed_as_a_whole() -> None:
    guessed = Statement("1", "U1", (Fact("symptoms", "too_slow", Basis.SURMISED),))
    facts, _, _ = facts_from(chosen("symptoms", "too_slow", "rambles"), fold([guessed]))
    put_right = Statement("2", "U2", facts, corrects=frozenset({"symptoms"}))
    held = fold([guessed, put_right]).by_name["symptoms"]
    assert {(fact.value, fact.basis) for fact in held} == {
        ("too_slow", Basis.CONFIRMED),
        ("rambles", Basis.CONFIRMED),
    }


# field, what was given, where it is wrong, how it is said
WRONG: dict[str, tuple[State, str, str]] = {
    "words for a number": (chosen("examples_count", "many"), "fact:examples_count", "digits alone"),
    "a number with a comma": (chosen("examples_count", "2,000"), "fact:examples_count", "2000"),
    "a number below nothing": (chosen("test_cases", "-1"), "fact:test_cases", "digits alone"),
    "no number at all": (chosen("test_cases", "nan"), "fact:test_cases", "digits alone"),
    "more than all": (chosen("pass_rate", "101"), "fact:pass_rate", "from 0 to 100"),
    "a fraction for per cent": (chosen("pass_rate", "0.85"), "fact:pass_rate", "such as 85"),
    "none and some": (
        chosen("examples_form", "none", "pairs"),
        "fact:examples_form",
        "not both",
    ),
    "a value that there is not": (chosen("task", "dance"), "fact:task", "open it again"),
    "a problem without words": (told(" \n"), "problem", "Say in a few words"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_beside_its_field(name: str) -> None:
    state, block_id, expected = WRONG[name]
    facts, wrong, _ = facts_from(state, None)
    assert facts == ()
    assert list(wrong) == [block_id]
    assert expected in wrong[block_id]
    assert wrong[block_id].endswith(".")


def test_what_was_wrong_before_the_form_was_opened_is_let_be() -> None:
    known = problem({"examples_form": ["none", "pairs"], "pass_rate": 0.004})
    assert facts_from(untouched(correct_modal(known, "")), known) == ((), {}, frozenset())


def test_fields_that_are_not_ours_are_passed_over() -> None:
    odd: State = {"other": {"value": {"value": "x"}}, "fact:nothing": {"value": {"value": "x"}}}
    assert facts_from({**odd, "fact:task": {}}, None) == ((), {}, frozenset())


def test_the_largest_numbers_survive_the_form() -> None:
    rng = Random(7)
    for _ in range(200):
        value = rng.choice((rng.random() * 100, float(rng.randrange(10**15)), 1e-7))
        known = Problem((Fact("monthly_cost", value),))
        assert facts_from(untouched(correct_modal(known, "")), known) == ((), {}, frozenset())
        assert_fit(correct_modal(known, ""))
