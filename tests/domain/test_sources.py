"""Every source can be found by its id, says where it is, and says how well we know it."""

from __future__ import annotations

import re

import pytest

from bot.domain.sources import OUR_CHOICE, SOURCES, Mark, source
from bot.errors import RulebookBroken

PUBLISHED = [known for known in SOURCES if known is not OUR_CHOICE]
# What the draft of the rules and of their thresholds names.
EXPECTED = {
    "agarwal-many-shot",
    "anthropic-agents",
    "anthropic-contextual-retrieval",
    "anthropic-long-context",
    "anthropic-prompting",
    "applied-llms",
    "aws-sagemaker",
    "azure-skills",
    "balaguer",
    "biderman",
    "du-length",
    "fireworks",
    "gekhman",
    "gepa",
    "google-tuning",
    "hamel",
    "hf-course",
    "huyen",
    "in-house-translation",
    "jason-liu",
    "jsonschemabench",
    "landis-koch",
    "lima",
    "liu-lost",
    "lora-land",
    "lora-regret",
    "luo-forgetting",
    "meta-ft",
    "microsoft-considerations",
    "nova",
    "on-policy-distillation",
    "openai-accuracy",
    "openai-best-practices",
    "openai-dpo",
    "openai-rft",
    "openai-sft",
    "openai-structured-outputs",
    "our-choice",
    "ovadia",
    "participant-access",
    "qi",
    "raft",
    "soudani",
    "together",
}


def test_every_source_that_rules_name_is_there() -> None:
    assert {name for name in EXPECTED if source(name).id == name} == EXPECTED


def test_no_two_sources_share_an_id() -> None:
    ids = [known.id for known in SOURCES]
    assert len(ids) == len(set(ids))


def test_an_unknown_id_is_a_defect_of_the_rulebook_and_is_named() -> None:
    with pytest.raises(RulebookBroken, match="no source has the id 'hearsay'"):
        source("hearsay")


@pytest.mark.parametrize("known", PUBLISHED, ids=lambda known: known.id)
def test_a_published_source_has_a_title_an_address_a_date_and_a_mark(known: object) -> None:
    found = source(getattr(known, "id", ""))
    assert found.title.strip()
    assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(/\S*)?", found.address)
    assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", found.date)
    assert found.mark is not Mark.OURS


@pytest.mark.parametrize(
    ("name", "date"),
    (("ovadia", "2023-12"), ("participant-access", "2025-09"), ("format-tax", "2026-06")),
)
def test_a_paper_carries_the_month_of_its_number(name: str, date: str) -> None:
    assert source(name).date == date
    assert source(name).address.startswith("https://arxiv.org/abs/")


def test_our_own_choice_says_so_and_claims_no_address() -> None:
    assert source("our-choice").as_json() == {
        "id": "our-choice",
        "title": "our choice",
        "address": "",
        "date": "2026-11-22",
    }
    assert source("our-choice").mark is Mark.OURS
