"""Files in messages: events tell of them as Slack does, and who may read files fetches them."""

from __future__ import annotations

import aiohttp
import pytest

from bot.playground.slack import LocalSlack
from bot.playground.uploads import FETCHED, Upload
from tests.playground.conftest import Place

ROWS = b"text,label\n"


async def dropped(slack: LocalSlack, place: Place) -> tuple[str, dict[str, object]]:
    """Return the message with a file, and what an event says of the file."""
    ts = await slack.say(place.mina, place.channel, "here", files=(Upload("a b.csv", ROWS),))
    await slack.settled()
    (event,) = (one.event for one in slack.journal.events("message"))
    assert event["subtype"] == "file_share"
    return ts, dict(event["files"][0])


async def get(address: object, token: str) -> tuple[int, bytes, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(str(address), headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.read(), answer.headers.get("Location", "")


async def test_an_event_tells_of_a_file_as_slack_does(slack: LocalSlack, place: Place) -> None:
    _, file = await dropped(slack, place)

    assert (file["name"], file["size"], file["mode"]) == ("a b.csv", len(ROWS), "hosted")
    assert (file["filetype"], file["mimetype"]) == ("csv", "text/csv")
    assert (file["is_external"], file["user"]) == (False, place.mina)
    assert str(file["url_private_download"]).endswith("/download/a%20b.csv")


async def test_who_shows_the_token_gets_the_file(slack: LocalSlack, place: Place) -> None:
    _, file = await dropped(slack, place)

    status, content, _ = await get(file["url_private_download"], slack.bot_token)

    assert (status, content) == (200, ROWS)
    assert [one.ok for one in slack.journal.calls(FETCHED)] == [True]


@pytest.mark.parametrize("who", ("nobody", "a stranger", "another team", "without the scope"))
async def test_who_may_not_read_it_is_sent_to_log_in(
    slack: LocalSlack, place: Place, who: str
) -> None:
    _, file = await dropped(slack, place)
    another = slack.add_team("T2").team.bot_token
    tokens = {"nobody": "", "a stranger": "xoxb-no", "another team": another}
    if who == "without the scope":
        slack.workspace.scopes.discard("files:read")

    status, content, to = await get(file["url_private_download"], tokens.get(who, slack.bot_token))

    # A file of another team is none: not even that it exists is told.
    assert status == (404 if who == "another team" else 302)
    assert content == b""
    assert (".slack.com/" in to) == (status == 302)


async def test_a_file_goes_with_its_message(slack: LocalSlack, place: Place) -> None:
    ts, file = await dropped(slack, place)

    await slack.delete(place.mina, place.channel, ts)

    status, _, _ = await get(file["url_private_download"], slack.bot_token)
    assert status == 404


async def test_a_file_that_lies_elsewhere_is_a_link_alone(slack: LocalSlack, place: Place) -> None:
    drive = Upload("a.csv", elsewhere="https://drive.example/a.csv")

    ts = await slack.say(place.mina, place.channel, "here", files=(drive,))

    message = slack.message(place.channel, ts)
    assert message is not None
    assert message.files[0]["is_external"]
    assert "url_private_download" not in message.files[0]
    assert slack.workspace.uploads == {}
