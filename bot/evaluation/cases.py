"""Cases: what somebody wrote, what settled it, and what they can say when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.approaches import Approach
from bot.domain.problem import Problem, problem_from_json
from bot.errors import BadInput, UsageError


@dataclass(frozen=True, slots=True)
class Case:
    """One situation with its settled answer.

    `labels` is one careful reading of the text, where the file has one; `sheet` is what the person
    knows and tells when asked, where the file has that.
    """

    id: str
    text: str
    approach: Approach
    also_right: frozenset[Approach]
    lang: str = ""
    hard: bool = False
    labels: Problem | None = None
    sheet: Problem | None = None
    source: str = ""
    more: tuple[str, ...] = field(default=())

    def accepts(self, approach: Approach) -> bool:
        """Whether an approach is the settled one or also right."""
        return approach is self.approach or approach in self.also_right


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read a file of cases, one JSON object a line; raises BadInput naming file and line."""
    cases = tuple(_case(path.stem, where, row) for where, row in _rows(path))
    if not cases:
        raise BadInput(f"{path} holds no case.")
    return cases


def load_sheets(path: Path) -> dict[str, Problem]:
    """Read fact sheets, `{"id", "sheet"}` a line; raises BadInput naming file and line."""
    sheets: dict[str, Problem] = {}
    for where, row in _rows(path):
        sheet = _problem(where, row, "sheet")
        if not isinstance(row.get("id"), str) or sheet is None:
            raise BadInput(f'{where}: use {{"id": "…", "sheet": {{…}}}}.')
        sheets[row["id"]] = sheet
    return sheets


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text("utf-8").split("\n")
    except FileNotFoundError as error:
        raise BadInput(f"{path} is not there: give the path of a file of cases.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} cannot be read: give a file of UTF-8 text with one JSON object a line."
        ) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(f"{path}, line {number}", line)


def _row(where: str, line: str) -> tuple[str, dict[str, Any]]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{where}: not valid JSON.") from error
    if not isinstance(row, dict):
        raise BadInput(f"{where}: not an object.")
    return where, row


def _case(file: str, where: str, row: Mapping[str, Any]) -> Case:
    if not all(isinstance(row.get(key), str) for key in ("id", "text", "approach")):
        raise BadInput(f"{where}: a case needs the texts id, text and approach.")
    also = row.get("also_right") or []
    if not isinstance(also, list):
        raise BadInput(f"{where}: also_right is a list of approaches.")
    return Case(
        id=row["id"],
        text=row["text"],
        approach=_settled(where, row),
        also_right=frozenset(_approach(where, name) for name in also),
        lang=str(row.get("lang") or ""),
        hard=bool(row.get("hard")),
        labels=_problem(where, row, "facts"),
        sheet=_problem(where, row, "sheet"),
        source=file,
        more=tuple(str(text) for text in row.get("more_facts") or ()),
    )


def _settled(where: str, row: Mapping[str, Any]) -> Approach:
    """Return the settled approach; an earlier vocabulary called distillation a kind of tuning."""
    if (row["approach"], row.get("training_kind")) == ("fine_tune", "distillation"):
        return Approach.DISTILL
    return _approach(where, row["approach"])


def _approach(where: str, name: object) -> Approach:
    found = next((approach for approach in Approach if approach.value == name), None)
    if found is None:
        known = ", ".join(approach.value for approach in Approach)
        raise BadInput(f"{where}: no approach {str(name)[:40]!r}; use one of {known}.")
    return found


def _problem(where: str, row: Mapping[str, Any], key: str) -> Problem | None:
    if row.get(key) is None:
        return None
    try:
        return problem_from_json({"facts": row[key]})
    except UsageError as error:
        raise BadInput(f"{where}, {key}: {error.sentence}") from error
