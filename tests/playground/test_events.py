"""The app is sent the events that Slack would send it, and no others."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import LocalSlack
from tests.playground.conftest import BOT, Place
from tests.playground.tiny_app import TinyApp


async def test_a_mention_arrives_twice_for_who_may_read_the_channel(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    ts = await slack.say(place.mina, place.channel, f"should we, <@{BOT}>?")
    await slack.settled()
    (mention,), (message,) = app.events("app_mention"), app.events("message")
    assert mention["ts"] == message["ts"] == ts
    assert mention["user"] == place.mina
    assert message["channel_type"] == "channel"
    first, second = (arrived.document for arrived in app.arrived)
    assert first["event_id"] != second["event_id"]
    assert first["authorizations"][0]["user_id"] == BOT


async def test_without_the_history_scope_only_the_mention_arrives(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    slack.workspace.scopes.discard("channels:history")
    ts = await slack.say(place.mina, place.channel, f"<@{BOT}> hello")
    await slack.say(place.omar, place.channel, "and me", ts)
    await slack.settled()
    assert [arrived.event["type"] for arrived in app.arrived] == ["app_mention"]


async def test_where_the_bot_is_not_a_member_nothing_arrives(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    await slack.say(place.mina, place.elsewhere, f"<@{BOT}> are you there?")
    await slack.settled()
    assert app.arrived == []


async def test_a_direct_message_arrives_once_even_with_a_mention(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    await slack.say(place.mina, await slack.dm(place.mina), f"<@{BOT}> hello")
    await slack.settled()
    (arrived,) = app.arrived
    assert (arrived.event["type"], arrived.event["channel_type"]) == ("message", "im")


async def test_a_reply_says_whose_thread_it_is_in(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    parent = await slack.say(place.mina, place.channel, "hello")
    await slack.say(place.omar, place.channel, "hi", parent)
    await slack.settled()
    reply = app.events("message")[-1]
    assert (reply["thread_ts"], reply["parent_user_id"]) == (parent, place.mina)


async def test_an_edit_shows_both_texts_and_mentions_again(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    ts = await slack.say(place.mina, place.channel, "hello")
    await slack.edit(place.mina, place.channel, ts, f"hello <@{BOT}>")
    await slack.settled()
    changed = app.events("message")[-1]
    assert changed["subtype"] == "message_changed"
    assert changed["previous_message"]["text"] == "hello"
    assert changed["message"]["edited"]["user"] == place.mina
    (mention,) = app.events("app_mention")
    assert mention["ts"] == ts


async def test_an_unfolded_link_changes_a_message_but_not_its_text(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    ts = await slack.say(place.mina, place.channel, f"<@{BOT}> https://example.com")
    await slack.unfurl(place.channel, ts)
    await slack.settled()
    changed = app.events("message")[-1]
    assert changed["message"]["text"] == changed["previous_message"]["text"]
    assert "edited" not in changed["message"]
    assert len(app.events("app_mention")) == 1


async def test_a_deletion_names_the_message(slack: LocalSlack, place: Place, app: TinyApp) -> None:
    ts = await slack.say(place.mina, place.channel, "oops")
    await slack.delete(place.mina, place.channel, ts)
    await slack.settled()
    gone = app.events("message")[-1]
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", ts)
    assert gone["ts"] != ts


async def test_a_deleted_parent_leaves_a_tombstone(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    ts = await slack.say(place.mina, place.channel, "hello")
    await slack.say(place.omar, place.channel, "hi", ts)
    await slack.delete(place.mina, place.channel, ts)
    await slack.settled()
    changed = app.events("message")[-1]
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["subtype"] == "tombstone"


async def test_the_bots_own_messages_come_back_to_it_with_its_bot_id(
    slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=place.channel, text=f"I am <@{BOT}>")
    await client.chat_update(channel=place.channel, ts=posted["ts"], text="I was")
    await slack.settled()
    own, changed = app.events("message")
    assert (own["bot_id"], own["user"], own["app_id"]) == ("BBOT", BOT, "A1")
    assert changed["message"]["bot_id"] == "BBOT"
    assert app.events("app_mention") == []


async def test_what_one_person_sees_is_no_event(
    slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel=place.channel, user=place.mina, text="psst")
    await slack.settled()
    assert app.arrived == []


async def test_opening_the_home_tells_which_tab_and_shows_what_stands_there(
    slack: LocalSlack, place: Place, app: TinyApp, client: AsyncWebClient
) -> None:
    await slack.open_home(place.mina, "messages")
    await client.views_publish(user_id=place.mina, view={"type": "home", "blocks": []})
    await slack.open_home(place.mina)
    await slack.settled()
    messages, home = app.events("app_home_opened")
    assert (messages["tab"], home["tab"]) == ("messages", "home")
    assert "view" not in messages
    assert home["view"]["type"] == "home"


async def test_the_bot_hears_that_it_was_invited_if_it_may_read_channels(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    await slack.invite(BOT, place.elsewhere, inviter=place.mina)
    await slack.settled()
    (joined,) = app.events("member_joined_channel")
    assert (joined["user"], joined["inviter"]) == (BOT, place.mina)
    slack.workspace.scopes.discard("channels:read")
    await slack.invite(place.omar, place.elsewhere)
    await slack.settled()
    assert len(app.arrived) == 1


async def test_who_is_removed_hears_no_more(slack: LocalSlack, place: Place, app: TinyApp) -> None:
    await slack.remove(BOT, place.channel)
    await slack.say(place.mina, place.channel, f"<@{BOT}> are you there?")
    await slack.settled()
    assert app.arrived == []
    assert BOT not in slack.workspace.channel(place.channel).members


async def test_outsiders_carry_their_own_team_where_slack_says_it(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    eve = slack.workspace.add_user("eve", team="T9").id
    await slack.invite(eve, place.channel)
    await slack.say(eve, place.channel, f"<@{BOT}> hello")
    await slack.settled()
    by_type = {arrived.event["type"]: arrived.document for arrived in app.arrived}
    mention, message = by_type["app_mention"], by_type["message"]
    assert mention["event"]["team"] == mention["team_id"] == "T1"
    assert (mention["event"]["user_team"], mention["event"]["source_team"]) == ("T9", "T9")
    assert message["event"]["team"] == message["team_id"] == "T9"
    assert "user_team" not in message["event"]
    for document in (mention, message):
        assert document["is_ext_shared_channel"]
        assert document["context_team_id"] == "T1"
        assert document["authorizations"][0]["team_id"] == "T1"


async def test_people_of_a_shared_channel_are_no_outsiders_in_their_own(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    eve = slack.workspace.add_user("eve", team="T9").id
    await slack.invite(eve, place.channel)
    await slack.say(place.mina, place.channel, f"<@{BOT}> hello")
    await slack.settled()
    (mention,) = app.events("app_mention")
    assert mention["team"] == "T1"
    assert "user_team" not in mention


async def test_an_outsider_writes_in_a_dm_that_is_shared(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    eve = slack.workspace.add_user("eve", team="T9").id
    await slack.say(eve, await slack.dm(eve), "hello")
    await slack.settled()
    (arrived,) = app.arrived
    assert arrived.document["is_ext_shared_channel"]
    assert arrived.event["team"] == "T9"
    assert slack.ephemerals(eve) == ()


async def test_teams_do_not_mix(slack: LocalSlack, app: TinyApp) -> None:
    other = slack.add_team("T2")
    ada = other.add_user("ada").id
    channel = other.add_channel("general", ada, other.team.bot_user).id
    await slack.say(ada, channel, "<@UBOTT2> hello <@UBOT>")
    await slack.settled()
    assert len(app.events("app_mention")) == 1
    assert {arrived.document["team_id"] for arrived in app.arrived} == {"T2"}


async def test_leaving_a_team_sends_both_events(slack: LocalSlack, app: TinyApp) -> None:
    slack.uninstall()
    await slack.settled()
    assert {arrived.event["type"] for arrived in app.arrived} == {
        "app_uninstalled",
        "tokens_revoked",
    }
