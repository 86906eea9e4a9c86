"""What was said in the browser outlives the process, and what was asked is answered once."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from bot.playground.kept import Kept
from bot.playground.slack import LocalSlack
from bot.playground.uploads import Upload
from tests.model_server import KEY, Stall, model_server
from tests.playground.whole import Whole
from tests.slack.house import ROOT

WIKI = "Our bot makes things up about refunds. The policy is in our wiki, nothing connects it."


async def test_people_channels_and_messages_come_back(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    async with LocalSlack() as slack:
        workspace = slack.workspace
        workspace.listeners.append(kept.write)
        ann = workspace.add_user("ann", is_admin=True).id
        channel = workspace.add_channel("harbour", ann, "UBOT").id
        first = await slack.say(ann, channel, "hello")
        await slack.say(ann, channel, "there", first)
        await slack.edit(ann, channel, first, "hello \U0001f6f6")
        with_file = await slack.say(ann, channel, "", files=(Upload("a.csv", b"text,label\n"),))
        gone = await slack.say(ann, channel, "", files=(Upload("b.csv", b"nothing"),))
        await slack.delete(ann, channel, gone)

    again = LocalSlack()
    assert kept.restore(again.workspace)

    message = again.message(channel, with_file)
    assert message is not None
    assert again.workspace.uploads == {message.files[0]["id"]: b"text,label\n"}
    assert again.workspace.user(ann).is_admin
    assert [one.text for one in again.thread(channel, first)] == ["hello \U0001f6f6", "there"]
    assert again.workspace.add_user("ben").id not in again.workspace.channels


@pytest.mark.parametrize("text", ("", "{", '{"users": ['))
def test_a_file_that_was_cut_off_begins_anew(tmp_path: Path, text: str) -> None:
    kept = Kept(tmp_path)
    (tmp_path / "workspace.json").write_text(text, "utf-8")
    (tmp_path / "uploads" / "F000001").write_bytes(b"of an earlier life")
    workspace = LocalSlack().workspace

    assert not kept.restore(workspace)
    assert workspace.uploads == {}
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_killed_in_mid_turn_and_started_again_it_answers_once(tmp_path: Path) -> None:
    async with model_server() as model:
        model.always = Stall()
        page = Whole(tmp_path)
        await page.start(OPENAI_BASE_URL=model.url, OPENAI_API_KEY=KEY, OPENAI_MODEL="gpt-test")
        await page.say(f"@should-finetune {WIKI}")
        await page.until("Reading")
        await asyncio.wait_for(model.asked.wait(), 10)
        await page.end(signal.SIGKILL)

        await page.start()
        try:
            state = await page.until("Bring the knowledge to the model", within=40)
        finally:
            await page.end(signal.SIGTERM)

        told = [one for one in json.loads(state)["messages"] if one["user"] == "UBOT"]
        assert len(told) == 1


async def test_it_refuses_to_start_beside_half_a_slack(tmp_path: Path) -> None:
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "SLACK_SIGNING_SECRET": "s", "PATH": "/usr/bin"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await asyncio.wait_for(ran.communicate(), 20)

    assert ran.returncode == 2
    assert b"SLACK_BOT_TOKEN" in told
