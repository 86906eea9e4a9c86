"""A function over signals agrees with its truth table, and equal functions have equal numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conditions import ALWAYS, NEVER, Condition
from bot.domain.diagrams import FALSE, TRUE, Diagrams, Node

SIGNALS = 6
ALL = (1 << SIGNALS) - 1
STATES = range(1 << SIGNALS)
MASKS = st.integers(0, ALL)
TERMS = st.tuples(MASKS, MASKS).map(lambda term: (term[0], term[1] & ~term[0]))
CONDITIONS = st.lists(TERMS, max_size=5).map(lambda terms: Condition(tuple(terms)))
ORDERS = st.permutations([1 << place for place in range(SIGNALS)])


def held(condition: Condition) -> set[int]:
    return {state for state in STATES if condition.holds(state)}


def table(diagrams: Diagrams, function: Node) -> set[int]:
    """Return the states in which a function holds, by setting every signal."""
    ends = {state: diagrams.fixed(function, state, ALL & ~state) for state in STATES}
    assert set(ends.values()) <= {TRUE, FALSE}
    return {state for state, end in ends.items() if end == TRUE}


def test_always_is_true_and_never_is_false() -> None:
    diagrams = Diagrams([1, 2])
    assert diagrams.of(ALWAYS) == TRUE
    assert diagrams.of(NEVER) == FALSE
    assert diagrams.count(TRUE) == 4
    assert diagrams.count(FALSE) == 0
    assert diagrams.example(TRUE) == 0
    assert diagrams.example(FALSE) is None


@given(ORDERS, CONDITIONS)
def test_a_function_holds_where_its_condition_does(order: list[int], one: Condition) -> None:
    diagrams = Diagrams(order)
    assert table(diagrams, diagrams.of(one)) == held(one)


@given(ORDERS, CONDITIONS, CONDITIONS)
def test_functions_combine_like_sets(order: list[int], one: Condition, other: Condition) -> None:
    diagrams = Diagrams(order)
    left, right = diagrams.of(one), diagrams.of(other)
    assert table(diagrams, diagrams.both(left, right)) == held(one) & held(other)
    assert table(diagrams, diagrams.either(left, right)) == held(one) | held(other)
    assert table(diagrams, diagrams.but_not(left, right)) == held(one) - held(other)


@given(ORDERS, CONDITIONS, CONDITIONS)
def test_functions_are_equal_just_where_their_tables_are(
    order: list[int], one: Condition, other: Condition
) -> None:
    diagrams = Diagrams(order)
    same = held(one) == held(other)
    assert (diagrams.of(one) == diagrams.of(other)) is same


@given(ORDERS, st.lists(CONDITIONS, max_size=4))
def test_any_is_the_union_of_all(order: list[int], conditions: list[Condition]) -> None:
    diagrams = Diagrams(order)
    joined = diagrams.any(map(diagrams.of, conditions))
    assert table(diagrams, joined) == set().union(*map(held, conditions))


@given(ORDERS, MASKS, MASKS)
def test_a_state_is_just_these_signals_on_among_the_given(
    order: list[int], on: int, of_bits: int
) -> None:
    diagrams = Diagrams(order)
    states = {state for state in STATES if state & of_bits == on & of_bits}
    assert table(diagrams, diagrams.state(on & of_bits, of_bits)) == states


@given(ORDERS, CONDITIONS, MASKS, MASKS)
def test_a_function_with_signals_set_no_longer_depends_on_them(
    order: list[int], one: Condition, on: int, off: int
) -> None:
    diagrams = Diagrams(order)
    off &= ~on
    fixed = diagrams.fixed(diagrams.of(one), on, off)
    states = {state for state in STATES if one.holds(state & ~off | on)}
    assert table(diagrams, fixed) == states


@given(ORDERS, CONDITIONS)
def test_states_are_counted(order: list[int], one: Condition) -> None:
    diagrams = Diagrams(order)
    assert diagrams.count(diagrams.of(one)) == len(held(one))


@given(ORDERS, CONDITIONS)
def test_an_example_is_a_state_in_which_the_function_holds(
    order: list[int], one: Condition
) -> None:
    diagrams = Diagrams(order)
    example = diagrams.example(diagrams.of(one))
    assert example in held(one) if held(one) else example is None


def test_many_signals_are_counted_without_being_listed() -> None:
    bits = [1 << place for place in range(90)]
    diagrams = Diagrams(bits)
    either = diagrams.either(diagrams.state(bits[0], bits[0]), diagrams.state(bits[89], bits[89]))
    assert diagrams.count(either) == 3 << 88
