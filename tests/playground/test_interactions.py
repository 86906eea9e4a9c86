"""Commands, buttons and modals reach the app, and its answers reach the person."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.errors import CannotHappen
from bot.playground.slack import Answer, LocalSlack
from bot.playground.views import View
from tests.playground.conftest import Place
from tests.playground.tiny_app import Reply, TinyApp

COMMAND = "/should-finetune"


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value), "value": value}


def button(value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": "answer", "text": plain(value), "value": value}


CARD = [
    {"type": "actions", "block_id": "yes", "elements": [button("yes")]},
    {"type": "actions", "block_id": "no", "elements": [button("no")]},
    {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {
                "type": "static_select",
                "action_id": "size",
                "options": [option("small"), option("large")],
            },
        ],
    },
]
MODAL = {
    "type": "modal",
    "callback_id": "facts",
    "title": plain("Facts"),
    "submit": plain("Save"),
    "private_metadata": "case-1",
    "blocks": [
        {
            "type": "input",
            "block_id": "examples",
            "label": plain("Examples"),
            "element": {"type": "plain_text_input", "action_id": "number"},
        },
        {
            "type": "input",
            "block_id": "goal",
            "optional": True,
            "label": plain("Goal"),
            "element": {
                "type": "radio_buttons",
                "action_id": "goal",
                "options": [option("style"), option("facts")],
            },
        },
    ],
}


@pytest.fixture
async def card(client: AsyncWebClient, place: Place) -> str:
    posted = await client.chat_postMessage(channel=place.channel, text="card", blocks=CARD)
    return str(posted["ts"])


@pytest.fixture
async def modal(slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient) -> View:
    await slack.command(place.mina, place.channel, COMMAND)
    await client.views_open(trigger_id=app.arrived[-1].document["trigger_id"], view=MODAL)
    return slack.modals(place.mina)[0]


class TestCommands:
    async def test_a_command_carries_who_where_and_what(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        await slack.command(place.mina, place.channel, COMMAND, "we have 500 examples")
        (arrived,) = app.arrived
        said = arrived.document
        assert (said["command"], said["text"]) == (COMMAND, "we have 500 examples")
        assert (said["user_id"], said["channel_id"]) == (place.mina, place.channel)
        assert said["response_url"].startswith(slack.site)

    async def test_an_answer_at_once_is_for_the_person_alone(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        app.replies.append(Reply(text="usage: …"))
        answer = await slack.command(place.mina, place.channel, COMMAND, "help")
        assert answer.ok
        assert [m.text for m in slack.ephemerals(place.mina)] == ["usage: …"]
        assert slack.answers(place.channel) == ()

    async def test_an_answer_may_be_for_the_channel(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        app.replies.append(Reply(document={"text": "hello", "response_type": "in_channel"}))
        await slack.command(place.mina, place.channel, COMMAND)
        assert [m.text for m in slack.answers(place.channel)] == ["hello"]

    async def test_a_slow_app_times_out_and_is_not_asked_again(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.ack_seconds = 0.2
        app.replies.append(Reply(seconds=0.3))
        answer = await slack.command(place.mina, place.channel, COMMAND)
        assert answer.error == "operation_timeout"
        await slack.settled()
        assert len(app.arrived) == 1

    async def test_a_failing_app_fails_the_dispatch(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        app.replies.append(Reply(500))
        answer = await slack.command(place.mina, place.channel, COMMAND)
        assert answer.error == "dispatch_failed"

    async def test_without_the_scope_there_is_no_command(
        self, slack: LocalSlack, place: Place
    ) -> None:
        slack.workspace.scopes.discard("commands")
        with pytest.raises(CannotHappen, match="not a command here"):
            await slack.command(place.mina, place.channel, COMMAND)


class TestPressing:
    async def test_a_button_says_what_it_stands_for(
        self, slack: LocalSlack, place: Place, app: TinyApp, card: str
    ) -> None:
        assert (await slack.press(place.omar, place.channel, card, "answer", "no")).ok
        pressed = app.arrived[-1].document
        (action,) = pressed["actions"]
        assert (action["value"], action["block_id"]) == ("no", "no")
        assert pressed["user"]["id"] == place.omar
        assert pressed["container"]["message_ts"] == card
        assert pressed["message"]["bot_id"] == "BBOT"

    async def test_a_choice_carries_its_whole_option(
        self, slack: LocalSlack, place: Place, app: TinyApp, card: str
    ) -> None:
        await slack.press(place.mina, place.channel, card, "size", "large")
        (action,) = app.arrived[-1].document["actions"]
        assert action["selected_option"] == option("large")

    @pytest.mark.parametrize(
        ("action", "value"), (("nothing", None), ("answer", "maybe"), ("size", "huge"))
    )
    async def test_only_what_is_there_can_be_pressed(
        self, slack: LocalSlack, place: Place, card: str, action: str, value: str | None
    ) -> None:
        with pytest.raises(CannotHappen):
            await slack.press(place.mina, place.channel, card, action, value)

    async def test_only_who_sees_an_ephemeral_message_can_press_in_it(
        self, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        asked: dict[str, Any] = {"channel": place.channel, "text": "psst", "blocks": CARD}
        posted = await client.chat_postEphemeral(user=place.mina, **asked)
        ts = posted["message_ts"]
        with pytest.raises(CannotHappen):
            await slack.press(place.omar, place.channel, ts, "answer", "yes")
        await slack.press(place.mina, place.channel, ts, "answer", "yes")
        pressed = app.arrived[-1].document
        assert pressed["container"]["is_ephemeral"]
        assert "message" not in pressed

    async def test_a_home_tab_can_be_pressed_too(
        self, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        home = await client.views_publish(user_id=place.mina, view={"type": "home", "blocks": CARD})
        await slack.press_in_view(place.mina, home["view"]["id"], "answer", "yes")
        pressed = app.arrived[-1].document
        assert pressed["view"]["type"] == "home"
        assert pressed["container"] == {"type": "view", "view_id": home["view"]["id"]}


class TestTriggers:
    async def trigger(self, slack: LocalSlack, place: Place, app: TinyApp) -> str:
        await slack.command(place.mina, place.channel, COMMAND)
        return str(app.arrived[-1].document["trigger_id"])

    async def test_a_trigger_opens_one_modal(
        self, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        trigger = await self.trigger(slack, place, app)
        await client.views_open(trigger_id=trigger, view=MODAL)
        assert [view.title for view in slack.modals(place.mina)] == ["Facts"]
        with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
            await client.views_open(trigger_id=trigger, view=MODAL)

    async def test_a_trigger_ends_after_three_seconds(
        self, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        assert slack.trigger_seconds == 3
        trigger = await self.trigger(slack, place, app)
        slack.trigger_seconds = 0
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await client.views_open(trigger_id=trigger, view=MODAL)

    async def test_a_made_up_trigger_is_invalid(self, client: AsyncWebClient) -> None:
        with pytest.raises(SlackApiError, match="invalid_trigger_id"):
            await client.views_open(trigger_id="1.2.3", view=MODAL)

    async def test_a_view_beyond_the_limits_is_refused(
        self, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        trigger = await self.trigger(slack, place, app)
        too_long = {**MODAL, "title": plain("a title of more than 24 letters")}
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await client.views_open(trigger_id=trigger, view=too_long)
        assert slack.modals(place.mina) == ()


class TestSubmitting:
    async def submit(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View, **answer: object
    ) -> Answer:
        app.replies.append(Reply(document=answer) if answer else Reply())
        return await slack.submit(place.mina, modal.id, {"examples": "500", "goal": "style"})

    async def test_the_app_gets_what_was_filled_in_and_the_modal_closes(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        await self.submit(slack, place, app, modal)
        view = app.arrived[-1].document["view"]
        assert (view["callback_id"], view["private_metadata"]) == ("facts", "case-1")
        values = view["state"]["values"]
        assert values["examples"]["number"] == {"type": "plain_text_input", "value": "500"}
        assert values["goal"]["goal"]["selected_option"] == option("style")
        assert slack.modals(place.mina) == ()

    async def test_errors_stand_at_their_fields_and_the_modal_stays(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        errors = {"examples": "a number, please"}
        answer = await self.submit(
            slack, place, app, modal, response_action="errors", errors=errors
        )
        assert answer.errors == errors
        assert slack.modals(place.mina) == (modal,)

    async def test_errors_at_fields_that_are_not_there_are_an_error(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        answer = await self.submit(
            slack, place, app, modal, response_action="errors", errors={"nowhere": "no"}
        )
        assert not answer.ok

    async def test_an_update_shows_another_view(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        new = {**MODAL, "title": plain("Thanks")}
        await self.submit(slack, place, app, modal, response_action="update", view=new)
        (shown,) = slack.modals(place.mina)
        assert (shown.id, shown.title) == (modal.id, "Thanks")

    async def test_a_push_stacks_and_clear_takes_all_away(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        new = {**MODAL, "title": plain("More")}
        answer = await self.submit(slack, place, app, modal, response_action="push", view=new)
        assert answer.view is not None
        assert answer.view.previous_id == modal.id
        assert len(slack.modals(place.mina)) == 2
        await self.submit(slack, place, app, answer.view, response_action="clear")
        assert slack.modals(place.mina) == ()

    async def test_a_view_beyond_the_limits_is_an_error_for_the_person(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        new = {**MODAL, "title": plain("x" * 25)}
        answer = await self.submit(slack, place, app, modal, response_action="update", view=new)
        assert answer.error is not None
        assert answer.error.startswith("invalid_arguments")
        assert slack.modals(place.mina) == (modal,)

    async def test_a_field_that_is_needed_cannot_be_left_empty(
        self, slack: LocalSlack, place: Place, modal: View
    ) -> None:
        with pytest.raises(CannotHappen, match="examples"):
            await slack.submit(place.mina, modal.id, {"goal": "style"})

    async def test_a_choice_in_an_open_modal_shows_what_is_filled_in_so_far(
        self, slack: LocalSlack, place: Place, app: TinyApp, modal: View
    ) -> None:
        await slack.press_in_view(place.mina, modal.id, "goal", "facts", {"examples": "500"})
        pressed = app.arrived[-1].document
        values = pressed["view"]["state"]["values"]
        assert values["examples"]["number"]["value"] == "500"
        assert values["goal"]["goal"]["selected_option"] == option("facts")
        assert slack.modals(place.mina) == (modal,)

    async def test_nobody_submits_anothers_modal(
        self, slack: LocalSlack, place: Place, modal: View
    ) -> None:
        with pytest.raises(CannotHappen):
            await slack.submit(place.omar, modal.id, {"examples": "500"})

    async def test_a_closed_modal_is_told_only_to_who_asked(
        self,
        slack: LocalSlack,
        place: Place,
        app: TinyApp,
        client: AsyncWebClient,
        modal: View,
    ) -> None:
        await slack.close(modal.id)
        assert len(app.arrived) == 1
        await slack.command(place.mina, place.channel, COMMAND)
        trigger = app.arrived[-1].document["trigger_id"]
        asking = {**MODAL, "notify_on_close": True}
        opened = await client.views_open(trigger_id=trigger, view=asking)
        await slack.close(opened["view"]["id"])
        assert app.arrived[-1].document["type"] == "view_closed"

    async def test_a_modal_can_be_changed_while_it_is_open(
        self, slack: LocalSlack, place: Place, client: AsyncWebClient, modal: View
    ) -> None:
        new = {**MODAL, "title": plain("Later")}
        await client.views_update(view_id=modal.id, hash=modal.hash, view=new)
        assert slack.modals(place.mina)[0].title == "Later"
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await client.views_update(view_id=modal.id, hash=modal.hash, view=new)
        with pytest.raises(SlackApiError, match="not_found"):
            await client.views_update(view_id="V404", view=new)


class TestResponseUrls:
    async def post(self, app: TinyApp, **answer: object) -> tuple[int, str]:
        documents = (arrived.document for arrived in reversed(app.arrived))
        url = next(d["response_url"] for d in documents if "response_url" in d)
        async with aiohttp.ClientSession() as session:
            response = await session.post(url, json=answer)
            return response.status, await response.text()

    async def test_it_answers_five_times(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        await slack.command(place.mina, place.channel, COMMAND)
        for n in range(5):
            assert await self.post(app, text=str(n)) == (200, "ok")
        status, text = await self.post(app, text="again")
        assert status == 404
        assert "used_url" in text
        assert [m.text for m in slack.ephemerals(place.mina)] == ["0", "1", "2", "3", "4"]

    async def test_it_ends_after_half_an_hour(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        assert slack.response_url_seconds == 1800
        await slack.command(place.mina, place.channel, COMMAND)
        slack.response_url_seconds = 0
        status, text = await self.post(app, text="late")
        assert status == 404
        assert "expired_url" in text

    async def test_it_reaches_channels_where_the_bot_is_not(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        await slack.command(place.mina, place.elsewhere, COMMAND)
        await self.post(app, text="here", response_type="in_channel")
        assert [m.text for m in slack.answers(place.elsewhere)] == ["here"]

    async def test_it_replaces_and_deletes_the_message_that_was_pressed(
        self, slack: LocalSlack, place: Place, app: TinyApp, card: str
    ) -> None:
        await slack.press(place.mina, place.channel, card, "answer", "yes")
        await self.post(app, text="noted", replace_original=True)
        now = slack.message(place.channel, card)
        assert now is not None
        assert (now.text, now.blocks) == ("noted", ())
        await self.post(app, delete_original=True)
        assert slack.message(place.channel, card) is None

    async def test_it_refuses_what_a_message_may_not_be(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        await slack.command(place.mina, place.channel, COMMAND)
        assert (await self.post(app))[0] == 400
        status, text = await self.post(app, text="x" * 40_001)
        assert status == 400
        assert "msg_too_long" in text


async def test_an_outsider_presses_under_the_name_of_their_own_team(
    slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
) -> None:
    eve = slack.workspace.add_user("eve", team="T9").id
    await slack.invite(eve, place.channel)
    posted = await client.chat_postMessage(channel=place.channel, text="-", blocks=CARD)

    await slack.press(eve, place.channel, posted["ts"], "answer", "yes")

    pressed = app.arrived[-1].document
    assert (pressed["user"]["team_id"], pressed["team"]["id"]) == ("T9", "T9")
    assert pressed["message"]["ts"] == posted["ts"]


async def test_a_command_is_for_the_people_of_the_workspace_alone(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    eve = slack.workspace.add_user("eve", team="T9").id
    await slack.invite(eve, place.channel)

    with pytest.raises(CannotHappen, match="another organisation"):
        await slack.command(eve, place.channel, COMMAND, "hello")
    await slack.settled()
    assert [arrived for arrived in app.arrived if "command" in arrived.document] == []
