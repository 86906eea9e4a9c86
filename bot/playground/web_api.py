"""The front door of the Web API: tokens, scopes, rate limits and faults around every method."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from aiohttp import web

from bot.playground.errors import Refusal
from bot.playground.faults import ApiFault, Delayed, Dropped, Failed, Faults, RateLimited, Refused
from bot.playground.journal import ApiCall, Journal
from bot.playground.methods import METHODS
from bot.playground.methods.call import Call, Method, Place
from bot.playground.payloads import Json
from bot.playground.rates import Rates
from bot.playground.sockets import PATH, Sockets
from bot.playground.workspace import Workspace

_CONNECT = "apps.connections.open"


@dataclass(frozen=True)
class _Answer:
    result: Json
    status: int = 200
    retry_after: int | None = None
    dropped: bool = False


@dataclass(frozen=True)
class _Asked:
    """A request as it came in: whose token, which method, which arguments."""

    method: str
    token: str
    arguments: Mapping[str, Any]
    workspace: Workspace | None


@dataclass(frozen=True)
class WebApi:
    """Answers POST and GET /api/{method}."""

    place: Place
    teams: Mapping[str, Workspace]
    journal: Journal
    faults: Faults
    rates: Rates
    sockets: Sockets

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a call, or misbehave as the faults say."""
        at, started = self.place.settings.now(), time.perf_counter()
        asked = await self._asked(request)
        fault = self.faults.of_call(asked.method)
        if isinstance(fault, Delayed):
            await asyncio.sleep(fault.seconds)
        answer = self._with_fault(asked, fault)
        spent = (time.perf_counter() - started) * 1000
        team = asked.workspace.team.id if asked.workspace else None
        said = (answer.result, answer.status, spent, answer.dropped)
        self.journal.add(ApiCall(at, team, asked.method, asked.arguments, *said))
        return _closed(request) if answer.dropped else self._response(asked, answer)

    async def _asked(self, request: web.Request) -> _Asked:
        arguments = await _arguments(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = bearer or str(arguments.pop("token", "") or "")
        arguments.pop("token", None)
        owners = (w for w in self.teams.values() if w.team.bot_token == token)
        return _Asked(request.match_info["method"], token, arguments, next(owners, None))

    def _with_fault(self, asked: _Asked, fault: ApiFault | None) -> _Answer:
        match fault:
            case RateLimited(seconds):
                return _limited(seconds)
            case Failed(status, after_work) | Refused(status, after_work) if not after_work:
                return _broken(status)
            case Failed(status) | Refused(status):
                self._done(asked)
                return _broken(status)
            case Dropped():
                return replace(self._done(asked), dropped=True)
            case _:
                return self._done(asked)

    def _done(self, asked: _Asked) -> _Answer:
        try:
            return self._allowed(asked)
        except Refusal as refusal:
            return _Answer(refusal.body())

    def _allowed(self, asked: _Asked) -> _Answer:
        if asked.method == _CONNECT:
            return self._connect(asked)
        if asked.method not in METHODS:
            raise Refusal("unknown_method", req_method=asked.method)
        workspace = self._authorised(asked)
        method = METHODS[asked.method]
        call = Call(asked.method, workspace, asked.arguments, self.place)
        if seconds := self._over_rate(call):
            return _limited(seconds)
        _check(method, call)
        return _Answer({"ok": True, **method.run(call)})

    def _connect(self, asked: _Asked) -> _Answer:
        if not asked.token:
            raise Refusal("not_authed")
        if asked.token != self.place.settings.app_token:
            raise Refusal("not_allowed_token_type" if asked.workspace else "invalid_auth")
        socket_site = self.place.site.replace("http://", "ws://", 1)
        return _Answer({"ok": True, "url": f"{socket_site}{PATH}?{self.sockets.ticket()}"})

    def _authorised(self, asked: _Asked) -> Workspace:
        if not asked.token:
            raise Refusal("not_authed")
        if asked.token == self.place.settings.app_token:
            raise Refusal("not_allowed_token_type")
        if asked.workspace is None:
            raise Refusal("invalid_auth")
        if asked.workspace.revoked:
            raise Refusal(asked.workspace.revoked)
        return asked.workspace

    def _over_rate(self, call: Call) -> int:
        if not self.place.settings.rate_limits:
            return 0
        return self.rates.wait_for_room(call.workspace.team.id, call.method, call.text("channel"))

    def _response(self, asked: _Asked, answer: _Answer) -> web.Response:
        headers = {"x-slack-req-id": token_hex(8)}
        if asked.workspace:
            headers["x-oauth-scopes"] = ",".join(sorted(asked.workspace.scopes))
        if answer.retry_after is not None:
            headers["Retry-After"] = str(answer.retry_after)
        if not answer.result:
            page = "<html><body>Something went wrong</body></html>"
            return web.Response(
                text=page, status=answer.status, content_type="text/html", headers=headers
            )
        return web.json_response(answer.result, status=answer.status, headers=headers)


def _check(method: Method, call: Call) -> None:
    missing = [name for name in method.required if call.arguments.get(name) is None]
    if missing:
        said = [f"missing required field: {name}" for name in missing]
        raise Refusal("invalid_arguments", *said)
    needed = method.needed_scope(call)
    granted = call.workspace.scopes
    if needed and needed not in granted:
        raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(granted)))


def _limited(seconds: int) -> _Answer:
    return _Answer({"ok": False, "error": "ratelimited"}, 429, seconds)


def _broken(how: int | str) -> _Answer:
    if isinstance(how, int):
        return _Answer({}, how)
    return _Answer(Refusal(how).body())


def _closed(request: web.Request) -> web.Response:
    """Close the connection in mid-request: the app cannot know that the work was done."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Return the arguments from wherever Slack takes them: the query, a form or JSON."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            # Then whatever the method cannot do without is missing, and it says so.
            body = None
        return {**arguments, **body} if isinstance(body, dict) else arguments
    return {**arguments, **await request.post()}
