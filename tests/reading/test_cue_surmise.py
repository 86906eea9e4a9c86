"""Surmises: likely from the words of a message, never more than that, and never from a wish."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import fold
from bot.domain.facts import by_name
from bot.domain.problem import Basis, Fact
from bot.reading.cue_surmise import SCALE, Weights, features_of, surmised, weights, weights_from
from bot.reading.cues import CueReader, scenes_of
from bot.reading.port import Message
from training.corpus import corpus_digest, files, text_of

STORY = (
    "Wardens ask it which berths are free for a forty footer and it names pontoons that were "
    "taken out years ago. The harbour handbook has a page for every pontoon, nobody gave it that."
)


def read(text: str, question: str = "") -> tuple[Fact, ...]:
    return CueReader().read_now(Message(text, "ann", "1", question)).facts


def surmises(text: str) -> set[tuple[str, object]]:
    return {(fact.name, fact.value) for fact in read(text) if fact.basis is Basis.SURMISED}


def learned(rows: dict[str, list[int]], thresholds: tuple[float, ...] = (0, 0, 0)) -> Weights:
    return weights_from(
        {
            "labels": ["symptoms=too_slow", "task=classify", "task=extract"],
            "intercepts": [-1.0, -1.0, -1.0],
            "thresholds": thresholds,
            "rows": rows,
        }
    )


def names(found: Iterable[object]) -> list[tuple[str, object]]:
    return [(item.name, item.value) for item in found]  # type: ignore[attr-defined]


@given(
    st.lists(
        st.dictionaries(st.integers(0, 114), st.integers(-1_000, 1_000), max_size=20), max_size=12
    )
)
def test_the_lanes_add_up_as_the_weights_do_one_by_one(rows: list[dict[int, int]]) -> None:
    held = weights_from(
        {
            "labels": [f"task={at}" for at in range(115)],
            "intercepts": [0.0] * 115,
            "thresholds": [0.0] * 115,
            "rows": {
                str(at): [number for pair in row.items() for number in pair]
                for at, row in enumerate(rows)
            },
        }
    )

    scores = held.scores(map(str, range(len(rows))))

    scale = SCALE * math.sqrt(len(rows) or 1)
    sums = [sum(row.get(label, 0) for row in rows) for label in range(115)]
    assert scores == [one / scale for one in sums]


LONG = (
    "The parcels wait in the yard until somebody at the counter has looked at every single label."
)


def test_a_story_gives_surmises_with_its_own_words() -> None:
    found = [fact for fact in read(STORY) if fact.basis is Basis.SURMISED]

    assert found
    assert all(fact.quote and fact.quote in STORY for fact in found)


def test_a_word_that_tells_for_a_value_gives_it() -> None:
    heavy = learned({"parcel": [1, 500 * SCALE]})

    assert names(surmised(scenes_of(LONG), heavy)) == [("task", "classify")]


def test_of_a_single_fact_only_the_likeliest_value_is_surmised() -> None:
    both = learned({"parcel": [1, 500 * SCALE, 2, 600 * SCALE]})

    assert names(surmised(scenes_of(LONG), both)) == [("task", "extract")]


def test_nothing_is_surmised_under_its_threshold() -> None:
    high = learned({"parcel": [1, 5 * SCALE]}, (0, 99, 99))

    assert names(surmised(scenes_of(LONG), high)) == []


def test_nothing_is_surmised_from_a_few_words() -> None:
    heavy = learned({"parcel": [1, 500 * SCALE]})

    assert names(surmised(scenes_of("The parcels wait."), heavy)) == []


@pytest.mark.parametrize(
    "wish",
    ("We want to fine-tune it.", "Should we train a model?", "My boss wants RAG for this."),
)
def test_a_wish_adds_no_surmise(wish: str) -> None:
    assert surmises(f"{STORY} {wish}") == surmises(STORY)


def test_what_is_denied_is_never_surmised() -> None:
    every = weights()
    denied = (
        "The drafts are fine in every other way and the thing does not hallucinate at all, ever."
    )
    eager = Weights(every.labels, every.intercepts, (-99.0,) * len(every.labels), every.lanes)

    assert ("symptoms", "made_up_facts") not in names(surmised(scenes_of(denied), eager))


def test_an_answer_to_a_question_surmises_nothing() -> None:
    given_back = read(STORY, question="measurement")

    assert not [fact for fact in given_back if fact.basis is Basis.SURMISED]


@given(text=st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_surmises_quoted_from_it(text: str) -> None:
    for fact in read(text):
        assert fact.quote in text
        assert by_name()[fact.name].value(str(fact.value)) or fact.basis is not Basis.SURMISED


def test_a_surmise_never_opens_a_gate() -> None:
    assert not any(
        fact.basis.opens_gates for fact in read(STORY) if (fact.name, fact.value) in surmises(STORY)
    )
    assert fold(()).facts == ()


def test_the_weights_were_learned_from_this_corpus() -> None:
    with_corpus = json.loads((files()[0].parents[2] / "bot/reading/weights.json").read_text())

    assert with_corpus["corpus"] == corpus_digest()
    assert all(by_name()[name].value(value) for name, value in weights().labels)


def test_every_line_of_the_corpus_has_facts_of_the_vocabulary() -> None:
    for path in files():
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            assert text_of(row)
            for _, facts in row["parts"]:
                assert {fact.partition("=")[0] for fact in facts} <= by_name().keys()


def test_numbers_are_told_apart_only_as_small_and_large() -> None:
    one, other = (scenes_of(f"We look at {count} parcels") for count in (4312, 977))

    assert features_of(one[0]) == features_of(other[0])
