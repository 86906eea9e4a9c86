"""What is known about one problem: facts with their evidence, and their form as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, cached_property
from typing import Any

from bot.domain.facts import VOCABULARY, Attribute, Kind, attribute_named
from bot.errors import BadInput, UnknownValue

FactValue = str | float | bool

# What may stand beside the facts: our own keys, and those that a reading carries, which say
# nothing to a rule; so that what was read can be handed on as it is.
_BESIDE_FACTS = {"facts", "asked", "set_aside", "id"} | {
    "denials",
    "does_not_know",
    "dropped",
    "note",
    "prompt",
    "reader",
    "request",
}
_TOO_LARGE = 1e15
_WHOLE = 100
_SHOWN = 60


class Basis(Enum):
    """How well a fact is founded, weakest first.

    `surmised` is what a reader without a language model takes to be likely from the words around:
    enough for a first direction and for the right question, never for an answer that stands.
    """

    SURMISED = "surmised"
    IMPLIED = "implied"
    STATED = "stated"
    CONFIRMED = "confirmed"
    MEASURED = "measured"

    rank: int
    """Order of strength, 0 for the weakest."""

    opens_gates: bool
    """Whether a gate to training may rest on it: what was only implied or surmised may not."""

    def __init__(self, name: str) -> None:
        # Looked up for each fact again and again: an attribute costs a tenth of a property.
        self.rank = len(type(self).__members__)
        self.opens_gates = name not in {"surmised", "implied"}

    # A member is itself: Enum's own hash of its name is slow, and this is hot.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one attribute, with who said it, in which message, in which words."""

    name: str
    value: FactValue
    basis: Basis = Basis.STATED
    quote: str = ""
    author: str = ""
    message: str = ""

    def as_json(self) -> dict[str, FactValue]:
        """Return the contract's form; empty evidence is left out."""
        shown: dict[str, FactValue] = {"value": self._given(), "basis": self.basis.value}
        for key in ("quote", "author", "message"):
            if text := getattr(self, key):
                shown[key] = text
        return shown

    def _given(self) -> FactValue:
        """Return the value as it would be given: a share of one percent or less as a fraction."""
        if self.name == "pass_rate" and isinstance(self.value, float) and self.value <= 1:
            return self.value / _WHOLE
        return tidy(self.value)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A single-valued attribute for which people said different things: it counts as unknown."""

    name: str
    facts: tuple[Fact, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's form."""
        return {"fact": self.name, "values": [fact.as_json() for fact in self.facts]}


@dataclass(frozen=True)
class Problem:
    """All that is known: facts, conflicts, what was asked, and what nobody could answer.

    `asked` names the attributes that were put to the person, in order. `set_aside` names those
    answered with "don't know": they are never asked again.
    """

    facts: tuple[Fact, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    asked: tuple[str, ...] = ()
    set_aside: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Fact, ...]]:
        """Facts grouped by attribute."""
        grouped: dict[str, tuple[Fact, ...]] = {}
        for fact in self.facts:
            grouped[fact.name] = (*grouped.get(fact.name, ()), fact)
        return grouped

    @cached_property
    def contested(self) -> frozenset[str]:
        """Names of the attributes in conflict."""
        return frozenset(conflict.name for conflict in self.conflicts)

    def known(self, name: str) -> bool:
        """Whether the attribute has a value."""
        return name in self.by_name

    def values(self, name: str) -> frozenset[FactValue]:
        """Return all values held of an attribute."""
        return frozenset({fact.value for fact in self.by_name.get(name, ())})

    def number(self, name: str) -> float | None:
        """Return the number held of an attribute, or None."""
        held = self.by_name.get(name)
        return float(held[0].value) if held else None

    def one(self, name: str) -> Fact | None:
        """Return the fact held of a single-valued attribute, or None."""
        held = self.by_name.get(name)
        return held[0] if held else None

    @cached_property
    def surmised(self) -> frozenset[str]:
        """Names of the attributes of which some value is no more than surmised."""
        return frozenset(fact.name for fact in self.facts if fact.basis is Basis.SURMISED)

    @cached_property
    def firm(self) -> Problem:
        """The problem without what is only surmised."""
        if not self.surmised:
            return self
        kept = tuple(fact for fact in self.facts if fact.basis is not Basis.SURMISED)
        return replace(self, facts=kept)

    def with_facts(self, *facts: Fact) -> Problem:
        """Return the problem with these facts in place of what was known of those attributes."""
        names = {fact.name for fact in facts}
        kept = tuple(fact for fact in self.facts if fact.name not in names)
        conflicts = tuple(conflict for conflict in self.conflicts if conflict.name not in names)
        return replace(self, facts=(*kept, *facts), conflicts=conflicts)

    def facts_as_json(self) -> dict[str, Any]:
        """Return `{name: fact or list of facts}` in the order of the vocabulary."""
        shown: dict[str, Any] = {}
        for attribute in VOCABULARY:
            held = [fact.as_json() for fact in self.by_name.get(attribute.name, ())]
            if held:
                shown[attribute.name] = held if attribute.kind is Kind.MANY else held[0]
        return shown


