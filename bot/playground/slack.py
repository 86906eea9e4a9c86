"""A whole Slack on localhost: start it, point an app at it, and be the people in it."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from bot.playground import interactions, response_urls, sockets, uploads
from bot.playground.clock import Clock
from bot.playground.delivery import Deliveries
from bot.playground.errors import CannotHappen
from bot.playground.events import Events
from bot.playground.faults import Faults
from bot.playground.interactions import Deed
from bot.playground.journal import Happened, Journal, Record
from bot.playground.limits import problems
from bot.playground.methods.call import Place
from bot.playground.parcels import Outcome, Parcel
from bot.playground.payloads import Json
from bot.playground.rates import Rates
from bot.playground.requests import Requests
from bot.playground.response_urls import ResponseUrls, Spot, Unusable, respond
from bot.playground.settings import Settings
from bot.playground.sockets import Reason, Sockets
from bot.playground.triggers import Triggers
from bot.playground.uploads import Downloads, Upload, file_json
from bot.playground.views import View, ViewRefused
from bot.playground.web_api import WebApi
from bot.playground.workspace import Change, Message, Team, Workspace

T = TypeVar("T")
# A file of the size that Slack's page takes here is a third larger in the body of a request.
_LARGEST_BODY = 48 * 1024 * 1024
_SHUTDOWN_SECONDS = 0.2
_TIMED_OUT = {"http_timeout", "timeout"}


@dataclass(frozen=True)
class Answer:
    """What a person gets back from the app; `error` is what Slack shows instead."""

    body: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    milliseconds: float = 0.0
    view: View | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def action(self) -> str | None:
        """What the app wants done with a modal that was submitted; None just closes it."""
        return self.body.get("response_action")

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong in a modal that was submitted, by block."""
        found: Mapping[str, str] = self.body.get("errors", {})
        return found


