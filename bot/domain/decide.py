"""Facts into a Decision: the same facts, market and date give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from bot.domain import signals as s
from bot.domain import words
from bot.domain.approaches import Approach, Status
from bot.domain.classes import mask_of, options, references_for
from bot.domain.conditions import Term
from bot.domain.costs import Comparison, compare, sizes_from
from bot.domain.decision import Change, Condition, Decision, Gaps, Question, Reason
from bot.domain.facts import VOCABULARY, attribute_named
from bot.domain.gates import GATES, Gate
from bot.domain.kinds import kind_of
from bot.domain.market import Market
from bot.domain.outlook import Outlook, outlook_of
from bot.domain.plan import in_words, plan_for
from bot.domain.problem import Fact, Problem
from bot.domain.questions import next_doubt, next_question
from bot.domain.rulebook import rulebook_digest
from bot.domain.rules import Rule
from bot.domain.sources import source
from bot.domain.view import (
    View,
    approach_in,
    askable,
    option_masks,
    rule_for,
    shut_gate,
    signals_of,
    view_of,
)

MAX_QUESTIONS = 3
"""Questions that one consultation may ask: our choice; five where no model reads."""

_SHOWN_CHANGES = 6
"""How many alternatives are shown: our choice, what fits a phone's screen."""


def decide(
    problem: Problem, market: Market, as_of: date, *, max_questions: int = MAX_QUESTIONS
) -> Decision:
    """Decide from the facts alone.

    `as_of` is the day for which the market's rows count. Nothing else goes in: no clock, no model,
    no wish.
    """
    whole = view_of(problem, market, as_of)
    firm = view_of(problem.firm, market, as_of) if problem.surmised else whole
    stands = approach_in(firm.state) is approach_in(whole.state)
    view, of = (firm, problem.firm) if stands else (whole, problem)
    state = view.state
    rule = rule_for(state)
    gate = shut_gate(rule.approach, state) if rule.approach.trains else None
    approach, subkind = gate.instead if gate else (rule.approach, rule.subkind)
    narrow = stands and not (problem.surmised and len(firm.open_facts) > _MOST_OPEN)
    outlook = outlook_of(view.known, view.open_facts) if narrow else _NOT_NARROWED
    ungranted = _unopened(approach, view) if approach.trains else ()
    rft_open = market.method_open("rft", as_of)
    kind = kind_of((approach, subkind), of, state, rft_open=rft_open)
    reasons = _reasons(of, rule, gate, state)
    stands = stands and not (rule.tentative and _is_merely_implied(reasons[0]))
    doubts = _lead(view, of, reasons)
    if stands:
        doubts = _doubts(firm, problem, whole) if len(outlook.possible) > 1 else frozenset()
    return Decision(
        approach=approach,
        subkind=kind,
        with_rag=approach.trains and s.KNOWLEDGE_GAP.holds(state),
        status=_status(approach, outlook.possible, ungranted) if stands else Status.OPEN,
        first_step=words.first_step(approach.value, kind),
        gaps=_gaps(state),
        conditions=tuple(_condition(gate, view) for gate in ungranted),
        assumed=_assumed(view, approach),
        because=reasons,
        sources=_sources(reasons),
        plan=() if approach in _NO_ADVICE else tuple(in_words(plan_for(approach, state))),
        would_change=_would_change(view, approach),
        costs=_costs(of, market, as_of),
        question=_question(
            problem, (whole, firm) if narrow else (whole,), approach, outlook, doubts
        )
        if len(problem.asked) < max_questions
        else None,
        possible=outlook.possible,
        problem=of,
        rulebook=rulebook_digest(market),
    )


_MOST_POSSIBLE = 5
"""Approaches that may still come out of a recommendation; of more, one is a lead: our choice.

Of 30 answers beside which more were possible, 6 were wrong; of 387 others, 12 (ADR 0010).
"""

_MOST_OPEN = 17
"""Open facts up to which S is looked at beside surmises: our choice, for time."""

