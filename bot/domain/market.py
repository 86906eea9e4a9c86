"""The dated market: who tunes what for whom, and what it costs. Loaded elsewhere, passed in."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property

from bot.domain.sources import Mark
from bot.errors import BadInput, RulebookBroken, UnknownValue

# Our choice: a row that nobody has looked at for a quarter is said to be old.
OLD_AFTER = timedelta(days=90)


class Method(Enum):
    """A way of training."""

    SFT = "sft"
    DPO = "dpo"
    RFT = "rft"
    CPT = "cpt"
    DISTILLATION = "distillation"


class Route(Enum):
    """Whose weights are tuned: the provider's own, or open ones."""

    HOSTED = "hosted"
    OPEN_WEIGHTS = "open_weights"


class OpenTo(Enum):
    """For whom it is to be had."""

    ANYONE = "anyone"
    EXISTING_CUSTOMERS = "existing_customers"
    NOBODY = "nobody"


class PriceKind(Enum):
    """What is paid for: tokens of calls, tokens of training, or hours of a machine."""

    TOKEN = "token"  # noqa: S105 -- not a secret: a word for what is counted
    TRAINING = "training"
    HOSTING = "hosting"


# What a price of a kind cannot do without.
_NEEDED = {
    PriceKind.TOKEN: ("input", "output"),
    PriceKind.TRAINING: ("training",),
    PriceKind.HOSTING: ("hosting",),
}
_SUMS = (
    "input",
    "cached_input",
    "cache_write",
    "output",
    "training",
    "minimum",
    "multiplier",
    "hosting",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One row about tuning: provider, models, methods, for whom, from when until when.

    `since` is the first day on which the row holds, `until` the first on which it no longer does;
    either may be unknown. `as_of` is the source's own date or, where it has none, the day it was
    read. `own_machines` marks what can be done with nobody else's machines.
    """

    id: str
    provider: str
    model: str
    methods: tuple[Method, ...]
    route: Route
    open_to: OpenTo
    source: str
    address: str
    as_of: date
    mark: Mark
    own_machines: bool = False
    since: date | None = None
    until: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _check_row(self)
        if not self.methods and self.open_to is not OpenTo.NOBODY:
            raise BadInput("field methods: an offer that is open needs at least one")
        if self.own_machines and self.route is not Route.OPEN_WEIGHTS:
            raise BadInput("field own_machines: only open weights run on own machines")

    def open_on(self, day: date) -> bool:
        """Whether at least an existing customer could use it that day."""
        return self.open_to is not OpenTo.NOBODY and _holds(self.since, self.until, day)

    def fits(self, can_tune: str) -> bool:
        """Whether it suits a value of the fact `can_tune`; raises UnknownValue for any other."""
        match can_tune:
            case "hosted":
                return self.route is Route.HOSTED
            case "open_weights":
                return self.route is Route.OPEN_WEIGHTS
            case "self_host_only":
                return self.own_machines
            case "no":
                return False
            case _:
                raise UnknownValue(
                    f"can_tune has no value {can_tune[:40]!r}: "
                    "use hosted, open_weights, self_host_only or no."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One row of prices, in USD: per million tokens, or per hour where it is hosting.

    A training row may name the `base` row whose calls the tuned model is charged like, times
    `multiplier`; `minimum` is the least that one training job costs. Dates as in an offer.
    """

    id: str
    provider: str
    model: str
    kind: PriceKind
    source: str
    address: str
    as_of: date
    mark: Mark
    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None
    training: Decimal | None = None
    minimum: Decimal | None = None
    base: str = ""
    multiplier: Decimal | None = None
    hosting: Decimal | None = None
    since: date | None = None
    until: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _check_row(self)
        for name in _SUMS:
            sum_: Decimal | None = getattr(self, name)
            if sum_ is not None and not (sum_.is_finite() and sum_ >= 0):
                raise BadInput(f"field {name}: a price is a number of at least 0, not {sum_}")
        for name in _NEEDED[self.kind]:
            if getattr(self, name) is None:
                raise BadInput(f"field {name}: a price of kind {self.kind.value} needs it")

    def holds_on(self, day: date) -> bool:
        """Whether the price is in force that day."""
        return _holds(self.since, self.until, day)


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day < until)


def _check_row(row: Offer | Price) -> None:
    for name in ("id", "provider", "model", "source"):
        if not getattr(row, name).strip():
            raise BadInput(f"field {name}: must not be empty")
    if not row.address.startswith("https://"):
        raise BadInput(f"field address: an https:// address, not {row.address[:60]!r}")
    if row.since and row.until and row.until <= row.since:
        raise BadInput(f"field until: {row.until} is not after since, {row.since}")


@dataclass(frozen=True)
class Market:
    """All offers and prices, in the order of their files."""

    offers: tuple[Offer, ...]
    prices: tuple[Price, ...]

    def __post_init__(self) -> None:
        ids = Counter(row.id for row in self.rows)
        if twice := [name for name, times in ids.items() if times > 1]:
            raise BadInput(f"field id: more than one row is called {', '.join(twice)}")
        tokens = {price.id for price in self.prices if price.kind is PriceKind.TOKEN}
        for price in self.prices:
            if price.base and price.base not in tokens:
                raise BadInput(f"{price.id}, field base: no token price is called {price.base!r}")

    @property
    def rows(self) -> tuple[Offer | Price, ...]:
        """All rows, offers first."""
        return (*self.offers, *self.prices)

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change with any value or the order of rows, not with layout."""
        shown = [asdict(row) for row in self.rows]
        text = json.dumps(shown, default=_plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def offers_open(self, as_of: date, can_tune: str) -> tuple[Offer, ...]:
        """Return what this team could use that day; existing customers' offers are among them."""
        return tuple(
            offer for offer in self.offers if offer.fits(can_tune) and offer.open_on(as_of)
        )

    def method_open(self, method: str, as_of: date) -> bool:
        """Whether anybody, on any route, could train by that method that day."""
        wanted = Method(method)
        return any(wanted in offer.methods and offer.open_on(as_of) for offer in self.offers)

    def stale(self, as_of: date) -> tuple[str, ...]:
        """Return the ids of the rows that were more than 90 days old on that day."""
        return tuple(row.id for row in self.rows if as_of - row.as_of > OLD_AFTER)

    def price(self, name: str) -> Price:
        """Return the price of that id; raises RulebookBroken where there is none."""
        found = next((price for price in self.prices if price.id == name), None)
        if found is None:
            raise RulebookBroken(f"the market has no price called {name[:60]!r}.")
        return found


def _plain(value: object) -> str:
    """Return one text for equal values: 0.2 and 0.20 are the same price."""
    match value:
        case Decimal():
            return format(value.normalize(), "f")
        case Enum():
            return str(value.value)
        case _:
            return str(value)
