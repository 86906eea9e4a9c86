"""A Slack on localhost with its page, an app beside it, and the system's Chromium before it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.page.routes import page_routes
from bot.playground.settings import USUAL_SCOPES
from bot.playground.slack import LocalSlack
from tests.playground.tiny_app import TinyApp, tiny_app

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 5_000


@dataclass
class Room:
    """What a test sees and does: the page, the Slack behind it, and the app's own hands."""

    page: Page
    slack: LocalSlack
    app: TinyApp
    client: AsyncWebClient
    ann: str
    ben: str
    channel: str
    errors: list[str] = field(default_factory=list)

    async def posts(self, text: str, blocks: Any = None, **where: Any) -> str:  # noqa: ANN401
        """Post as the app."""
        posted = await self.client.chat_postMessage(
            channel=self.channel, text=text, blocks=blocks, **where
        )
        return str(posted["ts"])

    async def opens(self, view: dict[str, Any]) -> None:
        """Open a modal for Ann, as the app does after a command."""
        await self.slack.command(self.ann, self.channel, "/should-finetune")
        trigger = self.app.arrived[-1].document["trigger_id"]
        await self.client.views_open(trigger_id=trigger, view=view)


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        sentence = "No Chromium is found: install it with `apt-get install chromium`."
        # In CI a test that was skipped would look as if the page had been tried: .ci/run says so.
        if os.environ.get("NEEDS_BROWSER"):  # noqa: TID251 -- no setting of the bot
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = _chromium()
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- these tests alone need it

    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield opened
        finally:
            await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def app() -> AsyncIterator[TinyApp]:
    async with tiny_app() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def slack(app: TinyApp) -> AsyncIterator[LocalSlack]:
    local = LocalSlack(request_url=app.url, scopes=USUAL_SCOPES, time_scale=0.0005)
    local.routes = page_routes(lambda: local, note="No model is set.")
    async with local as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def room(browser: Browser, slack: LocalSlack, app: TinyApp) -> AsyncIterator[Room]:
    people = [slack.workspace.add_user(name).id for name in ("Ann", "Ben", "Mina")]
    channel = slack.workspace.add_channel("general", *people, "UBOT").id
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE)
    client = AsyncWebClient(slack.bot_token, base_url=slack.url)
    opened = Room(page, slack, app, client, people[0], people[1], channel)
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on(
        "console",
        lambda said: opened.errors.append(said.text) if said.type == "error" else None,
    )
    await page.goto(slack.site)
    await page.wait_for_selector(".lead-in")
    yield opened
    await context.close()
    assert opened.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def other_site(slack: LocalSlack) -> AsyncIterator[str]:
    """A page of somebody else, open in the same browser, that tries to speak as Ann."""
    script = (
        "const [user, channel] = location.hash.slice(1).split('/');"
        f"fetch('{slack.site}/page/say', {{method: 'POST', mode: 'no-cors', "
        "body: JSON.stringify({user, channel, text: 'not me'})})"
        ".finally(() => { document.title = 'tried'; });"
    )
    served = web.Application()

    async def show(_: web.Request) -> web.Response:
        text = f"<!doctype html><title>x</title><script>{script}</script>"
        return web.Response(text=text, content_type="text/html")

    served.router.add_get("/", show)
    server = TestServer(served, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()
