"""A Slack on localhost, our processes beside it, people who write, and the ledger of it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.playground.journal import ApiCall, Delivery
from bot.playground.settings import USUAL_SCOPES
from bot.playground.slack import LocalSlack
from tests.chaos.crowd import Crowd, Script
from tests.chaos.fleet import Fleet, Plan, fleet
from tests.chaos.ledger import Balance, Ledger
from tests.chaos.patience import seen

HISTORY = frozenset({"channels:history", "channels:read"})
SETTLING = 90.0
"""Seconds that the last turn may take: what is stranded is swept after 20, every 10."""


@dataclass(frozen=True)
class Town:
    """All who take part."""

    slack: LocalSlack
    fleet: Fleet
    ledger: Ledger
    crowd: Crowd

    async def talk(self, *scripts: Script) -> None:
        """Let people play these threads side by side."""
        await asyncio.gather(*(self.crowd.play(script) for script in scripts))

    async def settled(self, within: float = SETTLING) -> Balance:
        """Wait until all that was acknowledged is answered; return how it came out."""
        self.slack.release()
        await self.slack.settled()
        await seen(lambda: not self.ledger.balance().lost, within)
        return self.ledger.balance()

    def story(self, name: str) -> str:
        """Return all that is on record of one turn, in order, for whoever asks why it is lost."""
        turn = self.ledger.turns[name]
        ours = {one.message.ts for one in self.ledger.shown(turn.thread)}
        lines = []
        for one in self.slack.journal:
            match one:
                case Delivery(kind="events_api") if turn.thread in str(one.payload):
                    event = one.payload["event"]
                    said = event.get("message") or event
                    what = f"{event['type']} {event.get('subtype', '')} of {said.get('ts')}"
                    edited = (said.get("edited") or {}).get("ts", "")
                    lines.append(f"{one.at:.3f} {what} {edited}, try {one.attempt}: {one.status}")
                case ApiCall() if {str(v) for v in one.arguments.values()} & {turn.thread, *ours}:
                    has = "with" if turn.mark in str(one.arguments) else "without"
                    lines.append(
                        f"{one.at:.3f} {one.method} {one.error or 'ok'} {has} the mark, "
                        f"{one.milliseconds:.0f} ms"
                    )
                case _:
                    continue
        shown = [one.text[:300] for one in self.ledger.shown(turn.thread)]
        return "\n".join([f"{name} in {turn.thread}, mark {turn.mark}", *lines, *shown])

    def statuses(self) -> list[int | None]:
        """Return what we answered to each delivery of an event."""
        return [one.status for one in self.slack.journal.deliveries("events_api")]


@asynccontextmanager
async def town(
    folder: Path,
    plan: Plan,
    *,
    scopes: Iterable[str] = HISTORY,
    time_scale: float = 0.1,
) -> AsyncIterator[Town]:
    """Build a town; `time_scale` shortens the waits of Slack's ladder of retries."""
    slack = LocalSlack(time_scale=time_scale, scopes=USUAL_SCOPES | set(scopes))
    async with slack, fleet(slack, folder, plan) as ships, day(slack, ships) as first:
        yield first


@asynccontextmanager
async def day(slack: LocalSlack, ships: Fleet) -> AsyncIterator[Town]:
    """Begin a day in a town that stands: other people, and a ledger that begins now."""
    ledger = Ledger()

    async def read(since: int) -> None:
        async for record in slack.subscribe(since):
            ledger.read(record)

    reading = asyncio.create_task(read(len(slack.journal)))
    try:
        yield Town(slack, ships, ledger, Crowd(slack, ledger))
    finally:
        reading.cancel()
