"""Waits until something holds that no event tells of: most often in another process."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

GLANCE = 0.1
_LONGEST = 60.0


async def seen(holds: Callable[[], bool | Awaitable[bool]], within: float = _LONGEST) -> bool:
    """Look now and then until it holds; False where patience ends before."""
    until = time.monotonic() + within
    while not await _now(holds):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(GLANCE)
    return True


async def _now(holds: Callable[[], bool | Awaitable[bool]]) -> bool:
    found = holds()
    return await found if inspect.isawaitable(found) else found
