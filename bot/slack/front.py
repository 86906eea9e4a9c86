"""The front door over HTTP: nothing gets in without Slack's own, fresh signature."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; an edit of 40,000 emoji is 1.83 MiB of JSON (measured, research on reliability)."""

_JSON = "application/json"
_OK, _FORBIDDEN, _UNKNOWN, _WRONG_METHOD, _TOO_LARGE, _AWAY = 200, 401, 404, 405, 413, 503

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class FrontDoor:
    """The ASGI application: POST /slack/events, GET /healthz and /readyz."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        secret: str,
        ready: Callable[[], Awaitable[bool]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._verifier = SignatureVerifier(secret, _Now(clock))
        self._ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        status, body, kind = await self._answer(scope, receive)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, str]:
        path, method = scope["path"], scope["method"]
        if path in {"/healthz", "/readyz"}:
            fine = path == "/healthz" or await self._ready()
            return (_OK, b"ok", "text/plain") if fine else (_AWAY, b"not ready", "text/plain")
        if path != "/slack/events":
            return _UNKNOWN, b"", "text/plain"
        if method != "POST":
            return _WRONG_METHOD, b"", "text/plain"
        body = await _body(receive)
        if body is None:
            return _TOO_LARGE, b"", "text/plain"
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        if not self._is_slacks(body, headers):
            return _FORBIDDEN, b"", "text/plain"
        return await self._dispatched(body.decode(), headers)

    def _is_slacks(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the signature is Slack's and fresh, and the body has a form that Slack sends."""
        stamp, signature = (
            headers.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature")
        )
        if not (stamp.isascii() and stamp.isdigit() and signature.isascii()):
            return False
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return False
        return self._verifier.is_valid(text, stamp, signature) and _is_readable(text, headers)

    async def _dispatched(self, body: str, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        request = AsyncBoltRequest(body=body, headers={**headers})
        answer = await self._app.async_dispatch(request)
        # What nobody listens to was delivered all the same; anything else counts as a failure.
        status = _OK if answer.status == _UNKNOWN else answer.status
        kind = answer.first_headers().get("content-type", "text/plain")
        text = "" if answer.status == _UNKNOWN else answer.body
        return status, (text or "").encode(), kind


class _Now(Clock):
    """The clock that we were given, in the form that the verifier asks for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


def _is_readable(text: str, headers: Mapping[str, str]) -> bool:
    if headers.get("content-type", "").startswith(_JSON):
        return _is_object(text)
    form = parse_qs(text)
    return (
        _is_object(form["payload"][0])
        if "payload" in form
        else "command" in form or "ssl_check" in form
    )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


async def _body(receive: Receive) -> bytes | None:
    """Return the body, or None where it is larger than anything that Slack sends."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