@dataclass(kw_only=True, eq=False)
class LocalSlack(Settings):
    """Teams, their people, and the server that an app takes for Slack.

    Everything a person does is awaited and returns as soon as Slack's own client would: a message
    at once, a command or a press when the app has answered.
    """

    def __post_init__(self) -> None:
        """Make the first team; the server starts on entering."""
        self.clock = Clock(self.now)
        self.journal = Journal()
        self.faults = Faults()
        self.teams: dict[str, Workspace] = {}
        self.sockets = Sockets(self)
        self.triggers = Triggers(self.now, lambda: self.trigger_seconds)
        self.site = ""
        self._response_urls = ResponseUrls(self, self.journal)
        self._events: Events | None = None
        self.workspace = self._add(Team("T1", "Localhost", self.bot_token))

    # The server

    async def __aenter__(self) -> Self:
        """Start listening on 127.0.0.1."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self.site = f"http://127.0.0.1:{self.port}"
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        way = Requests(self, self._session)
        another_id = partial(self.clock.name, "Ev")
        self.deliveries = Deliveries(self, self.journal, self.faults, way, self.sockets, another_id)
        self._events = Events(self.deliveries)
        for workspace in self.teams.values():
            workspace.listeners.append(self._events.hear)
        self._runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop: whatever is still on its way is given up."""
        await self.deliveries.close()
        await self.sockets.close()
        self.journal.close()
        await self._runner.cleanup()
        await self._session.close()

    @property
    def url(self) -> str:
        """Where the Web API is: the base_url of slack_sdk's clients."""
        return f"{self.site}/api/"

    def _application(self) -> web.Application:
        place = Place(self, self.triggers, self.site)
        rates = Rates(self.now, self.burst)
        api = WebApi(place, self.teams, self.journal, self.faults, rates, self.sockets)
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", api.answer)
        app.router.add_post(response_urls.PATH + "/{key}", self._response_urls.answer)
        app.router.add_get(sockets.PATH, self.sockets.accept)
        downloads = Downloads(self.teams, self.journal, self.faults)
        app.router.add_get(uploads.PATH + "/{file}/download/{name}", downloads.answer)
        app.router.add_routes(self.routes)
        return app

    # Teams

    def add_team(self, team_id: str, name: str = "") -> Workspace:
        """Add another team with the app installed, under a token of its own."""
        token = f"xoxb-{token_hex(12)}"
        bot = (f"UBOT{team_id}", f"BBOT{team_id}")
        return self._add(Team(team_id, name or f"Team {team_id}", token, *bot))

    def _add(self, team: Team) -> Workspace:
        workspace = Workspace(team, self.clock, self.scopes)
        self.teams[team.id] = workspace
        workspace.listeners.append(self._write_down)
        if self._events:
            workspace.listeners.append(self._events.hear)
        return workspace

    def _write_down(self, workspace: Workspace, change: Change) -> None:
        self.journal.add(Happened(self.now(), workspace.team.id, change))

    def team_of_channel(self, channel: str) -> Workspace:
        """Return the team that a channel belongs to."""
        for workspace in self.teams.values():
            if channel in workspace.channels:
                return workspace
        raise CannotHappen(f"There is no channel {channel!r} in any team.")

    def team_of_user(self, user: str) -> Workspace:
        """Return the team that a person belongs to, or in whose channels they are a guest."""
        knows = [workspace for workspace in self.teams.values() if user in workspace.users]
        for workspace in sorted(knows, key=lambda one: one.is_outsider(user)):
            return workspace
        raise CannotHappen(f"There is no user {user!r} in any team.")

    # What people do

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread: str | None = None,
        files: Sequence[Upload] = (),
    ) -> str:
        """Post a person's message and return its ts; text is in Slack's form (<@U1>, &amp;)."""
        workspace = self.team_of_channel(channel)
        self._must_be_in(workspace, user, channel)
        if thread and workspace.message(channel, thread) is None:
            raise CannotHappen(f"There is no message {thread} to reply to.")
        kept = tuple(file_json(workspace, self.site, user, upload) for upload in files)
        kind = "file_share" if kept else None
        message = Message(channel, user, text, thread_ts=thread, subtype=kind, files=kept)
        return workspace.post(message).ts

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change the text of one's own message."""
        workspace, _ = self._own(user, channel, ts)
        workspace.edit(channel, ts, user, text=text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message; admins may delete any."""
        workspace = self.team_of_channel(channel)
        if not workspace.user(user).is_admin:
            self._own(user, channel, ts)
        workspace.delete(channel, ts)

    async def unfurl(self, channel: str, ts: str) -> None:
        """Let Slack unfold a link: the message changes and its text does not."""
        preview = {"from_url": "https://example.com", "title": "Example", "id": 1}
        self.team_of_channel(channel).edit(channel, ts, None, attachments=(preview,))

    async def dm(self, user: str) -> str:
        """Return the id of a person's direct messages with the bot, opened if need be."""
        return self.team_of_user(user).open_dm(user).id

    async def invite(self, user: str, channel: str, inviter: str | None = None) -> None:
        """Make someone (or the bot) a member of a channel."""
        self.team_of_channel(channel).join(user, channel, inviter)

    async def remove(self, user: str, channel: str) -> None:
        """Take someone (or the bot) out of a channel."""
        self.team_of_channel(channel).leave(user, channel)

    async def open_home(self, user: str, tab: str = "home") -> View | None:
        """Look at the app's "home" or "messages"; return the home tab as it stands."""
        workspace = self.team_of_user(user)
        self._running_events().open_home(workspace, user, tab)
        return workspace.views.home(user)

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Answer:
        """Use a slash command and return what the app answered at once."""
        workspace = self.team_of_channel(channel)
        self._must_be_in(workspace, user, channel)
        if "commands" not in workspace.scopes:
            raise CannotHappen(f"{command} is not a command here: the scope is not granted.")
        if workspace.is_outsider(user):
            raise CannotHappen(f"{command} is a command of another organisation's app.")
        spot = Spot(workspace, channel, user)
        url = self._response_urls.new(self.site, spot)
        deed = self._deed(workspace, user)
        said = (command, text)
        payload = interactions.command_json(deed, workspace.channel(channel), said, url)
        answer = await self._ask(Parcel("slash_commands", workspace.team.id, payload))
        if answer.ok and answer.body:
            # An answer that cannot be shown is passed over by Slack, without a word to anyone.
            with suppress(Unusable):
                respond(spot, answer.body)
        return answer

    async def press(
        self, user: str, channel: str, message_ts: str, action_id: str, value: object = None
    ) -> Answer:
        """Press a button of a message, or choose the option(s) with this value."""
        workspace = self.team_of_channel(channel)
        self._must_be_in(workspace, user, channel)
        message = self._seen(workspace, user, channel, message_ts)
        element = interactions.find(message.blocks, action_id, value)
        action = interactions.action_json(element, value, self.clock.ts())
        url = self._response_urls.new(self.site, Spot(workspace, channel, user, message_ts))
        deed = self._deed(workspace, user)
        payload = interactions.press_on_message(deed, message, action, url)
        return await self._ask(Parcel("interactive", workspace.team.id, payload))

    async def press_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        value: object = None,
        values: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Press a button of a modal or of the home tab, or choose an option there.

        `values` is what the person has filled in so far, named as in `submit`.
        """
        workspace, view = self._view(user, view_id)
        element = interactions.find(view.blocks, action_id, value)
        action = interactions.action_json(element, value, self.clock.ts())
        deed = self._deed(workspace, user)
        payload = interactions.press_on_view(deed, view, action, values or {})
        return await self._ask(Parcel("interactive", workspace.team.id, payload))

    async def submit(
        self, user: str, view_id: str, values: Mapping[str, Any] | None = None
    ) -> Answer:
        """Fill in a modal and send it; the modal then closes or changes as the app answers."""
        workspace, view = self._view(user, view_id)
        if not view.content.get("submit"):
            raise CannotHappen(f"The modal {view.title!r} has no button to submit it.")
        state = interactions.complete_state_of(view.blocks, values or {})
        payload = interactions.submission(self._deed(workspace, user), view, state)
        answer = await self._ask(Parcel("interactive", workspace.team.id, payload))
        return _after_submission(workspace, view, answer) if answer.ok else answer

    async def close(self, view_id: str) -> Answer:
        """Close a modal; the app hears of it only if it asked to."""
        workspace, view = self._view(None, view_id)
        workspace.close_view(view_id)
        if not view.content.get("notify_on_close"):
            return Answer()
        payload = interactions.closing(self._deed(workspace, view.user), view)
        return await self._ask(Parcel("interactive", workspace.team.id, payload))

    def emit(self, event: Json, team: str = "T1") -> None:
        """Send the app an event that nothing here gives rise to, such as agent_session_stopped."""
        self._running_events().send(self.teams[team], event)

    def uninstall(self, team: str = "T1") -> None:
        """Remove the app from a team: its token ends, and it hears so, in two events."""
        workspace = self.teams[team]
        workspace.revoked = "token_revoked"
        self.emit({"type": "tokens_revoked", "tokens": {"bot": [workspace.team.bot_user]}}, team)
        self.emit({"type": "app_uninstalled"}, team)

    # What the network does

    def release(self) -> None:
        """Send the events that a fault held or kept back."""
        self.deliveries.release()

    async def connected(self) -> None:
        """Wait until the app has a connection on Socket Mode."""
        await self.sockets.connected()

    async def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Ask the app to reconnect on Socket Mode, as Slack does every few hours."""
        await self.sockets.disconnect(reason)

    # What can be seen

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message as it stands."""
        return self.team_of_channel(channel).message(channel, ts)

    def thread(self, channel: str, ts: str) -> tuple[Message, ...]:
        """Return a message and its replies."""
        return self.team_of_channel(channel).thread(channel, ts)

    def answers(self, channel: str, thread: str | None = None) -> tuple[Message, ...]:
        """Return what the app posted in a channel, or in one thread of it."""
        workspace = self.team_of_channel(channel)
        heard = workspace.thread(channel, thread) if thread else workspace.messages(channel)
        return tuple(m for m in heard if m.bot_id and m.visible_to is None)

    def ephemerals(self, user: str) -> tuple[Message, ...]:
        """Return what only this person sees."""
        return self.team_of_user(user).ephemerals(user)

    def modals(self, user: str) -> tuple[View, ...]:
        """Return a person's open modals, the one on top last."""
        return self.team_of_user(user).views.open(user)

    def home(self, user: str) -> View | None:
        """Return a person's home tab."""
        return self.team_of_user(user).views.home(user)

    async def wait_for(
        self, predicate: Callable[[Record], bool], within: float = 5.0, *, since: int = 0
    ) -> Record:
        """Return the first record of the journal that fits, past ones included."""
        return await self.journal.wait_for(predicate, within, since=since)

    async def wait_until(self, look: Callable[[], T | None], within: float = 5.0) -> T:
        """Return what `look` finds, looking again whenever something happens."""
        return await self.journal.wait_until(look, within)

    async def settled(self) -> None:
        """Wait until no event is on its way any more, retries included."""
        await self.deliveries.settled()

    def subscribe(self, since: int | None = None) -> AsyncIterator[Record]:
        """Yield each record as it is written."""
        return self.journal.subscribe(since)

    # Inside

    def _running_events(self) -> Events:
        if self._events is None:
            raise CannotHappen("This Slack is not running: enter it with `async with`.")
        return self._events

    def _deed(self, workspace: Workspace, user: str) -> Deed:
        return Deed(workspace, user, self.triggers.new(workspace.team.id, user))

    def _must_be_in(self, workspace: Workspace, user: str, channel: str) -> None:
        if user not in workspace.channel(channel).members:
            raise CannotHappen(f"{user} is not a member of {channel}.")

    def _own(self, user: str, channel: str, ts: str) -> tuple[Workspace, Message]:
        workspace = self.team_of_channel(channel)
        message = workspace.message(channel, ts)
        if message is None or message.user != user:
            raise CannotHappen(f"{user} has no message {ts} in {channel}.")
        return workspace, message

    def _seen(self, workspace: Workspace, user: str, channel: str, ts: str) -> Message:
        message = workspace.message(channel, ts)
        if message is None or message.visible_to not in {None, user}:
            raise CannotHappen(f"{user} sees no message {ts} in {channel}.")
        return message

    def _view(self, user: str | None, view_id: str) -> tuple[Workspace, View]:
        for workspace in self.teams.values():
            view = workspace.views.find(view_id)
            if view and user in {None, view.user}:
                return workspace, view
        raise CannotHappen(f"There is no view {view_id!r} that {user or 'anyone'} sees.")

    async def _ask(self, parcel: Parcel) -> Answer:
        started = time.perf_counter()
        outcome = await self.deliveries.ask(parcel)
        return _answer(outcome, (time.perf_counter() - started) * 1000)


def _answer(outcome: Outcome, milliseconds: float) -> Answer:
    if outcome.failure in _TIMED_OUT:
        return Answer(error="operation_timeout", milliseconds=milliseconds)
    if outcome.failure:
        return Answer(error="dispatch_failed", milliseconds=milliseconds)
    return Answer(outcome.document(), milliseconds=milliseconds)


def _after_submission(workspace: Workspace, view: View, answer: Answer) -> Answer:
    """Do with the modals what the app answered; a view that Slack refuses is an error."""
    match answer.action:
        case "errors":
            known = {block["block_id"] for block in view.blocks}
            wrong = not answer.errors or set(answer.errors) - known
            return replace(answer, error="invalid_errors" if wrong else None, view=view)
        case "clear":
            for modal in reversed(workspace.views.open(view.user)):
                workspace.close_view(modal.id)
        case "update" | "push":
            return _next_view(workspace, view, answer)
        case _:
            workspace.close_view(view.id)
    return answer


def _next_view(workspace: Workspace, view: View, answer: Answer) -> Answer:
    content = answer.body.get("view")
    if not isinstance(content, dict):
        return replace(answer, error="invalid_view")
    if found := problems("views.update", {"view": content}):
        return replace(answer, error=found[0])
    views = workspace.views
    try:
        is_update = answer.action == "update"
        shown = views.update(view, content, None) if is_update else views.push(view, content)
    except ViewRefused as refused:
        return replace(answer, error=refused.code)
    return replace(answer, view=workspace.show(shown))
