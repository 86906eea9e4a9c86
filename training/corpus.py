"""The corpus that the cue reader's weights are learned from: its files, its texts, its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "corpus"
_WITHOUT_SPACES = frozenset({"zh", "ja"})


def files() -> list[Path]:
    """Return the files, one a language."""
    return sorted(FOLDER.glob("*.jsonl"))


def corpus_digest() -> str:
    """Return what tells whether weights belong to this corpus."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in files())).hexdigest()[:12]


def text_of(row: Mapping[str, Any]) -> str:
    """Return a message's text from its parts."""
    between = "" if row["lang"] in _WITHOUT_SPACES else " "
    return between.join(part for part, _ in row["parts"])
