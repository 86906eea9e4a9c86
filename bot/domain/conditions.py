"""Conditions over signals: the small algebra in which rules and gates are written.

A condition is a disjunction of terms; a term names the signals that must be on and those that must
be off, as bit masks. That one form is evaluated (fast), evaluated with open signals (for what could
still change) and proved (exhaustively, in `bot.domain.proof`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

Term = tuple[int, int]


@dataclass(frozen=True)
class Condition:
    """A disjunction of (must be on, must be off) terms; without terms it never holds."""

    terms: tuple[Term, ...]

    def __and__(self, other: Condition) -> Condition:
        joined = (
            (on | other_on, off | other_off)
            for on, off in self.terms
            for other_on, other_off in other.terms
        )
        return Condition(_without_absorbed(joined))

    def __or__(self, other: Condition) -> Condition:
        return Condition(_without_absorbed((*self.terms, *other.terms)))

    def __invert__(self) -> Condition:
        return reduce(Condition.__and__, (_denied(term) for term in self.terms), ALWAYS)

    @cached_property
    def reads(self) -> int:
        """Mask of all signals that the condition reads."""
        return reduce(or_, (on | off for on, off in self.terms), 0)

    @cached_property
    def wants(self) -> int:
        """Mask of signals of which at least one must be on; 0 where the condition asks for none."""
        if all(on for on, _ in self.terms):
            return reduce(or_, (on for on, _ in self.terms), 0)
        return 0

    def term_that_holds(self, state: int) -> Term | None:
        """Return the first term that the fully known state satisfies."""
        if self.wants and not state & self.wants:
            return None
        for on, off in self.terms:
            if state & on == on and not state & off:
                return on, off
        return None

    def holds(self, state: int) -> bool:
        """Whether the fully known state satisfies the condition."""
        return self.term_that_holds(state) is not None

    def open_reads(self, state: int, unknown: int) -> int | None:
        """Return the open signals on which the condition still hangs.

        0 means that it holds whatever they are; None that it cannot hold.
        """
        hanging = 0
        possible = state | unknown
        certain = state & ~unknown
        if self.wants and not possible & self.wants:
            return None
        for on, off in self.terms:
            if possible & on != on or certain & off:
                continue
            undecided = (on | off) & unknown
            if not undecided:
                return 0
            hanging |= undecided
        return hanging or None


ALWAYS = Condition(((0, 0),))
NEVER = Condition(())


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Return the disjunction of conditions."""
    return reduce(Condition.__or__, conditions, NEVER)


def _denied(term: Term) -> Condition:
    on, off = term
    single = [((0, bit)) for bit in bits_of(on)] + [((bit, 0)) for bit in bits_of(off)]
    return Condition(tuple(single))


def bits_of(mask: int) -> Iterable[int]:
    """Yield the single bits of a mask, lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _without_absorbed(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Drop impossible terms and those that a shorter term covers; keep the written order."""
    possible = [term for term in dict.fromkeys(terms) if not term[0] & term[1]]
    return tuple(
        term
        for term in possible
        if not any(_covers(other, term) for other in possible if other != term)
    )


def _covers(wide: Term, narrow: Term) -> bool:
    return wide[0] & narrow[0] == wide[0] and wide[1] & narrow[1] == wide[1]
