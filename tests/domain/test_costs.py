"""The arithmetic comes out to the cent, and more calls, caching and savings do what they must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.costs import (
    DEDICATED,
    HOSTED,
    Labelling,
    Reference,
    Retrieval,
    Sizes,
    TokenPrices,
    TrainingJob,
    Upkeep,
    break_even_calls,
    compare,
    costs_markdown,
    long_prompt,
    payback_months,
    sizes_from,
    token_prices,
    training_run,
    tuned,
    upfront,
    with_retrieval,
)
from bot.domain.problem import Conflict, Fact, Problem
from bot.errors import BadInput, RulebookBroken
from bot.market.loader import load_market

MARKET = load_market()
DAY = date(2026, 11, 22)
SOL = token_prices(MARKET.price("gpt-6-sol"))
FLASH_LITE = token_prices(MARKET.price("gemini-3.1-flash-lite"), multiplier=Decimal("1.5"))
CONTRACTS = Sizes(60_000, 9_000, 500, 300)
INTENTS = Sizes(4_000_000, 700, 500, 150)
CENT = Decimal("0.01")

SUMS = {
    "contract answers, nothing cached": (long_prompt(CONTRACTS, SOL), "1320.00"),
    "contract answers, all cached": (long_prompt(CONTRACTS, SOL, hit_rate=1), "348.00"),
    "contract answers, 95 % found": (long_prompt(CONTRACTS, SOL, hit_rate=0.95), "410.10"),
    "contract answers, tuned": (tuned(CONTRACTS, FLASH_LITE, kept_static=900).total, "72.00"),
    "intents, nothing cached": (long_prompt(INTENTS, SOL), "15600.00"),
    "intents, all cached": (long_prompt(INTENTS, SOL, hit_rate=1), "10560.00"),
    "intents, tuned": (tuned(INTENTS, FLASH_LITE, kept_static=70).total, "2205.00"),
    "60,000 intents to train on": (
        training_run(TrainingJob(60_000, 720, 3), price=Decimal(3)),
        "388.80",
    ),
    "a small job on Tinker": (
        training_run(TrainingJob(1000, 1000, 3), price=Decimal("0.44")),
        "1.32",
    ),
    "a small job below the minimum": (
        training_run(TrainingJob(1000, 1000, 3), price=Decimal("0.5"), minimum=Decimal(3)),
        "3.00",
    ),
    "a small job with two evaluations": (
        training_run(TrainingJob(1000, 1000, 3, 2, 100_000), price=Decimal(5)),
        "16.00",
    ),
    "a machine for a month": (
        tuned(
            Sizes(0, 0, 0, 0), FLASH_LITE, kept_static=0, upkeep=Upkeep(hosting_per_hour=Decimal(7))
        ).total,
        "5110.00",
    ),
    "two jobs, 600 labels of 5 minutes at $60, and setting up": (
        upfront(
            Decimal(100),
            runs=2,
            labelling=Labelling(600, 5, Decimal(60)),
            set_up=Decimal(1000),
        ),
        "4200.00",
    ),
    "retrieval: 1,320, passages 600, fees 60, storage 25, re-index 4": (
        with_retrieval(
            CONTRACTS,
            SOL,
            Retrieval(5, 1000, Decimal("0.001"), Decimal(25), 20_000_000, Decimal("0.2")),
        ),
        "2009.00",
    ),
}


@pytest.mark.parametrize(("found", "expected"), SUMS.values(), ids=SUMS.keys())
def test_to_the_cent(found: Decimal, expected: str) -> None:
    assert found.quantize(CENT) == found
    assert found == Decimal(expected)


def test_contract_answers_never_pay_back() -> None:
    comparison = compare(CONTRACTS, MARKET, DAY)
    assert (comparison.uncached, comparison.cached) == (Decimal(1320), Decimal(348))
    assert comparison.tuned.calls == 72
    assert comparison.payback_months is None
    assert comparison.payback_if_smaller_passes is None


def test_intents_pay_back_in_two_months_unless_a_smaller_model_passes() -> None:
    comparison = compare(INTENTS, MARKET, DAY, examples=60_000)
    assert comparison.cached == 10_560
    assert comparison.tuned.calls == 2_205
    assert comparison.upfront == Decimal("15388.80")
    assert comparison.as_json()["payback_months"] == 2
    assert comparison.payback(smaller_passes=False) == comparison.payback_months
    assert comparison.smaller == 528
    assert comparison.payback(smaller_passes=True) is None


def test_the_saving_of_the_worked_check_leaves_the_training_job_out_of_the_yearly_upkeep() -> None:
    people = Upkeep(retrains_per_year=4, people_per_retrain=Decimal(2000))
    bill = tuned(INTENTS, FLASH_LITE, kept_static=70, upkeep=people)
    saving = long_prompt(INTENTS, SOL, hit_rate=1) - bill.total
    assert saving.quantize(CENT) == Decimal("7688.33")
    with_job = tuned(INTENTS, FLASH_LITE, kept_static=70, training=Decimal("388.80"), upkeep=people)
    assert with_job.retraining - bill.retraining == Decimal("129.60")


@pytest.mark.parametrize(
    ("price", "calls"),
    (("2", 851_667), ("0.20", 8_516_667), ("0.10", 17_033_334), ("0.01", 170_333_334)),
)
def test_a_shorter_prefix_needs_this_many_calls_to_pay_for_a_machine(
    price: str, calls: int
) -> None:
    prefix = long_prompt(Sizes(1, 3000, 0, 0), TokenPrices(Decimal(price), Decimal(0)))
    assert break_even_calls(prefix, Decimal(0), Decimal(5110)) == calls


sums = st.decimals(0, 100_000, places=2)
tokens = st.integers(0, 1_000_000)
calls = st.integers(0, 10**9)
prices = st.builds(
    TokenPrices,
    sums,
    sums,
    st.none() | sums,
    st.none() | sums,
)
sizes = st.builds(Sizes, calls, tokens, tokens, tokens)
shares = st.none() | st.decimals(0, 1, places=3)


@given(sizes, prices, shares, calls)
def test_more_calls_never_cost_less(
    of: Sizes, at: TokenPrices, hit_rate: Decimal | None, more: int
) -> None:
    grown = replace(of, calls_per_month=of.calls_per_month + more)
    assert long_prompt(grown, at, hit_rate=hit_rate) >= long_prompt(of, at, hit_rate=hit_rate)
    assert tuned(grown, at, kept_static=0).total >= tuned(of, at, kept_static=0).total


@given(sizes, sums, sums, st.decimals(0, 1, places=3))
def test_caching_is_never_dearer_if_all_is_found_and_reading_is_no_dearer_than_input(
    of: Sizes, in_: Decimal, out: Decimal, share: Decimal
) -> None:
    at = TokenPrices(in_, out, in_ * share)
    assert long_prompt(of, at, hit_rate=1) <= long_prompt(of, at)


@given(sizes, prices)
def test_retrieval_never_costs_less_than_no_retrieval(of: Sizes, at: TokenPrices) -> None:
    assert with_retrieval(of, at, Retrieval(0, 0)) == long_prompt(of, at)
    assert with_retrieval(of, at, Retrieval(4, 500, CENT)) >= long_prompt(of, at)


@given(sums, sums, sums)
def test_there_is_a_payback_just_where_a_month_saves_something(
    once: Decimal, current: Decimal, tuned_month: Decimal
) -> None:
    months = payback_months(once, current, tuned_month)
    assert (months is None) == (current <= tuned_month)
    assert months is None or months >= 0


@given(sums, sums, sums)
def test_from_the_break_even_on_tuning_costs_no_more_and_before_it_does(
    current: Decimal, tuned_call: Decimal, fixed: Decimal
) -> None:
    found = break_even_calls(current, tuned_call, fixed)
    assert (found is None) == (current <= tuned_call)
    if found is not None:
        assert fixed + found * tuned_call <= found * current
        assert found == 0 or fixed + (found - 1) * tuned_call > (found - 1) * current


@given(sizes)
def test_a_comparison_is_the_same_each_time_and_whole_numbers_are_as_good_as_floats(
    of: Sizes,
) -> None:
    as_floats = Sizes(
        float(of.calls_per_month),
        float(of.prompt_tokens_static),
        float(of.prompt_tokens_dynamic),
        float(of.output_tokens),
    )
    once, again = (compare(given_, MARKET, DAY).as_json() for given_ in (of, as_floats))
    assert json.dumps(once) == json.dumps(again)


@given(sizes)
def test_a_comparison_agrees_with_itself(of: Sizes) -> None:
    found = compare(of, MARKET, DAY)
    assert found.cached <= found.uncached
    assert (found.payback_months is None) == (found.cached <= found.tuned.total)
    passes, fails = found.payback(smaller_passes=True), found.payback(smaller_passes=False)
    assert passes is None or (fails is not None and fails <= passes)


def test_the_largest_numbers_that_a_fact_may_hold_can_still_be_shown() -> None:
    most = 999_999_999_999_999.0
    shown = compare(Sizes(most, most, most, most), MARKET, DAY)
    assert shown.as_json()["monthly"]["uncached"] > 1e25
    assert "GPT-6 Sol" in costs_markdown(shown)


NEGATIVE = {
    "fewer than no calls": (-1, 0, 0, 0),
    "no number of tokens": (1, float("nan"), 0, 0),
    "endless output": (1, 0, 0, float("inf")),
}


@pytest.mark.parametrize("given_", NEGATIVE.values(), ids=NEGATIVE.keys())
def test_sizes_are_refused_for(given_: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput, match="is a number of at least 0"):
        Sizes(*given_)


@pytest.mark.parametrize("share", (-0.01, 1.01))
def test_a_hit_rate_is_a_share(share: float) -> None:
    with pytest.raises(BadInput, match="a hit rate is a share from 0 to 1"):
        long_prompt(CONTRACTS, SOL, hit_rate=share)


FACTS: Mapping[str, float] = {
    "calls_per_month": 60_000.0,
    "prompt_tokens_static": 9_000.0,
    "prompt_tokens_dynamic": 500.0,
    "output_tokens": 300.0,
}


def stated(**values: float) -> Problem:
    return Problem(tuple(Fact(name, value) for name, value in values.items()))


def test_sizes_are_those_that_the_problem_states() -> None:
    assert sizes_from(stated(**FACTS)) == CONTRACTS


@pytest.mark.parametrize("missing", FACTS)
def test_without_any_one_of_the_four_there_are_no_sizes(missing: str) -> None:
    known = {name: value for name, value in FACTS.items() if name != missing}
    assert sizes_from(stated(**known)) is None


def test_a_size_that_people_disagree_on_is_not_known() -> None:
    known = {name: value for name, value in FACTS.items() if name != "output_tokens"}
    dispute = Conflict("output_tokens", (Fact("output_tokens", 1.0), Fact("output_tokens", 2.0)))
    assert sizes_from(replace(stated(**known), conflicts=(dispute,))) is None


def test_a_comparison_names_the_prices_that_are_old_or_not_in_force() -> None:
    assert compare(INTENTS, MARKET, DAY).stale == ("gemini-3.1-flash-lite",)
    assert compare(INTENTS, MARKET, date(2026, 8, 5)).stale == ("gpt-6-sol", "gpt-6-luna")
    everything = compare(INTENTS, MARKET, DAY + timedelta(days=90)).stale
    assert set(everything) == {HOSTED.large, HOSTED.smaller, HOSTED.tuning, "gemini-3.1-flash-lite"}


def test_every_assumption_has_a_source_or_is_called_our_choice() -> None:
    found = compare(INTENTS, MARKET, DAY, examples=60_000).assumptions
    by_source = {item.source for item in found}
    assert all(item.text and item.source for item in found)
    assert by_source == {
        "TheKrush/PromptFuel v1.0.21, 2026-09-22, quoted",
        "notes of September 2026 that quote Google's price page, 2026-09-01, quoted",
        "simonw/llm-prices, 2026-08-05, verified",
        "as stated",
        "our choice",
    }


def test_a_model_on_a_machine_of_its_own_is_paid_by_the_hour_alone() -> None:
    found = compare(INTENTS, MARKET, DAY, reference=DEDICATED)
    assert found.tuned.calls == 0
    assert found.tuned.hosting == 5_840
    assert found.training == 3
    assert any(item.text == "H100: $8 an hour" for item in found.assumptions)


BAD_REFERENCES = {
    "a price that there is not": (replace(HOSTED, large="gpt-9"), "no price called 'gpt-9'"),
    "a machine for a large model": (
        replace(HOSTED, large="fireworks-h100"),
        "fireworks-h100 is not one of calls",
    ),
    "calls for training": (replace(DEDICATED, tuning="gpt-6-luna"), "is not one of training"),
    "calls for a machine": (replace(DEDICATED, hosting="gpt-6-luna"), "is not one of hosting"),
    "training with no price of calls": (
        replace(HOSTED, tuning="fireworks-lora-sft"),
        "fireworks-lora-sft names no base",
    ),
}


@pytest.mark.parametrize(
    ("reference", "sentence"), BAD_REFERENCES.values(), ids=BAD_REFERENCES.keys()
)
def test_a_reference_is_a_defect_if_it_names(reference: Reference, sentence: str) -> None:
    with pytest.raises(RulebookBroken, match=sentence):
        compare(INTENTS, MARKET, DAY, reference=reference)


def test_the_json_has_these_keys_in_this_order() -> None:
    found = compare(INTENTS, MARKET, DAY, examples=60_000).as_json()
    assert list(found) == [
        "as_of",
        "currency",
        "sizes",
        "models",
        "monthly",
        "training",
        "upfront",
        "payback_months",
        "payback_if_smaller_passes",
        "break_even_calls",
        "assumptions",
        "stale",
    ]
    assert found["sizes"] == {
        "calls_per_month": 4_000_000,
        "prompt_tokens_static": 700,
        "prompt_tokens_dynamic": 500,
        "output_tokens": 150,
    }
    assert list(found["monthly"].items()) == [
        ("uncached", 15600),
        ("cached", 10560),
        ("smaller", 528),
        ("tuned", 3001.27),
        ("tuned_calls", 2205),
        ("tuned_hosting", 0),
        ("tuned_retraining", 796.27),
    ]


def test_the_table_shows_the_sums_the_payback_and_what_is_old() -> None:
    text = costs_markdown(compare(INTENTS, MARKET, DAY, examples=60_000))
    assert text.startswith(
        "| A month, at prices known on 2026-11-22 | USD |\n"
        "| --- | ---: |\n"
        "| GPT-6 Sol, nothing cached | 15,600.00 |\n"
        "| GPT-6 Sol, prompt cached | 10,560.00 |\n"
        "| GPT-6 Luna, not tuned, prompt cached | 528.00 |\n"
        "| Gemini 3.1 Flash-Lite, tuned: calls | 2,205.00 |\n"
        "| Gemini 3.1 Flash-Lite, tuned: training again | 796.27 |\n"
        "| Gemini 3.1 Flash-Lite, tuned: in all | 3,001.27 |\n"
        "\n"
        "Paid once: $15,388.80.\n"
        "Against the cached prompt: pays back in 2.0 months.\n"
        "If GPT-6 Luna passes the same test without training: never pays.\n"
    )
    assert "- it is trained on 60,000 examples (as stated)\n" in text
    assert text.endswith("Old, or not in force that day: gemini-3.1-flash-lite.\n")


def test_the_table_shows_hosting_where_it_costs_something() -> None:
    text = costs_markdown(compare(INTENTS, MARKET, DAY, reference=DEDICATED))
    assert "tuned: hosting | 5,840.00 |" in text
    assert "Old" not in text
