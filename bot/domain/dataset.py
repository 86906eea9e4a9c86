"""A training file, measured: its form, its size, what is wrong with it, the facts that follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import cached_property
from itertools import islice
from typing import Any

from bot.domain.costs import DEDICATED, EPOCHS, HOSTED, TrainingJob, training_run
from bot.domain.dataset_words import lines_of
from bot.domain.market import Market, Price
from bot.domain.problem import Basis, Fact, Problem
from bot.domain.training_formats import Shape
from bot.domain.training_rows import MAX_BYTES, MAX_ROWS, Container, opened
from bot.domain.training_tally import (
    Books,
    Contradictions,
    Fault,
    Labels,
    Repeats,
    Spot,
    Tokens,
)
from bot.errors import RulebookBroken

AGREEMENT = 0.7
"""Under it examples are `conflicting`: the meaning of that value in the vocabulary."""
NOISE = 0.05
"""Over this share of duplicates, contradictions and empty rows examples are `mixed`: our choice."""
SHORT_ANSWER = 20
"""Tokens, in the middle, up to which an answer is a label, a value or a phrase: our choice.

Two wordings of a longer answer may both be right, so that they alone never make `conflicting`.
"""


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What one job on the whole file costs, at one dated price; `old` says not to rely on it."""

    price: str
    provider: str
    model: str
    epochs: int
    usd: Decimal
    as_of: date
    old: bool


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """All that a file shows. Nothing in it is the file's text but the names of common labels."""

    name: str
    container: Container
    encoding: str
    delimiter: str
    header: bool | None
    shape: Shape | None
    dialects: tuple[str, ...]
    examples: int
    usable: int
    broken: tuple[Fault, ...]
    other_forms: Spot
    repeats: Repeats
    contradictions: Contradictions
    empty_inputs: Spot
    empty_outputs: Spot
    no_preference: Spot
    role_faults: tuple[Fault, ...]
    out_of_order: Spot
    tokens: Tokens | None
    labels: Labels | None
    read_to: int | None
    costs: tuple[TrainingCost, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether any row holds an output."""
        return bool(self.shape and self.shape.answered and self.examples > self.empty_outputs.count)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What the decision may take from the file; that it is clean, or fits, no file can show."""
        form = _form(self)
        if not form:
            return ()
        said: dict[str, str | float] = {"examples_form": form, "examples_count": float(self.usable)}
        if quality := _quality(self):
            said["examples_quality"] = quality
        return tuple(Fact(name, value, Basis.MEASURED) for name, value in said.items())

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The measurement for people: what it is, what is wrong, its size and price, what next."""
        return lines_of(self)

    def at_prices(self, market: Market, as_of: date) -> Measurement:
        """Return it with what training on it would cost at the prices known that day."""
        return replace(self, costs=tuple(_costs(self, market, as_of)))

    def as_json(self) -> dict[str, Any]:
        """Return all of it for scripts."""
        shown = asdict(self, dict_factory=_plain)
        return {**shown, "facts": Problem(self.facts).facts_as_json()}


def measured(
    name: str, content: bytes, *, most_bytes: int = MAX_BYTES, most_rows: int = MAX_ROWS
) -> Measurement:
    """Measure a training file; raises BadInput where it is none that we can read."""
    file = opened(name, content, most_bytes)
    books = Books()
    for row in islice(file.rows, most_rows):
        books.add(row)
    cut = file.cut or next(file.rows, None) is not None
    tally = books.tally
    return Measurement(
        name=name,
        container=file.container,
        encoding=file.encoding,
        delimiter=file.delimiter,
        header=file.header,
        shape=books.shape,
        dialects=tuple(sorted(tally.dialects)),
        examples=tally.count,
        usable=tally.usable,
        broken=books.broken,
        other_forms=books.other_forms,
        repeats=tally.likes.repeats,
        contradictions=tally.contradictions,
        empty_inputs=tally.empty_inputs.spot,
        empty_outputs=tally.empty_outputs.spot,
        no_preference=tally.no_preference.spot,
        role_faults=tally.role_faults,
        out_of_order=tally.out_of_order.spot,
        tokens=tally.weights.tokens,
        labels=tally.labels,
        read_to=books.last_line if cut else None,
    )


_FORMS = {
    Shape.PREFERENCES: "preferences",
    Shape.DOCUMENTS: "documents",
    Shape.INPUTS: "raw_records",
    Shape.RECORDS: "raw_records",
}


def _form(measurement: Measurement) -> str:
    shape = measurement.shape
    if shape is None or not measurement.usable:
        return ""
    if shape.answered and not measurement.answered:
        return "raw_records"
    return _FORMS.get(shape, "pairs")


def _quality(measurement: Measurement) -> str:
    """Return `conflicting` or `mixed` where the file shows it, else nothing."""
    if not measurement.answered or measurement.tokens is None:
        return ""
    against = measurement.contradictions
    short = measurement.tokens.median_output <= SHORT_ANSWER
    if against.agreement is not None and against.agreement < AGREEMENT and short:
        return "conflicting"
    return "mixed" if noise(measurement) > NOISE else ""


def noise(measurement: Measurement) -> float:
    """Return the share of rows that are duplicates, contradictions or empty."""
    bad = (
        measurement.repeats.count,
        measurement.contradictions.examples,
        measurement.empty_inputs.count,
        measurement.empty_outputs.count,
        measurement.no_preference.count,
    )
    return sum(bad) / measurement.examples if measurement.examples else 0.0


# The prices by which a form is trained on: a hosted model and an open one where both are offered.
_PRICES = {
    Shape.PREFERENCES: ("fireworks-lora-dpo",),
    Shape.DOCUMENTS: (DEDICATED.tuning,),
    **dict.fromkeys(
        (Shape.CHAT, Shape.PAIRS, Shape.CLASSIFICATION), (HOSTED.tuning, DEDICATED.tuning)
    ),
}


def _costs(measurement: Measurement, market: Market, as_of: date) -> Iterable[TrainingCost]:
    trainable = measurement.answered or measurement.shape is Shape.DOCUMENTS
    if measurement.shape is None or measurement.tokens is None or not trainable:
        return
    # The tokens of the whole file are known, so it is one example of that many.
    job = TrainingJob(1, measurement.tokens.total, EPOCHS)
    stale = set(market.stale(as_of))
    for price in map(market.price, _PRICES.get(measurement.shape, ())):
        old = price.id in stale or not price.holds_on(as_of)
        yield TrainingCost(
            price=price.id,
            provider=price.provider,
            model=price.model,
            epochs=int(EPOCHS),
            usd=training_run(job, price=_per_million(price), minimum=price.minimum or Decimal(0)),
            as_of=price.as_of,
            old=old,
        )


def _per_million(price: Price) -> Decimal:
    if price.training is None:
        raise RulebookBroken(f"the price {price.id} is not one of training.")
    return price.training


def _plain(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in items}


def _plain_value(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case Decimal():
            return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
        case date():
            return value.isoformat()
        case _:
            return value
