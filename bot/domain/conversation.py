"""A conversation is its statements; folding them in order gives the problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from bot.domain.facts import Kind, Role, attribute_named
from bot.domain.problem import Basis, Conflict, Fact, Problem, in_order

_NOTHING = "none"
"""The value of a set that says that there is nothing of the kind."""


class Request(Enum):
    """What a person asks of us beside telling facts."""

    WHY = "why"
    WHY_NOT = "why_not"
    WHAT_IF = "what_if"
    COST = "cost"
    EXPLAIN = "explain"
    SHOW_RULES = "show_rules"
    START_OVER = "start_over"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Denial:
    """Somebody says that a value does not hold ("it's not the tone")."""

    name: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one message, button or form told us; `message` is its time stamp and its key.

    `corrects` names attributes whose earlier value by the same author this statement replaces.
    `asked` is the attribute that was pending when it was read, `set_aside` what the person does
    not know, `cleared` what somebody emptied in a form: nothing earlier of it holds any more.
    """

    message: str
    author: str
    facts: tuple[Fact, ...] = ()
    denials: tuple[Denial, ...] = ()
    corrects: frozenset[str] = frozenset()
    asked: str = ""
    set_aside: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()


def fold(statements: Iterable[Statement]) -> Problem:
    """Fold statements, in order of their time stamps, into the problem.

    Sets are unions and a denial removes; an answer to our question, or "don't know", ends what was
    surmised of it. A single value is replaced by an explicit correction, by a confirmed fact, by a
    measured one, or by the same author's stronger basis; any other second value is a conflict. What
    was measured stands against what is merely said. The same statements in another order, or one of
    them twice, give the same problem.
    """
    unique = {statement.message: statement for statement in statements}
    held: dict[str, list[Fact]] = {}
    asked: list[str] = []
    set_aside: set[str] = set()
    for statement in sorted(unique.values(), key=lambda item: item.message):
        for name in statement.cleared:
            held.pop(name, None)
        for denial in statement.denials:
            held[denial.name] = [f for f in held.get(denial.name, []) if f.value != denial.value]
        for fact in statement.facts:
            held[fact.name] = _joined(held.get(fact.name, []), fact, statement)
            set_aside.discard(fact.name)
        if statement.asked:
            asked.append(statement.asked)
        unknown = statement.set_aside - {fact.name for fact in statement.facts}
        for name in unknown & held.keys():
            held[name] = [fact for fact in held[name] if fact.basis is not Basis.SURMISED]
        set_aside |= unknown
    facts, conflicts = _settled(_on_topic(held))
    return Problem(facts, conflicts, tuple(asked), frozenset(set_aside))


def _on_topic(held: Mapping[str, list[Fact]]) -> Mapping[str, list[Fact]]:
    """Let a surmise that it is about something else fall where anything firm is known."""
    is_firm = any(
        fact.basis is not Basis.SURMISED and attribute_named(name).role is not Role.WISH
        for name, of_name in held.items()
        for fact in of_name
    )
    if not is_firm:
        return held
    kept = [fact for fact in held.get("topic", []) if fact.basis is not Basis.SURMISED]
    return {**held, "topic": kept}


def _joined(held: list[Fact], fact: Fact, statement: Statement) -> list[Fact]:
    if fact.basis is not Basis.SURMISED and _answers(fact, statement):
        held = [other for other in held if other.basis is not Basis.SURMISED]
    if any(_refutes(other, fact) for other in held) and not _is_firm(fact, statement):
        return held
    if attribute_named(fact.name).kind is Kind.MANY:
        return _joined_set(held, fact)
    stronger = [o for o in held if o.value == fact.value and o.basis.rank > fact.basis.rank]
    if _settles(fact, held, statement):
        return stronger[:1] or [fact]
    if stronger:
        return [o for o in held if o in stronger or not _replaces(fact, o, statement.corrects)]
    if any(_outweighs(other, fact) for other in held):
        return held
    return [*(other for other in held if not _replaces(fact, other, statement.corrects)), fact]


def _joined_set(held: list[Fact], fact: Fact) -> list[Fact]:
    rest = [other for other in held if other.value != fact.value and not _refutes(fact, other)]
    same = [other for other in held if other.value == fact.value]
    if same and same[0].basis.rank >= fact.basis.rank:
        return held
    return [*rest, fact]


def _answers(fact: Fact, statement: Statement) -> bool:
    """Whether the fact is what we asked for, or what the person put right."""
    return fact.name in {statement.asked, *statement.corrects}


def _refutes(measured: Fact, other: Fact) -> bool:
    """Whether what was measured leaves no room for what was said: another value, or for "none"."""
    if measured.basis is not Basis.MEASURED or other.basis is Basis.MEASURED:
        return False
    is_set = attribute_named(other.name).kind is Kind.MANY
    return measured.value != other.value and (not is_set or other.value == _NOTHING)


def _is_firm(fact: Fact, statement: Statement) -> bool:
    """Whether somebody put a fact right, confirmed it or was asked for it, not merely said it."""
    return fact.basis.opens_gates and (fact.basis is Basis.CONFIRMED or _answers(fact, statement))


def _settles(fact: Fact, held: list[Fact], statement: Statement) -> bool:
    """Whether an answer to our question about a conflict ends that conflict, whoever gives it."""
    in_conflict = len({other.value for other in held}) > 1
    return in_conflict and statement.asked == fact.name and fact.basis.opens_gates


def _outweighs(old: Fact, new: Fact) -> bool:
    """Whether a new value that was merely implied, or surmised, yields to a better founded one."""
    if old.value == new.value or new.basis.opens_gates:
        return False
    return old.basis.opens_gates or old.basis.rank > new.basis.rank


def _replaces(new: Fact, old: Fact, corrects: frozenset[str]) -> bool:
    """Whether a new single value takes the place of an old one, instead of contradicting it."""
    if new.value == old.value or _outweighs(new, old):
        return True
    if new.basis is Basis.MEASURED and old.basis is not Basis.MEASURED:
        return True
    same_author = new.author == old.author
    return same_author and (new.name in corrects or new.basis.rank >= Basis.CONFIRMED.rank)


def _settled(held: Mapping[str, list[Fact]]) -> tuple[tuple[Fact, ...], tuple[Conflict, ...]]:
    facts: list[Fact] = []
    conflicts: list[Conflict] = []
    for name, of_name in held.items():
        values = {fact.value for fact in of_name}
        if attribute_named(name).kind is Kind.MANY:
            facts.extend(of_name)
        elif len(values) > 1:
            conflicts.append(Conflict(name, tuple(of_name)))
        else:
            facts.extend(of_name[-1:])
    return tuple(in_order(facts)), tuple(sorted(conflicts, key=lambda conflict: conflict.name))
