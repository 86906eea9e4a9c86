"""What it costs a month to prompt, to cache, to use a smaller model, and to tune one: arithmetic.

Money is Decimal and exact; it is rounded to the cent where it is shown. Prices come from the
dated market, in USD.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from typing import Any

from bot.domain.market import Market, Price
from bot.domain.problem import Problem
from bot.errors import BadInput, RulebookBroken

Number = Decimal | float

# 365 days of 24 hours over 12 months.
HOURS_A_MONTH = 730
_MILLION = Decimal(1_000_000)
_ZERO = Decimal(0)
_OURS = "our choice"
# Wide enough to show to the cent whatever sizes a fact may hold; our choice.
_WIDE = Context(prec=60)

# What a comparison takes for granted. All are our choice; each is shown with the figures.
# The rival of tuning is at its best: every call finds the repeated part in the cache.
HIT_RATE = Decimal(1)
# A tuned model still needs a tenth of the repeated instructions.
KEPT_SHARE = Decimal("0.1")
EXAMPLES = Decimal(1000)
EPOCHS = Decimal(3)
SET_UP = Decimal(15_000)
RETRAINS_A_YEAR = Decimal(4)
PEOPLE_PER_RETRAIN = Decimal(2_000)
# One machine is taken to bear the whole load: more would only make tuning dearer.
REPLICAS = Decimal(1)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many calls a month, and how many tokens a call: repeated, differing, and written."""

    calls_per_month: Number
    prompt_tokens_static: Number
    prompt_tokens_dynamic: Number
    output_tokens: Number

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0:
                raise BadInput(f"{name} is a number of at least 0, not {value}.")

    def by_name(self) -> tuple[tuple[str, Decimal], ...]:
        """Return the four sizes with their names, which are those of the facts."""
        return tuple((field.name, _exact(getattr(self, field.name))) for field in fields(self))


def sizes_from(problem: Problem) -> Sizes | None:
    """Return the sizes that a problem states, or None unless all four are known."""
    found = [problem.number(field.name) for field in fields(Sizes)]
    known = [value for value in found if value is not None]
    return Sizes(*known) if len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """USD per million tokens; without a price for the cache, the cache costs as much as input."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None

    @property
    def read(self) -> Decimal:
        """Price of input that is found in the cache."""
        return self.input if self.cached_input is None else self.cached_input

    @property
    def write(self) -> Decimal:
        """Price of input that is put into the cache."""
        return self.input if self.cache_write is None else self.cache_write


def token_prices(price: Price, *, multiplier: Decimal = Decimal(1)) -> TokenPrices:
    """Return a row of the market as prices of calls, times what a tuned model costs more."""
    if price.input is None or price.output is None:
        raise RulebookBroken(f"the price {price.id} is not one of calls: it lacks input or output.")
    optional = (price.cached_input, price.cache_write)
    cached, write = (None if sum_ is None else sum_ * multiplier for sum_ in optional)
    return TokenPrices(price.input * multiplier, price.output * multiplier, cached, write)


def long_prompt(sizes: Sizes, prices: TokenPrices, *, hit_rate: Number | None = None) -> Decimal:
    """Return a month of calls with the whole prompt; without a hit rate nothing is cached.

    N/1e6·[S(h·p_cache+(1−h)·p_write)+D·p_in+O·p_out].
    """
    repeated = prices.input
    if hit_rate is not None:
        hit = _share(hit_rate)
        repeated = hit * prices.read + (1 - hit) * prices.write
    return _calls(sizes, repeated, prices)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What fetching passages adds: to each call, and to each month.

    `fee_per_call` is for embedding the question, searching and re-ranking; `changed_tokens` are
    embedded anew every month, at `embedding_price` per million.
    """

    chunks: Number
    tokens_per_chunk: Number
    fee_per_call: Decimal = _ZERO
    storage: Decimal = _ZERO
    changed_tokens: Number = 0
    embedding_price: Decimal = _ZERO


