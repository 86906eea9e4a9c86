"""Accuracy on files of cases, and the exact model requests for them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.commands.io import as_block
from bot.consultant import Consultant
from bot.domain.market import Price
from bot.errors import BadInput
from bot.evaluation.cases import Case, load_cases, load_sheets
from bot.evaluation.run import Outcome, opening, run_cases
from bot.evaluation.score import report
from bot.evaluation.table import misses, table
from bot.reading.prompts import Prompt
from bot.reading.recordings import request_line


async def run(consultant: Consultant, options: Namespace, price: Price | None = None) -> str:
    """Run the cases of all files and return the figures, a table a file."""
    parts: list[str] = []
    shown: dict[str, object] = {}
    sheets = load_sheets(options.sheets) if options.sheets else {}
    for path in options.files:
        cases = [replace(case, sheet=sheets.get(case.id, case.sheet)) for case in load_cases(path)]
        outcomes = await run_cases(consultant, cases)
        figures = report(outcomes, price)
        shown[path.name] = {**figures.as_json(), "cases": _rows(outcomes)}
        parts += [table(path.name, figures), *([misses(outcomes)] if options.misses else [])]
    return as_block(shown) if options.json else "\n\n".join(parts)


def _rows(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    return [
        {
            "id": outcome.case.id,
            "approach": outcome.first.approach.value if outcome.first else None,
            "status": outcome.first.status.value if outcome.first else None,
            "rule": outcome.first.because[0].rule if outcome.first else None,
            "after_answers": outcome.last.approach.value if outcome.last else None,
            "asked": list(outcome.asked),
            "failed": outcome.failed,
        }
        for outcome in outcomes
    ]


def write_requests(files: Iterable[Path], prompt: Prompt, to: Path) -> int:
    """Write the request for each case's text, one a line, each once; return how many."""
    cases: list[Case] = [case for path in files for case in load_cases(path)]
    lines = dict.fromkeys(request_line(opening(case), prompt) for case in cases)
    try:
        to.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as error:
        raise BadInput(f"{to} cannot be written: choose another file.") from error
    return len(lines)
