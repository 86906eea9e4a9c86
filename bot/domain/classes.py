"""Facts into classes: where a number stands to its threshold, and what the market offers today.

Thresholds are rows with their sources, shown with the answer that rests on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from bot.domain.costs import DEDICATED, HOSTED, Reference, compare, sizes_from
from bot.domain.facts import VOCABULARY, Attribute
from bot.domain.market import Market
from bot.domain.problem import Problem
from bot.domain.signals import masks_by_class


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that a rule rests on, with its unit, the published range and its sources."""

    id: str
    value: float
    unit: str
    said: str
    sources: tuple[str, ...]


_ROWS = (
    Threshold(
        "sft_examples",
        50,
        "examples",
        "50 to start, 100 recommended; floors from 3 to 100",
        ("openai-sft", "azure-skills", "google-tuning", "nova", "fireworks"),
    ),
    Threshold(
        "translation_examples",
        5_000,
        "segments",
        "1,500 segments made it worse, gains from about 5,000",
        ("in-house-translation",),
    ),
    Threshold(
        "dpo_pairs", 500, "pairs", "500 (Microsoft) to 1,000 (Nova)", ("azure-skills", "nova")
    ),
    Threshold(
        "rft_prompts",
        50,
        "prompts",
        "several dozen to a few hundred",
        ("openai-rft", "azure-skills"),
    ),
    Threshold(
        "mixed_factor", 2, "times", "twice the number where labels are noisy", ("our-choice",)
    ),
    Threshold("test_cases", 30, "cases", "30 to 100", ("azure-skills", "hamel")),
    Threshold(
        "headroom",
        95,
        "percent",
        "above 9 of 10 there is little to gain",
        ("azure-skills", "our-choice"),
    ),
    Threshold("payback_months", 6, "months", "our choice", ("our-choice",)),
    Threshold("cpt_tokens", 100_000_000, "tokens", "our choice", ("our-choice",)),
    Threshold("context_tokens", 200_000, "tokens", "about 500 pages", ("anthropic-long-context",)),
)
_BANDS = (50, 100, 500, 1_000, 5_000, 10_000)
"""Bounds where a number of examples is short, or just enough: thresholds and their doubles."""


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Return the thresholds by id."""
    return {row.id: row for row in _ROWS}


def classes_of(problem: Problem, name: str, market: Market, as_of: date) -> frozenset[str]:
    """Return the classes of one known fact; empty where no signal reads it."""
    if name == "examples_count":
        return frozenset({count_band(problem.number(name) or 0)})
    if name == "pass_rate":
        gone = (problem.number(name) or 0) >= thresholds()["headroom"].value
        return frozenset({"headroom_gone" if gone else "headroom"})
    if name == "test_cases":
        few = (problem.number(name) or 0) < thresholds()["test_cases"].value
        return frozenset({"few" if few else "enough"})
    values = frozenset({str(fact.value) for fact in problem.by_name.get(name, ())})
    if name == "can_tune":
        return values | {_tunable_class(values, market, as_of)}
    return values


def count_band(count: float) -> str:
    """Return the band of a number of examples; what is short depends on the job and their form."""
    return next((f"under_{bound}" for bound in _BANDS if count < bound), "plenty")


def _tunable_class(values: Iterable[str], market: Market, as_of: date) -> str:
    return "offered" if any(market.offers_open(as_of, value) for value in values) else "not_offered"


def payback_class(problem: Problem, market: Market, as_of: date) -> frozenset[str]:
    """Return whether teaching a small model `pays` back in time or `never` does.

    Empty where the sizes are unknown, or where it hangs on what the team may tune, still unknown.
    """
    sizes = sizes_from(problem)
    if sizes is None:
        return frozenset()
    examples = problem.number("examples_count")
    smaller_passes = "passes" in problem.values("smaller_model")
    verdicts = set()
    for reference in references_for(problem):
        comparison = compare(sizes, market, as_of, examples=examples, reference=reference)
        months = comparison.payback(smaller_passes=smaller_passes)
        late = months is None or months > thresholds()["payback_months"].value
        verdicts.add("never" if late else "pays")
    return frozenset(verdicts) if len(verdicts) == 1 else frozenset()


def references_for(problem: Problem) -> tuple[Reference, ...]:
    """Return the prices that fit what this team can tune: both where that is unknown."""
    if problem.values("can_tune") & {"open_weights", "self_host_only"}:
        return (DEDICATED,)
    if "self_host" in problem.values("pressure"):
        return (DEDICATED,)
    return (HOSTED,) if problem.known("can_tune") else (HOSTED, DEDICATED)


@cache
def options() -> Mapping[str, tuple[frozenset[str], ...]]:
    """Return, for every fact that rules read, the classes that an answer could have.

    What is taken for granted comes first. Values that no signal tells apart are one option.
    """
    read = {
        attribute.name: _distinct(attribute.name, attribute.assume, _answers(attribute))
        for attribute in VOCABULARY
        if attribute.name in _masks()
    }
    return {**read, "payback": (frozenset({"pays"}), frozenset({"never"}))}


def _answers(attribute: Attribute) -> list[frozenset[str]]:
    match attribute.name:
        case "examples_count":
            return [frozenset({band}) for band in ("plenty", *(f"under_{n}" for n in _BANDS))]
        case "pass_rate":
            return [frozenset({"headroom"}), frozenset({"headroom_gone"})]
        case "test_cases":
            return [frozenset({"enough"}), frozenset({"few"})]
        case "can_tune":
            return [
                frozenset({"hosted", "offered"}),
                frozenset({"open_weights", "offered"}),
                frozenset({"no", "not_offered"}),
            ]
        case _:
            return [frozenset({value.name}) for value in attribute.values]


def _distinct(
    name: str, assume: str | None, answers: Iterable[frozenset[str]]
) -> tuple[frozenset[str], ...]:
    first = frozenset({assume}) if assume else frozenset()
    told_apart: dict[int, frozenset[str]] = {}
    for answer in (first, *answers):
        told_apart.setdefault(mask_of(name, answer), answer)
    return tuple(told_apart.values())


def mask_of(name: str, classes: Iterable[str]) -> int:
    """Return the mask of signals that these classes of a fact turn on."""
    of_fact = _masks().get(name, {})
    mask = 0
    for one in classes:
        mask |= of_fact.get(one, 0)
    return mask


@cache
def _masks() -> Mapping[str, Mapping[str, int]]:
    return masks_by_class()
