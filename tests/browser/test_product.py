"""The whole product as people meet it: the real bot behind the page, wide, narrow, light, dark."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.model_server import KEY, Stall, model_server
from tests.playground.whole import Whole

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WIKI = "Our bot makes things up about refunds. The policy is in our wiki, nothing connects it."
TRIAGE = (
    "Our model sorts tickets into teams and gets the team wrong although the instruction is clear. "
    "We tried prompts with examples and they no longer help. It is one narrow job."
)
TEAMS = ("billing", "harbour")
RAG = "Bring the knowledge to the model"
PATIENCE = 10_000
LOOKS = [(width, theme) for width in (1280, 390) for theme in ("light", "dark")]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    running = Whole(tmp_path_factory.mktemp("data"))
    await running.start()
    yield running
    await running.end()


class Person:
    """Somebody before the page: what they do, and what they look at after each step."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self.wrong: list[str] = []

    async def begins(self, site: str) -> None:
        await self.page.goto(site)
        await self.page.wait_for_selector(".lead-in")

    async def says(self, text: str) -> None:
        await self.page.fill("#compose", text)
        await self.page.press("#compose", "Escape")
        await self.page.press("#compose", "Enter")

    async def replies(self, text: str) -> None:
        await self.page.fill("#compose-thread", text)
        await self.page.press("#compose-thread", "Enter")

    async def presses(self, label: str, within: str = "#thread") -> None:
        await self.page.locator(f"{within} button", has_text=label).last.click()

    async def sees(self, text: str, within: str = "#thread") -> None:
        await self.page.locator(within).get_by_text(text).first.wait_for(state="visible")

    async def no_longer_sees(self, text: str, within: str = "#thread") -> None:
        await self.page.locator(within).get_by_text(text).first.wait_for(state="detached")

    async def goes_to(self, place: str) -> None:
        if await self.page.locator("#open-sidebar").is_visible():
            await self.page.click("#open-sidebar")
        await self.page.locator(".place", has_text=place).click()

    async def looks(self, name: str) -> None:
        """Take a picture, and note what is cut, or what axe finds wrong."""
        from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415 - as the browser

        await self.page.screenshot(path=self._folder / f"{name}.png")
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.wrong.append(f"{name}: wider than the window")
        found = await Axe().run(self.page, options={"runOnly": WCAG})
        self.wrong += [
            f"{name}: {row['id']}: {row['nodes'][0]['target']}"
            for row in found.response["violations"]
        ]


@pytest_asyncio.fixture(params=LOOKS, ids=[f"{w}-{t}" for w, t in LOOKS], loop_scope="session")
async def person(
    request: pytest.FixtureRequest, browser: Browser, whole: Whole, tmp_path: Path
) -> AsyncIterator[Person]:
    width, theme = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 844 if width < 500 else 800},
        color_scheme=theme,
        # The scripts of axe come from the test, not from the page.
        bypass_csp=True,
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    one = Person(page, tmp_path)
    await one.begins(whole.site)
    yield one
    await context.close()
    assert one.wrong == []


async def test_a_mention_is_answered_pressed_corrected_edited_and_contradicted(
    person: Person,
) -> None:
    await person.looks("1-first")
    await person.says("@should-finetune Should we fine-tune our model?")
    await person.sees("What goes wrong most often?")
    await person.looks("2-question")

    await person.page.locator("#thread .menu").last.click()
    await person.page.locator("[role=option]", has_text="Invents facts").click()
    await person.sees(RAG)
    await person.looks("3-answered")

    await person.presses("Correct")
    await person.page.wait_for_selector("dialog.modal")
    await person.looks("4-form")
    await person.page.locator("dialog input.written").first.fill("140")
    await person.page.click("dialog button[type=submit]")
    await person.page.locator("dialog .error:visible").first.wait_for()
    await person.page.locator("dialog input.written").first.fill("71")
    await person.page.click("dialog button[type=submit]")
    await person.page.wait_for_selector("dialog.modal", state="detached")
    await person.sees("71")

    await person.replies("@should-finetune Nobody will maintain a tuned model here.")
    await person.sees("Noted")
    await person.page.click("#people button:has-text('Ben')")
    await person.replies("@should-finetune We have an ML team that would retrain it.")
    await person.sees("isagree")
    await person.looks("5-contradicted")


async def test_a_direct_message_is_answered_and_follows_its_edit(person: Person) -> None:
    await person.goes_to("should-finetune")
    await person.says("Our bot is slow.")
    said = person.page.locator("#room-list .message", has_text="Our bot is slow.").last
    await said.locator("button.replies").wait_for(state="attached")
    # What is said to us opens its thread, a moment after it is sent.
    await person.page.click("#close-thread")
    await person.page.focus("#compose")
    await person.page.press("#compose", "ArrowUp")
    editor = person.page.locator("#room-list textarea").last
    await editor.fill(WIKI)
    await editor.press("Enter")
    await person.page.locator("#room-list .message", has_text=WIKI).last.wait_for()
    message = person.page.locator("#room-list .message", has_text=WIKI).last
    await message.locator("button", has_text="repl").first.click()
    await person.sees(RAG)
    await person.looks("6-direct")


async def test_a_training_file_is_measured_where_it_was_dropped(
    person: Person, tmp_path: Path
) -> None:
    rows = [{"prompt": f"Ticket {n % 40}", "completion": TEAMS[n // 40]} for n in range(80)]
    file = tmp_path / "support tickets of the last quarter.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")

    await person.page.set_input_files("#room-compose input[type=file]", file)
    await person.looks("9-attached")
    await person.says(f"@should-finetune {TRIAGE}")
    await person.sees("40 inputs with different outputs")
    await person.sees("Put the data right first", "#thread")
    await person.sees("(measured)")
    await person.looks("10-measured")
    await (
        person.page.locator("#thread").get_by_text("80 examples").first.scroll_into_view_if_needed()
    )
    await person.looks("11-measurement")


async def test_the_command_with_words_and_alone(person: Person) -> None:
    await person.says(f"/should-finetune {WIKI}")
    await person.sees("On it", "#room-list")
    await person.says("/should-finetune")
    await person.page.wait_for_selector("dialog.modal textarea")
    await person.page.fill("dialog.modal textarea", WIKI)
    await person.looks("7-problem")
    await person.page.click("dialog button[type=submit]")
    await person.page.wait_for_selector("dialog.modal", state="detached")
    await person.goes_to("should-finetune")
    await person.sees(RAG, "#room-list")
    await person.looks("8-direct-message")


async def test_killed_in_mid_turn_and_started_again_the_answer_is_seen_once(
    browser: Browser, tmp_path: Path
) -> None:
    async with model_server() as model:
        model.always = Stall()
        whole = Whole(tmp_path / "data")
        await whole.start(OPENAI_BASE_URL=model.url, OPENAI_API_KEY=KEY, OPENAI_MODEL="gpt-test")
        person = Person(await browser.new_page(), tmp_path)
        await person.begins(whole.site)
        await person.says(f"@should-finetune {WIKI}")
        await person.sees("Reading…")
        await asyncio.wait_for(model.asked.wait(), 10)
        await whole.end(signal.SIGKILL)

        # The page finds the new process by itself: to load it as well would race with that.
        async with person.page.expect_event("load", timeout=40_000):
            await whole.start()
        try:
            await person.page.wait_for_selector(".lead-in")
            await person.page.locator("#room-list button.replies").last.click()
            seen = person.page.locator("#thread").get_by_text(RAG)
            await seen.first.wait_for(state="visible", timeout=40_000)
            assert await seen.count() == 1
        finally:
            await person.page.close()
            await whole.end()
