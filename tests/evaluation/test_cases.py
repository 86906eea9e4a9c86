"""Files of cases and fact sheets: what is read, and what is said of a line that is off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.domain.approaches import Approach
from bot.errors import UsageError
from bot.evaluation.cases import load_cases, load_sheets

CASE = {"id": "a", "text": "it makes things up", "approach": "rag", "also_right": ["workflow"]}


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def test_a_case_accepts_its_approach_and_what_is_also_right(tmp_path: Path) -> None:
    (case,) = load_cases(write(tmp_path / "cases.jsonl", CASE))

    accepted = {approach for approach in Approach if case.accepts(approach)}

    assert accepted == {Approach.RAG, Approach.WORKFLOW}


def test_distillation_was_a_kind_of_tuning_in_an_earlier_vocabulary(tmp_path: Path) -> None:
    row = {**CASE, "approach": "fine_tune", "training_kind": "distillation"}

    (case,) = load_cases(write(tmp_path / "cases.jsonl", row))

    assert case.approach is Approach.DISTILL


def test_a_sheet_is_what_the_person_answers(tmp_path: Path) -> None:
    sheets = load_sheets(write(tmp_path / "s.jsonl", {"id": "a", "sheet": {"breadth": "open"}}))

    assert sheets["a"].values("breadth") == {"open"}


OFF: Mapping[str, tuple[object, str]] = {
    "no JSON": ("{", "not valid JSON"),
    "no object": ([], "not an object"),
    "no approach": ({"id": "a", "text": "b"}, "approach"),
    "an unknown approach": ({**CASE, "approach": "pray"}, "pray"),
    "also right that is no list": ({**CASE, "also_right": "rag"}, "list"),
    "facts with an unknown name": ({**CASE, "facts": {"mood": {"value": "x"}}}, "mood"),
}


@pytest.mark.parametrize("name", OFF)
def test_a_line_that_is_off_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    row, expected = OFF[name]

    with pytest.raises(UsageError) as raised:
        load_cases(write(tmp_path / "cases.jsonl", CASE, row))

    assert expected in raised.value.sentence
    assert "line 2" in raised.value.sentence


def test_a_file_without_cases_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no case"):
        load_cases(write(tmp_path / "cases.jsonl", ""))