# While the answer is a lead, or little but surmises is known, anything may still come out.
_NOT_NARROWED = Outlook(frozenset(Approach), {})
_NO_ADVICE = frozenset({Approach.NEED_INFO, Approach.OUT_OF_SCOPE})


def _status(approach: Approach, left: frozenset[Approach], ungranted: tuple[Gate, ...]) -> Status:
    if approach is Approach.NEED_INFO:
        return Status.OPEN
    if approach is Approach.OUT_OF_SCOPE:
        return Status.DECIDED
    if len(left) > _MOST_POSSIBLE:
        return Status.OPEN
    return Status.CONDITIONAL if len(left) > 1 or ungranted else Status.DECIDED


def _question(
    problem: Problem,
    views: Iterable[View],
    approach: Approach,
    outlook: Outlook,
    doubts: frozenset[str],
) -> Question | None:
    """Return what to ask: a doubt first, then as if all that is surmised held, then without it."""
    if doubt := next_doubt(problem, doubts):
        return doubt
    if len(outlook.possible) <= 1:
        return None
    for view in views:
        ahead = outlook_of(view.known, view.open_facts)
        if question := next_question(problem, view, ahead, approach):
            return question
    return None


def _is_merely_implied(reason: Reason) -> bool:
    return not any(fact.basis.opens_gates for fact in reason.facts)


def _doubts(firm: View, problem: Problem, whole: View) -> frozenset[str]:
    """Return the facts that are surmised and would change an answer that stands without them."""
    state = firm.state
    approach = approach_in(state)

    def with_surmise(name: str) -> int:
        taken_for_granted = signals_of(name) if name in firm.open_facts else 0
        return state & ~taken_for_granted | whole.masks[name]

    return frozenset(
        name
        for name in problem.surmised & whole.masks.keys()
        if approach_in(with_surmise(name)) is not approach
    )


def _lead(view: View, problem: Problem, reasons: Iterable[Reason]) -> frozenset[str]:
    """Return the surmised facts without which a lead would be another: to be asked for first."""
    weak = problem.surmised | {fact.name for fact in problem.facts if not fact.basis.opens_gates}
    named = {fact.name for reason in reasons for fact in reason.facts} & weak
    state = view.state
    approach = approach_in(state)
    decisive = {
        name for name in named if approach_in(state & ~view.masks.get(name, 0)) is not approach
    }
    return frozenset(decisive or named or problem.surmised)


def _unopened(approach: Approach, view: View) -> tuple[Gate, ...]:
    """Return the gates that are not open on well-founded facts."""
    return tuple(gate for gate in GATES if approach in gate.guards and not _is_open(gate, view))


def _is_open(gate: Gate, view: View) -> bool:
    """Whether the gate is open: what must be off counts only where all that it needs is known."""
    # The job is a direction fact, for which implied is enough; it only raises what is needed.
    founded = view.founded_state | view.masks.get("task", 0)
    term = gate.opens.term_that_holds(founded)
    return term is not None and (not term[1] or all(name in view.founded for name in gate.facts))


def _condition(gate: Gate, view: View) -> Condition:
    """Return what the gate still needs: the first fact that is unknown, or not as it should be."""
    missing = [need for need in gate.needs if need[0] not in view.founded]
    unmet = [need for need in gate.needs if not _met(need, view)]
    name, value = (*missing, *unmet, *gate.needs)[0]
    return Condition(name, value, words.because(gate.id))


def _met(need: tuple[str, str], view: View) -> bool:
    name, value = need
    return bool(view.founded.get(name, 0) & mask_of(name, {value}))


def _gaps(state: int) -> Gaps:
    return Gaps(s.KNOWLEDGE_GAP.holds(state), s.BEHAVIOUR_GAP.holds(state), s.COST_GAP.holds(state))


