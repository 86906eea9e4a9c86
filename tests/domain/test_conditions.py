"""Conditions mean what their truth tables say, also while some of their signals are open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conditions import ALWAYS, NEVER, Condition, any_of, bits_of

SIGNALS = 6
STATES = range(1 << SIGNALS)
MASKS = st.integers(0, (1 << SIGNALS) - 1)
TERMS = st.tuples(MASKS, MASKS).map(lambda term: (term[0], term[1] & ~term[0]))
CONDITIONS = st.lists(TERMS, max_size=5).map(lambda terms: Condition(tuple(terms)))


def table(condition: Condition) -> set[int]:
    """Return the states in which a term holds, read off the terms themselves."""
    return {s for s in STATES for on, off in condition.terms if s & on == on and s & off == 0}


def completions(state: int, unknown: int) -> set[int]:
    """Return the states that agree with this one on all that is not open."""
    return {other for other in STATES if (other ^ state) & ~unknown == 0}


def test_always_and_never_are_what_they_say() -> None:
    assert table(ALWAYS) == set(STATES)
    assert table(NEVER) == set()
    assert ~ALWAYS == NEVER
    assert ~NEVER == ALWAYS


@given(CONDITIONS)
def test_a_condition_holds_where_one_of_its_terms_does(one: Condition) -> None:
    assert {state for state in STATES if one.holds(state)} == table(one)


@given(CONDITIONS, CONDITIONS)
def test_and_is_the_intersection(one: Condition, other: Condition) -> None:
    assert table(one & other) == table(one) & table(other)


@given(CONDITIONS, CONDITIONS)
def test_or_is_the_union(one: Condition, other: Condition) -> None:
    assert table(one | other) == table(one) | table(other)


@given(CONDITIONS)
def test_not_is_the_rest(one: Condition) -> None:
    assert table(~one) == set(STATES) - table(one)
    assert table(~~one) == table(one)


@given(st.lists(CONDITIONS, max_size=4))
def test_any_of_is_the_union_of_all(conditions: list[Condition]) -> None:
    assert table(any_of(conditions)) == set().union(*map(table, conditions))


@given(CONDITIONS, CONDITIONS)
def test_what_is_joined_holds_no_term_that_another_covers(one: Condition, other: Condition) -> None:
    for joined in (one & other, one | other):
        tables = [table(Condition((term,))) for term in joined.terms]
        assert all(tables)
        assert not any(a <= b for i, a in enumerate(tables) for b in tables[:i] + tables[i + 1 :])


@given(CONDITIONS, MASKS)
def test_the_term_that_holds_is_one_of_its_own_and_the_first(one: Condition, state: int) -> None:
    fitting = [(on, off) for on, off in one.terms if state & on == on and not state & off]
    assert one.term_that_holds(state) == (fitting[0] if fitting else None)


@given(CONDITIONS)
def test_what_a_condition_does_not_read_makes_no_difference(one: Condition) -> None:
    assert {state & one.reads for state in table(one)} == {s & one.reads for s in table(one)}
    for bit in bits_of(max(STATES) & ~one.reads):
        assert {state ^ bit for state in table(one)} == table(one)


@given(CONDITIONS)
def test_a_condition_never_holds_with_all_off_that_it_wants(one: Condition) -> None:
    assert not one.wants or all(state & one.wants for state in table(one))


@given(CONDITIONS, MASKS, MASKS)
def test_open_signals_make_it_impossible_just_where_no_completion_holds(
    one: Condition, state: int, unknown: int
) -> None:
    impossible = not completions(state, unknown) & table(one)
    assert (one.open_reads(state, unknown) is None) is impossible


@given(CONDITIONS, MASKS, MASKS)
def test_what_hangs_on_nothing_holds_in_every_completion(
    one: Condition, state: int, unknown: int
) -> None:
    if one.open_reads(state, unknown) == 0:
        assert completions(state, unknown) <= table(one)


@given(CONDITIONS, MASKS, MASKS)
def test_what_has_a_term_without_open_signals_hangs_on_nothing(
    one: Condition, state: int, unknown: int
) -> None:
    sure = any(completions(state, unknown) <= table(Condition((term,))) for term in one.terms)
    assert (one.open_reads(state, unknown) == 0) is sure


@given(CONDITIONS, MASKS, MASKS)
def test_only_the_open_signals_on_which_it_hangs_make_a_difference(
    one: Condition, state: int, unknown: int
) -> None:
    hanging = one.open_reads(state, unknown)
    if not hanging:
        return
    assert hanging & ~(one.reads & unknown) == 0
    held = completions(state, unknown) & table(one)
    for bit in bits_of(unknown & ~hanging):
        assert {other ^ bit for other in held} == held


@given(CONDITIONS, MASKS)
def test_with_nothing_open_it_is_as_it_is(one: Condition, state: int) -> None:
    assert one.open_reads(state, 0) == (0 if one.holds(state) else None)


@given(MASKS)
def test_the_bits_of_a_mask_are_its_powers_of_two_from_the_lowest(mask: int) -> None:
    bits = list(bits_of(mask))
    assert sum(bits) == mask
    assert bits == sorted(set(bits))
    assert all(bit.bit_count() == 1 for bit in bits)
