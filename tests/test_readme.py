"""The README tells the truth: its commands run, its links lead somewhere, its settings exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.arguments import parser
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"`python -m bot ([a-z]+)", README)
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("name", sorted(set(COMMANDS)))
def test_every_command_that_is_named_exists(name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([name, "--help"])

    assert ended.value.code == 0


@pytest.mark.parametrize(
    "line", [line for block in BLOCKS for line in block.splitlines() if line.startswith("python")]
)
def test_every_example_runs(line: str) -> None:
    words = shlex.split(line)

    ran = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    assert "Bring the knowledge to the model" in ran.stdout
    assert "nothing connects the bot to it" in ran.stdout


@pytest.mark.parametrize(
    "target", [line for line in BLOCKS[0].splitlines() if line.startswith("make")]
)
def test_every_target_of_make_exists(target: str) -> None:
    assert f"\n{target.split()[1]}:" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]+_[A-Z_]+)`", README))))
def test_every_setting_that_is_named_exists(name: str) -> None:
    assert name.lower() in Settings.model_fields
    assert f"\n{name}=" in (ROOT / ".env.example").read_text("utf-8")
