"""Text into facts, as JSON; nothing is decided."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from typing import Any, TextIO

from bot.commands.io import json_lines
from bot.domain.problem import Problem, in_order
from bot.errors import BadInput, UsageError
from bot.reading.port import Message, Reader, Reading


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """Return facts, denials and what else the reading holds."""
    shown: dict[str, Any] = {
        "facts": Problem(tuple(in_order(reading.facts))).facts_as_json(),
        "denials": [
            {"fact": denial.name, "value": denial.value, "quote": denial.quote}
            for denial in reading.denials
        ],
        "request": reading.request.value if reading.request else None,
        "does_not_know": reading.does_not_know,
        "dropped": reading.dropped,
        "reader": reading.reader,
        "prompt": reading.prompt,
    }
    return {**shown, "note": reading.note} if reading.note else shown


def check_usage(options: Namespace) -> None:
    """Raise UsageError where a text is given and lines are to be read."""
    if options.jsonl and options.text not in {None, "-"}:
        raise UsageError(
            "read --jsonl takes its texts from standard input, one object a line: leave out TEXT, "
            "or leave out --jsonl to read that one text."
        )


async def read_text(reader: Reader, text: str) -> dict[str, Any]:
    """Read one text."""
    return reading_as_json(await reader.read(Message(text, id="1")))


async def read_lines(reader: Reader, stdin: TextIO) -> AsyncIterator[dict[str, Any]]:
    """Read lines of `{"id", "text"}`."""
    for number, row in json_lines(stdin):
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise BadInput(f'line {number}: use {{"id": "…", "text": "…"}}.')
        yield {"id": row.get("id"), **await read_text(reader, row["text"])}
