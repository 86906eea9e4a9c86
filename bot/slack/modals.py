"""The forms: a problem told in one go, and what we understood, to be put right.

The vocabulary gives the fields. A field's block_id is `fact:` and the fact's name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from bot.domain.facts import VOCABULARY, Attribute, Kind, Role, attribute_named, by_name
from bot.domain.problem import Basis, Fact, FactValue, Problem, checked, tidy
from bot.errors import UsageError
from bot.slack.escape import plain, tidied
from bot.slack.render import Block, label_of, option, section

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]

PROBLEM = "problem"
CORRECT = "correct"
_TEXT = "problem"
_ACTION = "value"
_FIELD = "fact:"
_UNKNOWN = "_unknown"
"""A menu cannot be emptied once something is chosen, so "not known" is one of its lines."""

_LONGEST_PROBLEM = 3_000
_LONGEST_TEXT = 200
"""What the vocabulary holds of a text; `checked` cuts what is longer."""

_LONGEST_SIDE = 60
"""Of one side of a disagreement in a hint: our choice."""

_ASKED_AT_FIRST = ("answer_source", "breadth", "examples_form", "examples_count")
_PARTS = (
    (Role.DIRECTION, "What it does and what goes wrong"),
    (Role.READINESS, "Whether training could work"),
    (Role.PLAN, "Sizes and limits"),
    (Role.WISH, "What somebody wishes for"),
)
_NOTHING_KNOWN = Problem()


def problem_modal(private_metadata: str) -> Block:
    """Return the form in which a problem is told."""
    told = {
        "type": "plain_text_input",
        "action_id": _ACTION,
        "multiline": True,
        "max_length": _LONGEST_PROBLEM,
        "placeholder": plain("What should the model do, what goes wrong, what did you try?", 150),
    }
    fields = [_field(attribute_named(name), _NOTHING_KNOWN) for name in _ASKED_AT_FIRST]
    blocks = [_input(_TEXT, "What is the problem?", told, optional=False), *fields]
    return _modal(PROBLEM, "Should we fine-tune?", "Ask", blocks, private_metadata)


def correct_modal(problem: Problem, private_metadata: str) -> Block:
    """Return the form with all that we understood; whatever has a value may be put right."""
    lead = "Change what is wrong. What you leave as it is stays as it was said."
    blocks = [section(lead)]
    for role, heading in _PARTS:
        fields = [_field(row, problem) for row in VOCABULARY if row.role is role]
        blocks += [{"type": "header", "text": plain(heading, 150)}, *fields]
    return _modal(CORRECT, "What I understood", "Save", blocks, private_metadata)


def problem_text(values: Values) -> str:
    """Return what was told in the problem's form."""
    return str(_state(values, _TEXT).get("value") or "").strip()


def facts_from(
    values: Values, before: Problem | None
) -> tuple[tuple[Fact, ...], dict[str, str], frozenset[str]]:
    """Return the facts that a form gives, its errors by block_id, and the names it takes back.

    Without `before` all that was filled in counts. With it, only fields that were changed: of such
    a field the facts are all that it holds now, and its name is among those taken back where any
    value of before (or a side of a conflict) is no longer held. Whoever folds drops what was known
    of these names first. A field that was emptied gives a name and no fact.
    """
    known = before or _NOTHING_KNOWN
    errors = {_TEXT: _NO_PROBLEM} if _TEXT in values and not problem_text(values) else {}
    facts: list[Fact] = []
    taken_back: set[str] = set()
    for block_id, attribute in _fields_in(values):
        try:
            held = _changed(attribute, _state(values, block_id), known)
        except UsageError as error:
            errors[block_id] = error.sentence
            continue
        facts += [Fact(attribute.name, value, Basis.CONFIRMED) for value in held or ()]
        if held is not None and _known(attribute.name, known) - set(held):
            taken_back.add(attribute.name)
    return tuple(facts), errors, frozenset(taken_back)


_NO_PROBLEM = "Say in a few words what the model has to do and what goes wrong."


def _fields_in(values: Values) -> Iterator[tuple[str, Attribute]]:
    for block_id in values:
        attribute = by_name().get(block_id.removeprefix(_FIELD))
        if block_id.startswith(_FIELD) and attribute is not None:
            yield block_id, attribute


# --- Out of a form -------------------------------------------------------------------------------


def _state(values: Values, block_id: str) -> Mapping[str, Any]:
    return values.get(block_id, {}).get(_ACTION) or {}


def _changed(
    attribute: Attribute, state: Mapping[str, Any], before: Problem
) -> tuple[FactValue, ...] | None:
    """Return what the field holds; None where it was left as it was. Raises UsageError."""
    given = _given(state)
    if set(given) == set(_shown(attribute, before)):
        return None
    if attribute.kind is Kind.MANY and "none" in given and len(given) > 1:
        raise UsageError("Choose “None” or what there is, not both.")
    if attribute.kind is Kind.NUMBER:
        return tuple(_number(attribute, text) for text in given)
    if attribute.kind is Kind.TEXT:
        return tuple(checked(attribute, text) for text in given)
    return tuple(_choice(attribute, name) for name in given if name != _UNKNOWN)


