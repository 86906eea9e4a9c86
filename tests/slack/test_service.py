"""The service as its users meet it when something is away, slow, killed or forged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.playground.faults import Duplicated, Twinned
from bot.playground.slack import LocalSlack
from bot.store.connect import connected, settled
from bot.store.due import GROUP
from bot.store.inbox import MOST_DUE
from bot.store.keys import due_key
from tests.model_server import KEY, Answer, Late, Stall, model_server
from tests.redis_servers import RedisServer
from tests.slack.house import LONGEST_WAIT, Scene, Service, free_port, house

SAYS_NOTHING = Answer({"facts": [], "request": "none", "does_not_know": False})
WIKI = "Our bot makes things up about refunds. The policy is in our wiki, nothing connects it."
RAG = "Bring the knowledge to the model"


@asynccontextmanager
async def with_redis(
    tmp_path: Path, **settings: str
) -> AsyncIterator[tuple[LocalSlack, Service, RedisServer]]:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as redis:
        async with house(tmp_path, redis=redis.url, **settings) as (slack, service):
            yield slack, service, redis


async def test_a_model_that_hangs_hides_nothing(tmp_path: Path) -> None:
    async with model_server() as model:
        model.always = Stall()
        given = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-test"}
        async with with_redis(tmp_path, **given) as (slack, service, _):
            scene = Scene(slack)
            began = time.monotonic()
            await scene.play([("ann", "mentions", WIKI), ("bot", "shows", "Reading…")])
            assert time.monotonic() - began < 1.5
            # Told to stop, it would wait for the model's deadline first.
            service.kill()


async def test_while_redis_is_away_slack_keeps_the_event_and_people_are_told(
    tmp_path: Path,
) -> None:
    async with with_redis(tmp_path) as (slack, _, redis):
        scene = Scene(slack)
        slack.retry_seconds = (0.0, 300.0, 300.0)
        redis.kill()
        calls = len([*slack.journal.calls()])
        await scene.play(
            [
                ("ann", "mentions", WIKI),
                ("ann", "types", "our bot rambles"),
                ("ann", "is told", "try again"),
            ]
        )

        def statuses() -> list[int | None]:
            return [one.status for one in slack.journal.deliveries("events_api")]

        await slack.wait_until(lambda: 503 in statuses() or None, LONGEST_WAIT)
        assert 200 not in statuses()
        assert len([*slack.journal.calls()]) == calls
        redis.start()
        await scene.play([("bot", "shows", RAG), ("bot", "has posted", 1)])


async def test_a_form_that_cannot_be_kept_stays_open_and_says_so(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, redis):
        scene = Scene(slack)
        await scene.play([("ann", "types", ""), ("ann", "is shown a form", "Should we")])
        redis.kill()
        await scene.play(
            [
                ("ann", "submits", {"problem": WIKI}),
                ("ann", "is told in the form", "could not save"),
            ]
        )
        redis.start()


async def test_a_service_started_before_its_redis_says_so_and_waits(tmp_path: Path) -> None:
    with TemporaryDirectory(prefix="sf-") as folder:
        redis = RedisServer(Path(folder))
        async with LocalSlack() as slack:
            given = {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_SIGNING_SECRET": slack.signing_secret,
                "SLACK_API_URL": slack.url,
                "REDIS_URL": redis.url,
                "DATA_DIR": str(tmp_path),
                "PORT": str(free_port()),
            }
            service = Service(slack, given)
            await service.start("Redis does not answer")
            redis.start()
            try:
                async with asyncio.timeout(10):
                    while "Listening" not in service.said:  # noqa: ASYNC110 - another process
                        await asyncio.sleep(0.05)
            finally:
                await service.stop()
                redis.kill()


@pytest.mark.parametrize(
    ("away", "waits"),
    (
        ({"REDIS_URL": "unix:///nowhere/redis.sock"}, "Redis does not answer"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "Slack does not answer"),
    ),
)
async def test_told_to_stop_while_it_waits_it_ends(
    away: dict[str, str], waits: str, tmp_path: Path
) -> None:
    async with LocalSlack() as slack:
        given = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.url,
            "DATA_DIR": str(tmp_path),
            "PORT": str(free_port()),
            **away,
        }
        service = Service(slack, given)
        await service.start(waits)
        async with asyncio.timeout(5):
            assert await service.stop() == 130


async def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with LocalSlack() as slack:
        given = {"SLACK_BOT_TOKEN": slack.bot_token, "DATA_DIR": str(tmp_path / "file" / "x")}
        service = Service(slack, given, "worker")
        await service.start("DATA_DIR cannot be used")

        assert await service.ended() == 2


async def test_killed_in_mid_turn_it_answers_once_when_started_again(tmp_path: Path) -> None:
    async with model_server() as model:
        model.always = Stall()
        given = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-test"}
        async with with_redis(tmp_path, **given) as (slack, service, _):
            scene = Scene(slack)
            await scene.play([("ann", "mentions", WIKI), ("bot", "shows", "Reading…")])
            await asyncio.wait_for(model.asked.wait(), 5)
            service.kill()
            await service.stop()
            service.settings.update({"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""})
            await service.start()
            async with asyncio.timeout(25):
                while not any(RAG in one.text for one in scene.ours()):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            await scene.play([("bot", "has posted", 1)])


async def test_told_to_stop_in_mid_turn_it_answers_first(tmp_path: Path) -> None:
    async with model_server() as model:
        model.always = Late(SAYS_NOTHING, 3.0)
        given = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-test"}
        async with with_redis(tmp_path, **given) as (slack, service, _):
            scene = Scene(slack)
            await scene.play([("ann", "mentions", WIKI), ("bot", "shows", "Reading…")])
            await asyncio.wait_for(model.asked.wait(), 5)

            assert await service.stop() == 0

            (answer,) = scene.ours()
            assert "Reading…" not in answer.text


async def test_a_workspace_that_has_too_much_waiting_is_told_so_once_a_minute(
    tmp_path: Path,
) -> None:
    async with with_redis(tmp_path) as (slack, _, redis):
        async with connected(redis.url) as store:
            team = slack.workspace.team.id
            # As if that many cases were due which nobody takes: they name none that there is.
            for number in range(MOST_DUE):
                await settled(store.xadd(due_key(team), {"p": f"{team}:C0:{number}.1"}))
            await settled(store.xgroup_create(due_key(team), GROUP, id="$"))
        scene = Scene(slack)
        await scene.play(
            [
                ("ann", "mentions", WIKI),
                ("ann", "sees alone", "More waits here than I can read"),
                ("ann", "mentions", WIKI),
                ("ben", "mentions", WIKI),
                ("ben", "sees alone", "More waits here than I can read"),
                ("ann", "types", "our bot rambles"),
                ("ann", "is told", "More waits here than I can read"),
            ]
        )
        told = [one for one in slack.ephemerals(scene.people["ann"]) if one.channel]
        assert len(told) == 2, "once for what was said twice, once for the command"
        assert slack.answers(scene.channel) == ()
        assert {one.status for one in slack.journal.deliveries("events_api")} == {200}


async def test_who_we_are_is_asked_once_however_many_events_come(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        scenes = [Scene(slack) for _ in range(5)]
        for scene in scenes:
            await scene.play([("ann", "mentions", WIKI)])
        for scene in scenes:
            await scene.play([("bot", "has posted", 1)])

        assert len(slack.journal.calls("auth.test")) == 1


async def test_bots_and_our_own_messages_are_not_answered(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        scene = Scene(slack)
        for author in ({"bot_id": "B7", "user": "U7"}, {"user": "UBOT"}):
            slack.emit(
                {
                    "type": "app_mention",
                    "channel": scene.channel,
                    "ts": "1.1",
                    "text": "<@UBOT> hello",
                    **author,
                }
            )
        await slack.settled()
        await asyncio.sleep(0.3)

        assert slack.answers(scene.channel) == ()


async def test_a_form_sent_after_its_case_was_forgotten_is_told_so(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        await Scene(slack).play(
            [
                ("ann", "mentions", WIKI),
                ("bot", "shows", RAG),
                ("ann", "presses", "Correct"),
                ("ann", "is shown a form", ""),
                ("ann", "types", "forget"),
                ("ann", "submits", {"fact:source_access": "retrieval_bad"}),
                ("ann", "sees alone", "no longer"),
            ]
        )


@pytest.mark.parametrize("missing", ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"))
async def test_a_setting_that_is_missing_is_named(missing: str, tmp_path: Path) -> None:
    async with LocalSlack() as slack:
        given = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.url,
            "DATA_DIR": str(tmp_path),
            missing: "",
        }
        service = Service(slack, given, "web")
        await service.start(missing)

        assert await service.ended() == 2
        assert "Traceback" not in service.said


async def test_what_people_write_is_never_logged(tmp_path: Path) -> None:
    async with with_redis(tmp_path, LOG_LEVEL="DEBUG") as (slack, service, _):
        scene = Scene(slack)
        secret = "wombat-7391"
        await scene.play(
            [
                ("ann", "mentions", f"{WIKI} {secret}"),
                ("bot", "has posted", 1),
                ("ann", "types", f"our bot rambles about {secret}"),
            ]
        )
        slack.signing_secret = "forged"
        scene.thread = ""
        await scene.play([("ann", "mentions", secret)])
        await asyncio.sleep(0.3)

        for word in (secret, "refunds", slack.bot_token):
            assert word not in service.said


async def test_with_the_history_scope_threads_are_followed_and_twins_are_answered_once(
    tmp_path: Path,
) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        slack.workspace.scopes.add("channels:history")
        slack.faults.on_event("app_mention", Twinned(3))
        slack.faults.on_event("message", Duplicated(2))
        scene = Scene(slack)
        await scene.play(
            [
                ("ann", "mentions", WIKI),
                ("bot", "shows", RAG),
                ("bot", "has posted", 1),
                ("ben", "says without a mention", "We look at some outputs by hand."),
                ("bot", "has posted", 2),
                ("bot", "shows", "We look at some outputs"),
            ]
        )
        # What is said outside a case is not ours to answer.
        scene.thread = ""
        await scene.play([("ben", "says without a mention", "Lunch?")])
        await slack.settled()
        await asyncio.sleep(0.3)
        assert len(slack.answers(scene.channel)) == 2


async def test_an_edit_and_a_deletion_in_a_channel_are_followed_where_we_may_read(
    tmp_path: Path,
) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        slack.workspace.scopes.add("channels:history")
        await Scene(slack).play(
            [
                ("ann", "mentions", "Our bot is slow."),
                ("bot", "has posted", 1),
                ("ann", "edits", f"<@UBOT> {WIKI}"),
                ("bot", "shows", RAG),
                ("bot", "has posted", 1),
                ("ann", "deletes"),
                ("bot", "no longer shows", "makes things up about refunds"),
            ]
        )


async def test_the_home_tab_lists_what_one_opened_and_begins_and_forgets(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        scene = Scene(slack)
        ann = scene.people["ann"]
        await scene.play([("ann", "mentions", WIKI), ("bot", "has posted", 1)])
        await slack.open_home(ann)
        home = await slack.wait_until(lambda: slack.home(ann), 5)
        assert "Bring the knowledge" in str(home.blocks)

        await slack.press_in_view(ann, home.id, "start")
        assert slack.modals(ann)
        await slack.press_in_view(ann, home.id, "forget")
        await slack.wait_until(
            lambda: "Bring the knowledge" not in str(getattr(slack.home(ann), "blocks", "")), 5
        )


async def test_first_contact_is_greeted_once(tmp_path: Path) -> None:
    async with with_redis(tmp_path) as (slack, _, _):
        ann = slack.workspace.add_user("ann").id
        dm = await slack.dm(ann)
        for _ in range(3):
            await slack.open_home(ann, "messages")
        await slack.wait_until(lambda: slack.answers(dm) or None, 5)
        await slack.settled()
        await asyncio.sleep(0.2)

        assert len(slack.answers(dm)) == 1
