"""A Slack on localhost, our service beside it as a real process, and dialogues played in it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.playground import interactions
from bot.playground.errors import NeverHappened
from bot.playground.faults import Duplicated, Failed, Refused
from bot.playground.interactions import Deed
from bot.playground.journal import ApiCall, Happened
from bot.playground.parcels import Parcel
from bot.playground.slack import Answer, LocalSlack
from bot.playground.uploads import FETCHED, Upload
from bot.playground.workspace import Message

ROOT = Path(__file__).parents[2]
LONGEST_WAIT = 5.0
PEOPLE = ("ann", "ben", "mina")
OUTSIDER = "eve"
COMMAND = "/should-finetune"


class Service:
    """Our process; a test may end it in any way and start it again."""

    def __init__(self, slack: LocalSlack, settings: Mapping[str, str], *roles: str) -> None:
        self._slack = slack
        self.settings = dict(settings)
        self._roles = roles
        self._process: asyncio.subprocess.Process | None = None
        self._told: list[str] = []
        self._listening: asyncio.Task[None] | None = None

    @property
    def said(self) -> str:
        """What it wrote to standard error."""
        return "\n".join(self._told)

    async def start(self, ready: str = "Listening") -> None:
        """Start it and wait until it says that it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *self._roles),
            cwd=ROOT,
            env={**_clean(), **self.settings},
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        heard = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready, heard))
        await asyncio.wait_for(heard.wait(), 30)

    async def _listen(self, ready: str, heard: asyncio.Event) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._told.append(line.decode())
            if ready in self._told[-1]:
                heard.set()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()

    async def ended(self) -> int:
        """Wait until it ends by itself; return its exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), 30)

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), 30)
        if self._listening is not None:
            await self._listening
        return code


def _clean() -> dict[str, str]:
    ours = ("SLACK_", "OPENAI_", "REDIS_", "ENCRYPTION_", "DATA_", "PORT", "PUBLIC_", "LOG_")
    inherited = dict(os.environ)  # noqa: TID251 - what a process inherits, without our settings
    return {name: value for name, value in inherited.items() if not name.startswith(ours)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@asynccontextmanager
async def house(
    folder: Path, *, over: str = "http", redis: str = "", **settings: str
) -> AsyncIterator[tuple[LocalSlack, Service]]:
    """Run both, joined over HTTP or Socket Mode."""
    async with LocalSlack(time_scale=0.01) as slack:
        port = free_port()
        given = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.url,
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "REDIS_URL": redis,
            **settings,
        }
        if over == "socket":
            given["SLACK_APP_TOKEN"] = slack.app_token
        else:
            slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        service = Service(slack, given)
        await service.start()
        try:
            yield slack, service
        finally:
            await service.stop()


class Scene:
    """One channel with its people, in which a dialogue is played."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.people = {name: slack.workspace.add_user(name).id for name in PEOPLE}
        self.channel = slack.workspace.add_channel("scene", *self.people.values(), "UBOT").id
        self.people[OUTSIDER] = slack.workspace.add_user(OUTSIDER, team="T9").id
        self.thread = ""
        self.newest = ""
        self.answer = Answer()
        self.fetched = len(calls(slack, FETCHED))

    async def play(self, steps: Sequence[tuple[Any, ...]]) -> None:
        """Play each step: who, what they do, and with what."""
        for who, does, *what in steps:
            act: Callable[..., Any] = getattr(self, "_" + str(does).replace(" ", "_"))
            try:
                await act(*([] if who == "bot" else [self.people[who]]), *what)
            except (TimeoutError, NeverHappened) as error:
                shown = "\n---\n".join(map(text_of, self.ours()))
                raise AssertionError(f"{who} {does} {what}: never seen. Shown:\n{shown}") from error

    def ours(self) -> tuple[Message, ...]:
        """Return what we posted here."""
        return self.slack.answers(self.channel, self.thread or None)

    # --- What people do ------------------------------------------------------------------------

    async def _mentions(self, user: str, text: str) -> None:
        self.thread = self.newest = await self.slack.say(user, self.channel, f"<@UBOT> {text}")

    async def _replies(self, user: str, text: str) -> None:
        said = f"<@UBOT> {text}" if not self.channel.startswith("D") else text
        self.newest = await self.slack.say(user, self.channel, said, self.thread)

    async def _says_without_a_mention(self, user: str, text: str) -> None:
        self.newest = await self.slack.say(user, self.channel, text, self.thread or None)

    async def _writes_to_us(self, user: str, text: str) -> None:
        self.channel = await self.slack.dm(user)
        self.thread = self.newest = await self.slack.say(user, self.channel, text)

    async def _edits(self, user: str, text: str) -> None:
        await self.slack.edit(user, self.channel, self.thread, text)

    async def _deletes(self, user: str) -> None:
        await self.slack.delete(user, self.channel, self.newest)

    async def _types(self, user: str, text: str) -> None:
        self.answer = await self.slack.command(user, self.channel, COMMAND, text)

    async def _presses(self, user: str, label: str) -> None:
        message, element, value = await self._until(lambda: self._button(label))
        action = str(element["action_id"])
        self.answer = await self.slack.press(user, self.channel, message.ts, action, value)

    async def _presses_twice(self, user: str, label: str) -> None:
        message, element, value = await self._until(lambda: self._button(label))
        action = str(element["action_id"])
        press = (user, self.channel, message.ts, action, value)
        await asyncio.gather(self.slack.press(*press), self.slack.press(*press))

    async def _sends_a_file(self, user: str, file: Upload, text: str = "") -> None:
        said = f"<@UBOT> {text}"
        self.newest = await self.slack.say(user, self.channel, said, files=(file,))
        self.thread = self.newest

    async def _sends_files(self, user: str, *files: Upload) -> None:
        self.thread = await self.slack.say(user, self.channel, "<@UBOT>", files=files)

    async def _writes_to_us_with_a_file(self, user: str, file: Upload, text: str = "") -> None:
        self.channel = await self.slack.dm(user)
        self.newest = await self.slack.say(user, self.channel, text, files=(file,))
        self.thread = self.newest

    async def _replies_with_a_file(self, user: str, file: Upload, text: str = "") -> None:
        said = f"<@UBOT> {text}" if not self.channel.startswith("D") else text
        self.newest = await self.slack.say(user, self.channel, said, self.thread, (file,))

    async def _submits(self, user: str, values: Mapping[str, Any]) -> None:
        view = await self._until(lambda: next(iter(self.slack.modals(user)), None))
        self.answer = await self.slack.submit(user, view.id, values)

    async def _goes_to_the_dm(self, user: str) -> None:
        self.channel = await self.slack.dm(user)
        found = await self._until(lambda: next(iter(self.slack.answers(self.channel)), None))
        self.thread = found.ts

    async def _comes_from_another_organisation(self, user: str) -> None:
        await self.slack.invite(user, self.channel)

    async def _types_what_slack_would_not_send(self, user: str, text: str) -> None:
        """Send a command of somebody whom Slack does not let use it: we do not rely on that."""
        workspace = self.slack.workspace
        deed = Deed(workspace, user, self.slack.triggers.new("T1", user))
        said = (COMMAND, text)
        payload = interactions.command_json(deed, workspace.channel(self.channel), said, "")
        outcome = await self.slack.deliveries.ask(Parcel("slash_commands", "T1", payload))
        self.answer = Answer(outcome.document())

    async def _is_made_an_admin(self, user: str) -> None:
        self.slack.workspace.change_user(user, is_admin=True)

    async def _makes_a_channel_without_us(self, _: str) -> None:
        people = [self.people[name] for name in PEOPLE]
        self.channel = self.slack.workspace.add_channel("elsewhere", *people).id
        self.thread = ""

    async def _invites_us(self, user: str) -> None:
        await self.slack.invite("UBOT", self.channel, user)

    async def _removes_us(self, _: str) -> None:
        await self.slack.remove("UBOT", self.channel)

    async def _has_fetched(self, count: int) -> None:
        """Look at what was fetched since this scene began."""
        fetched = calls(self.slack, FETCHED)[self.fetched :]
        assert len(fetched) == count, fetched

    async def _will_hear_of_it_three_times(self) -> None:
        self.slack.faults.on_event("message", Duplicated(2), times=1)
        self.slack.faults.on_event("app_mention", Duplicated(2), times=1)

    async def _fails_to_fetch(self, times: int) -> None:
        self.slack.faults.on_call(FETCHED, Failed(502), times=times)

    async def _grants(self, _: str, scope: str) -> None:
        self.slack.workspace.scopes.add(scope)

    async def _takes_back(self, _: str, scope: str) -> None:
        self.slack.workspace.scopes.discard(scope)

    async def _opens_our_messages(self, user: str) -> None:
        self.channel, self.thread = await self.slack.dm(user), ""
        await self.slack.open_home(user, "messages")

    async def _opens_our_home(self, user: str) -> None:
        await self.slack.open_home(user)

    # --- What is seen --------------------------------------------------------------------------

    async def _shows(self, *texts: str) -> None:
        await self._until(lambda: any(_says(one, *texts) for one in self.ours()) or None)

    async def _no_longer_shows(self, text: str) -> None:
        await self._until(lambda: all(text not in text_of(one) for one in self.ours()) or None)

    async def _has_posted(self, count: int) -> None:
        await self._until(lambda: self._is_settled(count) or None)
        await self.slack.settled()
        await asyncio.sleep(0.15)
        assert len(self.ours()) == count, [text_of(one)[:90] for one in self.ours()]

    async def _suggests(self, title: str) -> None:
        prompts = self.slack.workspace.assistance.prompts
        await self._until(
            lambda: any(one["title"] == title for one in prompts.get(self.channel, ())) or None
        )
        assert not any(
            "thread_ts" in one.arguments
            for one in calls(self.slack, "assistant.threads.setSuggestedPrompts")
        )

    async def _suggests_nothing(self) -> None:
        await self.slack.settled()
        assert self.channel not in self.slack.workspace.assistance.prompts

    async def _may_suggest_nothing(self) -> None:
        method = "assistant.threads.setSuggestedPrompts"
        self.slack.faults.on_call(method, Refused("not_allowed"), times=1)

    async def _is_shown_at_home(self, user: str, text: str) -> None:
        await self._until(lambda: text in str(getattr(self.slack.home(user), "blocks", "")) or None)

    async def _is_shown_no_home(self, user: str) -> None:
        await self.slack.settled()
        await asyncio.sleep(0.15)
        assert self.slack.home(user) is None

    async def _is_shown_its_channel_at_home(self, user: str) -> None:
        await self._is_shown_at_home(user, f"(<#{self.channel}> ")

    async def _sees_alone(self, user: str, text: str) -> None:
        await self._until(
            lambda: any(text in text_of(one) for one in self.slack.ephemerals(user)) or None
        )

    async def _saw_alone(self, user: str, count: int) -> None:
        await self.slack.settled()
        await asyncio.sleep(0.15)
        assert len(self.slack.ephemerals(user)) == count

    async def _is_told(self, _: str, text: str) -> None:
        body = json.dumps(dict(self.answer.body), ensure_ascii=False)
        assert text in body, (self.answer.error, body[:200])

    async def _is_shown_a_form(self, user: str, title: str) -> None:
        view = await self._until(lambda: next(iter(self.slack.modals(user)), None))
        assert title in view.title

    async def _is_told_in_the_form(self, _: str, text: str) -> None:
        assert any(text in sentence for sentence in self.answer.errors.values())

    def _is_settled(self, count: int) -> bool:
        return len(self.ours()) == count and all(
            text_of(one).strip() != "Reading…" for one in self.ours()
        )

    async def _until(self, look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is looked for
        return await self.slack.wait_until(look, LONGEST_WAIT)

    def _button(self, label: str) -> tuple[Message, Mapping[str, Any], str | None] | None:
        """Return the newest message with a button or a choice of that label."""
        for message in reversed(self.ours()):
            for block in message.blocks:
                for element in block.get("elements", ()):
                    if (element.get("text") or {}) == label or _label(element) == label:
                        return message, element, element.get("value")
                    for option in element.get("options", ()):
                        if _label(option) == label:
                            return message, element, option["value"]
        return None


def _says(message: Message, *texts: str) -> bool:
    """Whether all of these stand in a message; a lead begins its headline in small letters."""
    said = text_of(message).casefold()
    return all(text.casefold() in said for text in texts)


def _label(element: Mapping[str, Any]) -> str:
    text = element.get("text")
    return str(text.get("text", "")) if isinstance(text, Mapping) else ""


def text_of(message: Message) -> str:
    """Return all that a message shows, its blocks as one text."""
    return f"{message.text}\n{json.dumps(list(message.blocks), ensure_ascii=False)}"


def calls(slack: LocalSlack, method: str) -> list[ApiCall]:
    """Return the calls of one method, in order."""
    return [one for one in slack.journal if isinstance(one, ApiCall) and one.method == method]


def happenings(slack: LocalSlack) -> list[Happened]:
    """Return what happened in the workspace."""
    return [one for one in slack.journal if isinstance(one, Happened)]
