"""What could still come out is just what comes out of some answer to each open fact."""

from __future__ import annotations

from itertools import product
from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.approaches import Approach
from bot.domain.classes import options
from bot.domain.outlook import outlook_of
from bot.domain.signals import SIGNALS
from bot.domain.view import approach_in, option_masks, signals_of, view_of
from tests.domain.problems import DAY, MARKET, any_facts, problem

MOST = 300
"""Combinations of answers that one example may have: each of them is decided on its own."""

ASKED = sorted(options())
FACTS = sorted({signal.fact for signal in SIGNALS})
_BITS = {name: [s.bit for s in SIGNALS if s.fact == name] for name in FACTS}


def union(masks: list[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined


@st.composite
def situations(draw: st.DrawFn) -> tuple[int, frozenset[str]]:
    """Return signals that are known to be on, and a few facts that are open.

    They are read off a problem, some of whose open facts are then closed at random; facts that are
    never asked for may take any of their signals.
    """
    view = view_of(problem(draw(any_facts())), MARKET, DAY)
    masks = dict(view.masks)
    extra = draw(st.sets(st.sampled_from(FACTS), max_size=3))
    for name in extra:
        masks[name] = union(draw(st.lists(st.sampled_from(_BITS[name]), max_size=2)))
    left = sorted(view.open_facts - extra)
    open_facts: list[str] = []
    for name in draw(st.permutations(left)):
        if prod(len(option_masks(each)) for each in (*open_facts, name)) <= MOST:
            open_facts.append(name)
        else:
            masks[name] = draw(st.sampled_from(option_masks(name)))
    return union(list(masks.values())), frozenset(open_facts)


def outcomes(known: int, open_facts: frozenset[str]) -> dict[tuple[tuple[str, int], ...], Approach]:
    """Decide each combination of answers on its own."""
    names = sorted(open_facts)
    each = [[(name, place) for place in range(len(option_masks(name)))] for name in names]
    return {
        answers: approach_in(known | union([option_masks(n)[place] for n, place in answers]))
        for answers in product(*each)
    }


@settings(deadline=None, max_examples=70)
@given(situations())
def test_what_is_possible_is_what_some_answers_give(
    situation: tuple[int, frozenset[str]],
) -> None:
    known, open_facts = situation
    found = set(outcomes(known, open_facts).values())
    assert outlook_of(known, open_facts).possible == found


@settings(deadline=None, max_examples=70)
@given(situations())
def test_what_an_answer_leaves_is_what_comes_out_with_it(
    situation: tuple[int, frozenset[str]],
) -> None:
    known, open_facts = situation
    each = outcomes(known, open_facts)
    outlook = outlook_of(known, open_facts)
    for name in open_facts:
        expected = [
            {approach for answers, approach in each.items() if (name, place) in answers}
            for place in range(len(option_masks(name)))
        ]
        found = [set(approaches) for approaches in outlook.narrowed_by(name)]
        if len(found) == 1:
            assert all(approaches == found[0] for approaches in expected)
        else:
            assert found == expected


@settings(deadline=None, max_examples=40)
@given(situations(), st.sampled_from([1, 6]))
def test_many_small_tables_tell_what_one_large_one_does(
    situation: tuple[int, frozenset[str]], largest: int
) -> None:
    known, open_facts = situation
    whole, split = outlook_of(known, open_facts), outlook_of(known, open_facts, largest)

    assert split.possible == whole.possible
    for name in open_facts:
        assert set(split.narrowed_by(name)) == set(whole.narrowed_by(name))


@settings(deadline=None, max_examples=40)
@given(situations())
def test_with_nothing_open_just_one_thing_comes_out(
    situation: tuple[int, frozenset[str]],
) -> None:
    known, _ = situation
    assert outlook_of(known, frozenset()).possible == {approach_in(known)}


@settings(deadline=None, max_examples=40)
@given(situations())
def test_an_answer_leaves_nothing_that_was_not_possible(
    situation: tuple[int, frozenset[str]],
) -> None:
    known, open_facts = situation
    outlook = outlook_of(known, open_facts)
    for name in open_facts:
        left = outlook.narrowed_by(name)
        assert frozenset().union(*left) == outlook.possible
        assert all(left)


def test_answers_that_no_rule_tells_apart_are_one_option() -> None:
    for name in ASKED:
        masks = option_masks(name)
        assert len(set(masks)) == len(masks)
        assert not union(list(masks)) & ~signals_of(name)
