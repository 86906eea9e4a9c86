"""Text in and JSON out, as every command does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from bot.errors import BadInput


def text_given(text: str | None, stdin: TextIO) -> str:
    """Return the text of the command line, or standard input for `-` or nothing."""
    if text not in {None, "-"}:
        return str(text)
    try:
        return stdin.read()
    except UnicodeDecodeError as error:
        raise BadInput("standard input is not UTF-8 text: convert it first.") from error


def json_lines(stdin: TextIO) -> Iterator[tuple[int, Any]]:
    """Yield the objects of standard input, one a line, with the number of the line."""
    for number, line in enumerate(text_given(None, stdin).split("\n"), 1):
        if line.strip():
            yield number, json_of(line, f"line {number}")


def json_of(text: str, where: str) -> Any:  # noqa: ANN401 -- JSON is any value
    """Return the value of a JSON text; raises BadInput that names the place."""
    if not text.strip():
        raise BadInput(f'{where} is empty: give {{"facts": {{"symptoms": ["made_up_facts"]}}}}.')
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not valid JSON: check quotes, commas and brackets.") from error


def as_line(value: object) -> str:
    """Return JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def as_block(value: object) -> str:
    """Return JSON over several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)
