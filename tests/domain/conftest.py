"""What the tests share: the rulebook as diagrams, and a store of outlooks that is soon emptied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.outlook import outlook_of
from bot.domain.proof import Rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """Return the rulebook as functions over all its signals.

    It is built once: that takes seconds, and no test changes it.
    """
    return Rulebook()


@pytest.fixture(autouse=True)
def no_outlook_is_kept() -> Iterator[None]:
    """Forget the outlooks of one test before the next: those of many problems fill the memory."""
    yield
    outlook_of.cache_clear()
