"""Figures from outcomes: how often right, how often committed and wrong, how well read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.domain.approaches import Approach, Status
from bot.domain.decision import Decision
from bot.domain.facts import VOCABULARY, Kind, Role
from bot.domain.market import Price
from bot.domain.problem import Problem
from bot.evaluation.run import Outcome

Z_95 = 1.959964
"""Two-sided 95 percent of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's interval at 95 percent (Wilson 1927)."""

    hits: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return the lower and upper bound, as shares."""
        if not self.total:
            return (0.0, 1.0)
        share, weight = self.hits / self.total, Z_95**2 / self.total
        middle = share + weight / 2
        spread = Z_95 * math.sqrt(share * (1 - share) / self.total + weight / (4 * self.total))
        low, high = (middle - spread) / (1 + weight), (middle + spread) / (1 + weight)
        return (max(0.0, low), min(1.0, high))

    def as_json(self) -> dict[str, Any]:
        """Return counts and shares in percent."""
        low, high = self.interval
        share = round(100 * self.hits / self.total, 1) if self.total else None
        bounds = [round(100 * low, 1), round(100 * high, 1)]
        return {"hits": self.hits, "total": self.total, "percent": share, "interval": bounds}


@dataclass(frozen=True, slots=True)
class FactScore:
    """How one attribute was read against its labels: right, read without label, label not read."""

    name: str
    right: int
    extra: int
    missed: int


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one run."""

    shares: dict[str, Share]
    facts: tuple[FactScore, ...]
    questions: tuple[float, float] | None
    seconds: tuple[float, float]
    tokens: dict[str, int]
    cost: float | None
    prompt: str
    rulebook: str

    def as_json(self) -> dict[str, Any]:
        """Return the figures for scripts."""
        return {
            "shares": {name: share.as_json() for name, share in self.shares.items()},
            "facts": {
                row.name: {"right": row.right, "extra": row.extra, "missed": row.missed}
                for row in self.facts
            },
            "questions": _questions_as_json(self.questions),
            "seconds": {"median": self.seconds[0], "p95": self.seconds[1]},
            "tokens": self.tokens,
            "cost_usd": self.cost,
            "prompt": self.prompt,
            "rulebook": self.rulebook,
        }


def report(outcomes: Sequence[Outcome], price: Price | None = None) -> Report:
    """Score outcomes; `price` is that of the model which read them, where it is known."""
    read = [outcome for outcome in outcomes if outcome.first is not None]
    seconds = sorted(outcome.seconds for outcome in outcomes) or [0.0]
    asked = [outcome for outcome in read if outcome.case.sheet is not None]
    last = next((outcome for outcome in reversed(read)), None)
    return Report(
        shares=_shares(outcomes),
        facts=tuple(_fact_scores(read)),
        questions=_questions(asked) if asked else None,
        seconds=(median(seconds), seconds[math.ceil(0.95 * len(seconds)) - 1]),
        tokens=_tokens(read),
        cost=_cost(_tokens(read), price),
        prompt=last.reading.prompt if last and last.reading else "",
        rulebook=last.first.rulebook if last and last.first else "",
    )


def _cost(tokens: Mapping[str, int], price: Price | None) -> float | None:
    """Return what the tokens cost, in USD, or None without the price of this model."""
    if price is None or price.input is None or price.output is None:
        return None
    cached = price.cached_input if price.cached_input is not None else price.input
    fresh = tokens["input"] - tokens["cached"]
    total = fresh * price.input + tokens["cached"] * cached + tokens["output"] * price.output
    return round(float(total) / 1e6, 6)


def _questions(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Return the mean number of questions asked, and of the fewest that would have done."""
    asked = sum(len(outcome.asked) for outcome in outcomes) / len(outcomes)
    return asked, sum(outcome.fewest for outcome in outcomes) / len(outcomes)


def _questions_as_json(questions: tuple[float, float] | None) -> dict[str, float | None] | None:
    if questions is None:
        return None
    asked, fewest = questions
    ratio = round(asked / fewest, 3) if fewest else None
    return {"asked": round(asked, 3), "fewest": round(fewest, 3), "ratio": ratio}


def _shares(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    hard = [outcome for outcome in outcomes if outcome.case.hard]
    sheets = [outcome for outcome in outcomes if outcome.case.sheet is not None]
    return {
        "first choice": _share(outcomes, is_first_choice),
        "acceptable": _share(outcomes, is_acceptable),
        "hard, first choice": _share(hard, is_first_choice),
        "hard, acceptable": _share(hard, is_acceptable),
        "committed and not acceptable": _share(outcomes, is_committed_and_wrong),
        "acceptable after answers": _share(sheets, is_acceptable_at_last),
        "not read": _share(outcomes, lambda outcome: outcome.first is None),
    }


def _share(outcomes: Iterable[Outcome], test: Callable[[Outcome], bool]) -> Share:
    results = [test(outcome) for outcome in outcomes]
    return Share(sum(results), len(results))


def is_first_choice(outcome: Outcome) -> bool:
    """Whether the answer to the text alone is the settled one."""
    return outcome.first is not None and outcome.first.approach is outcome.case.approach


def is_acceptable(outcome: Outcome) -> bool:
    """Whether the answer to the text alone is the settled one or also right."""
    return outcome.first is not None and outcome.case.accepts(outcome.first.approach)


def is_acceptable_at_last(outcome: Outcome) -> bool:
    """Whether the answer after all questions is acceptable."""
    return outcome.last is not None and outcome.case.accepts(outcome.last.approach)


def is_committed_and_wrong(outcome: Outcome) -> bool:
    """Whether we recommended something, decided or conditional, that is not acceptable."""
    return outcome.first is not None and commits(outcome.first) and not is_acceptable(outcome)


def commits(decision: Decision) -> bool:
    """Whether an answer recommends something; asking for more does not."""
    return decision.status is not Status.OPEN and decision.approach is not Approach.NEED_INFO


def _fact_scores(outcomes: Sequence[Outcome]) -> Iterable[FactScore]:
    for attribute in VOCABULARY:
        if attribute.role is Role.WISH or attribute.kind is Kind.TEXT:
            continue
        counts: Counter[str] = Counter()
        for outcome in outcomes:
            if outcome.case.labels is not None and outcome.first is not None:
                counts += _compared(outcome.first.problem, outcome.case.labels, attribute.name)
        if counts:
            yield FactScore(attribute.name, counts["right"], counts["extra"], counts["missed"])


def _compared(read: Problem, labels: Problem, name: str) -> Counter[str]:
    found, wanted = read.values(name), labels.values(name)
    return Counter(right=len(found & wanted), extra=len(found - wanted), missed=len(wanted - found))


def _tokens(outcomes: Sequence[Outcome]) -> dict[str, int]:
    usages = [outcome.reading.usage for outcome in outcomes if outcome.reading is not None]
    return {
        "calls": sum(usage.calls for usage in usages),
        "input": sum(usage.input_tokens for usage in usages),
        "cached": sum(usage.cached_tokens for usage in usages),
        "output": sum(usage.output_tokens for usage in usages),
    }
