"""The proof holds for all states, agrees with the rules as they run, and finds what is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from bot.domain import proof
from bot.domain import signals as s
from bot.domain.approaches import Approach
from bot.domain.classes import mask_of
from bot.domain.conditions import Condition
from bot.domain.diagrams import FALSE, TRUE, Node
from bot.domain.facts import Kind, by_name
from bot.domain.gates import GATES
from bot.domain.proof import Law, Rulebook, described, masks_of, prove
from bot.domain.rules import RULES
from bot.domain.signals import SIGNALS
from bot.domain.view import approach_in, first_rule, rule_for, signals_of, view_of
from tests.domain.problems import DAY, MARKET, Facts, any_facts, problem, state_of

A = Approach
ALL = sum(signal.bit for signal in SIGNALS)
FACTS = list(dict.fromkeys(signal.fact for signal in SIGNALS))


def holds(book: Rulebook, function: Node, state: int) -> bool:
    return book.diagrams.fixed(function, state, ALL & ~state) == TRUE


def some_state(random: Random) -> int:
    """Return a state that facts can give: of a set any signals, of a single fact one value's."""
    state = 0
    for name in FACTS:
        if name in by_name() and by_name()[name].kind is Kind.MANY:
            bits = [signal.bit for signal in SIGNALS if signal.fact == name]
            state |= sum(random.sample(bits, min(len(bits), random.choice((0, 0, 1, 1, 2, 3)))))
        else:
            state |= random.choice(masks_of(name))
    return state