def _assumed(view: View, approach: Approach) -> tuple[Condition, ...]:
    """Return what was taken for granted and could have changed the answer."""
    found, state = [], view.state
    for attribute in VOCABULARY:
        name = attribute.name
        if attribute.assume is None or name not in view.open_facts:
            continue
        others = {approach_in(state & ~signals_of(name) | m) for m in option_masks(name)}
        value = attribute.value(attribute.assume)
        if others != {approach} and value is not None:
            found.append(Condition(name, value.name, f"{attribute.meaning} {value.label}."))
    return tuple(found)


def _reasons(problem: Problem, rule: Rule, gate: Gate | None, state: int) -> tuple[Reason, ...]:
    term = rule.when.term_that_holds(state)
    fired = [Reason(rule.id, words.because(rule.id), _evidence(problem, term), rule.sources)]
    if gate is not None:
        shut = gate.shuts.term_that_holds(state)
        fired.append(
            Reason(gate.id, words.because(gate.id), _evidence(problem, shut), gate.sources)
        )
    return tuple(fired)


def _evidence(problem: Problem, term: Term | None) -> tuple[Fact, ...]:
    """Return the facts whose signals the term wants on, in the vocabulary's order."""
    wanted = term[0] if term else 0
    wanting = [signal for signal in s.SIGNALS if signal.bit & wanted]
    return tuple(
        fact
        for fact in problem.facts
        if any(signal.fact == fact.name and _gives(fact, signal) for signal in wanting)
    )


def _gives(fact: Fact, signal: s.Signal) -> bool:
    return not isinstance(fact.value, str) or fact.value in signal.classes


def _sources(reasons: Iterable[Reason]) -> tuple[Mapping[str, str], ...]:
    ids = dict.fromkeys(name for reason in reasons for name in reason.sources)
    return tuple(_shown_source(name) for name in ids)


@cache
def _shown_source(name: str) -> Mapping[str, str]:
    row = source(name)
    return {"id": row.id, "title": row.title, "address": row.address, "date": row.date}


def _would_change(view: View, approach: Approach) -> tuple[Change, ...]:
    """Return single facts that, otherwise, give another approach: unknown ones first."""
    found, state, known = list[Change](), view.state, view.masks
    for name, others, answers in sorted(_changeable(), key=lambda row: row[0] in known):
        rest = state & others
        seen = {approach}
        for classes, mask in answers:
            other = approach_in(rest | mask)
            if other not in seen and other is not Approach.NEED_INFO:
                seen.add(other)
                found.append(_change(name, classes, other))
        if len(found) >= _SHOWN_CHANGES:
            break
    return tuple(found[:_SHOWN_CHANGES])


@cache
def _changeable() -> tuple[tuple[str, int, tuple[tuple[frozenset[str], int], ...]], ...]:
    """Return each fact that may change an answer: the other signals, and its answers' masks."""
    return tuple(
        (name, ~signals_of(name), _named_answers(name))
        for name in (row.name for row in VOCABULARY if row.name in askable())
        if name != "symptoms"
    )


def _named_answers(name: str) -> tuple[tuple[frozenset[str], int], ...]:
    pairs = zip(options()[name], option_masks(name), strict=True)
    return tuple((classes, mask) for classes, mask in pairs if classes)


@cache
def _change(name: str, classes: frozenset[str], approach: Approach) -> Change:
    attribute = attribute_named(name)
    named = [value for value in attribute.values if value.name in classes]
    to = named[0].name if named else "/".join(sorted(classes))
    label = named[0].label if named else words.of_class(to)
    text = f"{attribute.question} {label}: then {words.spoken(approach.value)}."
    return Change(name, to, approach, text)


def comparison_for(problem: Problem, market: Market, as_of: date) -> Comparison | None:
    """Return what the ways to run this job would cost, or None while its sizes are unknown."""
    sizes = sizes_from(problem)
    if sizes is None:
        return None
    examples = problem.number("examples_count")
    reference = references_for(problem)[0]
    return compare(sizes, market, as_of, examples=examples, reference=reference)


def _costs(problem: Problem, market: Market, as_of: date) -> Mapping[str, Any] | None:
    comparison = comparison_for(problem, market, as_of)
    return comparison.as_json() if comparison else None
