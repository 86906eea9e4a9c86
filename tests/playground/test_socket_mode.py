"""An app without a request URL is reached over Socket Mode, as Bolt expects it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.journal import Delivery
from bot.playground.slack import LocalSlack
from tests.playground.conftest import BOT, Place


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(time_scale=0.0005) as running:
        yield running


@pytest.fixture
def bolt(slack: LocalSlack) -> AsyncApp:
    return AsyncApp(client=AsyncWebClient(slack.bot_token, base_url=slack.url))


@asynccontextmanager
async def running(bolt: AsyncApp, slack: LocalSlack) -> AsyncIterator[None]:
    apart = AsyncWebClient(slack.app_token, base_url=slack.url)
    handler = AsyncSocketModeHandler(bolt, slack.app_token, web_client=apart, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.connected()
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def connection(slack: LocalSlack) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    client = AsyncWebClient(slack.app_token, base_url=slack.url)
    opened = await client.apps_connections_open(app_token=slack.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        hello = await socket.receive_json()
        assert hello["type"] == "hello"
        yield socket


async def test_bolt_takes_a_mention_and_answers(
    slack: LocalSlack, bolt: AsyncApp, place: Place
) -> None:
    @bolt.event("app_mention")
    async def _greet(event: dict[str, Any], say: AsyncSay) -> None:
        await say("hello", thread_ts=event["ts"])

    async with running(bolt, slack):
        ts = await slack.say(place.mina, place.channel, f"<@{BOT}> hi")
        (answer, *_) = await slack.wait_until(lambda: slack.answers(place.channel, ts))
        assert answer.text == "hello"
        (delivery,) = slack.journal.deliveries("events_api")
        assert (delivery.way, delivery.acked) == ("socket", True)


async def test_bolt_answers_a_command_and_a_modal(
    slack: LocalSlack, bolt: AsyncApp, place: Place
) -> None:
    @bolt.command("/should-finetune")
    async def _answer(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        title = {"type": "plain_text", "text": "Facts"}
        view = {"type": "modal", "callback_id": "facts", "title": title, "submit": title}
        await client.views_open(trigger_id=body["trigger_id"], view={**view, "blocks": []})
        await ack("opened")

    @bolt.view("facts")
    async def _refuse(ack: AsyncAck) -> None:
        await ack(response_action="clear")

    async with running(bolt, slack):
        answer = await slack.command(place.mina, place.channel, "/should-finetune")
        assert answer.body["text"] == "opened"
        (modal,) = slack.modals(place.mina)
        assert (await slack.submit(place.mina, modal.id)).action == "clear"
        assert slack.modals(place.mina) == ()


async def test_bolt_reconnects_when_slack_asks_it_to(
    slack: LocalSlack, bolt: AsyncApp, place: Place
) -> None:
    heard: list[str] = []

    @bolt.event("app_mention")
    async def _hear(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    async with running(bolt, slack):
        await slack.disconnect()
        assert slack.sockets.connections == 0
        await slack.connected()
        await slack.say(place.mina, place.channel, f"<@{BOT}> still there?")
        await slack.settled()
        assert len(heard) == 1


async def test_an_envelope_without_an_ack_comes_again_with_its_reason(
    slack: LocalSlack, place: Place
) -> None:
    slack.ack_seconds = 0.2
    async with connection(slack) as socket:
        await slack.say(place.mina, place.channel, f"<@{BOT}> hi")
        first, second = [await socket.receive_json() for _ in range(2)]
        assert first["type"] == "events_api"
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert second["retry_reason"] == "timeout"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.wait_for(lambda r: isinstance(r, Delivery) and r.acked)


async def test_an_event_waits_for_the_next_connection(slack: LocalSlack, place: Place) -> None:
    await slack.say(place.mina, place.channel, f"<@{BOT}> hi")
    async with connection(slack) as socket:
        envelope = await socket.receive_json()
        assert envelope["retry_reason"] == "connection_failed"


async def test_without_a_connection_a_command_fails(slack: LocalSlack, place: Place) -> None:
    answer = await slack.command(place.mina, place.channel, "/should-finetune")
    assert answer.error == "dispatch_failed"


async def test_a_command_that_nobody_acks_times_out(slack: LocalSlack, place: Place) -> None:
    slack.ack_seconds = 0.05
    async with connection(slack):
        answer = await slack.command(place.mina, place.channel, "/should-finetune")
    assert answer.error == "operation_timeout"


async def test_envelopes_go_to_the_connections_in_turn(slack: LocalSlack, place: Place) -> None:
    slack.ack_seconds = 0.05
    async with connection(slack) as one, connection(slack) as other:
        for _ in range(2):
            await slack.command(place.mina, place.channel, "/should-finetune")
        both = await asyncio.gather(one.receive_json(), other.receive_json())
    assert len({envelope["envelope_id"] for envelope in both}) == 2


async def test_a_warning_leaves_the_connection_open(slack: LocalSlack) -> None:
    async with connection(slack) as socket:
        await slack.disconnect("warning")
        assert (await socket.receive_json())["reason"] == "warning"
        assert slack.sockets.connections == 1


async def test_a_ticket_opens_one_connection(slack: LocalSlack) -> None:
    client = AsyncWebClient(slack.app_token, base_url=slack.url)
    opened = await client.apps_connections_open(app_token=slack.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_an_eleventh_connection_is_one_too_many(slack: LocalSlack) -> None:
    client = AsyncWebClient(slack.app_token, base_url=slack.url)
    async with aiohttp.ClientSession() as session:
        connections = []
        for _ in range(11):
            opened = await client.apps_connections_open(app_token=slack.app_token)
            connections.append(await session.ws_connect(opened["url"]))
        greetings = [await socket.receive_json() for socket in connections]
        assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
        assert greetings[-1]["reason"] == "too_many_websockets"
        assert slack.sockets.connections == 10
