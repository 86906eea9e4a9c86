"""The rulebook as diagrams is built once: it takes seconds, and no test changes it."""

from __future__ import annotations

import pytest

from bot.domain.proof import Rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """Return the rulebook as functions over all its signals."""
    return Rulebook()
