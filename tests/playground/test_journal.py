"""The journal holds everything in order, and a test can wait for the next of it."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.errors import CannotHappen, NeverHappened
from bot.playground.journal import ApiCall, Delivery, EventSent, Happened, Record
from bot.playground.slack import LocalSlack
from bot.playground.workspace import Posted
from tests.playground.conftest import BOT, Place


async def test_it_tells_a_mention_from_words_to_delivery(slack: LocalSlack, place: Place) -> None:
    slack.workspace.scopes.discard("channels:history")
    await slack.say(place.mina, place.channel, f"<@{BOT}> hi")
    await slack.settled()
    happened, sent, delivery = slack.journal
    assert isinstance(happened, Happened)
    assert isinstance(happened.change, Posted)
    assert isinstance(sent, EventSent)
    assert sent.type == "app_mention"
    assert isinstance(delivery, Delivery)
    assert delivery.payload["event_id"] == sent.event_id


async def test_it_keeps_calls_with_arguments_and_result(
    slack: LocalSlack, client: AsyncWebClient, place: Place
) -> None:
    await client.chat_postMessage(channel=place.channel, text="hi")
    (call,) = slack.journal.calls("chat.postMessage")
    assert call.arguments["text"] == "hi"
    assert call.ok
    assert call.result["ts"] == slack.answers(place.channel)[0].ts


async def test_tokens_are_not_kept(slack: LocalSlack, client: AsyncWebClient, place: Place) -> None:
    await client.chat_postMessage(channel=place.channel, text="hi", token=slack.bot_token)
    assert all(slack.bot_token not in str(record) for record in slack.journal)


async def test_one_can_wait_for_what_comes_later(
    slack: LocalSlack, client: AsyncWebClient, place: Place
) -> None:
    waiting = asyncio.create_task(slack.wait_for(lambda r: isinstance(r, ApiCall)))
    await asyncio.sleep(0)
    await client.auth_test()
    record = await waiting
    assert isinstance(record, ApiCall)
    assert record.method == "auth.test"
    assert await slack.wait_for(lambda r: r is record) is record


async def test_what_never_comes_is_told_with_what_came_instead(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    await client.auth_test()
    with pytest.raises(NeverHappened, match=r"auth\.test"):
        await slack.wait_for(lambda _: False, 0.01)


async def test_a_subscriber_sees_all_from_now_on_until_the_end(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    await client.auth_test()
    seen: list[Record] = []

    async def watch() -> None:
        seen.extend([record async for record in records])

    records = slack.subscribe()
    watching = asyncio.create_task(watch())
    await client.auth_test()
    await asyncio.sleep(0)
    slack.journal.close()
    await watching
    assert len(seen) == 1


async def test_people_can_do_only_what_slacks_client_lets_them(
    slack: LocalSlack, place: Place
) -> None:
    ts = await slack.say(place.mina, place.channel, "mine")
    with pytest.raises(CannotHappen):
        await slack.say(place.omar, place.elsewhere, "let me in")
    with pytest.raises(CannotHappen):
        await slack.edit(place.omar, place.channel, ts, "yours")
    with pytest.raises(CannotHappen):
        await slack.delete(place.omar, place.channel, ts)
    with pytest.raises(CannotHappen):
        await slack.say(place.omar, place.channel, "reply", "1.000100")


async def test_two_slacks_share_nothing() -> None:
    async with LocalSlack() as one, LocalSlack() as other:
        assert one.url != other.url
        assert one.bot_token != other.bot_token
        one.workspace.add_user("mina")
        assert len(other.workspace.users) == 1


async def test_more_can_be_served_beside_it() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="a page")

    async with LocalSlack(routes=[web.get("/", page)]) as slack, ClientSession() as session:
        answer = await session.get(slack.site)
        assert await answer.text() == "a page"
