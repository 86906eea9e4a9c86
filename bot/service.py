"""The service in Slack: its roles are built and joined here, apart from the other commands."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.consultant import Consultant
from bot.domain.rulebook import rulebook_digest
from bot.errors import BadSetting
from bot.market.loader import load_market
from bot.playground.kept import Kept
from bot.playground.page.routes import page_routes
from bot.playground.slack import LocalSlack
from bot.settings import Settings
from bot.slack import replies, roles
from bot.slack.desk import Desk
from bot.slack.front import FrontDoor
from bot.slack.gateway import Gateway, slack_client
from bot.slack.listeners import Ears, listening_app
from bot.slack.manifest import OPTIONAL_SCOPES
from bot.slack.render import Reply
from bot.store.aside import Aside
from bot.store.cases import Cases
from bot.store.connect import AT_WORK, Store, connected
from bot.store.due import Due
from bot.store.fitness import Followers, answers, is_fit, what_is_unsafe
from bot.store.inbox import Inbox
from bot.store.leases import Leases
from bot.store.local import local_server
from bot.store.sealing import Seal, keys_of
from bot.worker import Turns

_PEOPLE = ("Ann", "Ben", "Mina")
Role = Coroutine[None, None, None]
_GARBAGE = (50_000, 20, 50)
"""Objects, and rounds, between two looks for garbage: our choice; with Python's own (700, 10, 10)
a turn takes more processor time in every pair of runs (measured)."""
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a service is reached from outside its container


async def play(settings: Settings, consultant: Consultant) -> None:
    """Run a Slack on localhost, its page, and all our roles beside it, in one process."""
    roles.quiet_logs(settings.log_level)
    _made(settings.data_dir)
    kept = Kept(settings.data_dir / "playground")
    note = _note(settings)
    slack = LocalSlack(port=settings.port, routes=page_routes(lambda: slack, note=note))
    _settle(slack, kept)
    async with _started(slack, settings.port):
        given = {
            "slack_bot_token": SecretStr(slack.bot_token),
            "slack_app_token": SecretStr(slack.app_token),
            "slack_api_url": slack.url,
        }
        welcome = (
            f"Open {slack.site} in your browser. {note} Ctrl+C ends it; what was said is kept."
        )
        await serve(None, settings.model_copy(update=given), consultant, welcome=welcome)


def _settle(slack: LocalSlack, kept: Kept) -> None:
    """Fill the workspace with what was kept, or with three people, a channel and us."""
    workspace = slack.workspace
    if not kept.restore(workspace):
        people = [
            workspace.add_user(name, is_admin=not place).id for place, name in enumerate(_PEOPLE)
        ]
        workspace.add_channel("general", *people, workspace.team.bot_user)
        workspace.add_channel("random", *people, workspace.team.bot_user)
    workspace.scopes.update(OPTIONAL_SCOPES)
    workspace.listeners.append(kept.write)


@contextlib.asynccontextmanager
async def _started(slack: LocalSlack, port: int) -> AsyncIterator[None]:
    try:
        await slack.__aenter__()
    except OSError as error:
        raise BadSetting(
            f"Port {port} cannot be used: is another process on it? Set PORT to another."
        ) from error
    try:
        yield
    finally:
        await slack.__aexit__()


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"DATA_DIR cannot be used: {folder} can be neither made nor written to."
        ) from error


def _note(settings: Settings) -> str:
    if settings.has_model:
        return f"{settings.openai_model} reads what you write; rules decide."
    return "No model is set, so the cue reader reads, and asks a little more."


async def serve(
    role: str | None, settings: Settings, consultant: Consultant, *, welcome: str = ""
) -> None:
    """Run one role, or all of them where none is named, until told to stop."""
    _made(settings.data_dir)
    roles.quiet_logs(settings.log_level)
    token = _needed(settings.slack_bot_token, "SLACK_BOT_TOKEN")
    if role != "worker":
        _way_in(role, settings)
    stop = roles.told_to_stop()
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url or stack.enter_context(local_server(settings.data_dir / "redis"))
        redis = await stack.enter_async_context(connected(url))
        await roles.once_it_answers(lambda: answers(redis), stop, _say)
        for line in await what_is_unsafe(redis):
            _say(line)
        slack = await stack.enter_async_context(slack_client(token, settings.slack_api_url))
        gateway = Gateway(slack)
        followers = Followers(redis)
        await followers.look()
        seal = Seal(keys_of(_text(settings.encryption_keys), settings.data_dir))

        def desk_over(store: Store) -> Desk:
            return Desk(
                consultant=consultant,
                cases=Cases(store, seal, days=settings.retention_days, replicas=followers.wanted),
                inbox=Inbox(store, seal, replicas=followers.wanted),
                aside=Aside(store),
                gateway=gateway,
            )

        running: list[Role] = []
        if role != "worker":
            ears = await _ears(desk_over(redis), settings, redis, stop)
            app = listening_app(slack, token, ears)
            hearing = _hearing(role, app, settings, lambda: is_fit(redis), stop, welcome=welcome)
            running.append(hearing)
        if role in {None, "worker"}:
            store = await stack.enter_async_context(connected(url, AT_WORK))
            await consultant.ready()
            running.append(_warmed_up(consultant))
            name = uuid4().hex
            due, leases = Due(store, reader=name), Leases(store, reader=name)
            running.append(Turns(desk_over(store).take, due, leases).work(stop))
            if role == "worker":
                _say("Taking turns")
        running.append(_looking(stop, followers))
        await roles.until_told(stop, *running)


async def _looking(stop: roles.Stop, followers: Followers) -> None:
    """Look for replicas now and then until told to stop."""
    task = asyncio.create_task(followers.keep_looking())
    await stop.wait()
    task.cancel()


async def _warmed_up(consultant: Consultant) -> None:
    """Make ready what first turns would wait for, beside them."""
    await asyncio.to_thread(consultant.warm_up)
    # All that was loaded stays: to look through it for garbage stops every turn for 90 ms.
    gc.collect()
    gc.freeze()
    # What a turn leaves behind is freed as it goes but for a few cycles: they may wait for more.
    gc.set_threshold(*_GARBAGE)


async def _ears(desk: Desk, settings: Settings, redis: Store, stop: roles.Stop) -> Ears:
    identity = await roles.who_we_are(desk.gateway, stop, _say)
    status = _status(redis, settings)
    return Ears(desk.inbox, desk.cases, desk.gateway, identity, status, desk.headline_of)


async def set_aside(settings: Settings, retry: str, say: Callable[[str], None]) -> None:
    """List the turns that were set aside, or put one back into its line."""
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url or stack.enter_context(local_server(settings.data_dir / "redis"))
        aside = Aside(await stack.enter_async_context(connected(url)))
        if retry:
            place = await aside.retry(retry)
            say(f"{retry} is back in the line of {place.key}.")
            return
        rows = await aside.rows()
        for row in rows:
            say(f"{row.id}  {row.place.key}  {row.kind}  {row.error}")
        if not rows:
            say("Nothing is set aside.")


def _hearing(  # noqa: PLR0913 - what it is to hear, where, and what it says then
    role: str | None,
    app: AsyncApp,
    settings: Settings,
    ready: Callable[[], Awaitable[bool]],
    stop: roles.Stop,
    *,
    welcome: str,
) -> Role:
    """Return the role that hears Slack: over Socket Mode where asked, or where only that is set."""
    over_socket, secret = _way_in(role, settings)
    if over_socket:
        return roles.serve_socket(app, secret, stop, _say, welcome=welcome)
    door = FrontDoor(app, secret=secret, ready=ready)
    return roles.serve_http(door, _EVERYWHERE, settings.port, stop, _say)


def _way_in(role: str | None, settings: Settings) -> tuple[bool, str]:
    """Return whether we hear over Socket Mode, and the secret that this or HTTP needs."""
    if role == "socket" or (role is None and settings.slack_app_token is not None):
        return True, _needed(settings.slack_app_token, "SLACK_APP_TOKEN")
    return False, _needed(settings.slack_signing_secret, "SLACK_SIGNING_SECRET")


def _status(redis: Store, settings: Settings) -> Callable[[], Awaitable[Reply]]:
    async def status() -> Reply:
        return replies.status(
            {
                "Conversations": "kept" if await answers(redis) else "cannot be kept just now",
                "Reader": settings.openai_model if settings.has_model else "the cue reader",
                "Rule book": rulebook_digest(load_market()),
            }
        )

    return status


def _needed(secret: SecretStr | None, name: str) -> str:
    if secret is None:
        raise BadSetting(f"{name} is not set: copy it from your app's page on api.slack.com.")
    return secret.get_secret_value()


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