def test_every_law_holds_in_every_state_that_facts_can_give(
    book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rulebook that all tests share: to build it again takes seconds.
    monkeypatch.setattr(proof, "Rulebook", lambda: book)
    proved = prove()
    assert [law for law in proved.laws if law.broken_by] == []
    assert proved.holds
    assert proved.signals == len(SIGNALS)
    assert proved.states > 2**60


def test_the_diagrams_agree_with_the_rules_and_gates_as_they_run(book: Rulebook) -> None:
    random = Random(0)
    for _ in range(5_000):
        state = some_state(random)
        assert holds(book, book.fires[rule_for(state).id], state), described(state)
        assert holds(book, book.comes_out[approach_in(state)], state), described(state)


def test_the_rule_found_fast_is_the_first_whose_condition_holds() -> None:
    random = Random(1)
    for state in (0, *(some_state(random) for _ in range(3_000))):
        assert first_rule(state) is next(rule for rule in RULES if rule.when.holds(state))
        assert rule_for(state) is first_rule(state)


def test_each_state_has_one_rule_and_one_approach(book: Rulebook) -> None:
    states = book.diagrams.count(book.valid)
    assert book.diagrams.any(book.fires.values()) == book.valid
    for functions in (book.fires, book.comes_out):
        assert sum(map(book.diagrams.count, functions.values())) == states


def test_every_rule_is_proved_for_some_state(book: Rulebook) -> None:
    assert set(book.fires) == {rule.id for rule in RULES}
    for rule_id, function in book.fires.items():
        state = book.diagrams.example(function)
        assert state is not None
        assert rule_for(state).id == rule_id


@settings(deadline=None)
@given(any_facts())
def test_whatever_facts_give_is_among_the_states_that_are_proved(facts: Facts) -> None:
    view = view_of(problem(facts), MARKET, DAY)
    for name in FACTS:
        if name not in by_name() or by_name()[name].kind is not Kind.MANY:
            assert view.masks.get(name, 0) in masks_of(name)


def test_a_state_is_described_by_its_signals() -> None:
    assert described(0) == "nothing known"
    assert described(state_of("LIVE", "ACT")) == "ACT LIVE"


# --- A rulebook that is broken on purpose is found out. -------------------------------------------

Change = Callable[[Rulebook], None]
Laws = Callable[[Rulebook], Iterable[Law]]


def moved(book: Rulebook, to: Approach, where: Condition) -> None:
    """Let another approach come out wherever a condition holds."""
    states = book.where(where)
    out = {a: book.diagrams.but_not(function, states) for a, function in book.comes_out.items()}
    out[to] = book.diagrams.either(out[to], states)
    book.comes_out = out


def never_fires(book: Rulebook) -> None:
    book.fires = {**book.fires, RULES[3].id: FALSE}


class Broken(NamedTuple):
    """A change that breaks a law: the laws to try, and the one that must name a state."""

    change: Change
    laws: Laws
    law: str


BREAKS: Mapping[str, Broken] = {
    "training for nothing": Broken(
        lambda book: moved(book, A.FINE_TUNE, ~(s.COST_GAP | s.BEHAVIOUR_GAP)),
        lambda book: [proof._needs_a_gap(book)],
        "I1",
    ),
    "training on data that may not be used": Broken(
        lambda book: moved(book, A.FINE_TUNE, s.RIGHTS_BLOCKED & s.VOICE),
        proof._gates_are_kept,
        "I2 rights fine_tune",
    ),
    "teaching that never pays": Broken(
        lambda book: moved(book, A.DISTILL, s.NEVER_PAYS & s.VOLUME),
        proof._gates_are_kept,
        "I2 payback distill",
    ),
    "no training once the prompt is thorough": Broken(
        lambda book: moved(book, A.PROMPT, s.THOROUGH),
        proof._towards_open,
        "I3 instruction_effort with_examples",
    ),
    "no training once it is measured": Broken(
        lambda book: moved(book, A.PROMPT, s.SCORED),
        proof._towards_open,
        "I3 measurement scored_set",
    ),
    "training because the form breaks": Broken(
        lambda book: moved(book, A.FINE_TUNE, s.FORMAT),
        proof._never_add,
        "I4 format",
    ),
    "training because the job is open": Broken(
        lambda book: moved(book, A.DISTILL, s.OPEN_ENDED),
        proof._never_add,
        "I4 breadth",
    ),
    "missing facts answered by a better prompt": Broken(
        lambda book: moved(book, A.PROMPT, s.MISSING_FACTS & ~s.TOOL_MISUSED),
        lambda book: [proof._missing_facts(book)],
        "I6",
    ),
    "advice on another topic": Broken(
        lambda book: moved(book, A.PROMPT, s.OTHER_TOPIC),
        lambda book: [proof._out_of_scope(book)],
        "I13",
    ),
    "a rule that never fires": Broken(never_fires, proof._everything_matters, f"I14 {RULES[3].id}"),
}


@pytest.mark.parametrize("case", BREAKS.values(), ids=BREAKS)
def test_a_broken_rulebook_is_found_out(case: Broken, book: Rulebook) -> None:
    broken = copy(book)
    case.change(broken)
    found = next(law for law in case.laws(broken) if law.id == case.law)
    assert found.broken_by


def test_learning_that_a_gate_is_open_never_takes_training_away(book: Rulebook) -> None:
    # The law walks from each value to the next; this is the way from nothing known.
    aside = s.NEVER_PAYS.reads | s.NEARLY_PERFECT.reads
    training = book.diagrams.fixed(book.training(), 0, aside)
    for name, ladder in proof._LADDERS.items():
        bits, opened = signals_of(name), mask_of(name, {ladder[-1]})
        unknown = book.diagrams.fixed(training, 0, bits)
        known = book.diagrams.fixed(training, opened, bits & ~opened)
        assert book.diagrams.but_not(unknown, known) == FALSE, name


def test_every_invariant_that_can_be_proved_has_a_law(book: Rulebook) -> None:
    cheap = (proof._gates_are_kept, proof._towards_open, proof._never_add, proof._plans)
    laws = [law.id for family in cheap for law in family(book)]
    assert len(set(laws)) == len(laws)
    assert {law.split()[0] for law in laws} == {"I2", "I3", "I4", "I5", "I11"}
    for gate in GATES:
        assert {f"I2 {gate.id} {approach.value}" for approach in gate.guards} <= set(laws)
