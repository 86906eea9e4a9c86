"""The long storm, as `make chaos` runs it: python -m tests.chaos.long [turns]; 1 if it failed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.storm import Report, Weather, blown

TURNS = 10_000


def weathers(turns: int) -> tuple[Weather, ...]:
    """Return a storm over HTTP as the issue asks for it, and a tenth of it over Socket Mode."""

    def share(of_ten_thousand: int) -> int:
        return max(1, round(of_ten_thousand * turns / TURNS))

    return (
        Weather(turns, kills=share(100), terms=share(20), redis_restarts=share(10)),
        Weather(
            turns // 10,
            kills=share(10),
            terms=share(2),
            redis_restarts=share(1),
            over="socket",
            seed=2,
        ),
    )


async def blown_all(turns: int) -> bool:
    """Let each storm blow, print its line; whether all came out even."""
    even = True
    for weather in weathers(turns):
        with TemporaryDirectory(prefix="sf-") as folder:
            report = await blown(weather, Path(folder))
        _say(str(report))
        if not (is_fine := report.balance.is_even and not report.busy):
            _say(_details(report))
        even = even and is_fine
    return even


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _details(report: Report) -> str:
    balance = report.balance
    return f"lost {balance.lost}\ndoubled {balance.doubled}\nbusy {report.busy}\n{report.said}"


if __name__ == "__main__":
    given = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    sys.exit(not asyncio.run(blown_all(given)))
