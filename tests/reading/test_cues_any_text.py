"""The reader without a model on any text: it never fails, quotes exactly, and takes no time."""

from __future__ import annotations

import time
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.facts import VOCABULARY, Kind, by_name
from bot.reading import cue_findings, cue_patterns
from bot.reading.cue_lexicon import Row, lexicon, rows_of
from bot.reading.cue_text import LONGEST_QUOTE, fold
from bot.reading.cues import CueReader, scenes_of
from bot.reading.port import Message

LANGUAGES = sorted(
    file.name.removesuffix(".toml")
    for file in (resources.files("bot.reading") / "phrases").iterdir()
    if file.name.endswith(".toml")
)
READER = CueReader()
PIECES = st.sampled_from(
    [
        "it makes things up",
        "not",
        "if",
        "should we",
        "fine-tune",
        "5k labelled emails",
        "the tone is wrong",
        ", ",
        ". ",
        "? ",
        "\n",
        "```",
        "> ",
        "82%",
        "$4,000 a month",
        "in our wiki",
        "no idea",
        "yes",
        "2",
        "wrong category",
        "_",
        "*",
        "(",
        ")",
        "«",
        "İ",
        "ß",
        "模型",
        "不",
        "幻觉",
        "er erfindet Dinge",
        "no inventa",
        "’",
        "'",
        "-",
        "/",
        "\x00",
        "\ue000",
        "é",
        "🙂",
        "sorry",
        "what if",
        "why",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=25).map(" ".join))
QUESTIONS = st.sampled_from(["", *(attribute.name for attribute in VOCABULARY)])


@given(text=TEXTS, question=QUESTIONS)
@settings(deadline=None, max_examples=300)
def test_any_text_gives_only_known_values_with_exact_quotes(text: str, question: str) -> None:
    reading = READER.read_now(Message(text, question=question))
    for fact in reading.facts:
        attribute = by_name()[fact.name]
        if attribute.kind in (Kind.ONE, Kind.MANY):
            assert attribute.value(str(fact.value)) is not None
        elif attribute.kind is Kind.NUMBER:
            assert isinstance(fact.value, float)
        elif attribute.kind is Kind.YES_NO:
            assert isinstance(fact.value, bool)
        assert fact.quote in text
        assert 0 < len(fact.quote) <= LONGEST_QUOTE
    for denial in reading.denials:
        assert by_name()[denial.name].value(denial.value) is not None
        assert denial.quote in text
    assert reading.corrects <= by_name().keys()


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


def rows(language: str) -> list[Row]:
    """Every phrase of a language."""
    index = lexicon(language).index
    return list(dict.fromkeys(row for listed in index.values() for row, _ in listed))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_names_only_known_facts_and_values(language: str) -> None:
    for row in rows(language):
        row.pattern()
        if row.section != "cues":
            continue
        attribute = by_name()[row.name]
        known = {value.name for value in attribute.values} or {"yes"}
        assert row.value in known, row
        assert row.how in ("stated", "implied", "presupposed", "answers", "unless"), row


@pytest.mark.parametrize("language", ("en", "de"))
def test_every_phrase_is_found_by_a_word_of_its_own(language: str) -> None:
    for row in rows(language):
        first = next(iter(cue_patterns._readings(cue_patterns.parsed(row.source))))
        text = first.replace("\0", " ").replace("*", "").strip()
        match = row.pattern().search(text)
        if match is None or cue_patterns.is_numeric(row.source):
            continue
        held = cue_patterns.keys_in(text)
        needed, also = cue_patterns.keys(row.source, dense=row.dense)
        assert needed & held, row
        assert not also or also & held, row


@given(text=TEXTS)
@settings(deadline=None)
def test_phrases_are_found_in_the_order_in_which_they_are_written(text: str) -> None:
    for part in scenes_of(text):
        places = [(hit.start, -hit.end) for hit in part.hits]
        assert places == sorted(places)


def test_a_table_of_no_known_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[symtoms\]"):
        list(rows_of("en", {"symtoms": {"made_up_facts": {"stated": ["invents"]}}}))


HOSTILE = {
    "prose": "Our support bot makes things up about refunds, and the policy is in our wiki. ",
    "no full stop": "the model often answers wrong and the labels are wrong and it is slow ",
    "digits": "1,234 5k 3/4 $9 12% ",
    "brackets": "((((((",
    "commas": "not, no, never, if, ",
    "one word": "a",
    "quotes": "> it makes things up\n",
    "fences": "```\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_very_long_message_is_read_at_once(name: str) -> None:
    text = HOSTILE[name] * (40_000 // len(HOSTILE[name]))
    READER.read_now(Message(text))
    began = time.perf_counter()
    READER.read_now(Message(text))
    assert time.perf_counter() - began < 0.25


def test_of_two_values_of_any_single_fact_one_is_chosen() -> None:
    for name, order in cue_findings._TELLING.items():
        assert {*order.split()} == {value.name for value in by_name()[name].values}, name
