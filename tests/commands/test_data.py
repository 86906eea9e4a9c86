"""The command that measures a training file, as a person or a script meets it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.dataset import measured

ROOT = Path(__file__).resolve().parents[2]
PAIR = b'{"prompt": "where is it", "completion": "in the hall"}\n'


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


def bot(*words: str, stdin: bytes = b"") -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "data", *words],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_file_is_measured_in_plain_lines(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(PAIR * 3 + b"{broken\n")

    run = bot(str(file))

    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("3 examples, 1 of them different and complete: inputs with")
    assert "1 row could not be read, not valid JSON: line 4." in run.out
    assert "2 duplicates" in run.out
    assert "passes): about $3.00 for" in run.out
    assert 10 <= len(run.out.splitlines()) <= 20


def test_scripts_get_the_whole_measurement(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_bytes(b"question,answer\nwhere,there\n")

    run = bot(str(file), "--json")

    shown = json.loads(run.out)
    assert run.code == 0
    assert (shown["name"], shown["container"], shown["shape"]) == ("train.csv", "csv", "pairs")
    assert shown["facts"]["examples_count"] == {"value": 1, "basis": "measured"}
    assert [cost["epochs"] for cost in shown["costs"]] == [3, 3]


def test_what_it_measured_can_be_handed_on_to_be_decided() -> None:
    facts = json.loads(bot("-", "--json", stdin=PAIR).out)["facts"]

    decided = subprocess.run(
        [sys.executable, "-m", "bot", "decide", "--json"],
        input=json.dumps({"facts": facts}).encode(),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )

    assert json.loads(decided.stdout)["facts"]["examples_form"][0]["basis"] == "measured"


def test_standard_input_is_read_for_a_dash() -> None:
    run = bot("-", stdin=PAIR)

    assert run.code == 0
    assert run.out.startswith("1 example: input with its output (JSONL).")


def test_a_file_without_one_good_line_is_described_and_fails() -> None:
    run = bot("-", stdin=b'{"prompt": \n{"prompt"\n')

    assert (run.code, run.err) == (1, "")
    assert run.out.startswith("Not one example could be read.")
    assert "not valid JSON: lines 1, 2." in run.out


WRONG: Mapping[str, tuple[tuple[str, ...], bytes, str]] = {
    "no file named": ((), b"", "FILE"),
    "a file that is not there": (("nowhere.jsonl",), b"", "nowhere.jsonl cannot be read"),
    "a folder": (("tests",), b"", "tests is a folder"),
    "nothing on standard input": (("-",), b"", "standard input: the file is empty"),
    "a workbook": (("-",), b"PK\x03\x04", "save the sheet as CSV"),
    "a picture": (("docs/page.png",), b"", "page.png: the file is binary"),
    "prose": (("LICENSE",), b"", "LICENSE: the file holds neither"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_measured_is_one_clear_line_and_exit_code_two(name: str) -> None:
    words, stdin, expected = WRONG[name]

    run = bot(*words, stdin=stdin)

    assert (run.code, run.out) == (2, "")
    assert expected in run.err
    assert len(run.err.strip().splitlines()) == 1


def test_a_hundred_thousand_lines_take_under_three_seconds_of_work() -> None:
    rows = (f'{{"prompt": "question {n}", "completion": "answer {n}"}}\n' for n in range(100_000))
    content = "".join(rows).encode()

    # Time at work, not by the clock on the wall: other tests run beside this one.
    began = time.process_time()
    found = measured("train.jsonl", content)
    took = time.process_time() - began

    assert found.examples == found.usable == 100_000
    assert took < 3
