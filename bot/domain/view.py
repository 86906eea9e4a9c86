"""The facts as the rules see them, and what comes out when nothing more is learned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache, reduce
from operator import and_

from bot.domain.approaches import Approach
from bot.domain.classes import classes_of, mask_of, options, payback_class
from bot.domain.conditions import Term
from bot.domain.facts import VOCABULARY
from bot.domain.gates import GATES, Gate
from bot.domain.market import Market
from bot.domain.problem import Problem
from bot.domain.rules import RULES, Rule
from bot.domain.signals import SIGNALS
from bot.errors import RulebookBroken

# A bit beyond all signals, on in every state that is tried: what a rule wants that wants none.
_ALWAYS_ON = 1 << len(SIGNALS)
_TELLING = ("symptoms", "fault", "pressure", "simpler_method")


@dataclass(frozen=True)
class View:
    """The facts as signals: each known fact's mask, that of the well-founded ones, what is open.

    `open_facts` are unknown (or contested) and may be asked; the first option of each is what the
    rules take for granted meanwhile.
    """

    masks: Mapping[str, int]
    founded: Mapping[str, int]
    open_facts: frozenset[str]

    @cached_property
    def known(self) -> int:
        """Signals that are on by what is known alone."""
        return _union(self.masks.values())

    @cached_property
    def state(self) -> int:
        """Signals that are on, with what is taken for granted."""
        return self.known | _union(option_masks(name)[0] for name in self.open_facts)

    @cached_property
    def founded_state(self) -> int:
        """Signals that are on by well-founded values alone."""
        return _union(self.founded.values())


def view_of(problem: Problem, market: Market, as_of: date) -> View:
    """Read the signals off a problem."""
    masks = _masks_of(problem, market, as_of)
    if all(fact.basis.opens_gates for fact in problem.facts):
        founded = masks
    else:
        firm = tuple(fact for fact in problem.facts if fact.basis.opens_gates)
        founded = _masks_of(Problem(firm), market, as_of)
    return View(masks, founded, _open_facts(problem, payback_known=bool(masks["payback"])))


def _masks_of(problem: Problem, market: Market, as_of: date) -> Mapping[str, int]:
    classes = {name: classes_of(problem, name, market, as_of) for name in problem.by_name}
    classes["payback"] = payback_class(problem, market, as_of)
    return {name: mask_of(name, of_fact) for name, of_fact in classes.items()}


def _open_facts(problem: Problem, *, payback_known: bool) -> frozenset[str]:
    unknown = {name for name in askable() if not problem.known(name)}
    if any(problem.known(name) for name in _TELLING):
        unknown.discard("symptoms")
    contested = problem.contested & set(options())
    return frozenset(unknown | contested | (set() if payback_known else {"payback"}))


@cache
def askable() -> frozenset[str]:
    """Return the facts that we ask for."""
    return frozenset(attribute.name for attribute in VOCABULARY if attribute.question)


@lru_cache(maxsize=65_536)
def rule_for(state: int) -> Rule:
    """Return the first rule that the fully known state satisfies."""
    return first_rule(state)


def first_rule(state: int) -> Rule:
    """Return the first rule that holds, found anew; the loop is written out because it is hot."""
    state |= _ALWAYS_ON
    for wants, common_on, common_off, terms, rule in _hot_rules():
        if state & wants and not state & common_off and state & common_on == common_on:
            for on, off in terms:
                if state & on == on and not state & off:
                    return rule
    raise RulebookBroken("no rule holds: the last one must always hold.")


@cache
def _hot_rules() -> tuple[tuple[int, int, int, tuple[Term, ...], Rule], ...]:
    """Return each rule with what all its terms have in common, tried before any term."""
    return tuple(_hot_rule(rule) for rule in RULES)


def _hot_rule(rule: Rule) -> tuple[int, int, int, tuple[Term, ...], Rule]:
    terms = rule.when.terms
    common_on = reduce(and_, (on for on, _ in terms))
    common_off = reduce(and_, (off for _, off in terms))
    return rule.when.wants or _ALWAYS_ON, common_on, common_off, terms, rule


def shut_gate(approach: Approach, state: int) -> Gate | None:
    """Return the first gate that forbids this approach, if one does."""
    return next((g for g in GATES if approach in g.guards and g.shuts.holds(state)), None)


@lru_cache(maxsize=65_536)
def approach_in(state: int) -> Approach:
    """Return what comes out of a fully known state, gates included."""
    approach = rule_for(state).approach
    gate = shut_gate(approach, state) if approach.trains else None
    return gate.instead[0] if gate else approach


@cache
def option_masks(name: str) -> tuple[int, ...]:
    """Return the masks of the answers that a fact may get, what is taken for granted first."""
    return tuple(mask_of(name, classes) for classes in options()[name])


@cache
def signals_of(name: str) -> int:
    """Return the mask of all signals that read a fact."""
    return _union(signal.bit for signal in SIGNALS if signal.fact == name)


@cache
def fact_of(bit: int) -> str:
    """Return the fact that a signal reads."""
    return next(signal.fact for signal in SIGNALS if signal.bit == bit)


def _union(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined
