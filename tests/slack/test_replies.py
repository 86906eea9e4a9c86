"""Short answers say what was noted and what follows from it, and can always be posted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approaches import Approach
from bot.domain.questions import question_for
from bot.domain.view import askable
from bot.slack import replies
from bot.slack.glossary import terms_in
from bot.slack.render import Reply
from tests.domain.problems import DISTILLED, FEW_CALLS, TRAINED, answer_to, without
from tests.slack.test_render import (
    CALLED,
    MANY,
    NAMES,
    SEEDS,
    UNREACHED,
    assert_fit,
    comparison_of,
    dressed,
    ids,
    nasty,
    pool,
    said,
    shown,
)


@pytest.fixture(autouse=True, scope="module")
def _decided_beforehand() -> None:
    pool()


def all_of_a_turn(seed: int) -> list[Reply]:
    """Return every answer that a turn may get, on anything that people wrote."""
    rng = Random(seed)
    before, after = dressed(seed), dressed(seed + 1)
    return [
        replies.answered(rng.choice((None, before)), after, NAMES, "cues", nasty(rng)),
        replies.why(after, NAMES),
        replies.why_not(after, nasty(rng)),
        replies.what_if(before, after),
    ]


@MANY
@given(SEEDS)
def test_any_answer_can_be_posted_and_is_the_same_each_time(seed: int) -> None:
    answers = all_of_a_turn(seed)
    for answer in answers:
        assert_fit(answer)
    if seed % 5 == 0:
        assert json.dumps([a.blocks for a in all_of_a_turn(seed)]) == json.dumps(
            [a.blocks for a in answers]
        )


@given(st.integers(0, 2**30))
def test_what_is_said_around_a_consultation_can_be_posted(seed: int) -> None:
    text = nasty(Random(seed))
    for answer in (
        replies.usage(text, history=seed % 2 == 0),
        replies.greeting(text),
        replies.greeting(text, in_channel=True),
        replies.only_opener(text),
        replies.explain(text),
        replies.status({text: text, "Redis": "answers"}),
        replies.status({}),
        replies.measured_file(
            text,
            ("2 rows.", "What is wrong:", "- 1 row.", f"Labels: {text}."),
            "Only the beginning.",
        ),
        replies.unmeasured_file(text, "the file is empty."),
        replies.file_counted(text),
    ):
        assert_fit(answer)


@MANY
@given(SEEDS)
def test_three_files_and_an_answer_fit_into_one_message(seed: int) -> None:
    rng = Random(seed)
    lines = ("80 examples.", "What is wrong:", *(f"- {nasty(rng)}." for _ in range(12)), "Size: 1.")
    file = replies.measured_file(nasty(rng), lines, "Only the beginning.")
    answer = replies.answered(None, dressed(seed), NAMES, "cues", nasty(rng))

    assert_fit(replies.both(replies.both(replies.both(file, file), file), answer))


def test_a_measurement_parts_what_is_wrong_from_the_rest() -> None:
    lines = (
        "80 examples.",
        "What is wrong:",
        "- 4 duplicates.",
        "Size: 1.",
        "What next:",
        "1. Mend.",
    )

    texts = [block["text"]["text"] for block in replies.measured_file("a.csv", lines).blocks]

    assert texts == [
        "*a.csv*\n80 examples.",
        "*What is wrong*\n• 4 duplicates.",
        "Size: 1.",
        "*What next*\n1. Mend.",
    ]


def test_a_file_s_name_and_labels_stand_as_text_and_in_no_notification() -> None:
    shown_ = replies.measured_file("<!channel> *x*.csv", ("2 rows.", "Labels: <@U1> 50%."))

    assert "<" not in shown(shown_)
    assert "channel" not in shown_.text
    assert "U1" not in shown_.text


FIXED: Mapping[str, Callable[[], Reply]] = {
    "reading": replies.reading,
    "on it": replies.on_it,
    "nothing to read": replies.nothing_to_read,
    "tell me in words": replies.tell_me_in_words,
    "a file elsewhere": lambda: replies.unmeasured_file("a.csv", replies.FILE_ELSEWHERE),
    "a file refused": lambda: replies.unmeasured_file("a.csv", replies.FILE_REFUSED),
    "a file that never came": lambda: replies.unmeasured_file("a.csv", replies.FILE_UNREACHED),
    "off topic": replies.off_topic,
    "not saved": replies.not_saved,
    "started over": replies.started_over,
    "nothing left": replies.nothing_left,
    "no such case": replies.no_such_case,
    "the rules": replies.rules_overview,
    "usage": replies.usage,
    "greeting": replies.greeting,
    "greeting in a channel": lambda: replies.greeting(in_channel=True),
    "outsider": replies.outsider,
    "no sizes": lambda: replies.costs(None),
    "costs": lambda: replies.costs(comparison_of(FEW_CALLS)),
    "huge costs": lambda: replies.costs(
        comparison_of(dict.fromkeys(FEW_CALLS, 999_999_999_999_999))
    ),
    "no costs": lambda: replies.costs(comparison_of(dict.fromkeys(FEW_CALLS, 0))),
    "forgot nothing": lambda: replies.forgotten(0),
    "forgot one": lambda: replies.forgotten(1),
    "forgot many": lambda: replies.forgotten(1_200),
}


@pytest.mark.parametrize("name", FIXED)
def test_a_fixed_answer_can_be_posted_and_keeps_its_voice_down(name: str) -> None:
    answer = FIXED[name]()
    assert_fit(answer)
    assert "!" not in answer.text


@pytest.mark.parametrize("name", sorted(askable()))
def test_a_question_that_was_not_answered_is_put_again_with_its_choices(name: str) -> None:
    question = question_for(name)
    answer = replies.could_not_read_answer(question)
    assert_fit(answer)
    assert answer.text.startswith("I could not read an answer in that.")
    assert ids(answer)[-1] == f"unknown:{name}"


# --- What was noted, and whether the answer changed ----------------------------------------------

# before, after, what is said
TURNS: dict[str, tuple[Mapping[str, Any] | None, Mapping[str, Any], str]] = {
    "the first answer says what to do": (
        None,
        UNREACHED,
        "Bring the knowledge to the model; training will not keep it there. First step: Give",
    ),
    "numbers and values are noted": (
        without(TRAINED, "examples_count", "examples_quality"),
        TRAINED,
        "Noted: usable examples: 2,000; quality of the examples: checked and consistent.",
    ),
    "several values of one set are one entry": (
        {},
        {"symptoms": ["made_up_facts", "too_slow"]},
        "seen: invents facts, too slow",
    ),
    "an acronym keeps its letters": (
        without(TRAINED, "owner"),
        TRAINED,
        "Noted: owner: people with ML experience.",
    ),
    "a changed answer says from what to what": (
        {"symptoms": ["wrong_voice"], "breadth": "one_narrow"},
        {**UNREACHED, "breadth": "one_narrow"},
        "to “Bring the knowledge to the model; training will not keep it there.”",
    ),
    "an answer that stands says so": (
        UNREACHED,
        {**UNREACHED, "risk": "high"},
        "The answer stands: Bring the knowledge to the model",
    ),
    "an answer that is decided now says so": (
        without(TRAINED, "data_rights"),
        TRAINED,
        "The answer stands, and is decided now: Fine-tune",
    ),
    "what was taken back is named": (
        {**UNREACHED, "risk": "high"},
        UNREACHED,
        "No longer counted: cost of a wrong answer: high.",
    ),
    "nothing new is called so": (UNREACHED, UNREACHED, "That tells me nothing new"),
    "a new conflict names who said what": (
        {**UNREACHED, "owner": said("none")},
        {**UNREACHED, "owner": [said("none"), said("ml_team", author="U2")]},
        "Owner: Nobody (Ann) / People with ML experience (Bob)",
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_turn_is_answered(name: str) -> None:
    before, after, expected = TURNS[name]
    earlier = answer_to(before) if before is not None else None
    assert expected in shown(replies.answered(earlier, answer_to(after), CALLED, "chain"))


def test_what_nobody_knows_is_left_aside() -> None:
    before = answer_to(UNREACHED)
    after = replace(before, problem=replace(before.problem, set_aside=frozenset({"owner"})))
    assert "Left aside: owner." in replies.answered(before, after, CALLED, "chain").text


def test_a_guess_is_not_noted() -> None:
    after = answer_to({"symptoms": [said("made_up_facts", "surmised")]})
    for before in (None, answer_to({})):
        text = replies.answered(before, after, CALLED, "cues").text
        assert "Noted" not in text
        assert "nothing new" not in text
        assert "So far it looks like this" in text


def test_the_next_question_has_its_buttons() -> None:
    facts = without(TRAINED, "data_rights")
    answer = replies.answered(None, answer_to(facts), CALLED, "chain")
    assert ids(answer)[-1] == "unknown:data_rights"
    assert "May these examples be used for training?" in answer.text


# --- What people ask -----------------------------------------------------------------------------


def test_why_quotes_the_words_that_a_reason_rests_on() -> None:
    text = shown(replies.why(answer_to(UNREACHED), CALLED))
    assert "Ann said “it is all in the wiki”" in text
    assert "Bob said “invents refunds”" in text
    assert "You said “it is all in the wiki”" in shown(replies.why(answer_to(UNREACHED)))


def test_why_calls_a_guess_a_guess() -> None:
    guessed = {"symptoms": [said("made_up_facts", "surmised", "hallucinates")]}
    assert "I guess so from “hallucinates”" in shown(replies.why(answer_to(guessed), CALLED))


# question -> approach that it names
NAMED: dict[str, Approach | None] = {
    "why not RAG?": Approach.RAG,
    "why not just fine-tune it": Approach.FINE_TUNE,
    "and why shouldn't we train it?": Approach.FINE_TUNE,
    "why not a LoRA": Approach.FINE_TUNE,
    "why not distil it into a small model": Approach.DISTILL,
    "why not few-shot prompting": Approach.PROMPT,
    "why not an agent with tools": Approach.WORKFLOW,
    "why not prompt caching": Approach.SERVING,
    "why not a regex": Approach.NOT_LLM,
    "why not?": None,
}


@pytest.mark.parametrize("text", NAMED)
def test_why_not_finds_what_was_asked(text: str) -> None:
    assert replies._approach_in(text) is NAMED[text]


def test_why_not_says_what_speaks_against_it_and_what_would_speak_for_it() -> None:
    decision = answer_to(UNREACHED)
    held = shown(replies.why_not(decision, "why not just work on the prompt?"))
    assert "Not now" in held
    assert "*It would be right if*" in held
    assert "That is what I advise" in shown(replies.why_not(decision, "why not RAG?"))
    assert "name one" in shown(replies.why_not(decision, "why not?"))


def test_what_if_notes_nothing() -> None:
    now, then = answer_to(without(TRAINED, "examples_count")), answer_to(TRAINED)
    text = shown(replies.what_if(now, then))
    assert text.startswith("Supposing usable examples: 2,000:")
    assert "I noted nothing" in text
    assert "That is today's answer too." in shown(replies.what_if(then, then))


def test_costs_are_a_table_or_a_request_for_sizes() -> None:
    table = replies.costs(comparison_of(DISTILLED))
    assert table.blocks[-1]["type"] == "markdown"
    assert "| GPT-6 Sol, prompt cached |" in table.blocks[-1]["text"]
    assert "four sizes" in replies.costs(None).text


# question -> the terms that are explained
TERMS: dict[str, tuple[str, ...]] = {
    "what is LoRA?": ("LoRA",),
    "what's fine-tuning": ("fine-tuning",),
    "explain RAG vs finetuning": ("RAG", "fine-tuning"),
    "what is retrieval": ("RAG",),
    "distillation?": ("distillation",),
    "few-shot?": ("few-shot examples",),
    "what is a test set": ("evals",),
    "DPO or RFT?": ("RFT", "DPO"),
    "what does reinforcement fine-tuning need": ("RFT",),
    "what is prompt caching": ("prompt caching",),
    "what are embeddings": ("embeddings",),
    "quantization": ("quantisation",),
    "what is continued pretraining": ("continued pretraining",),
    "how do I format the data?": ("the format of examples",),
    "what is the storage of dragons": (),
}


@pytest.mark.parametrize("text", TERMS)
def test_terms_are_explained(text: str) -> None:
    assert tuple(term.name for term in terms_in(text)) == TERMS[text]


def test_without_a_known_term_it_says_which_there_are() -> None:
    assert "LoRA" in replies.explain("what is love").text


def test_usage_says_whether_a_thread_needs_mentions() -> None:
    assert "mention me each time" in replies.usage("bot").text
    assert "no need to mention me again" in replies.usage("bot", history=True).text


def test_who_may_start_over_is_named_as_text() -> None:
    assert "Only Ann or a workspace admin" in replies.only_opener("Ann").text
    assert "<" not in replies.only_opener("<@U1>").text


def test_a_note_of_the_reader_stands_in_small_print() -> None:
    decision = answer_to(UNREACHED)
    answer = replies.answered(None, decision, CALLED, "cues", "The model was too slow.")
    assert answer.blocks[-1]["elements"][0]["text"].startswith("The model was too slow. The text")
    assert "too slow" not in shown(replies.answered(None, decision, CALLED, "cues"))
