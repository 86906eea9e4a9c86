"""Exact requests to the model, and a reader that answers them from a file instead of a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.errors import BadInput, ReaderFailed
from bot.reading.port import Message, Reading
from bot.reading.prompts import Prompt, digest_of, has_words
from bot.reading.schema import parse_answer, response_format
from bot.reading.verify import verified

READER = "recorded"


def request_of(message: Message, prompt: Prompt) -> dict[str, Any]:
    """Return what the model is sent for a message, and the digest that its answer goes by."""
    messages = prompt.for_message(message)
    form = response_format()
    return {"digest": digest_of(messages, form), "messages": messages, "response_format": form}


def request_line(message: Message, prompt: Prompt) -> str:
    """Return the request as one line of a JSONL file."""
    return json.dumps(request_of(message, prompt), ensure_ascii=False)


def load_answers(path: Path) -> dict[str, object]:
    """Read lines of {"digest", "answer"}; raises BadInput, naming the line. The last one counts."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be read as a file of recorded answers.") from error
    return dict(_answer(path.name, n, line) for n, line in enumerate(lines, 1) if line.strip())


def _answer(name: str, number: int, line: str) -> tuple[str, object]:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{name}, line {number}: not valid JSON.") from error
    if not isinstance(given, dict) or not isinstance(given.get("digest"), str):
        raise BadInput(f'{name}, line {number}: use {{"digest": "…", "answer": {{…}}}}.')
    if "answer" not in given:
        raise BadInput(f'{name}, line {number}: the "answer" is missing.')
    return given["digest"], given["answer"]


class RecordedReader:
    """Reads messages by answers that a model gave before to the very same requests."""

    def __init__(self, prompt: Prompt, answers: Mapping[str, object]) -> None:
        self._prompt = prompt
        self._answers = answers

    async def ready(self) -> None:
        """Load nothing: all answers are at hand."""

    async def read(self, message: Message) -> Reading:
        """Return the recorded answer, verified like a fresh one; raises ReaderFailed without."""
        if not has_words(message.text):
            return Reading(reader=READER, prompt=self._prompt.digest)
        digest = request_of(message, self._prompt)["digest"]
        if digest not in self._answers:
            raise ReaderFailed(
                f"No answer is recorded for this request ({digest}): the message, its question, "
                f"what was known, or the prompt ({self._prompt.digest}) has changed since."
            )
        reading = verified(parse_answer(self._answers[digest]), message)
        return replace(reading, reader=READER, prompt=self._prompt.digest)
