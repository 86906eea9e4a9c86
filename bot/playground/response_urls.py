"""response_url: five answers within half an hour to where a person did something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from aiohttp import web

from bot.playground.journal import Journal, ResponseUrlUsed
from bot.playground.limits import problems
from bot.playground.settings import Settings
from bot.playground.workspace import Message, Workspace

PATH = "/respond"
_MOST_USES = 5
_TRUE = {1, "true", "True"}


@dataclass(frozen=True)
class Spot:
    """Where a person did something; the original is the message with the button, if any."""

    workspace: Workspace
    channel: str
    user: str
    original_ts: str | None = None


@dataclass(frozen=True)
class _Given:
    spot: Spot
    at: float
    uses: int = 0


class Unusable(Exception):
    def __init__(self, code: str, status: int = 404) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class ResponseUrls:
    """Every response_url that was handed out."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._given: dict[str, _Given] = {}

    def new(self, site: str, spot: Spot) -> str:
        """Return a URL for what a person just did."""
        key = token_hex(16)
        self._given[key] = _Given(spot, self._settings.now())
        return f"{site}{PATH}/{key}"

    async def answer(self, request: web.Request) -> web.Response:
        """Take what the app posts."""
        try:
            body = await request.json()
        except ValueError:
            body = None
        arguments = body if isinstance(body, dict) else {}
        key = request.match_info["key"]
        team, status, text = "", 200, "ok"
        try:
            spot = self._use(key)
            team = spot.workspace.team.id
            respond(spot, arguments)
        except Unusable as unusable:
            status, text = unusable.status, unusable.code
        record = ResponseUrlUsed(self._settings.now(), team, arguments, status, text)
        self._journal.add(record)
        if status == 200:  # noqa: PLR2004
            return web.Response(text=text)
        return web.json_response({"ok": False, "error": text}, status=status)

    def _use(self, key: str) -> Spot:
        given = self._given.get(key)
        if given is None:
            raise Unusable("invalid_url")
        if given.uses >= _MOST_USES:
            raise Unusable("used_url")
        if self._settings.now() - given.at > self._settings.response_url_seconds:
            raise Unusable("expired_url")
        self._given[key] = replace(given, uses=given.uses + 1)
        return given.spot


def respond(spot: Spot, arguments: Mapping[str, Any]) -> Message | None:
    """Do what an answer to a person's deed asks for; return the message that it made."""
    original = spot.workspace.message(spot.channel, spot.original_ts or "")
    if original and arguments.get("delete_original") in _TRUE:
        spot.workspace.delete(spot.channel, original.ts)
        return None
    content = _content(arguments)
    if original and arguments.get("replace_original") in _TRUE:
        bot = spot.workspace.team.bot_user
        return spot.workspace.edit(spot.channel, original.ts, bot, **content)
    return spot.workspace.post(_message(spot, arguments, content))


def _content(arguments: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        "text": str(arguments.get("text") or ""),
        "blocks": tuple(arguments.get("blocks") or ()),
        "attachments": tuple(arguments.get("attachments") or ()),
    }
    if not any(content.values()):
        raise Unusable("no_text", 400)
    if found := problems("response_url", arguments):
        raise Unusable(found[0].partition(":")[0], 400)
    return content


def _message(spot: Spot, arguments: Mapping[str, Any], content: Mapping[str, Any]) -> Message:
    team = spot.workspace.team
    for_all = arguments.get("response_type") == "in_channel"
    message = Message(spot.channel, team.bot_user, **content, bot_id=team.bot_id)
    return replace(
        message,
        thread_ts=arguments.get("thread_ts"),
        metadata=arguments.get("metadata"),
        visible_to=None if for_all else spot.user,
    )
