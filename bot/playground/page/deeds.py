"""What people do on the page, each a POST: say, edit, press, fill in and send."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.playground.errors import CannotHappen
from bot.playground.page.composed import composed
from bot.playground.page.guard import HEADERS, refused
from bot.playground.page.snapshot import view_json
from bot.playground.slack import Answer, LocalSlack
from bot.playground.uploads import Upload
from bot.playground.workspace import Workspace

Json = dict[str, Any]

_MOST_FILES = 10
_LONGEST_TEXT = 40_000


class Unreadable(Exception):
    """The page sent something else than it does."""


class Said:
    """The body of a POST; each field is there and of its type, or the deed is refused."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def text(self, name: str) -> str:
        """Return a text that has to be there."""
        value = self._body.get(name)
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise Unreadable(f"{name} has to be a text of at most {_LONGEST_TEXT} characters.")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return None if self._body.get(name) in {None, ""} else self.text(name)

    def files(self) -> tuple[Upload, ...]:
        """Return a few files, or none."""
        value = self._body.get("files") or []
        if not isinstance(value, list) or len(value) > _MOST_FILES:
            raise Unreadable(f"files has to be a list of at most {_MOST_FILES}.")
        return tuple(map(_upload, value))

    def choice(self, name: str) -> object:
        """Return what was chosen: nothing, one value or several."""
        value = self._body.get(name)
        if isinstance(value, list):
            return tuple(map(str, value))
        return None if value is None else str(value)

    def values(self) -> Mapping[str, Any]:
        """Return what is filled in, by block and action."""
        value = self._body.get("values") or {}
        if not isinstance(value, Mapping) or not all(
            isinstance(v, Mapping) for v in value.values()
        ):
            raise Unreadable("values has to be an object of objects.")
        return value


def _upload(row: object) -> Upload:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not row["name"]:
        raise Unreadable("A file has to have a name, and its content in base64.")
    try:
        return Upload(row["name"], b64decode(str(row.get("content") or ""), validate=True))
    except binascii.Error as error:
        raise Unreadable("The content of a file has to be base64.") from error


Deed = Callable[[LocalSlack, Said], Awaitable[Json]]


async def done(deed: Deed, slack: LocalSlack, request: web.Request) -> web.Response:
    """Do it, and return what came of it or why Slack's own client would not let it be done."""
    try:
        return web.json_response(await deed(slack, await _said(request)), headers=HEADERS)
    except Unreadable as error:
        return refused(str(error), 400)
    except CannotHappen as error:
        return refused(error.sentence, 409)


async def _said(request: web.Request) -> Said:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if request.content_type != "application/json" or not isinstance(body, dict):
        raise Unreadable("The body has to be a JSON object.")
    return Said(body)


async def _say(slack: LocalSlack, said: Said) -> Json:
    channel, files = said.text("channel"), said.files()
    text = _composed(slack.workspace, said.text("text"))
    if not text and not files:
        raise CannotHappen("There is nothing to send yet.")
    ts = await slack.say(said.text("user"), channel, text, said.text_or_none("thread"), files)
    return {"ts": ts}


async def _edit(slack: LocalSlack, said: Said) -> Json:
    text = _composed(slack.workspace, said.text("text"))
    if not text:
        raise CannotHappen("A message cannot be emptied: delete it instead.")
    await slack.edit(said.text("user"), said.text("channel"), said.text("ts"), text)
    return {}


async def _delete(slack: LocalSlack, said: Said) -> Json:
    channel, ts = said.text("channel"), said.text("ts")
    if slack.message(channel, ts) is None:
        raise CannotHappen("This message is gone already.")
    await slack.delete(said.text("user"), channel, ts)
    return {}


async def _command(slack: LocalSlack, said: Said) -> Json:
    user, channel = said.text("user"), said.text("channel")
    return _answered(await slack.command(user, channel, said.text("command"), said.text("text")))


async def _press(slack: LocalSlack, said: Said) -> Json:
    user, action, value = said.text("user"), said.text("action"), said.choice("value")
    if view := said.text_or_none("view"):
        return _answered(await slack.press_in_view(user, view, action, value, said.values()))
    channel, ts = said.text("channel"), said.text("ts")
    return _answered(await slack.press(user, channel, ts, action, value))


async def _submit(slack: LocalSlack, said: Said) -> Json:
    return _answered(await slack.submit(said.text("user"), said.text("view"), said.values()))


async def _close(slack: LocalSlack, said: Said) -> Json:
    return _answered(await slack.close(said.text("view")))


async def _home(slack: LocalSlack, said: Said) -> Json:
    """Look at the app; its home tab comes as news when the app publishes it."""
    user = said.text("user")
    view = await slack.open_home(user, said.text("tab"))
    return {"channel": await slack.dm(user), "view": view_json(view) if view else None}


async def _invite(slack: LocalSlack, said: Said) -> Json:
    """Make the bot a member of a channel."""
    user, channel = _member(slack, said)
    await slack.invite(slack.workspace.team.bot_user, channel, inviter=user)
    return {}


async def _remove(slack: LocalSlack, said: Said) -> Json:
    """Take the bot out of a channel."""
    _, channel = _member(slack, said)
    await slack.remove(slack.workspace.team.bot_user, channel)
    return {}


def _member(slack: LocalSlack, said: Said) -> tuple[str, str]:
    """Return who does something to a channel, and the channel: one that they are in."""
    user, channel = said.text("user"), said.text("channel")
    found = slack.workspace.channel(channel)
    if found.kind == "im" or user not in found.members:
        raise CannotHappen("Only a member of a channel can do that.")
    return user, channel


def _composed(workspace: Workspace, typed: str) -> str:
    return composed(typed, {user.name.lower(): user.id for user in workspace.users.values()})


def _answered(answer: Answer) -> Json:
    return {"error": answer.error, "action": answer.action, "errors": dict(answer.errors)}


DEEDS: Mapping[str, Deed] = {
    "say": _say,
    "edit": _edit,
    "delete": _delete,
    "command": _command,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "invite": _invite,
    "remove": _remove,
}
