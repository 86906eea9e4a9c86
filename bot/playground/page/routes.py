"""The routes of the page: the page itself, what it is made of, what it shows and what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from secrets import token_urlsafe
from string import Template

from aiohttp import web

from bot.playground.page.behind import behind, everything
from bot.playground.page.deeds import DEEDS, Deed, Said, done
from bot.playground.page.guard import HEADERS, Handler, for_doing, for_reading, refused
from bot.playground.page.snapshot import snapshot
from bot.playground.page.stream import Stream
from bot.playground.slack import LocalSlack

_STATIC = Path(__file__).parent / "static"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def page_routes(
    slack: LocalSlack | Callable[[], LocalSlack], *, note: str
) -> Sequence[web.RouteDef]:
    """Return the routes of a page; a Slack that is still to be made may be given as a function.

    `note` is a line about how the bot reads, shown quietly at the top.
    """
    find = (lambda: slack) if isinstance(slack, LocalSlack) else slack
    page = _Page(find, note)
    return (
        web.get("/", for_reading(page.show)),
        web.get("/archives/{channel}/{message}", for_reading(page.show)),
        web.get("/page/static/{name}", for_reading(page.part)),
        web.get("/page/state", for_reading(page.state)),
        web.get("/page/events", for_reading(page.events)),
        web.get("/page/behind", for_reading(page.behind)),
        web.post("/page/typing", page.doing(page.typing)),
        *(web.post(f"/page/{name}", page.doing(deed)) for name, deed in DEEDS.items()),
    )


class _Page:
    """One page for all who open it; its token lasts as long as the process."""

    def __init__(self, find: Callable[[], LocalSlack], note: str) -> None:
        self._find = find
        self._note = note
        self._token = token_urlsafe(24)
        self._run = token_urlsafe(6)
        self._stream = Stream(self._run)

    def doing(self, deed: Deed) -> Handler:
        """Return the handler of a deed."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await done(deed, self._find(), request)

        return for_doing(handle, self._token)

    async def show(self, _: web.Request) -> web.StreamResponse:
        template = Template((_STATIC / "page.html").read_text("utf-8"))
        text = template.substitute(token=escape(self._token), run=escape(self._run))
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Return a script, the style or the picture; names of files alone, never paths."""
        parts = {file.name: file for file in _STATIC.iterdir() if file.suffix in _KINDS}
        file = parts.get(request.match_info["name"])
        if file is None:
            return refused("There is no such part of the page.", 404)
        kind = _KINDS[file.suffix]
        return web.Response(text=file.read_text("utf-8"), content_type=kind, headers=HEADERS)

    async def state(self, _: web.Request) -> web.StreamResponse:
        shown = {**snapshot(self._find(), self._note), "run": self._run}
        return web.json_response(shown, headers=HEADERS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        return await self._stream.serve(self._find(), request)

    async def behind(self, request: web.Request) -> web.StreamResponse:
        channel, ts = request.query.get("channel", ""), request.query.get("ts", "")
        look = partial(behind, channel=channel, ts=ts) if ts else everything
        return web.json_response(look(self._find()), headers=HEADERS)

    async def typing(self, slack: LocalSlack, said: Said) -> dict[str, str | None]:
        """Tell the other pages who types where; it is kept nowhere."""
        user, channel = said.text("user"), said.text("channel")
        where = {"channel": channel, "thread": said.text_or_none("thread")}
        if user in slack.workspace.users:
            self._stream.tell({"kind": "typing", "user": user, **where})
        return {}
