"""Measures how many events a second the front door keeps durably, against bare Bolt, in one run.

Run it with `.venv/bin/python -m bench.ack`. Closed loop over ASGI in one process, so that neither
sockets nor a load generator count: what is compared is Bolt with an empty listener, and Bolt with
ours, which keeps each event in a real redis-server and queues its case. Medians of three,
alternating.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.fernet import Fernet
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.front import FrontDoor
from bot.slack.gateway import Gateway, Identity
from bot.slack.listeners import Ears, listening_app
from bot.slack.replies import usage
from bot.store.cases import Cases
from bot.store.connect import connected
from bot.store.inbox import Inbox
from bot.store.sealing import Seal
from bot.worker import Queue, opened_docket, register
from tests.redis_servers import RedisServer

SECRET = "bench"
EVENTS = 2_000
AT_ONCE = 32
RUNS = 3
TEXT = "<@UBOT> our support bot makes things up about refunds, the policy is in our wiki " * 5


def _scope(number: int) -> tuple[dict[str, Any], bytes]:
    stamp = f"17{number:08d}.000100"
    event = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": stamp, "text": TEXT}
    body = json.dumps(
        {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event": event}
    ).encode()
    now = str(int(time.time()))
    mark = hmac.new(SECRET.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256)
    headers = [
        (b"content-type", b"application/json"),
        (b"x-slack-request-timestamp", now.encode()),
        (b"x-slack-signature", f"v0={mark.hexdigest()}".encode()),
    ]
    scope = {"type": "http", "path": "/slack/events", "method": "POST", "headers": headers}
    return scope, body


async def _rate(door: FrontDoor, first: int) -> tuple[float, float]:
    """Return events a second, and the slowest hundredth in milliseconds."""
    parcels = [_scope(first + number) for number in range(EVENTS)]
    places, took = asyncio.Semaphore(AT_ONCE), list[float]()

    async def deliver(scope: dict[str, Any], body: bytes) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004
                raise RuntimeError(f"not acknowledged: {message['status']}")

        async with places:
            began = time.perf_counter()
            await door(scope, receive, send)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(deliver(*parcel) for parcel in parcels))
    rate = EVENTS / (time.perf_counter() - began)
    return rate, sorted(took)[int(0.99 * EVENTS)] * 1000


def _bare() -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_token="x", bot_id="B1", bot_user_id="UBOT"
        )

    async def nothing() -> None:
        """Listen, and do nothing."""

    app = AsyncApp(
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
    )
    app.event("app_mention")(nothing)
    return app


async def _always() -> bool:
    return True


async def main() -> None:
    """Measure both, alternating, and print the medians."""
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as server:
        async with connected(server.url) as redis, opened_docket(server.url) as docket:
            register(docket)
            seal = Seal([Fernet.generate_key().decode()])
            client = AsyncWebClient(token="x")

            async def status() -> Any:  # noqa: ANN401
                return usage()

            ears = Ears(
                Inbox(redis, seal),
                Cases(redis, seal, days=1),
                Queue(docket).add,
                Gateway(client),
                Identity("T1", "UBOT", "B1", "bot"),
                status,
                str,
            )
            bare = FrontDoor(_bare(), secret=SECRET, ready=_always)
            ours = FrontDoor(listening_app(client, "x", ears), secret=SECRET, ready=_always)
            await _report(bare, ours)


async def _report(bare: FrontDoor, ours: FrontDoor) -> None:
    seen: dict[str, list[tuple[float, float]]] = {"bare Bolt": [], "kept and queued": []}
    for run in range(RUNS):
        seen["bare Bolt"].append(await _rate(bare, run * 10 * EVENTS))
        seen["kept and queued"].append(await _rate(ours, (run * 10 + 5) * EVENTS))
    medians = {name: statistics.median(rate for rate, _ in rows) for name, rows in seen.items()}
    for name, rows in seen.items():
        late = statistics.median(slow for _, slow in rows)
        print(f"{name:<16} {medians[name]:>7.0f} events/s, p99 {late:.1f} ms at {AT_ONCE} at once")
    print(f"ratio            {medians['kept and queued'] / medians['bare Bolt']:>7.2f}")


if __name__ == "__main__":
    asyncio.run(main())
