"""The way to the app over Socket Mode: envelopes over WebSockets, and their acks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.playground.journal import Way
from bot.playground.parcels import Attempt, Outcome, Parcel
from bot.playground.settings import Settings

PATH = "/link"
_MOST_CONNECTIONS = 10
Reason = Literal["warning", "refresh_requested", "too_many_websockets"]


class Sockets:
    """The app's connections; each envelope goes to one of them, in turn."""

    way: Way = "socket"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._connected = asyncio.Event()

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def connected(self) -> None:
        """Wait until the app has a connection."""
        await self._connected.wait()

    def ticket(self) -> str:
        """Return the query of a URL that can be used for one connection."""
        ticket = token_hex(12)
        self._tickets.add(ticket)
        return f"ticket={ticket}&app_id=A1"

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Greet a connection and listen to its acks until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="The ticket is unknown or was used.")
        self._tickets.remove(ticket)
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        if len(self._connections) >= _MOST_CONNECTIONS:
            await connection.send_json(_disconnect("too_many_websockets"))
            await connection.close()
            return connection
        await self._greet(connection)
        try:
            await self._listen(connection)
        finally:
            self._forget(connection)
        return connection

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Send an envelope once and wait for its ack."""
        if not self._connections:
            return Outcome(failure="connection_failed")
        # The next envelope goes to another connection, as it may at Slack.
        self._connections.append(connection := self._connections.pop(0))
        envelope = _envelope(parcel, attempt)
        acked = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = acked
        try:
            await connection.send_json(envelope)
            async with asyncio.timeout(self._settings.ack_seconds):
                answer = await acked
        except TimeoutError:
            return Outcome(failure="timeout")
        except ConnectionError:
            return Outcome(failure="connection_failed")
        finally:
            del self._acks[envelope["envelope_id"]]
        payload = answer.get("payload")
        return Outcome(200, body=json.dumps(payload) if payload else "")

    async def disconnect(self, reason: Reason) -> None:
        """Ask every connection to reconnect; all but a warning close it as well."""
        for connection in tuple(self._connections):
            await connection.send_json(_disconnect(reason))
            if reason != "warning":
                self._forget(connection)
                await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        for connection in tuple(self._connections):
            self._forget(connection)
            await connection.close()

    async def _greet(self, connection: web.WebSocketResponse) -> None:
        self._connections.append(connection)
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": "A1"},
            "debug_info": {"host": "127.0.0.1", "approximate_connection_time": 18060},
        }
        await connection.send_json(hello)
        self._connected.set()

    async def _listen(self, connection: web.WebSocketResponse) -> None:
        async for message in connection:
            if message.type is not WSMsgType.TEXT:
                continue
            answer = json.loads(message.data)
            acked = self._acks.get(answer.get("envelope_id", ""))
            if acked and not acked.done():
                acked.set_result(answer)

    def _forget(self, connection: web.WebSocketResponse) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if not self._connections:
            self._connected.clear()


def _disconnect(reason: Reason) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "127.0.0.1"}}


def _envelope(parcel: Parcel, attempt: Attempt) -> dict[str, Any]:
    envelope = {
        "envelope_id": str(uuid4()),
        "type": parcel.kind,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.kind != "events_api",
    }
    if parcel.kind == "events_api":
        envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
    return envelope
