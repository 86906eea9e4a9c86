"""What we listen to in Slack: every listener keeps what was done, and answers nothing itself.

Kept, with its case due, then acknowledged: Bolt holds its 200 back until the listener is done.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.conversation import fold
from bot.errors import BotError, SlackFailed, StoreFailed, StoreFull
from bot.slack import modals, replies
from bot.slack.gateway import Gateway, Identity
from bot.slack.home import CaseLine, home
from bot.slack.manifest import PROMPTS
from bot.slack.render import Reply
from bot.slack.said import from_command, from_message, from_press, is_outsider, mentions
from bot.store.arrivals import Arrival, Kind, place_named
from bot.store.cases import Case, Cases
from bot.store.inbox import Inbox, Put

_LOG = logging.getLogger(__name__)
_SHOWN_CASES = 10
"""Cases that the home tab shows: our choice, what fits a phone."""

_JSON: Mapping[str, str | Sequence[str]] = {"Content-Type": "application/json"}
_TOLD_SECONDS = 60.0
_MOST_TOLD = 10_000

_ANSWER = re.compile(r"^(answer|unknown):")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ears:
    """What the listeners need: where things are kept, the way out to Slack, who we are."""

    inbox: Inbox
    cases: Cases
    gateway: Gateway
    identity: Identity
    status: Callable[[], Awaitable[Reply]]
    headline_of: Callable[[Case], str]

    async def keep(self, arrival: Arrival, *, only_known: bool = False) -> bool:
        """Keep an arrival; False where only a known case would do, and there is none.

        A deletion is kept however much waits: what somebody took back is not to be read.
        """
        put = await self.inbox.put(
            arrival, only_known=only_known, at_any_rate=arrival.kind is Kind.DELETED
        )
        return put is not Put.UNKNOWN


def listening_app(client: AsyncWebClient, token: str, ears: Ears) -> AsyncApp:
    """Return Bolt's app with all our listeners; it makes no call of its own."""
    identity = ears.identity

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            bot_token=token,
            bot_id=identity.bot,
            bot_user_id=identity.user,
        )

    app = AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=client,
        authorize=authorize,
        # The front door has checked the signature, and Socket Mode has none.
        request_verification_enabled=False,
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
    )
    told = _ToldSoon()
    _hear_messages(app, ears, told)
    _hear_commands(app, ears)
    _hear_presses(app, ears)
    _hear_presses_at_home(app, ears)
    _hear_forms(app, ears)
    _hear_arrivals_of_people(app, ears)
    _answer_failures(app)
    return app


def _hear_messages(app: AsyncApp, ears: Ears, told: _ToldSoon) -> None:
    async def on_message(event: Body, body: Body) -> BoltResponse | None:
        us = ears.identity.user
        arrival = from_message(ears.identity.team, event, str(body.get("event_id") or ""), us)
        if arrival is None:
            return None
        text = str((event.get("message") or event).get("text") or "")
        # Where we may read, one text comes twice: as a mention and as a message.
        asked = event.get("type") == "app_mention" or arrival.place.is_direct
        may_open = not is_outsider(body, ears.identity)
        opens = may_open and (asked or mentions(text, us))
        try:
            is_kept = await ears.keep(arrival, only_known=not opens)
        except StoreFull:
            # Here, for it may be thousands of times a minute: Bolt's own way takes twice as long.
            return await _turn_down(ears, told, event)
        if asked and not is_kept and arrival.kind is Kind.SAID:
            await _turn_away(ears, arrival)
        return None

    app.event("app_mention")(on_message)
    app.event("message")(on_message)


async def _turn_away(ears: Ears, arrival: Arrival) -> None:
    told = replies.outsider()
    await ears.gateway.whisper(arrival.place.channel, arrival.author, told.text, told.blocks)


def _hear_commands(app: AsyncApp, ears: Ears) -> None:
    async def on_command(ack: AsyncAck, body: Body) -> None:
        text = str(body.get("text") or "").strip()
        is_one_of_us = not is_outsider(body, ears.identity)
        answer = await _command_answer(ears, body, text) if is_one_of_us else replies.outsider()
        if answer is None:
            await ack()
        else:
            await ack(text=answer.text, blocks=list(answer.blocks), response_type="ephemeral")

    app.command(re.compile(r"^/"))(on_command)


