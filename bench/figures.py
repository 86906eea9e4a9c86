"""A figure: what was measured, three times, beside its baseline and its bar; and the table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class Side(Enum):
    """On which side of a bar a figure has to be."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure has to hold; `of_baseline` where the bar is a ratio to the baseline."""

    limit: float
    side: Side = Side.AT_MOST
    of_baseline: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side."""
        return value <= self.limit if self.side is Side.AT_MOST else value >= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: a value a run, and the baseline's values in the same runs."""

    name: str
    runs: Sequence[float]
    unit: str
    bar: Bar | None = None
    baseline: Sequence[float] = field(default=())
    note: str = ""

    @property
    def median(self) -> float:
        """The figure: the median of the runs."""
        return statistics.median(self.runs)

    @property
    def ratio(self) -> float | None:
        """The median's ratio to the baseline's median, where there is one."""
        return self.median / statistics.median(self.baseline) if self.baseline else None

    @property
    def is_held(self) -> bool:
        """Whether the bar holds; true where there is none."""
        if self.bar is None:
            return True
        value = self.ratio if self.bar.of_baseline else self.median
        return value is not None and self.bar.holds(value)

    def row(self) -> str:
        """Return the row of the table."""
        cells = (
            self.name,
            _shown(self.runs, self.unit),
            _shown(self.baseline, self.unit) if self.baseline else "",
            f"{self.ratio:.2f} ×" if self.ratio is not None else "",
            self._bar(),
            "" if self.bar is None else "held" if self.is_held else "**missed**",
        )
        return f"| {' | '.join(cells)} |"

    def _bar(self) -> str:
        if self.bar is None:
            return ""
        unit = "× baseline" if self.bar.of_baseline else self.unit
        return f"{self.bar.side.value} {self.bar.limit:g} {unit}"


HEAD = (
    "| what | measured: median (min to max) | baseline | ratio | bar | |\n|---|---|---|---|---|---|"
)


def _shown(values: Sequence[float], unit: str) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    spread = f" ({_number(low)} to {_number(high)})" if len(values) > 1 else ""
    return f"{_number(middle)} {unit}{spread}"


_WHOLE, _TENTHS = 100, 10


def _number(value: float) -> str:
    if abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _TENTHS else f"{value:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values is, by nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often is measured: our choice; `quick` is for working on the bench."""

    quick: bool = False

    @property
    def runs(self) -> range:
        """The runs of each measure."""
        return range(1 if self.quick else 3)

    def much(self, whole: int, quick: int) -> int:
        """Return how much of something a run takes."""
        return quick if self.quick else whole