def with_retrieval(
    sizes: Sizes,
    prices: TokenPrices,
    retrieval: Retrieval,
    *,
    hit_rate: Number | None = None,
) -> Decimal:
    """Return a month of calls whose prompt also holds the passages found."""
    calls = _exact(sizes.calls_per_month)
    passages = _exact(retrieval.chunks) * _exact(retrieval.tokens_per_chunk)
    re_index = _exact(retrieval.changed_tokens) * retrieval.embedding_price / _MILLION
    return (
        long_prompt(sizes, prices, hit_rate=hit_rate)
        + calls * passages * prices.input / _MILLION
        + calls * retrieval.fee_per_call
        + retrieval.storage
        + re_index
    )


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What a tuned model costs beside its calls: machines, and being trained again."""

    hosting_per_hour: Decimal = _ZERO
    replicas: Number = 1
    retrains_per_year: Number = 0
    people_per_retrain: Decimal = _ZERO


NO_UPKEEP = Upkeep()


@dataclass(frozen=True, slots=True)
class TunedBill:
    """A month with a tuned model: its calls, its machines, and its share of being trained again."""

    calls: Decimal
    hosting: Decimal = _ZERO
    retraining: Decimal = _ZERO

    @property
    def fixed(self) -> Decimal:
        """What is paid however many calls there are."""
        return self.hosting + self.retraining

    @property
    def total(self) -> Decimal:
        """The whole month."""
        return self.calls + self.fixed


def tuned(
    sizes: Sizes,
    prices: TokenPrices,
    *,
    kept_static: Number,
    training: Decimal = _ZERO,
    upkeep: Upkeep = NO_UPKEEP,
) -> TunedBill:
    """Return a month with a tuned model whose prompt keeps `kept_static` of the repeated tokens.

    N/1e6·[(S′+D)·q_in+O·q_out]+730·hosting·replicas+R/12·(train+people).
    """
    shorter = replace(sizes, prompt_tokens_static=kept_static)
    hosting = HOURS_A_MONTH * upkeep.hosting_per_hour * _exact(upkeep.replicas)
    a_retrain = training + upkeep.people_per_retrain
    retraining = _exact(upkeep.retrains_per_year) * a_retrain / 12
    return TunedBill(_calls(shorter, prices.input, prices), hosting, retraining)


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What one job trains on, and what it is evaluated on while it runs."""

    examples: Number
    tokens_per_example: Number
    epochs: Number
    evaluations: Number = 0
    validation_tokens: Number = 0

    @property
    def tokens(self) -> Decimal:
        """All tokens that are paid for."""
        trained = _exact(self.examples) * _exact(self.tokens_per_example) * _exact(self.epochs)
        return trained + _exact(self.evaluations) * _exact(self.validation_tokens)


def training_run(job: TrainingJob, *, price: Decimal, minimum: Decimal = _ZERO) -> Decimal:
    """Return what one training job costs: max(minimum, (E·t·epochs+evals·val)·p_train/1e6)."""
    return max(minimum, job.tokens * price / _MILLION)


@dataclass(frozen=True, slots=True)
class Labelling:
    """Examples that people still have to write or check."""

    labels: Number
    minutes_per_label: Number
    hourly_wage: Decimal

    @property
    def cost(self) -> Decimal:
        """What that work costs."""
        return _exact(self.labels) * _exact(self.minutes_per_label) * self.hourly_wage / 60


def upfront(
    training: Decimal,
    *,
    runs: Number = 1,
    labelling: Labelling | None = None,
    set_up: Decimal = _ZERO,
) -> Decimal:
    """Return what is paid once: training jobs, labelling and setting it up."""
    return _exact(runs) * training + (labelling.cost if labelling else _ZERO) + set_up


def payback_months(once: Decimal, current: Decimal, tuned_month: Decimal) -> Decimal | None:
    """Return after how many months `once` is saved again; None where a month saves nothing."""
    saving = current - tuned_month
    return once / saving if saving > 0 else None