async def _command_answer(  # noqa: PLR0911 - a word of the command each
    ears: Ears, body: Body, text: str
) -> Reply | None:
    match text.lower():
        case "":
            view = modals.problem_modal(str(body["channel_id"]))
            await ears.gateway.open_modal(str(body["trigger_id"]), view)
            return None
        case "help":
            return replies.usage(history=ears.gateway.reads_along)
        case "rules":
            return replies.rules_overview()
        case "costs":
            return replies.costs(None)
        case "status":
            return await ears.status()
        case "forget":
            count = await ears.cases.forget(ears.identity.team, str(body["user_id"]))
            return replies.forgotten(count)
        case _:
            await ears.keep(from_command(ears.identity.team, body, text))
            return replies.on_it()


def _hear_presses(app: AsyncApp, ears: Ears) -> None:
    async def on_answer(ack: AsyncAck, body: Body, action: Body) -> None:
        arrival = from_press(ears.identity.team, body, action)
        if arrival is not None:
            await ears.keep(arrival)
        await ack()

    async def on_correct(ack: AsyncAck, body: Body, action: Body) -> None:
        arrival = from_press(ears.identity.team, body, action)
        await ack()
        if arrival is None:
            return
        case = await ears.cases.load(arrival.place)
        if not case.statements:
            gone = replies.no_such_case()
            place = arrival.place
            await ears.gateway.whisper(
                place.channel, arrival.author, gone.text, thread=place.thread
            )
            return
        view = modals.correct_modal(fold(case.statements), arrival.place.key)
        await ears.gateway.open_modal(str(body["trigger_id"]), view)

    app.action(_ANSWER)(on_answer)
    app.action("correct")(on_correct)


def _hear_presses_at_home(app: AsyncApp, ears: Ears) -> None:
    """Hear what is pressed in the home tab, which people of other organisations have not."""

    async def on_forget(ack: AsyncAck, body: Body) -> None:
        user = str(body["user"]["id"])
        await ears.cases.forget(ears.identity.team, user)
        await ack()
        await _publish_home(ears, user)

    async def on_start(ack: AsyncAck, body: Body) -> None:
        if not is_outsider(body, ears.identity):
            await ears.gateway.open_modal(str(body["trigger_id"]), modals.problem_modal(""))
        await ack()

    async def on_anything_else(ack: AsyncAck) -> None:
        await ack()

    app.action("forget")(on_forget)
    app.action("start")(on_start)
    app.action(re.compile(".*"))(on_anything_else)


def _hear_forms(app: AsyncApp, ears: Ears) -> None:
    async def on_problem(ack: AsyncAck, body: Body, view: Body) -> None:
        values = view["state"]["values"]
        facts, wrong, _ = modals.facts_from(values, None)
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        trigger = {"trigger_id": view["id"], "user_id": body["user"]["id"]}
        arrival = from_command(ears.identity.team, trigger, modals.problem_text(values))
        given = tuple((fact.name, _given(fact.value)) for fact in facts)
        await ears.keep(replace(arrival, facts=given))
        await ack()
        if channel := str(view["private_metadata"]):
            # Whoever typed the command there is told where to look; we may not be in it.
            with suppress(SlackFailed):
                await ears.gateway.whisper(channel, arrival.author, replies.on_it().text)

    async def on_correct(ack: AsyncAck, body: Body, view: Body) -> None:
        place = place_named(str(view["private_metadata"]))
        case = await ears.cases.load(place)
        facts, wrong, cleared = modals.facts_from(view["state"]["values"], fold(case.statements))
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        if facts or cleared:
            given = tuple((fact.name, _given(fact.value)) for fact in facts)
            await ears.keep(
                Arrival(
                    place,
                    f"{time.time():.6f}",
                    Kind.CORRECTED,
                    str(body["user"]["id"]),
                    event=str(view["id"]),
                    facts=given,
                    cleared=tuple(sorted(cleared)),
                )
            )
        await ack()

    app.view("problem")(on_problem)
    app.view("correct")(on_correct)


