"""The Web API answers slack_sdk's client as Slack does."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import LocalSlack
from tests.playground.conftest import BOT, Place

BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}},
    ],
}
HOME = {"type": "home", "blocks": []}


async def refused(client: AsyncWebClient, method: str, **arguments: object) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


class TestTokens:
    async def test_the_bot_learns_who_it_is(self, client: AsyncWebClient) -> None:
        who = await client.auth_test()
        assert (who["user_id"], who["bot_id"], who["team_id"]) == (BOT, "BBOT", "T1")

    async def test_no_token_is_not_authed(self, slack: LocalSlack) -> None:
        assert (await refused(AsyncWebClient(base_url=slack.url), "auth.test"))["error"] == (
            "not_authed"
        )

    async def test_a_made_up_token_is_invalid(self, slack: LocalSlack) -> None:
        stranger = AsyncWebClient("xoxb-made-up", base_url=slack.url)
        assert (await refused(stranger, "auth.test"))["error"] == "invalid_auth"

    async def test_the_app_token_is_for_connections_alone(self, slack: LocalSlack) -> None:
        wrong = AsyncWebClient(slack.app_token, base_url=slack.url)
        assert (await refused(wrong, "auth.test"))["error"] == "not_allowed_token_type"
        bot = AsyncWebClient(slack.bot_token, base_url=slack.url)
        answer = await refused(bot, "apps.connections.open")
        assert answer["error"] == "not_allowed_token_type"

    async def test_a_token_ends_with_the_installation(
        self, slack: LocalSlack, client: AsyncWebClient
    ) -> None:
        slack.uninstall()
        assert (await refused(client, "auth.test"))["error"] == "token_revoked"

    async def test_each_team_has_its_own_token(self, slack: LocalSlack) -> None:
        other = slack.add_team("T2")
        who = await AsyncWebClient(other.team.bot_token, base_url=slack.url).auth_test()
        assert (who["team_id"], who["user_id"]) == ("T2", "UBOTT2")


class TestArguments:
    async def test_an_unknown_method_is_named(self, client: AsyncWebClient) -> None:
        answer = await refused(client, "chat.shout")
        assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")

    async def test_what_is_missing_is_listed(self, client: AsyncWebClient) -> None:
        answer = await refused(client, "chat.update", text="hi")
        assert answer["error"] == "invalid_arguments"
        assert answer["response_metadata"]["messages"] == [
            "[ERROR] missing required field: channel",
            "[ERROR] missing required field: ts",
        ]

    async def test_forms_are_read_as_json_is(self, slack: LocalSlack, place: Place) -> None:
        form = {"channel": place.channel, "text": "hi", "blocks": "[]", "token": slack.bot_token}
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{slack.url}chat.postMessage", data=form)
            assert (await answer.json())["ok"]

    async def test_blocks_that_are_no_json_are_told_apart(
        self, client: AsyncWebClient, place: Place
    ) -> None:
        answer = await refused(client, "chat.postMessage", channel=place.channel, blocks="[{")
        assert answer["error"] == "invalid_blocks_format"


class TestScopes:
    async def test_a_missing_scope_is_named(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.workspace.scopes = {"im:history"}
        answer = await refused(client, "chat.postMessage", channel=place.channel, text="hi")
        assert answer["error"] == "missing_scope"
        assert (answer["needed"], answer["provided"]) == ("chat:write", "im:history")

    async def test_history_takes_the_scope_of_the_kind_of_channel(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.workspace.scopes.discard("channels:history")
        answer = await refused(client, "conversations.history", channel=place.channel)
        assert answer["needed"] == "channels:history"
        dm = await slack.dm(place.mina)
        assert (await client.conversations_history(channel=dm))["ok"]


class TestPosting:
    async def test_a_message_stands_in_its_thread(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        parent = await slack.say(place.mina, place.channel, "hello")
        posted = await client.chat_postMessage(
            channel=place.channel, text="hi", blocks=[BUTTON], thread_ts=parent
        )
        (answer,) = slack.answers(place.channel, parent)
        assert (answer.ts, answer.text) == (posted["ts"], "hi")
        assert posted["message"]["bot_id"] == "BBOT"
        assert posted["message"]["blocks"][0]["block_id"]

    async def test_times_are_unique_and_grow(self, client: AsyncWebClient, place: Place) -> None:
        posted = [
            (await client.chat_postMessage(channel=place.channel, text=str(n)))["ts"]
            for n in range(5)
        ]
        assert posted == sorted(set(posted))

    @pytest.mark.parametrize(
        ("change", "error"),
        (
            ({"channel": "C404"}, "channel_not_found"),
            ({"text": ""}, "no_text"),
            ({"thread_ts": "1.000100"}, "thread_not_found"),
            ({"text": "x" * 40_001}, "msg_too_long"),
            ({"blocks": [{"type": "no such block"}]}, "invalid_blocks"),
            ({"markdown_text": "**hi**"}, "markdown_text_conflict"),
            ({"metadata": {"event_type": "half"}}, "invalid_metadata_schema"),
        ),
    )
    async def test_what_slack_refuses(
        self, client: AsyncWebClient, place: Place, change: dict[str, Any], error: str
    ) -> None:
        arguments = {"channel": place.channel, "text": "hi", **change}
        assert (await refused(client, "chat.postMessage", **arguments))["error"] == error

    async def test_only_members_post(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        asked = {"channel": place.elsewhere, "text": "hi"}
        assert (await refused(client, "chat.postMessage", **asked))["error"] == "not_in_channel"
        slack.workspace.scopes.add("chat:write.public")
        assert (await client.chat_postMessage(channel=place.elsewhere, text="hi"))["ok"]

    async def test_nobody_posts_in_an_archive(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.workspace.change_channel(place.channel, is_archived=True)
        asked = {"channel": place.channel, "text": "hi"}
        assert (await refused(client, "chat.postMessage", **asked))["error"] == "is_archived"

    async def test_a_person_stands_for_their_direct_messages(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        posted = await client.chat_postMessage(channel=place.mina, text="hi")
        assert posted["channel"] == await slack.dm(place.mina)

    async def test_an_ephemeral_message_is_seen_by_one(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        asked: dict[str, Any] = {"channel": place.channel, "text": "psst"}
        await client.chat_postEphemeral(user=place.mina, **asked)
        assert [m.text for m in slack.ephemerals(place.mina)] == ["psst"]
        assert slack.ephemerals(place.omar) == ()
        assert slack.answers(place.channel) == ()
        answer = await refused(client, "chat.postEphemeral", user="U404", **asked)
        assert answer["error"] == "user_not_in_channel"


class TestChanging:
    async def test_an_update_keeps_what_it_does_not_mention(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        c = place.channel
        posted = await client.chat_postMessage(channel=c, text="Reading…", blocks=[BUTTON])
        await client.chat_update(channel=c, ts=posted["ts"], text="Read.")
        now = slack.message(place.channel, posted["ts"])
        assert now is not None
        assert (now.text, len(now.blocks)) == ("Read.", 1)
        await client.chat_update(channel=c, ts=posted["ts"], text="Read.", blocks=[])
        now = slack.message(place.channel, posted["ts"])
        assert now is not None
        assert now.blocks == ()

    async def test_only_the_bots_own_messages_can_be_changed(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        theirs = await slack.say(place.mina, place.channel, "mine")
        asked = {"channel": place.channel, "ts": theirs, "text": "yours"}
        assert (await refused(client, "chat.update", **asked))["error"] == "cant_update_message"
        assert (await refused(client, "chat.delete", **asked))["error"] == "cant_delete_message"
        asked["ts"] = "1.000100"
        assert (await refused(client, "chat.update", **asked))["error"] == "message_not_found"

    async def test_a_deleted_message_is_gone(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        posted = await client.chat_postMessage(channel=place.channel, text="oops")
        await client.chat_delete(channel=place.channel, ts=posted["ts"])
        assert slack.message(place.channel, posted["ts"]) is None

    async def test_a_reaction_counts_once(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "hello")
        asked = {"channel": place.channel, "timestamp": ts, "name": "eyes"}
        await client.reactions_add(**asked)
        assert (await refused(client, "reactions.add", **asked))["error"] == "already_reacted"


class TestReading:
    async def test_metadata_comes_back_when_asked_for(
        self, client: AsyncWebClient, place: Place
    ) -> None:
        metadata = {"event_type": "turn", "event_payload": {"id": "turn-1"}}
        posted = await client.chat_postMessage(channel=place.channel, text="a", metadata=metadata)
        asked = {"channel": place.channel, "ts": posted["ts"]}
        with_it = await client.conversations_replies(include_all_metadata=True, **asked)
        without = await client.conversations_replies(**asked)
        assert with_it["messages"][0]["metadata"] == metadata
        assert "metadata" not in without["messages"][0]

    async def test_a_thread_reads_in_order_page_by_page(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        parent = await slack.say(place.mina, place.channel, "0")
        for n in range(1, 5):
            await slack.say(place.omar, place.channel, str(n), parent)
        read: list[str] = []
        first = await client.conversations_replies(channel=place.channel, ts=parent, limit=2)
        assert first["messages"][0]["reply_count"] == 4
        async for page in first:
            read += [message["text"] for message in page["messages"]]
        assert read == ["0", "1", "2", "3", "4"]

    async def test_history_is_newest_first_without_replies(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        first = await slack.say(place.mina, place.channel, "first")
        await slack.say(place.mina, place.channel, "reply", first)
        await slack.say(place.mina, place.channel, "second")
        history = await client.conversations_history(channel=place.channel)
        assert [m["text"] for m in history["messages"]] == ["second", "first"]
        later = await client.conversations_history(channel=place.channel, oldest=first)
        assert [m["text"] for m in later["messages"]] == ["second"]

    async def test_a_thread_that_is_not_there_is_not_found(
        self, client: AsyncWebClient, place: Place
    ) -> None:
        with pytest.raises(SlackApiError, match="thread_not_found"):
            await client.conversations_replies(channel=place.channel, ts="1.000100")

    async def test_direct_messages_are_opened_once(
        self, client: AsyncWebClient, place: Place
    ) -> None:
        first = await client.conversations_open(users=[place.mina])
        again = await client.conversations_open(users=[place.mina], return_im=True)
        assert again["already_open"]
        assert again["channel"]["user"] == place.mina
        assert again["channel"]["id"] == first["channel"]["id"]

    async def test_people_and_channels_can_be_looked_up(
        self, client: AsyncWebClient, place: Place
    ) -> None:
        assert (await client.users_info(user=place.mina))["user"]["is_admin"]
        channel = (await client.conversations_info(channel=place.elsewhere))["channel"]
        assert (channel["name"], channel["is_member"]) == ("elsewhere", False)
        with pytest.raises(SlackApiError, match="user_not_found"):
            await client.users_info(user="U404")

    async def test_somebody_of_another_organisation_is_a_stranger_until_we_share_a_channel(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        eve = slack.workspace.add_user("eve", team="T9").id
        assert (await client.users_info(user=eve))["user"]["is_stranger"]
        await slack.invite(eve, place.channel)
        known = (await client.users_info(user=eve))["user"]
        assert (known["team_id"], known["is_stranger"]) == ("T9", False)
        assert (await client.conversations_info(channel=place.channel))["channel"]["is_ext_shared"]

    async def test_a_permalink_leads_into_the_thread(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        parent = await slack.say(place.mina, place.channel, "hello")
        reply = await slack.say(place.mina, place.channel, "and", parent)
        link = await client.chat_getPermalink(channel=place.channel, message_ts=reply)
        assert link["permalink"].endswith(
            f"/p{reply.replace('.', '')}?thread_ts={parent}&cid={place.channel}"
        )


class TestAssistance:
    async def test_a_status_stands_until_the_bot_speaks(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "hello")
        await client.assistant_threads_setStatus(
            channel_id=place.channel, thread_ts=ts, status="is reading…"
        )
        statuses = slack.workspace.assistance.statuses
        assert statuses == {(place.channel, ts): "is reading…"}
        await client.chat_postMessage(channel=place.channel, text="hi", thread_ts=ts)
        assert statuses == {}

    async def test_prompts_with_a_thread_are_passed_over_in_silence(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        dm = await slack.dm(place.mina)
        ts = await slack.say(place.mina, dm, "hello")
        prompts = [{"title": "Ask", "message": "Should we fine-tune?"}]
        asked: dict[str, Any] = {"channel_id": dm, "prompts": prompts}
        await client.assistant_threads_setSuggestedPrompts(thread_ts=ts, **asked)
        assert slack.workspace.assistance.prompts == {}
        await client.assistant_threads_setSuggestedPrompts(**asked)
        assert slack.workspace.assistance.prompts == {dm: prompts}

    async def test_a_session_keeps_its_first_title(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        ts = await slack.say(place.mina, place.channel, "hello")
        asked = {"channel_id": place.channel, "thread_ts": ts}
        await client.agents_sessions_setStatus(status="processing", title="One", **asked)
        answer = await client.agents_sessions_setStatus(status="closed", title="Two", **asked)
        assert (answer["status"], answer["title"]) == ("closed", "One")
        answer_to_nonsense = await refused(
            client, "agents.sessions.setStatus", status="busy", **asked
        )
        assert answer_to_nonsense["error"] == "invalid_status"


class TestHomes:
    async def test_a_home_is_published_for_one_person(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        await client.views_publish(user_id=place.mina, view=HOME)
        assert slack.home(place.mina) is not None
        assert slack.home(place.omar) is None

    async def test_an_old_hash_loses(self, client: AsyncWebClient, place: Place) -> None:
        first = await client.views_publish(user_id=place.mina, view=HOME)
        known = first["view"]["hash"]
        await client.views_publish(user_id=place.mina, view=HOME, hash=known)
        answer = await refused(client, "views.publish", user_id=place.mina, view=HOME, hash=known)
        assert answer["error"] == "hash_conflict"


class TestRates:
    async def test_a_channel_takes_a_burst_and_then_one_a_second(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.rate_limits = True
        for n in range(slack.burst):
            await client.chat_postMessage(channel=place.channel, text=str(n))
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=place.channel, text="one more")
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == "1"
        dm = await slack.dm(place.mina)
        assert (await client.chat_postMessage(channel=dm, text="elsewhere"))["ok"]

    async def test_a_tier_counts_by_the_minute(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.rate_limits = True
        for _ in range(50):
            await client.conversations_info(channel=place.channel)
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.conversations_info(channel=place.channel)