def break_even_calls(current_call: Decimal, tuned_call: Decimal, fixed: Decimal) -> int | None:
    """Return from how many calls a month tuning costs no more than now, what is paid once aside.

    None where a tuned call saves nothing.
    """
    saving = current_call - tuned_call
    if saving <= 0:
        return None
    return int((fixed / saving).to_integral_value(rounding=ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Reference:
    """Ids of the prices that a comparison uses.

    `hosting` is named where a tuned model is paid by the hour of its machine, not by the token.
    """

    large: str
    smaller: str
    tuning: str
    hosting: str = ""


# Our choice of well-known models. HOSTED is tuned and served by its provider, by the token.
HOSTED = Reference("gpt-6-sol", "gpt-6-luna", "gemini-3.1-flash-lite-tuning")
# DEDICATED is an open model on a hired machine: its tokens are free, its hours are not.
DEDICATED = Reference("gpt-6-sol", "gpt-6-luna", "fireworks-lora-sft", hosting="fireworks-h100")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that the figures take for granted, and where it comes from."""

    text: str
    source: str

    def as_json(self) -> dict[str, str]:
        """Return the form shown to people and scripts."""
        return {"text": self.text, "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A month in USD: as it is today, cached, with a smaller model not tuned, with a tuned one.

    `payback_months` is against the cached prompt. `payback_if_smaller_passes` is against the
    cheaper of that and the smaller model: it counts once that model is known to pass the same
    test. None means never. `stale` names the prices used that are old, or not in force that day.
    """

    as_of: date
    sizes: Sizes
    large_model: str
    smaller_model: str
    tuned_model: str
    uncached: Decimal
    cached: Decimal
    smaller: Decimal
    tuned: TunedBill
    training: Decimal
    upfront: Decimal
    payback_months: Decimal | None
    payback_if_smaller_passes: Decimal | None
    break_even_calls: int | None
    assumptions: tuple[Assumption, ...]
    stale: tuple[str, ...]

    def payback(self, *, smaller_passes: bool) -> Decimal | None:
        """Return the payback that counts, given whether a smaller model does the job untuned."""
        return self.payback_if_smaller_passes if smaller_passes else self.payback_months

    def as_json(self) -> dict[str, Any]:
        """Return the form of the answer's `costs`; the order of keys never changes."""
        return {
            "as_of": self.as_of.isoformat(),
            "currency": "USD",
            "sizes": {name: _tidy(value) for name, value in self.sizes.by_name()},
            "models": {
                "large": self.large_model,
                "smaller": self.smaller_model,
                "tuned": self.tuned_model,
            },
            "monthly": {name: _cents(sum_) for name, sum_ in self._sums_by_name()},
            "training": _cents(self.training),
            "upfront": _cents(self.upfront),
            "payback_months": _months(self.payback_months),
            "payback_if_smaller_passes": _months(self.payback_if_smaller_passes),
            "break_even_calls": self.break_even_calls,
            "assumptions": [assumption.as_json() for assumption in self.assumptions],
            "stale": list(self.stale),
        }

    def _sums_by_name(self) -> tuple[tuple[str, Decimal], ...]:
        return (
            ("uncached", self.uncached),
            ("cached", self.cached),
            ("smaller", self.smaller),
            ("tuned", self.tuned.total),
            ("tuned_calls", self.tuned.calls),
            ("tuned_hosting", self.tuned.hosting),
            ("tuned_retraining", self.tuned.retraining),
        )


def compare(
    sizes: Sizes,
    market: Market,
    as_of: date,
    *,
    examples: Number | None = None,
    reference: Reference = HOSTED,
) -> Comparison:
    """Compare the ways to run these calls, at reference prices of the market.

    `examples` is how many there are to train on, where that is known.
    """
    at = _at_prices(market, reference)
    trained_on = EXAMPLES if examples is None else examples
    training = _training(sizes, at.tuning, trained_on)
    bill = _tuned_bill(sizes, at, training)
    cached = long_prompt(sizes, at.large, hit_rate=HIT_RATE)
    smaller = long_prompt(sizes, at.smaller, hit_rate=HIT_RATE)
    once = upfront(training, set_up=SET_UP)
    return Comparison(
        as_of=as_of,
        sizes=sizes,
        large_model=market.price(reference.large).model,
        smaller_model=market.price(reference.smaller).model,
        tuned_model=at.tuning.model,
        uncached=long_prompt(sizes, at.large),
        cached=cached,
        smaller=smaller,
        tuned=bill,
        training=training,
        upfront=once,
        payback_months=payback_months(once, cached, bill.total),
        payback_if_smaller_passes=payback_months(once, min(cached, smaller), bill.total),
        break_even_calls=_break_even(sizes, at, bill.fixed),
        assumptions=_assumptions(at, trained_on, given=examples is not None),
        stale=_stale(market, at.rows, as_of),
    )


@dataclass(frozen=True, slots=True)
class _AtPrices:
    """A reference with its prices looked up; `rows` are those that the figures rest on."""

    large: TokenPrices
    smaller: TokenPrices
    tuned: TokenPrices
    tuning: Price
    hosting_per_hour: Decimal
    rows: tuple[Price, ...]


def _at_prices(market: Market, reference: Reference) -> _AtPrices:
    tuning = market.price(reference.tuning)
    names = (reference.large, reference.smaller, tuning.id, tuning.base, reference.hosting)
    return _AtPrices(
        token_prices(market.price(reference.large)),
        token_prices(market.price(reference.smaller)),
        _tuned_prices(market, tuning, by_the_hour=bool(reference.hosting)),
        tuning,
        _hosting(market.price(reference.hosting)) if reference.hosting else _ZERO,
        tuple(market.price(name) for name in names if name),
    )


def _tuned_prices(market: Market, tuning: Price, *, by_the_hour: bool) -> TokenPrices:
    """Return what a tuned model's calls cost; nothing where its machine is paid by the hour."""
    if by_the_hour:
        return TokenPrices(_ZERO, _ZERO)
    if not tuning.base:
        raise RulebookBroken(f"the price {tuning.id} names no base, so its calls have no price.")
    multiplier = Decimal(1) if tuning.multiplier is None else tuning.multiplier
    return token_prices(market.price(tuning.base), multiplier=multiplier)


def _hosting(price: Price) -> Decimal:
    if price.hosting is None:
        raise RulebookBroken(f"the price {price.id} is not one of hosting.")
    return price.hosting


def _training(sizes: Sizes, tuning: Price, examples: Number) -> Decimal:
    """Return the cost of one job on examples that look like the calls of the tuned model."""
    if tuning.training is None:
        raise RulebookBroken(f"the price {tuning.id} is not one of training.")
    prompt = _kept(sizes) + _exact(sizes.prompt_tokens_dynamic)
    job = TrainingJob(examples, prompt + _exact(sizes.output_tokens), EPOCHS)
    return training_run(job, price=tuning.training, minimum=tuning.minimum or _ZERO)


def _tuned_bill(sizes: Sizes, at: _AtPrices, training: Decimal) -> TunedBill:
    upkeep = Upkeep(at.hosting_per_hour, REPLICAS, RETRAINS_A_YEAR, PEOPLE_PER_RETRAIN)
    return tuned(sizes, at.tuned, kept_static=_kept(sizes), training=training, upkeep=upkeep)


def _break_even(sizes: Sizes, at: _AtPrices, fixed: Decimal) -> int | None:
    one = replace(sizes, calls_per_month=1)
    tuned_call = tuned(one, at.tuned, kept_static=_kept(one)).calls
    return break_even_calls(long_prompt(one, at.large, hit_rate=HIT_RATE), tuned_call, fixed)


def _stale(market: Market, used: tuple[Price, ...], as_of: date) -> tuple[str, ...]:
    old = set(market.stale(as_of))
    return tuple(price.id for price in used if price.id in old or not price.holds_on(as_of))


def _assumptions(at: _AtPrices, examples: Number, *, given: bool) -> tuple[Assumption, ...]:
    again = f"${PEOPLE_PER_RETRAIN:,} of work each, and the training job"
    ours = [
        f"every call finds the repeated part in the cache ({_percent(HIT_RATE)} hits)",
        f"the tuned prompt keeps {_percent(KEPT_SHARE)} of the repeated part",
        f"a training job makes {EPOCHS} passes over the examples",
        f"setting it up costs ${SET_UP:,} once, examples included",
        f"it is trained again {RETRAINS_A_YEAR} times a year, for {again}",
    ]
    if at.hosting_per_hour:
        ours.append(f"{REPLICAS} machine bears the load, all hours of the month")
    trained_on = f"it is trained on {_tidy(_exact(examples)):,} examples"
    return (
        *(Assumption(_priced(price), _cited(price)) for price in at.rows),
        Assumption(trained_on, "as stated" if given else _OURS),
        *(Assumption(text, _OURS) for text in ours),
    )


# How a price is worded, in this order.
_WORDS = {
    "input": "{} in",
    "cached_input": "{} cached",
    "cache_write": "{} written to the cache",
    "output": "{} out",
    "training": "{} for training",
}


def _priced(price: Price) -> str:
    sums = [
        words.format(f"${getattr(price, name)}")
        for name, words in _WORDS.items()
        if getattr(price, name) is not None
    ]
    said = [", ".join(sums) + " per million tokens"] if sums else []
    if price.minimum is not None:
        said.append(f"at least ${price.minimum} a job")
    if price.base and price.multiplier is not None:
        said.append(f"tuned calls at {price.multiplier} times the untuned price")
    if price.hosting is not None:
        said.append(f"${price.hosting} an hour")
    return f"{price.model}: {', '.join(said)}"


def _cited(price: Price) -> str:
    return f"{price.source}, {price.as_of.isoformat()}, {price.mark.value}"


def costs_markdown(comparison: Comparison) -> str:
    """Return the comparison as a small table, then what it takes for granted."""
    parts = [
        _table(comparison),
        _verdict(comparison),
        "\n".join(["Taken for granted:", *map(_item, comparison.assumptions)]),
    ]
    if comparison.stale:
        parts.append(f"Old, or not in force that day: {', '.join(comparison.stale)}.")
    return "\n\n".join(parts) + "\n"


def _verdict(comparison: Comparison) -> str:
    always, if_smaller = comparison.payback_months, comparison.payback_if_smaller_passes
    untuned = f"If {comparison.smaller_model} passes the same test without training"
    return (
        f"Paid once: ${_money(comparison.upfront)}.\n"
        f"Against the cached prompt: {_pays(always)}.\n"
        f"{untuned}: {_pays(if_smaller)}."
    )


def _item(assumption: Assumption) -> str:
    return f"- {assumption.text} ({assumption.source})"


def _table(comparison: Comparison) -> str:
    heading = f"A month, at prices known on {comparison.as_of.isoformat()}"
    rows = [(heading, "USD"), ("---", "---:")]
    rows += [(name, _money(sum_)) for name, sum_ in _lines(comparison)]
    return "\n".join(f"| {left} | {right} |" for left, right in rows)


def _lines(comparison: Comparison) -> list[tuple[str, Decimal]]:
    bill = comparison.tuned
    lines = [
        (f"{comparison.large_model}, nothing cached", comparison.uncached),
        (f"{comparison.large_model}, prompt cached", comparison.cached),
        (f"{comparison.smaller_model}, not tuned, prompt cached", comparison.smaller),
        (f"{comparison.tuned_model}, tuned: calls", bill.calls),
        (f"{comparison.tuned_model}, tuned: hosting", bill.hosting),
        (f"{comparison.tuned_model}, tuned: training again", bill.retraining),
        (f"{comparison.tuned_model}, tuned: in all", bill.total),
    ]
    return [line for line in lines if line[1] or "hosting" not in line[0]]


def _pays(months: Decimal | None) -> str:
    return "never pays" if months is None else f"pays back in {_rounded(months, '0.1')} months"


def _calls(sizes: Sizes, repeated: Decimal, prices: TokenPrices) -> Decimal:
    """Return what the calls of a month cost, the repeated tokens at a price of their own."""
    a_call = (
        _exact(sizes.prompt_tokens_static) * repeated
        + _exact(sizes.prompt_tokens_dynamic) * prices.input
        + _exact(sizes.output_tokens) * prices.output
    )
    return _exact(sizes.calls_per_month) * a_call / _MILLION


def _kept(sizes: Sizes) -> Decimal:
    return _exact(sizes.prompt_tokens_static) * KEPT_SHARE


def _exact(value: Number) -> Decimal:
    """Return the number as it is written: 0.1 is a tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _share(value: Number) -> Decimal:
    share = _exact(value)
    if not 0 <= share <= 1:
        raise BadInput(f"a hit rate is a share from 0 to 1, not {value}.")
    return share


def _rounded(value: Decimal, to: str) -> Decimal:
    return value.quantize(Decimal(to), rounding=ROUND_HALF_UP, context=_WIDE)


def _tidy(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def _cents(value: Decimal) -> float | int:
    return _tidy(_rounded(value, "0.01"))


def _months(value: Decimal | None) -> float | int | None:
    return None if value is None else _tidy(_rounded(value, "0.1"))


def _money(value: Decimal) -> str:
    return f"{_rounded(value, '0.01'):,}"


def _percent(share: Decimal) -> str:
    return f"{_tidy(share * 100)} %"
