"""The page as people meet it, in a real browser: written, pressed, chosen, filled in, and read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Room
from tests.playground.tiny_app import Reply

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ATTACK = '<img src=x onerror="window.hit=1"> <b>x</b> <javascript:window.hit=1|press>'


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def option(label: str) -> dict[str, Any]:
    return {"text": plain(label), "value": label.lower()}


def field(block_id: str, element: dict[str, Any], *, optional: bool = False) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.capitalize()),
        "element": {"action_id": "value", **element},
        "optional": optional,
    }


OPTIONS = [option("Small"), option("Large"), option("Huge")]
CONFIRM = {
    "title": plain("Sure?"),
    "text": plain("Gone."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
EVERYTHING: list[dict[str, Any]] = [
    {"type": "header", "text": plain("A header & more")},
    {
        "type": "section",
        "text": {
            "type": "mrkdwn",
            "text": f"*bold* _thin_ ~gone~ `code` <https://a.example|link>\n• {ATTACK}",
        },
        "accessory": {"type": "button", "action_id": "side", "text": plain("Side"), "value": "s"},
    },
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*One*"}, plain("Two")]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]},
    {"type": "divider"},
    {
        "type": "markdown",
        "text": f"## Heading\n\n| a | b |\n|---|---:|\n| **1** | 2 |\n\n- row\n\n{ATTACK}",
    },
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "go", "text": plain("Go"), "value": "1"},
            {
                "type": "button",
                "action_id": "end",
                "text": plain("End"),
                "style": "danger",
                "confirm": CONFIRM,
            },
            {
                "type": "static_select",
                "action_id": "one",
                "placeholder": plain("One of them"),
                "options": OPTIONS,
            },
            {
                "type": "multi_static_select",
                "action_id": "some",
                "placeholder": plain("Some of them"),
                "options": OPTIONS,
            },
            {"type": "checkboxes", "action_id": "ticks", "options": OPTIONS},
            {"type": "radio_buttons", "action_id": "rounds", "options": OPTIONS},
        ],
    },
]
MODAL = {
    "type": "modal",
    "title": plain("A form"),
    "submit": plain("Save"),
    "close": plain("Leave"),
    "blocks": [
        field("words", {"type": "plain_text_input", "multiline": True}),
        field("number", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
        field("one", {"type": "static_select", "options": OPTIONS}, optional=True),
        field("some", {"type": "multi_static_select", "options": OPTIONS}, optional=True),
        field("round", {"type": "radio_buttons", "options": OPTIONS}, optional=True),
        field("ticks", {"type": "checkboxes", "options": OPTIONS}, optional=True),
    ],
}


def pressed(room: Room) -> dict[str, Any]:
    """Return the newest action that the app was told of."""
    actions = [a.document["actions"] for a in room.app.arrived if "actions" in a.document]
    return dict(actions[-1][0]) if actions else {}


async def told(room: Room, action_id: str) -> dict[str, Any]:
    """Wait until the app was told of an action, and return it."""
    return await room.slack.wait_until(
        lambda: pressed(room) if pressed(room).get("action_id") == action_id else None
    )


class TestWriting:
    async def test_enter_sends_and_shift_enter_begins_a_line(self, room: Room) -> None:
        await room.page.focus("#compose")
        await room.page.keyboard.type("one")
        await room.page.keyboard.press("Shift+Enter")
        await room.page.keyboard.type("two")
        await room.page.keyboard.press("Enter")
        await room.page.wait_for_selector("#room-list .message")
        (message,) = room.slack.workspace.messages(room.channel)
        assert message.text == "one\ntwo"
        assert await room.page.input_value("#compose") == ""

    async def test_a_name_is_completed_and_its_thread_opens(self, room: Room) -> None:
        await room.page.focus("#compose")
        await room.page.keyboard.type("@sho")
        await room.page.wait_for_selector(".completion [role=option]")
        await room.page.keyboard.press("Enter")
        await room.page.keyboard.type("hello")
        await room.page.keyboard.press("Enter")
        await room.page.wait_for_selector("#thread .message")
        (message,) = room.slack.workspace.messages(room.channel)
        assert message.text == "<@UBOT> hello"
        assert await room.page.evaluate("document.activeElement.id") == "compose-thread"

    async def test_a_command_is_completed_and_its_answer_is_for_one(self, room: Room) -> None:
        room.app.replies.append(Reply(text="usage"))
        await room.page.focus("#compose")
        await room.page.keyboard.type("/should-finetune he")
        await room.page.keyboard.press("Tab")
        await room.page.keyboard.press("Enter")
        await room.page.wait_for_selector(".message.alone >> text=usage")
        assert room.app.arrived[-1].document["text"] == "help"
        await room.page.click("#people button >> text=Ben")
        await room.page.wait_for_selector(".message.alone", state="detached")

    async def test_what_is_no_command_is_told_here_alone(self, room: Room) -> None:
        await room.page.fill("#compose", "/nothing <b>")
        await room.page.press("#compose", "Enter")
        await room.page.wait_for_selector("text=is not a valid command")
        assert room.slack.workspace.messages(room.channel) == ()

    async def test_arrow_up_edits_what_one_said_last(self, room: Room) -> None:
        await room.slack.say(room.ann, room.channel, "befor &amp; after")
        await room.page.wait_for_selector("text=befor & after")
        await room.page.press("#compose", "ArrowUp")
        await room.page.wait_for_selector(".editor textarea:focus")
        await room.page.keyboard.press("Control+A")
        await room.page.keyboard.type("before")
        await room.page.keyboard.press("Enter")
        await room.page.wait_for_selector("text=(edited)")
        assert room.slack.workspace.messages(room.channel)[0].text == "before"

    async def test_deleting_asks_first(self, room: Room) -> None:
        await room.slack.say(room.ann, room.channel, "a slip")
        message = room.page.locator(".message", has_text="a slip")
        await message.focus()
        await message.get_by_role("button", name="Delete message").click()
        await room.page.keyboard.press("Escape")
        assert len(room.slack.workspace.messages(room.channel)) == 1
        await message.get_by_role("button", name="Delete message").click()
        await room.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        await message.wait_for(state="detached")
        assert room.slack.workspace.messages(room.channel) == ()

    async def test_a_file_goes_along_with_what_is_in_it(self, room: Room) -> None:
        file = {"name": "data.jsonl", "mimeType": "text/plain", "buffer": b"{}"}
        await room.page.set_input_files("#room-compose input[type=file]", file)  # type: ignore[arg-type]
        await room.page.press("#compose", "Enter")
        await room.page.wait_for_selector(".message .file >> text=data.jsonl")
        (message,) = room.slack.workspace.messages(room.channel)
        assert message.subtype == "file_share"
        assert room.slack.workspace.uploads == {message.files[0]["id"]: b"{}"}

    @pytest.mark.parametrize("number", (0, 1, 2))
    async def test_an_example_is_one_click_away(self, room: Room, number: int) -> None:
        await room.page.locator("#room-list .card").nth(number).click()
        await room.page.wait_for_selector("#thread .message")
        assert room.slack.workspace.messages(room.channel)[0].text.startswith("<@UBOT> ")


class TestReading:
    async def test_words_of_people_are_never_markup(self, room: Room) -> None:
        await room.page.fill("#compose", f"@Ben {ATTACK}")
        await room.page.press("#compose", "Enter")
        await room.posts("x", EVERYTHING)
        await room.posts(f"plain {ATTACK}")
        await room.page.wait_for_selector(".message >> text=plain")
        assert await room.page.locator("img[src='x'], .said b, a[href^=javascript]").count() == 0
        assert await room.page.evaluate("window.hit") is None
        shown = await room.page.locator(".message").first.inner_text()
        assert '<img src=x onerror="window.hit=1"> <b>x</b>' in shown

    async def test_every_block_is_shown(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        message = room.page.locator(".message")
        await message.wait_for()
        for selector in (
            *("h3.b-header", "strong", "em", "del", "code", "a[href='https://a.example']", "li"),
            *(".accessory button", ".fields", ".b-context", "hr", "table td strong", ".b-actions"),
            *("input[type=checkbox]", "input[type=radio]", "button[aria-haspopup=listbox]"),
        ):
            assert await message.locator(selector).first.count() == 1, selector
        assert await message.locator(".unknown").count() == 0

    async def test_changes_come_without_loading_again(self, room: Room) -> None:
        ts = await room.posts("Reading…")
        await room.page.wait_for_selector(".message >> text=Reading…")
        await room.client.chat_update(channel=room.channel, ts=ts, text="The answer")
        await room.page.wait_for_selector(".message >> text=The answer")
        await room.client.chat_delete(channel=room.channel, ts=ts)
        await room.page.wait_for_selector(".message >> text=The answer", state="detached")

    async def test_the_status_stands_under_its_thread(self, room: Room) -> None:
        ts = await room.slack.say(room.ann, room.channel, "hello")
        await room.page.locator(".message").focus()
        await room.page.get_by_role("button", name="Reply in thread").click()
        await room.client.assistant_threads_setStatus(
            channel_id=room.channel, thread_ts=ts, status="is reading"
        )
        await room.page.wait_for_selector("#thread .status >> text=should-finetune is reading")
        await room.posts("done", thread_ts=ts)
        await room.page.wait_for_selector("#thread .status >> text=is reading", state="detached")

    async def test_another_window_types(self, room: Room) -> None:
        other = await room.page.context.new_page()
        await other.goto(room.slack.site)
        await other.click("#people button >> text=Ben")
        await other.focus("#compose")
        await other.keyboard.type("h")
        await room.page.wait_for_selector(".status >> text=Ben is typing")
        await other.keyboard.type("i")
        await other.keyboard.press("Enter")
        await room.page.wait_for_selector(".message >> text=hi")
        await room.page.wait_for_selector(".status >> text=Ben is typing", state="detached")
        await other.close()

    async def test_who_was_away_sees_how_much_is_new(self, room: Room) -> None:
        elsewhere = room.slack.workspace.add_channel("elsewhere", room.ann, room.ben).id
        await room.slack.say(room.ben, elsewhere, "news")
        badge = room.page.locator(".place", has_text="elsewhere").locator(".badge")
        assert (await badge.inner_text()).startswith("1")
        await room.page.locator(".place", has_text="elsewhere").click()
        await badge.wait_for(state="detached")


class TestPressing:
    async def test_a_button_tells_the_app(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        await room.page.get_by_role("button", name="Go", exact=True).click()
        assert (await told(room, "go"))["value"] == "1"

    async def test_what_asks_first_is_told_after_a_yes(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        end = room.page.get_by_role("button", name="End", exact=True)
        await end.click()
        await room.page.get_by_role("alertdialog").get_by_role("button", name="No").click()
        assert pressed(room) == {}
        await end.click()
        await room.page.get_by_role("alertdialog").get_by_role("button", name="Yes").click()
        await told(room, "end")

    async def test_a_menu_is_chosen_from_by_keyboard(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        await room.page.get_by_role("button", name="One of them").focus()
        await room.page.keyboard.press("ArrowDown")
        await room.page.keyboard.type("la")
        await room.page.keyboard.press("Enter")
        assert (await told(room, "one"))["selected_option"]["value"] == "large"

    async def test_a_menu_of_several_is_told_when_it_closes(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        await room.page.get_by_role("button", name="Some of them").click()
        await room.page.keyboard.press("Enter")
        await room.page.keyboard.press("End")
        await room.page.keyboard.press("Enter")
        assert pressed(room) == {}
        await room.page.keyboard.press("Escape")
        chosen = (await told(room, "some"))["selected_options"]
        assert [one["value"] for one in chosen] == ["small", "huge"]

    async def test_ticks_and_rounds(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        await room.page.get_by_role("checkbox", name="Large").check()
        assert (await told(room, "ticks"))["selected_options"][0]["value"] == "large"
        await room.page.get_by_role("radio", name="Huge").check()
        assert (await told(room, "rounds"))["selected_option"]["value"] == "huge"

    async def test_focus_stays_where_it_was_when_a_message_changes(self, room: Room) -> None:
        ts = await room.posts("x", EVERYTHING)
        await room.page.get_by_role("button", name="Go", exact=True).focus()
        more = [*EVERYTHING, {"type": "context", "elements": [plain("more")]}]
        await room.client.chat_update(channel=room.channel, ts=ts, text="x", blocks=more)
        await room.page.wait_for_selector(".b-context >> text=more")
        assert await room.page.evaluate("document.activeElement.textContent") == "Go"

    async def test_an_app_that_does_not_answer_is_told_to_people(self, room: Room) -> None:
        await room.posts("x", EVERYTHING)
        room.app.replies.append(Reply(500))
        await room.page.get_by_role("button", name="Go", exact=True).click()
        await room.page.wait_for_selector(".toast >> text=did not answer")


class TestModals:
    async def test_what_is_missing_or_wrong_is_said_at_its_field(self, room: Room) -> None:
        await room.opens(MODAL)
        await room.page.wait_for_selector("dialog.modal textarea:focus")
        await room.page.fill("dialog input[inputmode=decimal]", "many")
        await room.page.click("dialog [type=submit]")
        errors = room.page.locator("dialog .error:visible")
        assert await errors.all_inner_texts() == [
            "Please complete this required field.",
            "Enter a whole number.",
        ]
        assert await room.page.locator("dialog [aria-invalid=true]").count() == 2
        assert await room.page.evaluate("document.activeElement.tagName") == "TEXTAREA"

    async def test_what_the_app_finds_wrong_is_said_and_nothing_is_lost(self, room: Room) -> None:
        await room.opens(MODAL)
        wrong = {"words": "Say more."}
        room.app.replies.append(Reply(document={"response_action": "errors", "errors": wrong}))
        await room.page.fill("dialog textarea", "too little")
        await room.page.click("dialog [type=submit]")
        await room.page.wait_for_selector("dialog .error >> text=Say more.")
        assert await room.page.input_value("dialog textarea") == "too little"

    async def test_everything_that_is_filled_in_is_sent(self, room: Room) -> None:
        await room.opens(MODAL)
        dialog = room.page.get_by_role("dialog")
        await dialog.get_by_label("Words").fill("hello")
        await dialog.get_by_label("Number").fill("12")
        await dialog.get_by_label("One").click()
        await room.page.keyboard.press("End")
        await room.page.keyboard.press("Enter")
        await dialog.get_by_label("Some").click()
        await room.page.keyboard.press("Enter")
        await room.page.keyboard.press("Escape")
        await dialog.get_by_role("radio", name="Large").check()
        await dialog.get_by_role("checkbox", name="Small").check()
        await dialog.get_by_role("button", name="Save").click()
        await dialog.wait_for(state="detached")
        values = room.app.arrived[-1].document["view"]["state"]["values"]
        held = {name: one["value"] for name, one in values.items()}
        assert held["words"]["value"] == "hello"
        assert held["number"]["value"] == "12"
        assert held["one"]["selected_option"]["value"] == "huge"
        assert [one["value"] for one in held["some"]["selected_options"]] == ["small"]
        assert held["round"]["selected_option"]["value"] == "large"
        assert [one["value"] for one in held["ticks"]["selected_options"]] == ["small"]

    async def test_escape_leaves_it_and_others_do_not_see_it(self, room: Room) -> None:
        await room.opens(MODAL)
        await room.page.wait_for_selector("dialog.modal")
        await room.page.keyboard.press("Escape")
        await room.page.wait_for_selector("dialog.modal", state="detached")
        await room.slack.wait_until(lambda: not room.slack.modals(room.ann))


class TestGettingAround:
    async def test_the_home_tab_and_the_messages(self, room: Room) -> None:
        await room.page.click(".place >> text=App Home")
        await room.page.wait_for_selector("text=has not published")
        await room.client.views_publish(
            user_id=room.ann, view={"type": "home", "blocks": EVERYTHING[:5]}
        )
        await room.page.wait_for_selector("#home h3")
        await room.page.get_by_role("tab", name="Messages").click()
        await room.page.fill("#compose", "hello")
        await room.page.press("#compose", "Enter")
        await room.page.wait_for_selector("#thread .message >> text=hello")
        assert [one["tab"] for one in room.app.events("app_home_opened")] == ["home", "messages"]

    async def test_the_home_tab_calls_a_channel_by_its_name(self, room: Room) -> None:
        text = f"seen in <#{room.channel}> and in <#C404>"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        await room.page.get_by_role("button", name="App Home").click()
        await room.client.views_publish(user_id=room.ann, view={"type": "home", "blocks": [block]})
        shown = room.page.locator("#home .b-section")
        await shown.wait_for()
        assert await shown.inner_text() == "seen in #general and in #private channel"

    async def test_the_app_is_removed_from_a_channel_and_invited_again(self, room: Room) -> None:
        await room.page.get_by_role("button", name="Members of the channel").click()
        await room.page.get_by_role("option", name="Remove should-finetune").click()
        await room.page.get_by_text("should-finetune is not in this channel").wait_for()
        assert "UBOT" not in room.slack.workspace.channel(room.channel).members
        await room.page.fill("#compose", "@should-finetune are you there?")
        await room.page.press("#compose", "Enter")
        await room.page.get_by_text("does not see this").wait_for()
        assert not await room.page.locator("#thread").is_visible()

        await room.page.get_by_role("button", name="Members of the channel").focus()
        await room.page.keyboard.press("Enter")
        await room.page.keyboard.press("Enter")
        await room.page.get_by_text(
            "with a problem of yours, and it answers in a thread"
        ).wait_for()
        assert "UBOT" in room.slack.workspace.channel(room.channel).members
        focused = "document.activeElement.getAttribute('aria-label')"
        assert await room.page.evaluate(focused) == "Members of the channel"

    async def test_what_the_app_suggests_is_one_click_away(self, room: Room) -> None:
        await room.page.get_by_role("button", name="should-finetune").first.click()
        await room.page.get_by_role("tab", name="Messages").click()
        dm = await room.slack.dm(room.ann)
        prompt = {"title": "What can you do?", "message": "help"}
        await room.client.assistant_threads_setSuggestedPrompts(channel_id=dm, prompts=[prompt])
        await room.page.get_by_role("button", name="What can you do?").click()
        await room.page.locator("#thread .message", has_text="help").wait_for()
        assert [one.text for one in room.slack.workspace.messages(dm)] == ["help"]

    async def test_escape_closes_the_thread_and_gives_the_focus_back(self, room: Room) -> None:
        await room.slack.say(room.ann, room.channel, "hello")
        await room.page.locator(".message").focus()
        await room.page.get_by_role("button", name="Reply in thread").click()
        await room.page.wait_for_selector("#compose-thread:focus")
        await room.page.keyboard.press("Escape")
        await room.page.wait_for_selector("#thread", state="hidden")
        await room.page.wait_for_selector(".message:focus")

    async def test_arrows_go_from_message_to_message(self, room: Room) -> None:
        for text in ("one", "two", "three"):
            await room.slack.say(room.ann, room.channel, text)
        await room.page.locator(".message", has_text="three").focus()
        await room.page.keyboard.press("ArrowUp")
        await room.page.wait_for_selector(".message:focus >> text=two")
        assert await room.page.locator(".message[tabindex='0']").count() == 1

    async def test_the_inspector_shows_what_went_back_and_forth(self, room: Room) -> None:
        await room.page.fill("#compose", "@should-finetune hello")
        await room.page.press("#compose", "Enter")
        message = room.page.locator("#thread .message")
        await message.focus()
        await message.get_by_role("button", name="Look behind").click()
        await room.page.wait_for_selector(".record.delivery >> text=app_mention")
        await room.page.locator(".record summary").first.click()
        await room.page.wait_for_selector(".record[open] pre >> text=event_callback")

    async def test_a_lost_connection_is_said(self, room: Room) -> None:
        await room.slack.__aexit__()
        await room.page.wait_for_selector("#lost:visible")
        room.errors.clear()

    async def test_another_site_cannot_speak(self, room: Room, other_site: str) -> None:
        other = await room.page.context.new_page()
        await other.goto(f"{other_site}#{room.ann}/{room.channel}")
        await other.wait_for_function("document.title === 'tried'")
        assert room.slack.workspace.messages(room.channel) == ()
        await other.close()

    async def test_light_and_dark_stay_chosen(self, room: Room) -> None:
        await room.page.get_by_role("button", name="Dark colours").click()
        chosen = await room.page.evaluate("document.documentElement.dataset.theme")
        await room.page.reload()
        await room.page.wait_for_selector(".lead-in")
        assert await room.page.evaluate("document.documentElement.dataset.theme") == chosen

    @pytest.mark.parametrize("width", (390, 768, 1024, 1280, 1920))
    async def test_nothing_is_cut_at_any_width(self, room: Room, width: int) -> None:
        await room.page.set_viewport_size({"width": width, "height": 800})
        ts = await room.slack.say(room.ann, room.channel, "hello " + "x" * 200)
        await room.posts("x", EVERYTHING, thread_ts=ts)
        await room.page.click(".replies")
        await room.page.wait_for_selector("#thread .b-actions")
        await room.page.click("#open-inspector")
        await room.page.wait_for_selector(".record")
        wider = (
            "[document.documentElement, ...document.querySelectorAll('.pane, .list, .blocks')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"
        )
        assert await room.page.evaluate(wider) == []
