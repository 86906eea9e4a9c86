"""What could still come out: the approaches over all answers to what is unknown.

The answers that the open facts may get span a table; each entry is one combination. A set of
combinations is one integer with a bit per entry, so that a rule is tried on all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

from bot.domain.approaches import Approach
from bot.domain.conditions import Condition, bits_of
from bot.domain.gates import GATES
from bot.domain.rules import RULES, Rule
from bot.domain.view import option_masks, signals_of

Approaches = frozenset[Approach]
Entries = int

LARGEST_TABLE = 1_000_000
"""Combinations over which several smaller tables are quicker than one: our choice, measured."""

_WIDEST = "symptoms"
_TRAINING = (Approach.FINE_TUNE, Approach.DISTILL)


@dataclass(frozen=True, slots=True)
class Table:
    """All combinations of answers to some facts: which entries have which answer, which signal."""

    everywhere: Entries
    answers: Mapping[tuple[str, int], Entries]
    signals: Mapping[int, Entries]
    reads: int

    def where(
        self, condition: Condition, known: int, free: int, within: Entries
    ) -> tuple[Entries, Entries]:
        """Return where the condition may hold, and where it holds whatever the free signals are."""
        may = surely = 0
        for on, off in condition.terms:
            if off & known:
                continue
            entries = self._term(on & ~known & ~free, off & ~free, within)
            may |= entries
            if not (on | off) & free & ~known:
                surely |= entries
        return may, surely

    def _term(self, on: int, off: int, within: Entries) -> Entries:
        entries = within
        for bit in bits_of(on):
            entries &= self.signals.get(bit, 0)
            if not entries:
                return 0
        for bit in bits_of(off & self.reads):
            entries ^= entries & self.signals[bit]
        return entries


def table_of(facts: Iterable[str], reads: int) -> Table:
    """Build the table of the answers to these facts; those that no signal tells apart are one."""
    everywhere, size = 1, 1
    answers: dict[tuple[str, int], Entries] = {}
    for name in facts:
        masks = tuple(dict.fromkeys(mask & reads for mask in option_masks(name)))
        answers = {key: _repeated(entries, size, len(masks)) for key, entries in answers.items()}
        for place, mask in enumerate(masks):
            answers[name, mask] = everywhere << (place * size)
        everywhere, size = _repeated(everywhere, size, len(masks)), size * len(masks)
    signals: dict[int, Entries] = {}
    for (_, mask), entries in answers.items():
        for bit in bits_of(mask):
            signals[bit] = signals.get(bit, 0) | entries
    return Table(everywhere, answers, signals, _joined(signals))


def _repeated(entries: Entries, size: int, times: int) -> Entries:
    joined = entries
    for place in range(1, times):
        joined |= entries << (place * size)
    return joined


@dataclass(frozen=True, slots=True)
class Outlook:
    """The approaches that are still possible, and those left after each answer to an open fact.

    `narrowed` is empty where only one approach is possible: no answer changes that.
    """

    possible: Approaches
    narrowed: Mapping[str, tuple[Approaches, ...]]

    def narrowed_by(self, name: str) -> tuple[Approaches, ...]:
        """Return the approaches left after each possible answer to one open fact."""
        return self.narrowed.get(name, (self.possible,))


@lru_cache(maxsize=4_096)
def outlook_of(
    known: int, open_facts: frozenset[str], largest_table: int = LARGEST_TABLE
) -> Outlook:
    """Return the outlook; what is kept is the outcome, never a table, which may be large."""
    frame = _Frame(known, open_facts)
    if split := frame.split(largest_table):
        left = open_facts - {split}
        parts = [outlook_of(known | mask, left, largest_table) for mask in option_masks(split)]
        return _joined_outlook(split, left, parts)
    table = _OneTable(frame)
    if len(table.possible) == 1:
        return Outlook(table.possible, {})
    return Outlook(table.possible, {name: table.narrowed_by(name) for name in sorted(open_facts)})


def _joined_outlook(split: str, left: Iterable[str], parts: Sequence[Outlook]) -> Outlook:
    """Join the outlooks that the answers to one fact leave, each over a far smaller table."""
    narrowed = {name: _joined_answers(name, parts) for name in sorted(left)}
    narrowed[split] = tuple(part.possible for part in parts)
    return Outlook(frozenset().union(*(part.possible for part in parts)), narrowed)


def _joined_answers(name: str, parts: Iterable[Outlook]) -> tuple[Approaches, ...]:
    each = [part.narrowed_by(name) for part in parts]
    return tuple(
        frozenset().union(*(left[min(answer, len(left) - 1)] for left in each))
        for answer in range(len(option_masks(name)))
    )


class _Frame:
    """Which rules may still hold, and so which open facts a table has to span.

    Facts that only gates read are kept out of the table: each shuts its gates or not, on its own.
    """

    def __init__(self, known: int, open_facts: frozenset[str]) -> None:
        self.known = known
        self._open = open_facts
        self.unknown = _joined(signals_of(name) for name in open_facts)
        self.alive = tuple(self._rules_that_may_hold())
        reads = _joined(rule.when.reads for rule in self.alive) & self.unknown
        self.facts = tuple(sorted(name for name in open_facts if signals_of(name) & reads))
        self.in_table = _joined(signals_of(name) for name in self.facts)
        self.reads = (reads | _GATE_READS) & self.in_table
        self._answers = {
            name: len({mask & self.reads for mask in option_masks(name)}) for name in self.facts
        }

    @property
    def size(self) -> int:
        """The combinations of answers."""
        return prod(self._answers.values())

    def split(self, largest_table: int) -> str:
        """Return the fact by whose answers the table is best split, empty where one will do."""
        if _WIDEST in self._open:
            return _WIDEST
        return min(self.facts, key=self._size_after) if self.size > largest_table else ""

    def _size_after(self, name: str) -> int:
        left = self._open - {name}
        return sum(_Frame(self.known | mask, left).size for mask in option_masks(name))

    def _rules_that_may_hold(self) -> Iterator[Rule]:
        for rule in RULES:
            hanging = rule.when.open_reads(self.known, self.unknown)
            if hanging is None:
                continue
            yield rule
            if not hanging:
                return


class _OneTable:
    """The outlook over one table."""

    def __init__(self, frame: _Frame) -> None:
        self._known = frame.known
        self._alive = frame.alive
        self._facts = frame.facts
        self._reads = frame.reads
        # Facts that only gates read, each of which shuts its gates on its own.
        self._free = frame.unknown & ~frame.in_table
        self._table = table_of(frame.facts, frame.reads)

    @cached_property
    def possible(self) -> Approaches:
        """The approaches over all answers to the open facts."""
        return self._reached(self._table.everywhere, self._gated)

    def narrowed_by(self, name: str) -> tuple[Approaches, ...]:
        """Return the approaches left after each possible answer to one open fact."""
        if name in self._facts:
            masks = (mask & self._reads for mask in option_masks(name))
            entries = (self._table.answers[name, mask] for mask in masks)
            return tuple(self._reached(of_answer, self._gated) for of_answer in entries)
        if not self._trained:
            return (self.possible,)
        return tuple(self._after_free_answer(name, mask) for mask in option_masks(name))

    def _after_free_answer(self, name: str, mask: int) -> Approaches:
        if not signals_of(name) & _GATE_READS:
            return self.possible
        known, free = self._known | mask, self._free & ~signals_of(name)
        gated = self._through_gates(known, free, signals_of(name))
        return self._reached(self._table.everywhere, gated)

    @cached_property
    def _directions(self) -> Mapping[Approach, Entries]:
        left = self._table.everywhere
        found: dict[Approach, Entries] = {}
        for rule in self._alive:
            entries, _ = self._table.where(rule.when, self._known, 0, left)
            found[rule.approach] = found.get(rule.approach, 0) | entries
            left ^= entries
            if not left:
                break
        return found

    @cached_property
    def _trained(self) -> bool:
        return any(entries for approach, entries in self._directions.items() if approach.trains)

    @cached_property
    def _gated(self) -> Mapping[Approach, Entries]:
        return self._through_gates(self._known, self._free, 0)

    @cached_property
    def _shut(self) -> Mapping[tuple[Approach, str], tuple[Entries, Entries]]:
        """Where each gate may shut and where it surely does, each on its own."""
        return {
            (approach, gate.id): self._table.where(gate.shuts, self._known, self._free, entries)
            for approach in _TRAINING
            if (entries := self._directions.get(approach, 0))
            for gate in GATES
            if approach in gate.guards
        }

    def _through_gates(self, known: int, free: int, changed: int) -> Mapping[Approach, Entries]:
        """Return the directions after the gates; `changed` are the signals known since."""
        found = dict(self._directions)
        for approach in _TRAINING:
            whole = entries = found.get(approach, 0)
            for gate in GATES if entries else ():
                if approach not in gate.guards:
                    continue
                may, surely = (
                    self._table.where(gate.shuts, known, free, whole)
                    if gate.shuts.reads & changed
                    else self._shut[approach, gate.id]
                )
                found[gate.instead[0]] = found.get(gate.instead[0], 0) | may & entries
                entries ^= surely & entries
            found[approach] = entries
        return found

    @staticmethod
    def _reached(entries: Entries, found: Mapping[Approach, Entries]) -> Approaches:
        return frozenset(approach for approach, where in found.items() if where & entries)


def _joined(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined


_GATE_READS = _joined(gate.shuts.reads for gate in GATES)