def tidy(value: FactValue) -> FactValue:
    """Return whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def checked(attribute: Attribute, value: object) -> FactValue:
    """Return the value in the attribute's own kind; raises UnknownValue where it has none such."""
    match attribute.kind:
        case Kind.ONE | Kind.MANY:
            if isinstance(value, str) and attribute.value(value):
                return value
            known = ", ".join(known.name for known in attribute.values)
            raise UnknownValue(
                f"{attribute.name} has no value {_shown(value)}: use one of {known}."
            )
        case Kind.NUMBER:
            return _number(attribute, value)
        case Kind.YES_NO:
            return _yes_no(attribute, value)
        case Kind.TEXT:
            if isinstance(value, str) and value.strip():
                return value.strip()[:200].strip()
            raise UnknownValue(f"{attribute.name} takes a short text, not {_shown(value)}.")


def _number(attribute: Attribute, value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(str(value).replace(" ", ""))
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or not 0 <= number < _TOO_LARGE:
        message = f"{attribute.name} takes a number ({attribute.unit}), not {_shown(value)}."
        raise UnknownValue(message)
    if attribute.name == "pass_rate":
        number = number * 100 if number <= 1 else number
        if number > _WHOLE:
            raise UnknownValue(f"pass_rate is a share of 100 percent, not {_shown(value)}.")
        return round(number, 4)
    return number


def _yes_no(attribute: Attribute, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("yes", "no"):
        return value == "yes"
    raise UnknownValue(f"{attribute.name} takes true or false, not {_shown(value)}.")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def problem_from_json(document: object) -> Problem:
    """Build a problem from `{"facts": {...}, "asked"?: [...], "set_aside"?: [...]}`.

    Raises BadInput, UnknownFact or UnknownValue, each naming the place.
    """
    if not isinstance(document, dict) or not isinstance(document.get("facts"), dict):
        raise BadInput(
            'the facts must be an object of the form {"facts": {"name": {"value": ...}}}.'
        )
    if unknown := set(document) - _BESIDE_FACTS:
        names = ", ".join(sorted(map(str, unknown)))
        raise BadInput(f"unknown key {names[:60]!r} beside facts: use facts, asked, set_aside, id.")
    facts: list[Fact] = []
    conflicts: list[Conflict] = []
    for key, given in document["facts"].items():
        name = str(key)
        held = _facts_of(attribute_named(name), given)
        if attribute_named(name).kind is not Kind.MANY and len({fact.value for fact in held}) > 1:
            conflicts.append(Conflict(name, held))
        elif attribute_named(name).kind is Kind.MANY:
            facts.extend(held)
        else:
            facts.extend(held[:1])
    return Problem(
        tuple(in_order(facts)),
        tuple(sorted(conflicts, key=lambda conflict: conflict.name)),
        _names(document, "asked"),
        frozenset(_names(document, "set_aside")),
    )


def _facts_of(attribute: Attribute, given: object) -> tuple[Fact, ...]:
    items = given if isinstance(given, list) else [given]
    strongest: dict[FactValue, Fact] = {}
    for fact in (_fact(attribute, item) for item in items):
        held = strongest.get(fact.value)
        if held is None or held.basis.rank < fact.basis.rank:
            strongest[fact.value] = fact
    return tuple(strongest.values())


def _fact(attribute: Attribute, item: object) -> Fact:
    if not isinstance(item, dict):
        return Fact(attribute.name, checked(attribute, item))
    if "value" not in item:
        raise BadInput(f'{attribute.name}: a fact needs a "value".')
    if unknown := set(item) - {"value", "basis", "quote", "author", "message"}:
        names = ", ".join(sorted(map(str, unknown)))
        raise BadInput(f"{attribute.name}: a fact has no {names[:60]!r}.")
    texts = {key: item.get(key, "") for key in ("quote", "author", "message")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadInput(f"{attribute.name}: quote, author and message are texts.")
    return Fact(attribute.name, checked(attribute, item["value"]), _basis(attribute, item), **texts)


def _basis(attribute: Attribute, item: Mapping[str, object]) -> Basis:
    given = item.get("basis", Basis.STATED.value)
    found = next((basis for basis in Basis if basis.value == given), None)
    if found is None:
        known = ", ".join(basis.value for basis in Basis)
        raise UnknownValue(f"{attribute.name}: no basis {_shown(given)}; use one of {known}.")
    return found


def _names(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    given = document.get(key, [])
    if not isinstance(given, list):
        raise BadInput(f"{key} is a list of fact names.")
    return tuple(attribute_named(str(name)).name for name in given)


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by the vocabulary and its values, so that the order of input never matters."""
    return sorted(facts, key=_place)


def _place(fact: Fact) -> tuple[int, int, str]:
    place, values = _places()[fact.name]
    return (place, values.get(fact.value, 0), str(fact.value))


@cache
def _places() -> Mapping[str, tuple[int, Mapping[FactValue, int]]]:
    """Return each attribute's place in the vocabulary, and those of its values."""
    return {
        attribute.name: (place, {value.name: at for at, value in enumerate(attribute.values)})
        for place, attribute in enumerate(VOCABULARY)
    }
