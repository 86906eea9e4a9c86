"""Slack's Web API and a model on localhost, as cheap as can be, with fixed delays and a journal."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bench.messages import US, reading_of

KEY = "sk-of-the-bench"
_NAME = re.compile(r"\((q[a-z]+y[a-z]+q)\)")
_LARGEST = 8 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def token_of(team: str) -> str:
    """Return the token of a workspace: it ends with the workspace's name."""
    return f"xoxb-of-the-bench-{team}"


@dataclass(slots=True)
class Span:
    """When a call came in, and when its answer was given."""

    came: float
    answered: float = 0.0

    @property
    def seconds(self) -> float:
        """How long the counterpart took: not ours."""
        return self.answered - self.came


@dataclass(slots=True)
class Served:
    """A turn as Slack and the model saw it, by the time stamp of the message that opened it."""

    post: Span
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Span] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)


class SlackCounterpart:
    """Takes posts and edits; keeps when each came, and what was shown where that is asked for."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.keeps_shown = False
        self.turns: dict[str, Served] = {}
        self.lookups: dict[str, Span] = {}
        self.whispers: dict[str, list[Span]] = {}
        self.posted: dict[str, Any] = {}
        self.answered = 0
        self.changed = asyncio.Event()
        self._by_message: dict[str, Served] = {}
        self._numbers = itertools.count(1)

    def forget(self) -> None:
        """Begin a new run."""
        self.turns.clear()
        self.lookups.clear()
        self.whispers.clear()
        self._by_message.clear()
        self.answered = 0

    def routes(self) -> list[web.RouteDef]:
        """Return what is served, under /api/."""
        handlers: dict[str, Handler] = {
            "auth.test": self._who,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "conversations.replies": self._replies,
            "users.info": self._user,
        }
        return [web.route("*", f"/api/{name}", handler) for name, handler in handlers.items()]

    async def _who(self, request: web.Request) -> web.Response:
        """Tell whose token it is."""
        team = request.headers["Authorization"].rpartition("-")[2]
        us = {"user_id": US, "bot_id": "B1", "user": "should-finetune"}
        return _json({"ok": True, "team_id": team, **us})

    async def _post(self, request: web.Request) -> web.Response:
        came = time.monotonic()
        given = json.loads(await request.read())
        self.posted = self.posted or given
        await asyncio.sleep(self.delay)
        ts = f"1700000000.{next(self._numbers):06d}"
        span = Span(came, time.monotonic())
        thread = str(given.get("thread_ts") or ts)
        served = self.turns.setdefault(thread, Served(span))
        served.messages.append({"ts": ts, "metadata": given.get("metadata")})
        self._by_message[ts] = served
        self.changed.set()
        return _json({"ok": True, "channel": given["channel"], "ts": ts})

    async def _update(self, request: web.Request) -> web.Response:
        span = Span(time.monotonic())
        given = json.loads(await request.read())
        if (served := self._by_message.get(given["ts"])) is not None:
            served.answers.append(span)
            served.shown = given if self.keeps_shown else {}
            self.answered += len(served.answers) == 1
            self.changed.set()
        await asyncio.sleep(self.delay)
        span.answered = time.monotonic()
        return _json({"ok": True, "channel": given["channel"], "ts": given["ts"]})

    async def _user(self, request: web.Request) -> web.Response:
        span = Span(time.monotonic())
        user = request.query.get("user") or str((await request.post())["user"])
        await asyncio.sleep(self.delay)
        span.answered = time.monotonic()
        self.lookups[user] = span
        person = {"id": user, "name": "ann", "profile": {"display_name": "Ann"}}
        return _json({"ok": True, "user": person})

    async def _whisper(self, request: web.Request) -> web.Response:
        span = Span(time.monotonic())
        user = json.loads(await request.read())["user"]
        await asyncio.sleep(self.delay)
        span.answered = time.monotonic()
        self.whispers.setdefault(user, []).append(span)
        return _json({"ok": True, "message_ts": f"1700000000.{next(self._numbers):06d}"})

    async def _replies(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.delay)
        served = self.turns.get(request.query.get("ts", ""))
        messages = served.messages if served else []
        return _json({"ok": True, "messages": messages, "has_more": False})


class ModelCounterpart:
    """Answers chat completions with a valid extraction of the message, after a fixed delay."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.calls: dict[str, Span] = {}
        self.sample: dict[str, Any] = {}
        self.under_way = 0
        self.most_under_way = 0
        self.changed = asyncio.Event()

    def forget(self) -> None:
        """Begin a new run."""
        self.calls.clear()
        self.most_under_way = self.under_way

    def routes(self) -> list[web.RouteDef]:
        """Return what is served, under /v1/."""
        return [web.post("/v1/chat/completions", self._complete)]

    async def _complete(self, request: web.Request) -> web.Response:
        span = Span(time.monotonic())
        asked = json.loads(await request.read())
        self.sample = self.sample or asked
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.changed.set()
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.under_way -= 1
        named = _NAME.search(asked["messages"][-1]["content"])
        span.answered = time.monotonic()
        if named is None:
            return web.json_response({"error": {"message": "no message of the bench"}}, status=400)
        self.calls[named[1]] = span
        return _json(_completion(asked["model"], reading_of(named[1])))


def _completion(model: str, content: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 3000, "completion_tokens": 60, "total_tokens": 3060},
    }


def _json(document: dict[str, Any]) -> web.Response:
    return web.Response(body=json.dumps(document).encode(), content_type="application/json")


@asynccontextmanager
async def served(*routes: list[web.RouteDef]) -> AsyncIterator[int]:
    """Serve counterparts from this process; yield their port."""
    # Whoever is killed in mid-call leaves one behind: that is part of a measure.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    app = web.Application(client_max_size=_LARGEST)
    for some in routes:
        app.add_routes(some)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
