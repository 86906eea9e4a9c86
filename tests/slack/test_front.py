"""The front door: what Slack signed gets in, nothing else does, and nothing makes it fall over."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.front import LARGEST_BODY, FrontDoor

SECRET = "the-secret-of-the-tests"
NOW = int(time.time())
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
EVENT: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.1", "text": "hi"},
}


class Door:
    """A front door with one listener that counts."""

    def __init__(self, *, ready: bool = True) -> None:
        self.heard = 0

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None,
                team_id="T1",
                bot_token="xoxb",
                bot_id="B1",
                bot_user_id="UBOT",
            )

        async def on_mention() -> None:
            self.heard += 1

        async def is_ready() -> bool:
            return ready

        app = AsyncApp(
            authorize=authorize, request_verification_enabled=False, process_before_response=True
        )
        app.event("app_mention")(on_mention)
        self._door = FrontDoor(app, secret=SECRET, ready=is_ready, clock=lambda: NOW)

    async def answers(
        self,
        body: bytes,
        headers: Mapping[str, str],
        *,
        path: str = "/slack/events",
        method: str = "POST",
    ) -> int:
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "path": path,
            "method": method,
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in headers.items()
            ],
        }
        await self._door(scope, receive, send)
        return int(sent[0]["status"])


def signature(body: bytes, stamp: str, secret: str = SECRET, version: str = "v0") -> str:
    base = b"v0:" + stamp.encode() + b":" + body
    return f"{version}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"


def signed(body: bytes, kind: Mapping[str, str] = JSON, stamp: str = "") -> dict[str, str]:
    when = stamp or str(NOW)
    return {
        **kind,
        "x-slack-request-timestamp": when,
        "x-slack-signature": signature(body, when),
    }


BODY = json.dumps(EVENT).encode()

FORGED: dict[str, dict[str, str]] = {
    "no headers": {},
    "no signature": {"x-slack-request-timestamp": str(NOW)},
    "no time stamp": {"x-slack-signature": signature(BODY, str(NOW))},
    "another secret": {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": signature(BODY, str(NOW), "guessed"),
    },
    "another version": {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": signature(BODY, str(NOW), version="v1"),
    },
    "another body": {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": signature(BODY + b" ", str(NOW)),
    },
    "six minutes old": {
        "x-slack-request-timestamp": str(NOW - 360),
        "x-slack-signature": signature(BODY, str(NOW - 360)),
    },
    "an hour ahead": {
        "x-slack-request-timestamp": str(NOW + 3600),
        "x-slack-signature": signature(BODY, str(NOW + 3600)),
    },
    "a time stamp in letters": {"x-slack-request-timestamp": "abc", "x-slack-signature": "v0=0"},
    "an empty time stamp": {"x-slack-request-timestamp": "", "x-slack-signature": "v0=0"},
    "a time stamp beyond all numbers": {
        "x-slack-request-timestamp": "9" * 400,
        "x-slack-signature": "v0=0",
    },
    "a time stamp in other digits": {
        "x-slack-request-timestamp": "\u00b2\u00b3",
        "x-slack-signature": "v0=0",
    },
    "a signature that is no ASCII": {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": "v0=\u00e9\u00e9",
    },
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
async def test_what_slack_did_not_sign_just_now_is_refused(headers: dict[str, str]) -> None:
    door = Door()

    assert await door.answers(BODY, {**JSON, **headers}) == 401
    assert door.heard == 0


BROKEN = {
    "nothing": (b"", JSON),
    "half an object": (b'{"type":', JSON),
    "a list": (b"[]", JSON),
    "null": (b"null", JSON),
    "no UTF-8": (b"\xff\xfe", JSON),
    "a form without what Slack sends": (b"a=1", FORM),
    "a form whose payload is no JSON": (b"payload=%7B", FORM),
    "arrays without end": (b"[" * 100_000, JSON),
}


@pytest.mark.parametrize(("body", "kind"), BROKEN.values(), ids=BROKEN)
async def test_a_body_that_slack_never_sends_is_refused_even_signed(
    body: bytes, kind: Mapping[str, str]
) -> None:
    door = Door()

    assert await door.answers(body, signed(body, kind)) == 401
    assert door.heard == 0


async def test_a_signed_event_is_heard() -> None:
    door = Door()

    assert await door.answers(BODY, signed(BODY)) == 200
    assert door.heard == 1


async def test_an_event_that_nobody_listens_to_counts_as_delivered() -> None:
    body = json.dumps({**EVENT, "event": {"type": "reaction_added"}}).encode()

    assert await Door().answers(body, signed(body)) == 200


async def test_slacks_check_of_the_address_is_answered() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()

    assert await Door().answers(body, signed(body)) == 200


async def test_an_edit_of_forty_thousand_emoji_gets_in_and_a_larger_body_does_not() -> None:
    emoji = "\U0001f6f6" * 40_000
    edit = {"type": "message", "subtype": "message_changed", "message": {"text": emoji}}
    body = json.dumps({**EVENT, "event": {**edit, "previous_message": {"text": emoji}}}).encode()
    larger = b"x" * (LARGEST_BODY + 1)

    assert len(body) > 900_000
    assert await Door().answers(body, signed(body)) == 200
    assert await Door().answers(larger, signed(larger)) == 413


@pytest.mark.parametrize(
    ("path", "method", "ready", "status"),
    (
        ("/healthz", "GET", False, 200),
        ("/readyz", "GET", True, 200),
        ("/readyz", "GET", False, 503),
        ("/slack/events", "GET", True, 405),
        ("/else", "POST", True, 404),
    ),
)
async def test_other_doors(path: str, method: str, ready: bool, status: int) -> None:  # noqa: FBT001
    assert await Door(ready=ready).answers(b"", {}, path=path, method=method) == status


@given(body=st.binary(max_size=300), stamp=st.text(max_size=12), mark=st.text(max_size=70))
@settings(max_examples=80, deadline=None)
def test_no_bytes_whatever_make_it_fall_over(body: bytes, stamp: str, mark: str) -> None:
    headers = {
        "x-slack-request-timestamp": stamp.encode("latin-1", "ignore").decode("latin-1"),
        "x-slack-signature": mark.encode("latin-1", "ignore").decode("latin-1"),
    }

    assert asyncio.run(Door().answers(body, headers)) == 401


async def test_a_command_form_is_dispatched() -> None:
    body = urlencode({"command": "/should-finetune", "text": "help", "team_id": "T1"}).encode()

    assert await Door().answers(body, signed(body, FORM)) == 200


def test_bolt_is_asked_through_its_public_door() -> None:
    assert BoltResponse(status=503).status == 503
