"""The gateway makes each call once, and tells refused, busy and unclear apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import SlackBusy, SlackFailed, SlackRefused, SlackUnclear
from bot.playground.faults import Delayed, Dropped, Failed, RateLimited, Refused
from bot.playground.slack import LocalSlack
from bot.playground.uploads import FETCHED, Upload
from bot.slack.gateway import ELSEWHERE, NOBODY, SENT_AWAY, Gateway, Identity, slack_client


@pytest.fixture
async def local() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        yield slack


@pytest.fixture
async def gateway(local: LocalSlack) -> AsyncIterator[Gateway]:
    async with slack_client(local.bot_token, local.url) as client:
        yield Gateway(client)


@pytest.fixture
def channel(local: LocalSlack) -> str:
    return local.workspace.add_channel("harbour", "UBOT").id


async def test_it_knows_who_we_are(gateway: Gateway) -> None:
    assert await gateway.identity() == Identity("T1", "UBOT", "BBOT", "should-finetune")


async def test_it_knows_whether_threads_reach_us_without_a_mention_as_slack_last_told(
    gateway: Gateway, local: LocalSlack, channel: str
) -> None:
    await gateway.identity()
    told = [gateway.reads_along]
    for change in (local.workspace.scopes.add, local.workspace.scopes.discard):
        change("channels:history")
        await gateway.post(channel, "Reading…")
        told.append(gateway.reads_along)

    assert told == [False, True, False]


async def test_a_post_can_be_edited_and_found_by_its_turn(
    gateway: Gateway, local: LocalSlack, channel: str
) -> None:
    local.workspace.scopes.add("channels:history")
    root = await gateway.post(channel, "Reading…")
    reply = await gateway.post(channel, "Reading…", thread=root, turn="17.1")
    await gateway.edit(channel, reply, "Done")

    assert await gateway.find(channel, root, "17.1") == reply
    assert await gateway.find(channel, root, "17.2") is None
    found = local.message(channel, reply)
    assert found is not None
    assert found.text == "Done"


async def test_without_the_history_scope_nothing_is_found(gateway: Gateway, channel: str) -> None:
    root = await gateway.post(channel, "Reading…", turn="17.1")

    assert await gateway.find(channel, root, "17.1") is None


OUTCOMES = {
    "a rate limit is busy": (RateLimited(7), SlackBusy),
    "a failure on Slack's side is unclear": (Failed(502), SlackUnclear),
    "a lost answer is unclear": (Dropped(), SlackUnclear),
    "an error that may have been done is unclear": (Refused("fatal_error"), SlackUnclear),
    "any other word is a refusal": (Refused("is_archived"), SlackRefused),
}


@pytest.mark.parametrize(("fault", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
async def test_what_became_of_a_call_has_a_name(
    gateway: Gateway,
    local: LocalSlack,
    channel: str,
    fault: RateLimited | Failed | Dropped | Refused,
    outcome: type[SlackFailed],
) -> None:
    local.faults.on_call("chat.postMessage", fault)

    with pytest.raises(outcome) as raised:
        await gateway.post(channel, "hello")

    assert len(local.journal.calls("chat.postMessage")) == 1
    if isinstance(raised.value, SlackBusy):
        assert raised.value.seconds == 7
    if isinstance(raised.value, SlackRefused):
        assert raised.value.code == "is_archived"


async def test_a_slack_that_nobody_reached_is_busy() -> None:
    async with slack_client("xoxb-1", "http://127.0.0.1:9/api/") as client:
        with pytest.raises(SlackBusy):
            await Gateway(client).post("C1", "hello")


async def test_names_are_asked_for_once_and_never_fail(gateway: Gateway, local: LocalSlack) -> None:
    ann = local.workspace.add_user("ann").id

    first = await gateway.names([ann, "U404", ann])
    again = await gateway.names([ann, "U404"])

    assert first == again == {ann: "ann", "U404": NOBODY}
    assert len(local.journal.calls("users.info")) == 2


async def test_an_admin_is_one_of_our_own_workspace(gateway: Gateway, local: LocalSlack) -> None:
    people = local.workspace
    admin = people.add_user("ann", is_admin=True).id
    plain = people.add_user("ben").id
    theirs = people.add_user("eve", team="T9", is_admin=True).id

    told = [await gateway.is_admin(user, "T1") for user in (admin, plain, theirs, "U404")]

    assert told == [True, False, False, False]
    assert len(local.journal.calls("users.info")) == 4


@pytest.mark.parametrize("fault", (RateLimited(7), Failed(502), Dropped(), Refused("x")), ids=str)
async def test_an_admin_whom_slack_does_not_tell_is_none(
    gateway: Gateway, local: LocalSlack, fault: RateLimited | Failed | Dropped | Refused
) -> None:
    admin = local.workspace.add_user("ann", is_admin=True).id
    # A read whose answer is lost is made twice by aiohttp itself.
    local.faults.on_call("users.info", fault, times=2)

    assert not await gateway.is_admin(admin, "T1")


async def test_an_outsider_is_known_by_their_team(gateway: Gateway, local: LocalSlack) -> None:
    us = await gateway.identity()
    ours = local.workspace.add_user("ann").id
    theirs = local.workspace.add_user("eve", team="T9").id

    told = [await gateway.is_outsider(user, us) for user in (ours, theirs, "U404")]

    assert told == [False, True, False]


async def test_prompts_are_suggested_for_the_dm_and_for_no_thread(
    gateway: Gateway, local: LocalSlack
) -> None:
    dm = await local.dm(local.workspace.add_user("ann").id)
    prompts = ({"title": "Help", "message": "help"},)

    await gateway.suggest(dm, prompts)

    assert local.workspace.assistance.prompts[dm] == list(prompts)
    (call,) = local.journal.calls("assistant.threads.setSuggestedPrompts")
    assert "thread_ts" not in call.arguments


# --- Files ---------------------------------------------------------------------------------------

PAIRS = b'{"prompt": "q", "completion": "a"}\n'


async def uploaded(local: LocalSlack, content: bytes = PAIRS) -> str:
    """Return where a file lies that somebody has put into a message."""
    ann = local.workspace.add_user("ann").id
    channel = await local.dm(ann)
    ts = await local.say(ann, channel, "", files=(Upload("pairs.jsonl", content),))
    message = local.message(channel, ts)
    assert message is not None
    return str(message.files[0]["url_private_download"])


async def test_a_file_is_fetched_with_our_token(gateway: Gateway, local: LocalSlack) -> None:
    assert await gateway.download(await uploaded(local)) == PAIRS


async def test_of_a_file_that_is_too_large_one_byte_more_is_read(
    gateway: Gateway, local: LocalSlack
) -> None:
    address = await uploaded(local, b"x" * 1_000_000)

    assert len(await gateway.download(address, most=999_999)) == 1_000_000
    assert len(await gateway.download(address, most=1_000)) == 1_001


async def test_without_the_scope_slack_sends_us_away_and_we_do_not_go(
    gateway: Gateway, local: LocalSlack
) -> None:
    address = await uploaded(local)
    local.workspace.scopes.discard("files:read")

    with pytest.raises(SlackRefused, match=SENT_AWAY):
        await gateway.download(address)


async def test_a_file_that_is_gone_is_refused(gateway: Gateway, local: LocalSlack) -> None:
    address = await uploaded(local)
    local.workspace.uploads.clear()

    with pytest.raises(SlackRefused, match="file_404"):
        await gateway.download(address)


FETCHES = {
    "a rate limit is busy": (RateLimited(7), SlackBusy),
    "a failure on Slack's side is unclear": (Failed(502), SlackUnclear),
    "a lost answer is unclear": (Dropped(), SlackUnclear),
    "a file that takes too long is unclear": (Delayed(2), SlackUnclear),
    "any other answer is a refusal": (Failed(403), SlackRefused),
}


@pytest.mark.parametrize(("fault", "outcome"), FETCHES.values(), ids=FETCHES)
async def test_what_became_of_a_fetch_has_a_name(
    gateway: Gateway,
    local: LocalSlack,
    fault: RateLimited | Failed | Dropped | Delayed,
    outcome: type[SlackFailed],
) -> None:
    address = await uploaded(local)
    # A read whose answer is lost is made twice by aiohttp itself.
    local.faults.on_call(FETCHED, fault, times=2)

    with pytest.raises(outcome) as raised:
        await gateway.download(address, seconds=0.5)

    if isinstance(raised.value, SlackBusy):
        assert raised.value.seconds == 7


ELSEWHERES = {
    "another host": "https://files.example/a.jsonl",
    "Slack's site itself": "https://slack.com/a.jsonl",
    "a host that ends in Slack's": "https://files.slack.com.evil.example/a.jsonl",
    "a host behind Slack's name as a user": "https://files.slack.com@evil.example/a.jsonl",
    "Slack's host with a user": "https://me@files.slack.com/a.jsonl",
    "Slack's host without TLS": "http://files.slack.com/a.jsonl",
    "another port of Slack's host": "https://files.slack.com:8443/a.jsonl",
    "this machine": "http://127.0.0.1:80/a.jsonl",
    "a number for this machine": "http://2130706433/a.jsonl",
    "what a cloud tells its machines": "http://169.254.169.254/latest/meta-data",
    "another scheme": "ftp://files.slack.com/a.jsonl",
    "a file of this machine": "file:///etc/passwd",
    "a path alone": "/a.jsonl",
    "no address": "",
    "nonsense": "https://[::1",
}


@pytest.mark.parametrize("address", ELSEWHERES.values(), ids=ELSEWHERES)
async def test_nothing_is_fetched_from_anywhere_but_slack_s_files(address: str) -> None:
    # Without a session nothing could go out: it is refused before.
    for base in (AsyncWebClient.BASE_URL, "https://slack.example/api/"):
        with pytest.raises(SlackRefused, match=ELSEWHERE):
            await Gateway(AsyncWebClient("xoxb-1", base_url=base)).download(address)


async def test_a_slack_elsewhere_has_to_have_tls() -> None:
    gateway = Gateway(AsyncWebClient("xoxb-1", base_url="http://slack.example/api/"))

    with pytest.raises(SlackRefused, match=ELSEWHERE):
        await gateway.download("http://slack.example/a.jsonl")


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def fetching_from(answer: Answer) -> AsyncIterator[tuple[Gateway, URL]]:
    """A server that answers as a test says, and a gateway that takes it for Slack."""
    served = web.Application()
    served.router.add_get("/{any:.*}", answer)
    async with (
        TestServer(served, host="127.0.0.1") as server,
        slack_client("xoxb-1", str(server.make_url("/api/"))) as client,
    ):
        yield Gateway(client), server.make_url("/")


async def test_our_token_goes_with_no_redirect_to_another_host() -> None:
    heard: list[str] = []

    async def overhear(request: web.Request) -> web.StreamResponse:
        heard.append(request.path)
        return web.Response(body=PAIRS)

    async with fetching_from(overhear) as (_, other):
        to = str(other / "steal")

        async def redirect(_: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(to)

        async with fetching_from(redirect) as (gateway, site):
            with pytest.raises(SlackRefused, match=SENT_AWAY):
                await gateway.download(str(site / "a.jsonl"))

    assert heard == []


async def test_a_redirect_within_slack_s_files_is_followed_but_not_for_ever() -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        if request.path == "/end":
            return web.Response(body=PAIRS)
        raise web.HTTPFound("/end" if request.path == "/a.jsonl" else "/round")

    async with fetching_from(redirect) as (gateway, site):
        assert await gateway.download(str(site / "a.jsonl")) == PAIRS
        with pytest.raises(SlackUnclear):
            await gateway.download(str(site / "round"))


async def test_a_page_in_place_of_a_file_is_a_refusal() -> None:
    async def log_in(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    async with fetching_from(log_in) as (gateway, site):
        with pytest.raises(SlackRefused):
            await gateway.download(str(site / "a.jsonl"))


async def test_a_file_without_an_end_is_cut_off_and_a_slow_one_given_up() -> None:
    async def flow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"x" * 1_000)
                await asyncio.sleep(0.001 if request.path == "/fast" else 0.05)
        except (aiohttp.ClientError, ConnectionError):
            return answer

    async with fetching_from(flow) as (gateway, site):
        assert len(await gateway.download(str(site / "fast"), most=50_000)) == 50_001
        began = time.monotonic()
        with pytest.raises(SlackUnclear):
            await gateway.download(str(site / "slow"), most=10**9, seconds=0.3)
        assert time.monotonic() - began < 3
