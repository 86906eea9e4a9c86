"""Events are signed, and brought again as Slack does when the app does not take them."""

from __future__ import annotations

import json

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.playground.journal import Delivery
from bot.playground.slack import LocalSlack
from tests.playground.conftest import BOT, Place
from tests.playground.tiny_app import Reply, TinyApp


@pytest.fixture(autouse=True)
def _mentions_alone(slack: LocalSlack) -> None:
    slack.workspace.scopes.discard("channels:history")


async def mention(slack: LocalSlack, place: Place) -> list[Delivery]:
    await slack.say(place.mina, place.channel, f"<@{BOT}> hello")
    await slack.settled()
    return slack.journal.deliveries()


async def test_a_request_bears_slacks_signature(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    await mention(slack, place)
    await slack.command(place.mina, place.channel, "/should-finetune", "help & more")
    verifier = SignatureVerifier(slack.signing_secret)
    event, command = app.arrived
    for arrived in (event, command):
        assert verifier.is_valid_request(arrived.body, dict(arrived.headers))
    assert event.headers["Content-Type"] == "application/json"
    assert command.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not verifier.is_valid_request(event.body + " ", dict(event.headers))


async def test_what_is_taken_is_not_sent_again(slack: LocalSlack, place: Place) -> None:
    (delivery,) = await mention(slack, place)
    assert delivery.acked
    assert delivery.status == 200
    assert delivery.milliseconds > 0


async def test_a_failure_is_retried_with_its_number_and_reason(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    app.replies.extend([Reply(503), Reply(500)])
    deliveries = await mention(slack, place)
    assert [d.failure for d in deliveries] == ["http_error", "http_error", None]
    assert "X-Slack-Retry-Num" not in app.arrived[0].headers
    retries = [
        (a.headers["X-Slack-Retry-Num"], a.headers["X-Slack-Retry-Reason"]) for a in app.arrived[1:]
    ]
    assert retries == [("1", "http_error"), ("2", "http_error")]
    assert len({a.document["event_id"] for a in app.arrived}) == 1


async def test_after_three_retries_slack_gives_up(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    app.replies.extend([Reply(503)] * 9)
    assert len(await mention(slack, place)) == 4


async def test_the_ladder_is_at_once_a_minute_five_minutes(slack: LocalSlack) -> None:
    assert slack.retry_seconds == (0, 60, 300)


async def test_an_app_may_ask_for_no_retry(slack: LocalSlack, place: Place, app: TinyApp) -> None:
    app.replies.append(Reply(400, headers={"X-Slack-No-Retry": "1"}))
    assert len(await mention(slack, place)) == 1


async def test_a_slow_app_is_asked_again_whatever_it_answers_later(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    slack.ack_seconds = 0.2
    app.replies.append(Reply(seconds=0.3))
    deliveries = await mention(slack, place)
    assert [d.failure for d in deliveries] == ["http_timeout", None]
    assert deliveries[1].retry_reason == "http_timeout"


async def test_an_app_that_is_not_there_cannot_be_reached(slack: LocalSlack, place: Place) -> None:
    slack.request_url = "http://127.0.0.1:1/slack/events"
    deliveries = await mention(slack, place)
    assert {d.failure for d in deliveries} == {"connection_failed"}


async def test_an_app_may_move_between_retries(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    slack.request_url = "http://127.0.0.1:1/slack/events"
    await slack.say(place.mina, place.channel, f"<@{BOT}> hello")
    await slack.wait_for(lambda record: isinstance(record, Delivery))
    slack.request_url = app.url
    await slack.settled()
    assert slack.journal.deliveries()[-1].acked


async def test_letters_beyond_ascii_are_escaped(
    slack: LocalSlack, place: Place, app: TinyApp
) -> None:
    await slack.say(place.mina, place.channel, f"<@{BOT}> 🙂")
    await slack.settled()
    (arrived,) = app.arrived
    assert arrived.body.isascii()
    assert json.loads(arrived.body)["event"]["text"].endswith("🙂")


async def test_leaving_gives_up_what_is_on_its_way(slack: LocalSlack, place: Place) -> None:
    slack.request_url = "http://127.0.0.1:1/slack/events"
    slack.time_scale = 1.0
    await slack.say(place.mina, place.channel, f"<@{BOT}> hello")
    await slack.wait_for(lambda r: isinstance(r, Delivery) and r.attempt == 1)
