"""The books on a training file's rows: counts and digests of them, never their text."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from bot.domain.tokens import TOKENS_PER_MESSAGE, tokens_in
from bot.domain.training_formats import Example, RoleFault, Shape, example_of
from bot.domain.training_rows import Row, RowFault

FIRST_LINES = 5
"""Lines that are named of each fault: our choice, enough to find the pattern."""
MOST_LABELS = 50
LONGEST_LABEL = 40
FEWEST_A_LABEL = 5
"""What counts as a label beside a column of that name: few, short, and often used; our choice."""
SHOWN_LABELS = 5
"""Labels that are named, the commonest: our choice."""
_BYTES = 12
"""Of a digest: two of a quarter of a million rows are alike by chance once in 10^18 files."""


@dataclass(frozen=True, slots=True)
class Spot:
    """How many rows have something, and the first lines where."""

    count: int = 0
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault in rows."""

    kind: RowFault | RoleFault
    rows: Spot


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows that repeat an earlier one, with the lines of the later.

    `exact` are the same in every character, `near` only when spaces and capitals are set aside.
    `with_twin` counts all rows that some other row repeats, the first of each among them.
    """

    exact: int = 0
    near: int = 0
    with_twin: int = 0
    lines: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """All rows that could be left out."""
        return self.exact + self.near


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Same input, different output (for preferences: the same two outputs, the other one chosen).

    `agreement` is the share of an example's namesakes that give the same output as it does, over
    all examples; an input that stands alone agrees. None where no row is answered.
    `columns_not_compared` are those whose names we do not know: they may tell inputs apart.
    """

    inputs: int = 0
    examples: int = 0
    agreement: float | None = None
    lines: tuple[tuple[int, int], ...] = ()
    columns_not_compared: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Estimated tokens: of all rows, of inputs and outputs apart, and of single rows."""

    total: int
    input: int
    output: int
    median: int
    median_output: int
    longest: int
    longest_line: int


@dataclass(frozen=True, slots=True)
class Labels:
    """How outputs that are labels are spread: the commonest by name, the rarest by count."""

    distinct: int
    commonest: tuple[tuple[str, int], ...]
    rarest: int
    spelled_twice: int


class Seen:
    """How often something was seen, and the first lines where."""

    __slots__ = ("count", "lines")

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.count = 0
        self.lines: list[int] = []

    def at(self, line: int) -> None:
        """Enter a line."""
        self.count += 1
        if len(self.lines) < FIRST_LINES:
            self.lines.append(line)

    @property
    def spot(self) -> Spot:
        """What was seen so far."""
        return Spot(self.count, tuple(self.lines))


class _Likes:
    """Which rows are alike, and which have one input and different outputs."""

    def __init__(self) -> None:
        self._exact: set[bytes] = set()
        # An input's digest and an output's, joined, to the number of rows that hold both.
        self._pairs: Counter[bytes] = Counter()
        # An input's digest to the first line that answers it, and the output there.
        self._first: dict[bytes, tuple[int, bytes]] = {}
        self.unanswered: set[bytes] = set()
        self._contested: set[bytes] = set()
        self._against: list[tuple[int, int]] = []
        self._repeated = Seen()

    def add(self, line: int, example: Example) -> bool:
        """Enter one row; whether it is the first of its like."""
        self._exact.add(_digest(f"{example.input}\x00{example.output}\x00{example.rejected}"))
        asked, output = _digest(_asked(example)), _digest(_normal(example.output))
        pair = asked + output
        self._pairs[pair] += 1
        new = self._pairs[pair] == 1
        if not new:
            self._repeated.at(line)
        if example.output.strip():
            self._answer(line, asked, output, new=new)
        elif example.input.strip():
            self.unanswered.add(asked)
        return new

    def _answer(self, line: int, asked: bytes, output: bytes, *, new: bool) -> None:
        first, said = self._first.setdefault(asked, (line, output))
        if said != output:
            self._contested.add(asked)
            if new and len(self._against) < FIRST_LINES:
                self._against.append((first, line))

    @property
    def repeats(self) -> Repeats:
        """Rows that repeat an earlier one."""
        rows = self._pairs.total()
        exact = rows - len(self._exact)
        twins = sum(times for times in self._pairs.values() if times > 1)
        lines = tuple(self._repeated.lines)
        return Repeats(exact, rows - len(self._pairs) - exact, twins, lines)

    def contradictions(self, judged: int, unknown_columns: int) -> Contradictions:
        """Return what contradicts what, among so many rows with an output."""
        if not self._first or not judged:
            return Contradictions()
        groups: dict[bytes, list[int]] = {}
        nothing = _digest("")
        for pair, times in self._pairs.items():
            asked, output = pair[:_BYTES], pair[_BYTES:]
            if asked in self._contested and output != nothing:
                groups.setdefault(asked, []).append(times)
        return Contradictions(
            inputs=len(groups),
            examples=sum(map(sum, groups.values())),
            agreement=round(1 - sum(map(_disagreement, groups.values())) / judged, 4),
            lines=tuple(self._against),
            columns_not_compared=unknown_columns,
        )


class _Weights:
    """How long rows are, in estimated tokens."""

    def __init__(self) -> None:
        self._rows = array("L")
        self._outputs = array("L")
        self._longest = (0, 0)

    def add(self, line: int, example: Example) -> None:
        """Enter one row: training pays for both outputs of a preference."""
        output = tokens_in(example.output) + tokens_in(example.rejected)
        row = output + tokens_in(example.input) + TOKENS_PER_MESSAGE * example.messages
        self._rows.append(row)
        self._outputs.append(output)
        if row > self._longest[0]:
            self._longest = (row, line)

    @property
    def tokens(self) -> Tokens | None:
        """All of it, the middle, and the longest; None where there are no rows."""
        if not self._rows:
            return None
        middle, total, output = len(self._rows) // 2, sum(self._rows), sum(self._outputs)
        return Tokens(
            total=total,
            input=total - output,
            output=output,
            median=sorted(self._rows)[middle],
            median_output=sorted(self._outputs)[middle],
            longest=self._longest[0],
            longest_line=self._longest[1],
        )


class _Names:
    """Outputs that may be labels, until there are too many of them, or one is too long."""

    def __init__(self) -> None:
        self._held: Counter[str] | None = Counter()
        self._column = False

    def add(self, example: Example) -> None:
        """Enter one row."""
        self._column = example.shape is Shape.CLASSIFICATION
        if self._held is None or not example.output:
            return
        label = " ".join(example.output.split())
        if len(label) > LONGEST_LABEL:
            self._held = None
            return
        self._held[label] += 1
        if len(self._held) > MOST_LABELS:
            self._held = None

    def labels(self, rows: int) -> Labels | None:
        """Return the spread of labels among so many rows."""
        held = self._held
        if not held or (not self._column and len(held) * FEWEST_A_LABEL > rows):
            return None
        by_count = sorted(held.items(), key=lambda item: (-item[1], item[0]))
        # A label used once may be a text that strayed into the column: it is counted, not shown.
        shown = tuple(
            (_printable(name), times) for name, times in by_count[:SHOWN_LABELS] if times > 1
        )
        twice = len(held) - len({label.casefold() for label in held})
        return Labels(len(held), shown, by_count[-1][1], twice)


@dataclass
class Tally:
    """What is known of the rows of one form."""

    rows: Seen = field(default_factory=Seen)
    complete: int = 0
    likes: _Likes = field(default_factory=_Likes)
    weights: _Weights = field(default_factory=_Weights)
    names: _Names = field(default_factory=_Names)
    empty_inputs: Seen = field(default_factory=Seen)
    empty_outputs: Seen = field(default_factory=Seen)
    no_preference: Seen = field(default_factory=Seen)
    out_of_order: Seen = field(default_factory=Seen)
    dialects: set[str] = field(default_factory=set)
    unknown_columns: int = 0
    _role_faults: dict[Enum, Seen] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.rows.count

    def add(self, line: int, example: Example) -> None:
        """Enter one row."""
        self.rows.at(line)
        whole = self._is_complete(line, example)
        new = self.likes.add(line, example)
        self.complete += whole and new
        self.weights.add(line, example)
        self.names.add(example)
        self.unknown_columns = max(self.unknown_columns, example.unknown)
        if example.dialect:
            self.dialects.add(example.dialect)
        for fault in example.faults:
            self._role_faults.setdefault(fault, Seen()).at(line)
        if example.faults:
            self.out_of_order.at(line)

    def _is_complete(self, line: int, example: Example) -> bool:
        """Whether the row has all that its form wants."""
        preference = example.shape is Shape.PREFERENCES
        checks = (
            (self.empty_inputs, not preference and not example.input.strip()),
            (self.empty_outputs, example.shape.answered and not example.output.strip()),
            (self.no_preference, preference and _alike(example)),
        )
        for seen, lacking in checks:
            if lacking:
                seen.at(line)
        return not any(lacking for _, lacking in checks)

    @property
    def usable(self) -> int:
        """Different complete rows; where no row is answered, different inputs: they may be yet."""
        unanswered = 0 < self.count == self.empty_outputs.count
        return len(self.likes.unanswered) if unanswered else self.complete

    @property
    def role_faults(self) -> tuple[Fault, ...]:
        """What is wrong with the order of roles; a chat may have more than one fault."""
        return _faults(self._role_faults, RoleFault)

    @property
    def contradictions(self) -> Contradictions:
        """Inputs with more than one output."""
        judged = self.count - self.empty_outputs.count
        return self.likes.contradictions(judged, self.unknown_columns)

    @property
    def labels(self) -> Labels | None:
        """The spread of outputs, where they are labels."""
        return self.names.labels(self.count)


class Books:
    """Rows as they come, each in the tally of its form: the commonest form is the file's."""

    def __init__(self) -> None:
        """Open empty books."""
        self.tallies: dict[Shape, Tally] = {}
        self._broken: dict[Enum, Seen] = {}
        self.last_line = 0

    def add(self, row: Row) -> None:
        """Enter one row."""
        self.last_line = row.line
        fault = row.fault
        if fault is None:
            try:
                example = example_of(row.columns)
            except RecursionError:
                fault = RowFault.TOO_DEEP
            else:
                self._tally(example.shape).add(row.line, example)
                return
        self._broken.setdefault(fault, Seen()).at(row.line)

    def _tally(self, shape: Shape) -> Tally:
        if shape not in self.tallies:
            self.tallies[shape] = Tally()
        return self.tallies[shape]

    @property
    def shape(self) -> Shape | None:
        """The form of most rows; of two alike the one that says more."""
        order = list(Shape)
        return max(
            self.tallies, key=lambda one: (self.tallies[one].count, -order.index(one)), default=None
        )

    @property
    def broken(self) -> tuple[Fault, ...]:
        """Rows that could not be read."""
        return _faults(self._broken, RowFault)

    @property
    def tally(self) -> Tally:
        """The tally of the file's form; an empty one where no row could be read."""
        return self.tallies[self.shape] if self.shape else Tally()

    @property
    def other_forms(self) -> Spot:
        """Rows of any form but the file's."""
        others = [tally for shape, tally in self.tallies.items() if shape is not self.shape]
        first = sorted(line for tally in others for line in tally.rows.lines)
        return Spot(sum(tally.count for tally in others), tuple(first[:FIRST_LINES]))


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _asked(example: Example) -> str:
    """Return what an output answers: of a preference also both outputs, whichever was chosen."""
    if example.shape is Shape.PREFERENCES:
        two = sorted((_normal(example.output), _normal(example.rejected)))
        return "\x00".join((_normal(example.input), *two))
    return _normal(example.input)


def _alike(example: Example) -> bool:
    return _normal(example.output) == _normal(example.rejected)


def _normal(text: str) -> str:
    """Return a text with spaces and capitals set aside."""
    return " ".join(text.split()).casefold()


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()


def _disagreement(times: Iterable[int]) -> float:
    """Return how many examples of one input the others speak against, by their share of these."""
    counts = list(times)
    others = sum(counts) - 1
    agreeing = sum(count * (count - 1) for count in counts) / others
    return sum(counts) - agreeing


def _faults(seen: Mapping[Enum, Seen], kinds: type[RowFault | RoleFault]) -> tuple[Fault, ...]:
    return tuple(Fault(kind, seen[kind].spot) for kind in kinds if kind in seen)