def _given(value: object) -> str:
    """Return a value as it is kept in an arrival: yes and no for what is one of the two."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _hear_arrivals_of_people(app: AsyncApp, ears: Ears) -> None:
    us = ears.identity

    async def greet_in_person(channel: str, user: str) -> None:
        if not await ears.cases.first_time(us.team, user):
            return
        if await ears.gateway.is_outsider(user, us):
            return
        hello = replies.greeting(us.name)
        await ears.gateway.post(channel, hello.text, hello.blocks)
        # Last, so that the greeting stands where Slack has no agent view or shows no prompts.
        await ears.gateway.suggest(channel, PROMPTS)

    async def on_home(event: Body) -> None:
        if event.get("tab") == "messages":
            await greet_in_person(str(event["channel"]), str(event["user"]))
        else:
            await _publish_home(ears, str(event["user"]))

    async def on_joined(event: Body) -> None:
        channel = str(event["channel"])
        if event.get("user") == us.user and await ears.cases.first_time(us.team, channel):
            hello = replies.greeting(us.name, in_channel=True)
            await ears.gateway.post(channel, hello.text, hello.blocks)

    app.event("app_home_opened")(on_home)
    app.event("member_joined_channel")(on_joined)


async def _publish_home(ears: Ears, user: str) -> None:
    """Show somebody their App Home: the cases that they opened, newest first.

    Slack lets people of other organisations open it too, and does not say in the event who they
    are; they are shown nothing.
    """
    if await ears.gateway.is_outsider(user, ears.identity):
        return
    places = (await ears.cases.opened_by(ears.identity.team, user))[:_SHOWN_CASES]
    lines = [await _case_line(ears, await ears.cases.load(place)) for place in places]
    await ears.gateway.publish_home(user, home(lines, bot_name=ears.identity.name))


async def _case_line(ears: Ears, case: Case) -> CaseLine:
    day = datetime.fromtimestamp(case.opened, UTC).date()
    channel = "" if case.place.is_direct else case.place.channel
    link = await ears.gateway.link(case.place.channel, case.card) if case.card else ""
    return CaseLine(ears.headline_of(case), channel, day, link)


class _ToldSoon:
    """Who was told lately that too much waits: once a minute each is enough."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def is_new(self, channel: str, user: str) -> bool:
        """Whether somebody is to be told now; whoever is, is not again for a minute."""
        now = self._clock()
        if self._until.get((channel, user), now) > now:
            return False
        if len(self._until) >= _MOST_TOLD:
            self._until.clear()
        self._until[channel, user] = now + _TOLD_SECONDS
        return True

    def forget(self, channel: str, user: str) -> None:
        """Take back that somebody was told."""
        self._until.pop((channel, user), None)


async def _turn_down(ears: Ears, told: _ToldSoon, event: Body) -> BoltResponse:
    """Tell whoever wrote that too much waits; where that cannot be, Slack sends the event again."""
    # Of an edit, Slack says in the message itself who made it.
    author = event.get("user") or (event.get("message") or {}).get("user")
    channel, user = str(event.get("channel") or ""), str(author or "")
    if user and told.is_new(channel, user):
        full = replies.too_much_waits()
        _LOG.warning("too much of the workspace waits: somebody is told")
        try:
            await ears.gateway.whisper(channel, user, full.text, full.blocks)
        except SlackFailed:
            told.forget(channel, user)
            return BoltResponse(status=503, body="")
    return BoltResponse(status=200, body="")


def _said_in_form(view: Body, sentence: str) -> BoltResponse:
    """Say something at the first field of a form, which stays open with all that was filled in."""
    field = next(one["block_id"] for one in view["blocks"] if one["type"] == "input")
    body = {"response_action": "errors", "errors": {field: sentence}}
    return BoltResponse(status=200, body=json.dumps(body), headers={**_JSON})


def _answer_failures(app: AsyncApp) -> None:
    async def on_failure(error: Exception, body: Body, respond: AsyncRespond) -> BoltResponse:
        if not isinstance(error, BotError):
            _LOG.error("a listener failed: %s", type(error).__name__)
            return BoltResponse(status=500, body="")
        _LOG.warning("a listener could not finish: %s", type(error).__name__)
        if "event" in body:
            # Slack sends an event again, and it is kept then; a failed greeting is not worth it.
            return BoltResponse(status=503 if isinstance(error, StoreFailed) else 200, body="")
        if isinstance(error, SlackFailed):
            return BoltResponse(status=200, body="")
        full = isinstance(error, StoreFull)
        sorry = (replies.too_much_waits() if full else replies.not_saved()).text
        if body.get("type") == "view_submission":
            return _said_in_form(body["view"], sorry)
        if body.get("response_url") and "command" not in body:
            await respond(sorry, response_type="ephemeral", replace_original=False)
        return BoltResponse(status=200, body=sorry if "command" in body else "")

    app.error(on_failure)
