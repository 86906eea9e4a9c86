"""An app with no opinion: it keeps what Slack sends it, and answers as it was told to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Arrived:
    """One request from Slack, as it came and as it reads."""

    headers: Mapping[str, str]
    body: str

    @property
    def document(self) -> dict[str, Any]:
        if self.body.startswith("{"):
            return dict(json.loads(self.body))
        fields = {name: values[0] for name, values in parse_qs(self.body).items()}
        return dict(json.loads(fields["payload"])) if "payload" in fields else fields

    @property
    def event(self) -> dict[str, Any]:
        return dict(self.document["event"])


@dataclass(frozen=True)
class Reply:
    """An answer to Slack, after a while."""

    status: int = 200
    document: Mapping[str, Any] | None = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class TinyApp:
    """Replies are used one a request; when they are used up, everything is fine at once."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.replies: deque[Reply] = deque()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.arrived.append(Arrived(dict(request.headers), await request.text()))
        reply = self.replies.popleft() if self.replies else Reply()
        await asyncio.sleep(reply.seconds)
        if reply.document is not None:
            return web.json_response(reply.document, status=reply.status, headers=reply.headers)
        return web.Response(text=reply.text, status=reply.status, headers=reply.headers)

    def events(self, event_type: str) -> list[dict[str, Any]]:
        found = (a.event for a in self.arrived if "event" in a.document)
        return [event for event in found if event["type"] == event_type]


@asynccontextmanager
async def tiny_app() -> AsyncIterator[TinyApp]:
    app = TinyApp()
    served = web.Application(client_max_size=16 * 1024 * 1024)
    served.router.add_post("/slack/events", app.take)
    server = TestServer(served, host="127.0.0.1")
    await server.start_server()
    app.url = str(server.make_url("/slack/events"))
    try:
        yield app
    finally:
        await server.close()
