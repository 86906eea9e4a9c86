"""Whatever can go wrong between Slack and an app can be asked for."""

from __future__ import annotations

import time

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import (
    Delayed,
    Dropped,
    Duplicated,
    Failed,
    Held,
    RateLimited,
    Refused,
    Reordered,
    Twinned,
)
from bot.playground.slack import LocalSlack
from tests.playground.conftest import Place
from tests.playground.tiny_app import TinyApp

POST = "chat.postMessage"


class TestAnswers:
    async def test_a_rate_limit_says_how_long_to_wait_and_does_nothing(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call(POST, RateLimited(7))
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=place.channel, text="hi")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "7"
        assert slack.answers(place.channel) == ()

    async def test_a_fault_ends_after_its_count(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call(POST, Refused("internal_error"), times=2)
        for _ in range(2):
            with pytest.raises(SlackApiError, match="internal_error"):
                await client.chat_postMessage(channel=place.channel, text="hi")
        await client.chat_postMessage(channel=place.channel, text="hi")
        assert len(slack.answers(place.channel)) == 1

    async def test_a_fault_may_hit_a_share_of_calls_repeatably(self, slack: LocalSlack) -> None:
        slack.faults.on_call("*", Failed(), times=None, share=0.25)
        hit = [slack.faults.of_call(POST) is not None for _ in range(1000)]
        assert 200 < sum(hit) < 300
        slack.faults.clear()
        assert slack.faults.of_call(POST) is None

    async def test_a_gateways_error_is_no_json(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call(POST, Failed(502))
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=place.channel, text="hi")
        assert caught.value.response.status_code == 502

    async def test_an_error_may_hide_that_the_work_was_done(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call(POST, Refused("fatal_error", after_work=True))
        with pytest.raises(SlackApiError, match="fatal_error"):
            await client.chat_postMessage(channel=place.channel, text="hi")
        assert len(slack.answers(place.channel)) == 1

    async def test_a_dropped_answer_makes_the_sdk_post_twice(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call(POST, Dropped())
        await client.chat_postMessage(channel=place.channel, text="hi")
        assert len(slack.answers(place.channel)) == 2
        assert [call.dropped for call in slack.journal.calls(POST)] == [True, False]

    async def test_an_answer_can_be_late(
        self, slack: LocalSlack, client: AsyncWebClient, place: Place
    ) -> None:
        slack.faults.on_call("*", Delayed(0.05))
        started = time.perf_counter()
        await client.auth_test()
        assert time.perf_counter() - started >= 0.05


class TestDeliveries:
    async def say(self, slack: LocalSlack, place: Place, *texts: str) -> None:
        for text in texts:
            await slack.say(place.mina, place.channel, text)

    def texts(self, app: TinyApp) -> list[str]:
        return [arrived.event["text"] for arrived in app.arrived]

    async def test_an_event_can_come_twice(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.faults.on_event("message", Duplicated())
        await self.say(slack, place, "one", "two")
        await slack.settled()
        assert sorted(self.texts(app)) == ["one", "one", "two"]
        assert len({arrived.document["event_id"] for arrived in app.arrived}) == 2

    async def test_a_twin_has_an_id_of_its_own_and_no_mark_of_a_retry(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.faults.on_event("message", Twinned(times=10))
        await self.say(slack, place, "one")
        await slack.settled()
        assert len(app.arrived) == 11
        assert len({arrived.document["event_id"] for arrived in app.arrived}) == 11
        assert len({arrived.event["ts"] for arrived in app.arrived}) == 1
        assert not any("X-Slack-Retry-Num" in arrived.headers for arrived in app.arrived)

    async def test_events_can_change_places(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.faults.on_event("message", Reordered(behind=2))
        await self.say(slack, place, "one", "two", "three")
        await slack.settled()
        assert self.texts(app)[-1] == "one"

    async def test_a_held_event_waits_for_its_release(
        self, slack: LocalSlack, place: Place, app: TinyApp
    ) -> None:
        slack.faults.on_event("message", Held())
        await self.say(slack, place, "one", "two")
        await slack.settled()
        assert self.texts(app) == ["two"]
        slack.release()
        await slack.settled()
        assert self.texts(app) == ["two", "one"]
