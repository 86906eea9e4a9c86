"""A Slack on localhost, two people and a channel in it, and a tiny app at its request URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.settings import USUAL_SCOPES
from bot.playground.slack import LocalSlack
from tests.playground.tiny_app import TinyApp, tiny_app

BOT = "UBOT"


@dataclass(frozen=True)
class Place:
    """Where the tests happen: Mina and Omar are in the channel, and so is the bot."""

    mina: str
    omar: str
    channel: str
    elsewhere: str


@pytest.fixture
async def app() -> AsyncIterator[TinyApp]:
    async with tiny_app() as running:
        yield running


@pytest.fixture
async def slack(app: TinyApp) -> AsyncIterator[LocalSlack]:
    scopes = USUAL_SCOPES | {"channels:history", "channels:read", "reactions:write"}
    async with LocalSlack(request_url=app.url, scopes=scopes, time_scale=0.0005) as running:
        yield running


@pytest.fixture
def place(slack: LocalSlack) -> Place:
    mina = slack.workspace.add_user("mina", is_admin=True).id
    omar = slack.workspace.add_user("omar").id
    channel = slack.workspace.add_channel("general", mina, omar, BOT).id
    elsewhere = slack.workspace.add_channel("elsewhere", mina).id
    return Place(mina, omar, channel, elsewhere)


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.url)
