"""Tells every open page of each change as it happens, over server-sent events."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.playground.journal import ApiCall, Happened, Record
from bot.playground.page.guard import HEADERS
from bot.playground.page.snapshot import assistance_json, change_json
from bot.playground.slack import LocalSlack

Json = dict[str, Any]
_HEARTBEAT_SECONDS = 15.0
_RETRY = b"retry: 1000\n\n"
_End = None
Lines = asyncio.Queue[bytes | None]


class Stream:
    """The pages that listen; what is not in the journal (who types) is told to all of them."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._open: set[Lines] = set()

    def tell(self, news: Json) -> None:
        """Tell every open page something that is not kept."""
        for lines in self._open:
            lines.put_nowait(line(news))

    async def serve(self, slack: LocalSlack, request: web.Request) -> web.StreamResponse:
        """Write each change until the page goes away or the Slack stops."""
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        lines: Lines = asyncio.Queue()
        self._open.add(lines)
        reading = asyncio.create_task(_read(slack, _since(request, slack), lines))
        try:
            await response.write(_RETRY + line({"kind": "hello", "run": self._run}))
            # Whoever closes the page ends the writing.
            with suppress(ConnectionError):
                await _write(response, lines)
        finally:
            self._open.discard(lines)
            reading.cancel()
        return response


async def _read(slack: LocalSlack, since: int, lines: Lines) -> None:
    number = since
    async for record in slack.subscribe(since):
        number += 1
        lines.put_nowait(line(news_of(slack, record), number))
    lines.put_nowait(_End)


async def _write(response: web.StreamResponse, lines: Lines) -> None:
    while True:
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                found = await lines.get()
        except TimeoutError:
            found = b":\n\n"
        if found is _End:
            return
        await response.write(found)


def news_of(slack: LocalSlack, record: Record) -> Json:
    """Return what a record changes on the page; most records matter to the inspector alone."""
    ours = slack.workspace.team.id
    match record:
        case Happened(team=team, change=change) if team == ours:
            return change_json(change)
        case ApiCall(method=method) if method.startswith("assistant."):
            return {"kind": "assistance", **assistance_json(slack.workspace)}
        case _:
            return {"kind": "record"}


def line(news: Json, number: int | None = None) -> bytes:
    """Return one server-sent event; its id is the number of the record after it."""
    named = "" if number is None else f"id: {number}\n"
    return f"{named}data: {json.dumps(news, ensure_ascii=False)}\n\n".encode()


def _since(request: web.Request, slack: LocalSlack) -> int:
    """Return where a page left off; after a break its browser says so itself."""
    given = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    now = len(slack.journal)
    return min(int(given), now) if given.isdecimal() else now