def _given(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what was chosen or typed, as texts."""
    several = state.get("selected_options") or ()
    one = state.get("selected_option")
    typed = _fitting(str(state.get("value") or ""))
    chosen = [str(each["value"]) for each in (*several, *([one] if one else ()))]
    return tuple(chosen) or ((typed,) if typed else ())


def _fitting(text: str) -> str:
    """Return a text as a field of one line holds it."""
    return tidied(text)[:_LONGEST_TEXT].strip()


def _choice(attribute: Attribute, name: str) -> FactValue:
    try:
        return checked(attribute, name)
    except UsageError:
        sentence = "That is no longer one of the choices: close the form and open it again."
        raise UsageError(sentence) from None


def _number(attribute: Attribute, text: str) -> FactValue:
    """Return what was typed; in a form percent means percent, and never a fraction of one."""
    try:
        value = checked(attribute, text)
    except UsageError:
        raise UsageError(_how_to_write(attribute)) from None
    if attribute.name == "pass_rate" and 0 < float(text.replace(" ", "")) <= 1:
        raise UsageError(_how_to_write(attribute))
    return value


def _how_to_write(attribute: Attribute) -> str:
    if attribute.name == "pass_rate":
        return "Give the share in percent, from 0 to 100, such as 85."
    return f"Give a number ({attribute.unit}) in digits alone, such as 2000."


def _known(name: str, problem: Problem) -> frozenset[FactValue]:
    contested = (fact for row in problem.conflicts if row.name == name for fact in row.facts)
    return problem.values(name) | {fact.value for fact in contested}


# --- Into a form ---------------------------------------------------------------------------------


def _shown(attribute: Attribute, problem: Problem) -> tuple[str, ...]:
    """Return what a field holds when the form opens, as texts; nothing for what is contested."""
    held = problem.values(attribute.name)
    match attribute.kind:
        case Kind.NUMBER:
            return tuple(map(_digits, held))
        case Kind.YES_NO:
            return tuple("yes" if value else "no" for value in held)
        case Kind.TEXT:
            return tuple(filter(None, (_fitting(str(value)) for value in held)))
        case _:
            return tuple(value.name for value in attribute.values if value.name in held)


def _digits(value: FactValue) -> str:
    number = float(value)
    return format(Decimal(str(tidy(number))), "f") if math.isfinite(number) else "0"


def _field(attribute: Attribute, problem: Problem) -> Block:
    shown = _shown(attribute, problem)
    match attribute.kind:
        case Kind.NUMBER:
            element = _number_input(shown)
        case Kind.TEXT:
            element = _text_input(shown)
        case Kind.MANY:
            element = _menu_of_several(attribute, shown)
        case _:
            can_be_emptied = bool(_known(attribute.name, problem))
            element = _menu(attribute, shown, can_be_emptied=can_be_emptied)
    label = attribute.question or attribute.meaning
    return _input(
        f"{_FIELD}{attribute.name}", label, element, optional=True, hint=_hint(attribute, problem)
    )


def _number_input(shown: tuple[str, ...]) -> Block:
    held = {"initial_value": shown[0]} if shown else {}
    return {
        "type": "number_input",
        "action_id": _ACTION,
        "is_decimal_allowed": True,
        "min_value": "0",
        **held,
    }


def _text_input(shown: tuple[str, ...]) -> Block:
    held = {"initial_value": shown[0]} if shown else {}
    return {
        "type": "plain_text_input",
        "action_id": _ACTION,
        "max_length": _LONGEST_TEXT,
        **held,
    }


def _menu_of_several(attribute: Attribute, shown: tuple[str, ...]) -> Block:
    options = _options(attribute)
    chosen = [each for each in options if each["value"] in shown]
    return {
        "type": "multi_static_select",
        "action_id": _ACTION,
        "placeholder": plain("Not known", 150),
        "options": options,
        **({"initial_options": chosen} if chosen else {}),
    }


def _menu(attribute: Attribute, shown: tuple[str, ...], *, can_be_emptied: bool) -> Block:
    options = _options(attribute)
    chosen = [each for each in options if each["value"] in shown]
    return {
        "type": "static_select",
        "action_id": _ACTION,
        "placeholder": plain("Not known", 150),
        "options": [*options, *([option("Not known", _UNKNOWN)] if can_be_emptied else [])],
        **({"initial_option": chosen[0]} if chosen else {}),
    }


def _options(attribute: Attribute) -> list[Block]:
    if attribute.kind is Kind.YES_NO:
        return [option("Yes", "yes"), option("No", "no")]
    return [option(value.label, value.name) for value in attribute.values]


def _hint(attribute: Attribute, problem: Problem) -> str:
    return " ".join(
        (*_contested(attribute, problem), *_guessed(attribute, problem), *_unit(attribute))
    )


def _contested(attribute: Attribute, problem: Problem) -> Iterator[str]:
    for conflict in problem.conflicts:
        if conflict.name == attribute.name:
            said = dict.fromkeys(_side(attribute, fact) for fact in conflict.facts)
            yield f"People said different things: {' / '.join(said)}."


def _side(attribute: Attribute, fact: Fact) -> str:
    is_text = attribute.kind is Kind.TEXT
    return tidied(str(fact.value))[:_LONGEST_SIDE] if is_text else label_of(fact)


def _guessed(attribute: Attribute, problem: Problem) -> Iterator[str]:
    if attribute.name in problem.surmised:
        yield "My guess, in part or in whole."


def _unit(attribute: Attribute) -> Iterator[str]:
    if attribute.unit:
        yield (
            f"In {attribute.unit}."
            if attribute.unit == "percent"
            else f"Counted: {attribute.unit}."
        )


def _input(block_id: str, label: str, element: Block, *, optional: bool, hint: str = "") -> Block:
    below = {"hint": plain(hint, 2_000)} if hint else {}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2_000),
        "element": element,
        "optional": optional,
        **below,
    }


def _modal(
    callback_id: str, heading: str, submit: str, blocks: Iterable[Block], private_metadata: str
) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain(heading, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": list(blocks),
    }
