"""A training file measured: read within limits from a path or standard input."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from bot.commands.io import as_block
from bot.domain.dataset import Measurement, measured
from bot.domain.market import Market
from bot.domain.training_rows import MAX_BYTES
from bot.errors import BadInput

STANDARD_INPUT = "standard input"


def measure(options: Namespace, stdin: BinaryIO, market: Market, as_of: date) -> Measurement:
    """Measure the file that was named; raises BadInput that names it and says what to do."""
    name, content = _given(options.file, stdin)
    try:
        return measured(name, content).at_prices(market, as_of)
    except BadInput as error:
        raise BadInput(f"{name}: {error.sentence}") from error


def shown(measurement: Measurement, *, as_json: bool) -> str:
    """Return the measurement as people or scripts read it."""
    return as_block(measurement.as_json()) if as_json else "\n".join(measurement.lines)


def _given(file: str, stdin: BinaryIO) -> tuple[str, bytes]:
    """Return what it is called and one byte more than the limit, so that a cut is noticed."""
    if file == "-":
        return STANDARD_INPUT, stdin.read(MAX_BYTES + 1)
    path = Path(file)
    try:
        with path.open("rb") as opened:
            return path.name, opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        what = "is a folder" if path.is_dir() else "cannot be read"
        raise BadInput(f"{file[:100]} {what}: give the path of a JSONL or CSV file.") from error
