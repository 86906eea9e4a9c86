"""The gateway makes each call once, and tells refused, busy and unclear apart."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.errors import SlackBusy, SlackFailed, SlackRefused, SlackUnclear
from bot.playground.faults import Dropped, Failed, RateLimited, Refused
from bot.playground.slack import LocalSlack
from bot.slack.gateway import NOBODY, Gateway, Identity, slack_client


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
