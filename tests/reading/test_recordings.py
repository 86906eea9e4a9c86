"""Requests written to a file, answers replayed from one: the same messages, the same parsing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain.problem import Fact, Problem
from bot.errors import BadInput, ReaderAnsweredBadly, ReaderFailed
from bot.reading.port import Message
from bot.reading.prompts import Prompt
from bot.reading.recordings import RecordedReader, load_answers, request_line, request_of

MESSAGE = Message("We sort mail.", author="U1", id="17.5")
CLAIM = {"quote": "sort mail", "fact": "task=classify", "detail": None, "basis": "stated"}
ANSWER = {"facts": [{**CLAIM, "holds": True, "corrects": False}], "request": "none"}


def reader(prompt: Prompt, answer: object) -> RecordedReader:
    return RecordedReader(prompt, {request_of(MESSAGE, prompt)["digest"]: answer})


@pytest.mark.parametrize("answer", (ANSWER, json.dumps(ANSWER)), ids=("an object", "a text"))
async def test_a_recorded_answer_is_read_like_a_fresh_one(prompt: Prompt, answer: object) -> None:
    reading = await reader(prompt, answer).read(MESSAGE)
    assert reading.facts == (
        Fact("task", "classify", quote="sort mail", author="U1", message="17.5"),
    )
    assert (reading.reader, reading.prompt) == ("recorded", prompt.digest)


async def test_a_message_that_was_not_recorded_is_told_by_its_digest(prompt: Prompt) -> None:
    other = Message("We translate mail.")
    with pytest.raises(ReaderFailed, match=request_of(other, prompt)["digest"]):
        await reader(prompt, ANSWER).read(other)


async def test_a_recorded_answer_of_another_form_is_an_error(prompt: Prompt) -> None:
    with pytest.raises(ReaderAnsweredBadly):
        await reader(prompt, "I would fine-tune.").read(MESSAGE)


async def test_an_empty_message_needs_no_recording(prompt: Prompt) -> None:
    assert (await RecordedReader(prompt, {}).read(Message("  "))).facts == ()


def test_the_digest_goes_by_all_that_the_model_sees(prompt: Prompt) -> None:
    seen = (
        MESSAGE,
        Message("We sort post."),
        Message("We sort mail.", question="task"),
        Message("We sort mail.", known=Problem((Fact("owner", "none"),))),
    )
    assert len({request_of(message, prompt)["digest"] for message in seen}) == len(seen)
    unseen = Message("We sort mail.", author="U2", id="18.0")
    assert request_of(unseen, prompt) == request_of(MESSAGE, prompt)


def test_a_request_is_one_line_and_its_answer_finds_back(prompt: Prompt, tmp_path: Path) -> None:
    line = request_line(Message("两行\n\u2028文字"), prompt)
    assert "\n" not in line
    recorded = {"digest": json.loads(line)["digest"], "answer": {"facts": [], "note": "\u2028"}}
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(recorded, ensure_ascii=False) + "\n\n", "utf-8")
    assert load_answers(path) == {recorded["digest"]: recorded["answer"]}


BROKEN = {
    "no JSON": ("{", "line 2: not valid JSON"),
    "no object": ("[1]", "line 2: use"),
    "no digest": ('{"answer": {}}', "line 2: use"),
    "no answer": ('{"digest": "x"}', 'line 2: the "answer" is missing'),
}


@pytest.mark.parametrize(("line", "complaint"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(f'{{"digest": "a", "answer": {{}}}}\n{line}\n', "utf-8")
    with pytest.raises(BadInput, match=complaint):
        load_answers(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"answers\.jsonl"):
        load_answers(tmp_path / "answers.jsonl")
