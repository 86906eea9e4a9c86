"""The page over HTTP: what it shows, what it hears, what it does, and whom it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.page.examples import EXAMPLES
from bot.playground.page.routes import page_routes
from bot.playground.settings import USUAL_SCOPES
from bot.playground.slack import LocalSlack
from tests.playground.conftest import BOT, Place
from tests.playground.tiny_app import Reply, TinyApp

NOTE = "No model is set: the cue reader reads."
ATTACK = '<script>alert("1")</script> & <!channel> <@U1|x>'

plain = {"type": "plain_text", "text": "Size"}
SMALL = {"text": {"type": "plain_text", "text": "small"}, "value": "small"}
LARGE = {"text": {"type": "plain_text", "text": "large"}, "value": "large"}
BLOCKS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "go", "text": plain, "value": "1"},
            {"type": "multi_static_select", "action_id": "sizes", "options": [SMALL, LARGE]},
        ],
    }
]
MODAL = {
    "type": "modal",
    "title": plain,
    "submit": plain,
    "blocks": [
        {
            "type": "input",
            "block_id": "number",
            "label": plain,
            "element": {
                "type": "number_input",
                "action_id": "value",
                "is_decimal_allowed": True,
            },
        }
    ],
}


@pytest.fixture
async def slack(app: TinyApp) -> AsyncIterator[LocalSlack]:
    scopes = USUAL_SCOPES | {"channels:history"}
    local = LocalSlack(request_url=app.url, scopes=scopes, time_scale=0.0005)
    local.routes = page_routes(lambda: local, note=NOTE)
    async with local as running:
        yield running


@dataclass
class Page:
    """The page as a browser has it open."""

    site: str
    session: aiohttp.ClientSession
    token: str = ""

    async def open(self) -> str:
        async with self.session.get(f"{self.site}/") as answer:
            text = await answer.text()
        found = re.search(r'name="page-token" content="([^"]+)"', text)
        assert found
        self.token = found[1]
        return text

    async def state(self) -> dict[str, Any]:
        async with self.session.get(f"{self.site}/page/state") as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def behind(self, **query: str) -> dict[str, Any]:
        async with self.session.get(f"{self.site}/page/behind", params=query) as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def tries(
        self, deed: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        usual = {"Origin": self.site, "X-Page-Token": self.token, **(headers or {})}
        address = f"{self.site}/page/{deed}"
        async with self.session.post(address, json=body, headers=usual) as answer:
            return answer.status, dict(await answer.json())

    async def does(self, deed: str, **body: object) -> dict[str, Any]:
        status, answer = await self.tries(deed, body)
        assert status == 200, answer
        return answer


@pytest.fixture
async def page(slack: LocalSlack) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session:
        opened = Page(slack.site, session)
        await opened.open()
        yield opened


async def next_news(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    async for line in answer.content:
        if line.startswith(b"data: "):
            return dict(json.loads(line.removeprefix(b"data: ")))
    raise AssertionError("The stream ended.")


class TestThePageItself:
    async def test_it_loads_nothing_from_elsewhere_and_runs_no_words(self, page: Page) -> None:
        async with page.session.get(f"{page.site}/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            text = await answer.text()
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "http" not in text.replace("http-equiv", "")

    async def test_each_part_that_it_names_is_there(self, page: Page) -> None:
        parts = re.findall(r'(?:src|href)="(/page/static/[^"]+)"', await page.open())
        assert len(parts) >= 4
        for part in parts:
            async with page.session.get(f"{page.site}{part}") as answer:
                assert answer.status == 200
                assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_no_script_builds_markup_out_of_text(self, page: Page) -> None:
        for name in ("blocks", "text", "messages", "dialogs", "page", "dom", "composer", "menu"):
            async with page.session.get(f"{page.site}/page/static/{name}.js") as answer:
                script = await answer.text()
            for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
                assert way not in script, name

    @pytest.mark.parametrize("name", ("page.py", "..%2Froutes.py", "nothing.js", "page.html"))
    async def test_only_its_own_parts_are_served(self, page: Page, name: str) -> None:
        async with page.session.get(f"{page.site}/page/static/{name}") as answer:
            assert answer.status == 404

    async def test_a_permalink_leads_to_it(self, page: Page) -> None:
        async with page.session.get(f"{page.site}/archives/C1/p1700000000000100") as answer:
            assert "page-token" in await answer.text()

    async def test_a_slack_may_be_given_as_it_is(self, page: Page, slack: LocalSlack) -> None:
        assert len(page_routes(slack, note="")) == len(tuple(slack.routes))


class TestWhatItShows:
    async def test_people_places_messages_and_the_note(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "hello")
        state = await page.state()
        assert state["note"] == NOTE
        assert {user["name"] for user in state["users"]} == {"mina", "omar", "should-finetune"}
        rooms = [one["name"] for one in state["channels"] if one["kind"] == "channel"]
        assert rooms == ["general", "elsewhere"]
        direct = [one["members"] for one in state["channels"] if one["kind"] == "im"]
        assert direct == [[person, BOT] for person in (place.mina, place.omar)]
        (message,) = state["messages"]
        assert (message["ts"], message["text"], message["user"]) == (ts, "hello", place.mina)
        assert state["at"] == len(slack.journal)

    async def test_three_examples_are_at_hand(self, page: Page) -> None:
        titles = [example["title"] for example in (await page.state())["examples"]]
        assert titles == [example.title for example in EXAMPLES]
        assert len(titles) == 3

    async def test_no_secret_leaves(self, page: Page, slack: LocalSlack, place: Place) -> None:
        await slack.command(place.mina, place.channel, "/should-finetune", "x")
        seen = json.dumps([await page.state(), await page.behind()])
        for secret in (slack.bot_token, slack.app_token, slack.signing_secret, "/respond/"):
            assert secret not in seen

    async def test_modals_homes_and_ephemeral_messages(
        self, page: Page, slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        await slack.command(place.mina, place.channel, "/should-finetune")
        await client.views_open(trigger_id=app.arrived[-1].document["trigger_id"], view=MODAL)
        await client.views_publish(user_id=place.mina, view={"type": "home", "blocks": BLOCKS})
        await client.chat_postEphemeral(channel=place.channel, user=place.omar, text="psst")
        state = await page.state()
        assert {view["kind"] for view in state["views"]} == {"modal", "home"}
        assert {view["user"] for view in state["views"]} == {place.mina}
        assert [one["only_for"] for one in state["messages"]] == [place.omar]


class TestNews:
    async def test_a_page_hears_of_each_change(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        async with page.session.get(f"{page.site}/page/events") as answer:
            assert answer.content_type == "text/event-stream"
            assert (await next_news(answer))["kind"] == "hello"
            ts = await slack.say(place.mina, place.channel, "one")
            assert (await next_news(answer))["message"]["text"] == "one"
            await slack.settled()
            await slack.edit(place.mina, place.channel, ts, "two")
            heard = [await next_news(answer) for _ in range(3)]
            assert "two" in [news["message"]["text"] for news in heard if "message" in news]

    async def test_it_goes_on_where_it_left_off(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        at = (await page.state())["at"]
        await slack.say(place.mina, place.channel, "meanwhile")
        query = {"since": str(at)}
        async with page.session.get(f"{page.site}/page/events", params=query) as answer:
            await next_news(answer)
            assert (await next_news(answer))["message"]["text"] == "meanwhile"
        later = {"Last-Event-ID": str(at)}
        async with page.session.get(f"{page.site}/page/events", headers=later) as answer:
            await next_news(answer)
            assert (await next_news(answer))["message"]["text"] == "meanwhile"

    async def test_who_types_is_told_and_not_kept(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        before = len(slack.journal)
        async with page.session.get(f"{page.site}/page/events") as answer:
            await next_news(answer)
            await page.does("typing", user=place.omar, channel=place.channel)
            news = await next_news(answer)
        assert (news["kind"], news["user"]) == ("typing", place.omar)
        assert len(slack.journal) == before

    async def test_a_status_comes_and_goes(
        self, page: Page, slack: LocalSlack, place: Place, client: AsyncWebClient
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "hello")
        await slack.settled()
        where: dict[str, Any] = {"channel_id": place.channel, "thread_ts": ts}
        async with page.session.get(f"{page.site}/page/events") as answer:
            await next_news(answer)
            await client.assistant_threads_setStatus(status="is reading", **where)
            assert (await next_news(answer))["status"] == "is reading"
        assert [one["status"] for one in (await page.state())["statuses"]] == ["is reading"]


class TestSaying:
    async def test_a_mention_reaches_the_app(
        self, page: Page, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        text = "@should-finetune hello @mina, a@mina.example <3"
        sent = await page.does("say", user=place.omar, channel=place.channel, text=text)
        await slack.settled()
        message = slack.message(place.channel, sent["ts"])
        assert message
        assert message.text == f"<@{BOT}> hello <@{place.mina}>, a@mina.example &lt;3"
        assert app.events("app_mention")

    async def test_what_is_typed_is_never_a_command_to_slack(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        sent = await page.does("say", user=place.omar, channel=place.channel, text=ATTACK)
        message = slack.message(place.channel, sent["ts"])
        assert message
        assert "<" not in message.text
        assert "&lt;!channel&gt;" in message.text

    async def test_an_address_becomes_a_link_without_its_full_stop(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        text = "see https://example.com/a?b=1&c=2."
        sent = await page.does("say", user=place.omar, channel=place.channel, text=text)
        message = slack.message(place.channel, sent["ts"])
        assert message
        assert message.text == "see <https://example.com/a?b=1&amp;c=2>."

    async def test_a_file_shows_its_name_and_keeps_its_content(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        file = {"name": "data.jsonl", "content": "e30K"}
        said = {"user": place.omar, "channel": place.channel, "text": "", "files": [file]}
        sent = await page.does("say", **said)
        (message,) = (await page.state())["messages"]
        assert message["files"] == ["data.jsonl"]
        kept = slack.message(place.channel, sent["ts"])
        assert kept
        assert kept.subtype == "file_share"
        assert slack.workspace.uploads == {kept.files[0]["id"]: b"{}\n"}

    @pytest.mark.parametrize(
        "files",
        (
            "data.jsonl",
            ["data.jsonl"],
            [{"content": "e30K"}],
            [{"name": "", "content": "e30K"}],
            [{"name": "data.jsonl", "content": "no base64!"}],
            [{"name": "data.jsonl", "content": "e30K"}] * 11,
        ),
        ids=("a text", "names", "no name", "an empty name", "no base64", "too many"),
    )
    async def test_what_is_no_file_is_refused(
        self, page: Page, slack: LocalSlack, place: Place, files: object
    ) -> None:
        said = {"user": place.omar, "channel": place.channel, "text": "", "files": files}
        status, _ = await page.tries("say", said)
        assert status == 400
        assert slack.workspace.uploads == {}

    async def test_one_edits_and_deletes_ones_own(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        ts = await slack.say(place.omar, place.channel, "one")
        own = {"user": place.omar, "channel": place.channel, "ts": ts}
        await page.does("edit", **own, text="@mina two")
        (message,) = (await page.state())["messages"]
        assert (message["text"], message["is_edited"]) == (f"<@{place.mina}> two", True)
        await page.does("delete", **own)
        assert (await page.state())["messages"] == []
        assert (await page.tries("delete", own))[0] == 409

    async def test_nobody_edits_what_another_said(
        self, page: Page, slack: LocalSlack, place: Place
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "one")
        other = {"user": place.omar, "channel": place.channel, "ts": ts, "text": "two"}
        status, answer = await page.tries("edit", other)
        assert status == 409
        assert "has no message" in answer["error"]

    @pytest.mark.parametrize("text", ("", "  \n"))
    async def test_nothing_is_not_sent(self, page: Page, place: Place, text: str) -> None:
        status, _ = await page.tries(
            "say", {"user": place.omar, "channel": place.channel, "text": text}
        )
        assert status == 409

    @pytest.mark.parametrize(
        "body", ({}, {"user": 1}, {"user": "U1", "channel": "C1", "text": "x" * 40_001})
    )
    async def test_what_the_page_would_not_send_is_refused(
        self, page: Page, body: dict[str, Any]
    ) -> None:
        assert (await page.tries("say", body))[0] == 400


class TestMembers:
    async def test_the_app_is_removed_and_invited_again(
        self, page: Page, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.workspace.scopes.add("channels:read")
        who = {"user": place.omar, "channel": place.channel}
        async with page.session.get(f"{page.site}/page/events") as answer:
            await next_news(answer)
            await page.does("remove", **who)
            assert await next_news(answer) == {
                "kind": "left",
                "user": BOT,
                "channel": place.channel,
            }
            await page.does("invite", **who)
            assert (await next_news(answer))["kind"] == "joined"
        await slack.settled()
        (joined,) = app.events("member_joined_channel")
        assert (joined["user"], joined["inviter"]) == (BOT, place.omar)

    @pytest.mark.parametrize("deed", ("invite", "remove"))
    async def test_only_who_is_in_a_channel_says_who_else_is(
        self, page: Page, slack: LocalSlack, place: Place, deed: str
    ) -> None:
        dm = await slack.dm(place.omar)
        for channel in (place.elsewhere, dm, "C404"):
            status, _ = await page.tries(deed, {"user": place.omar, "channel": channel})
            assert status == 409
        assert BOT in slack.workspace.channel(dm).members


class TestPressing:
    @pytest.fixture
    async def card(self, client: AsyncWebClient, place: Place) -> str:
        posted = await client.chat_postMessage(channel=place.channel, text="card", blocks=BLOCKS)
        return str(posted["ts"])

    async def test_a_button(self, page: Page, place: Place, app: TinyApp, card: str) -> None:
        where = {"user": place.mina, "channel": place.channel, "ts": card}
        answer = await page.does("press", **where, action="go", value="1")
        assert answer["error"] is None
        (action,) = app.arrived[-1].document["actions"]
        assert (action["action_id"], action["value"]) == ("go", "1")

    async def test_several_options(self, page: Page, place: Place, app: TinyApp, card: str) -> None:
        where = {"user": place.mina, "channel": place.channel, "ts": card}
        await page.does("press", **where, action="sizes", value=["small", "large"])
        (action,) = app.arrived[-1].document["actions"]
        assert action["selected_options"] == [SMALL, LARGE]

    async def test_an_app_that_fails_is_told(
        self, page: Page, slack: LocalSlack, place: Place, app: TinyApp, card: str
    ) -> None:
        await slack.settled()
        app.replies.append(Reply(500))
        where = {"user": place.mina, "channel": place.channel, "ts": card}
        assert (await page.does("press", **where, action="go", value="1"))["error"]

    async def test_a_home_tab(
        self, page: Page, place: Place, app: TinyApp, client: AsyncWebClient
    ) -> None:
        found = await page.does("home", user=place.mina, tab="home")
        assert found["view"] is None
        home = await client.views_publish(
            user_id=place.mina, view={"type": "home", "blocks": BLOCKS}
        )
        view = home["view"]["id"]
        await page.does("press", user=place.mina, view=view, action="go", value="1")
        assert app.arrived[-1].document["container"]["view_id"] == view
        assert (await page.does("home", user=place.mina, tab="home"))["view"]["id"] == view


class TestModals:
    @pytest.fixture
    async def view(self, page: Page, place: Place, app: TinyApp, client: AsyncWebClient) -> str:
        said = {"command": "/should-finetune", "text": ""}
        await page.does("command", user=place.mina, channel=place.channel, **said)
        trigger = app.arrived[-1].document["trigger_id"]
        return str((await client.views_open(trigger_id=trigger, view=MODAL))["view"]["id"])

    async def test_errors_come_back_by_field_and_the_modal_stays(
        self, page: Page, place: Place, app: TinyApp, view: str, slack: LocalSlack
    ) -> None:
        wrong = {"number": "Give a number."}
        app.replies.append(Reply(document={"response_action": "errors", "errors": wrong}))
        values = {"number": {"value": "-1"}}
        answer = await page.does("submit", user=place.mina, view=view, values=values)
        assert (answer["action"], answer["errors"]) == ("errors", wrong)
        assert [one.id for one in slack.modals(place.mina)] == [view]

    async def test_sent_it_closes(
        self, page: Page, place: Place, view: str, slack: LocalSlack, app: TinyApp
    ) -> None:
        values = {"number": {"value": "3"}}
        await page.does("submit", user=place.mina, view=view, values=values)
        state = app.arrived[-1].document["view"]["state"]["values"]
        assert state["number"]["value"]["value"] == "3"
        assert slack.modals(place.mina) == ()

    async def test_a_field_that_has_to_be_filled_in(
        self, page: Page, place: Place, view: str
    ) -> None:
        values: dict[str, dict[str, None]] = {"number": {"value": None}}
        answer = await page.tries("submit", {"user": place.mina, "view": view, "values": values})
        assert answer[0] == 409

    async def test_it_can_be_left(
        self, page: Page, place: Place, view: str, slack: LocalSlack
    ) -> None:
        await page.does("close", view=view)
        assert slack.modals(place.mina) == ()
        assert (await page.tries("close", {"view": view}))[0] == 409


class TestWhoMayDoThis:
    @pytest.mark.parametrize(
        "headers",
        (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "http://127.0.0.1:1"},
            {"X-Page-Token": ""},
            {"X-Page-Token": "guess-é"},
        ),
    )
    async def test_another_site_does_nothing(
        self, page: Page, slack: LocalSlack, place: Place, headers: dict[str, str]
    ) -> None:
        body = {"user": place.mina, "channel": place.channel, "text": "hi"}
        status, _ = await page.tries("say", body, headers)
        assert status == 403
        assert slack.workspace.messages(place.channel) == ()

    @pytest.mark.parametrize("path", ("/", "/page/state", "/page/events", "/page/behind"))
    async def test_a_foreign_name_that_leads_here_reads_nothing(
        self, page: Page, path: str
    ) -> None:
        headers = {"Host": "evil.example"}
        async with page.session.get(f"{page.site}{path}", headers=headers) as answer:
            assert answer.status == 403
            assert page.token not in await answer.text()

    async def test_localhost_is_here_too(self, page: Page, place: Place) -> None:
        name = page.site.removeprefix("http://").replace("127.0.0.1", "localhost")
        headers = {"Host": name, "Origin": f"http://{name}"}
        body = {"user": place.mina, "channel": place.channel, "text": "hi"}
        assert (await page.tries("say", body, headers))[0] == 200

    async def test_a_form_of_another_site_cannot_pass_for_json(
        self, page: Page, place: Place
    ) -> None:
        headers = {"Origin": page.site, "X-Page-Token": page.token, "Content-Type": "text/plain"}
        body = json.dumps({"user": place.mina, "channel": place.channel, "text": "hi"})
        address = f"{page.site}/page/say"
        async with page.session.post(address, data=body, headers=headers) as answer:
            assert answer.status == 400


class TestBehindAMessage:
    async def test_the_event_its_delivery_and_the_answering_call(
        self, page: Page, slack: LocalSlack, place: Place, client: AsyncWebClient
    ) -> None:
        said = {"user": place.mina, "channel": place.channel, "text": "@should-finetune hello"}
        ts = (await page.does("say", **said))["ts"]
        await slack.say(place.omar, place.channel, "something else")
        turn = {"event_type": "t", "event_payload": {"turn": ts}}
        where = {"channel": place.channel, "thread_ts": ts}
        posted = await client.chat_postMessage(**where, text="answer", metadata=turn)
        await slack.settled()
        question = await page.behind(channel=place.channel, ts=ts)
        names = [(record["kind"], record["name"]) for record in question["records"]]
        assert ("event", "app_mention") in names
        assert ("delivery", "app_mention") in names
        assert ("call", "chat.postMessage") in names
        assert "something else" not in json.dumps(question)
        answer = await page.behind(channel=place.channel, ts=str(posted["ts"]))
        assert answer["cause"] == ts

    async def test_everything_holds_calls_of_any_shape(
        self, page: Page, place: Place, client: AsyncWebClient
    ) -> None:
        opened = await client.conversations_open(users=place.mina)
        ts = (await client.chat_postMessage(channel=opened["channel"]["id"], text="hi"))["ts"]
        names = [record["name"] for record in (await page.behind())["records"]]
        assert {"conversations.open", "chat.postMessage"} <= set(names)
        records = (await page.behind(channel=opened["channel"]["id"], ts=str(ts)))["records"]
        assert "chat.postMessage" in [record["name"] for record in records]

    async def test_what_is_not_there_has_nothing_behind_it(self, page: Page) -> None:
        found = await page.behind(channel="C9", ts="1.2")
        assert found == {"records": [], "cause": None, "facts": []}
