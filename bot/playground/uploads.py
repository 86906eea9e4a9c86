"""Files that people put into messages: what Slack says of each, and where the app fetches it."""

from __future__ import annotations

import asyncio
import mimetypes
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.playground.faults import Delayed, Dropped, Failed, Faults, RateLimited
from bot.playground.journal import ApiCall, Journal
from bot.playground.workspace import Workspace

PATH = "/files-pri"
FETCHED = "url_private_download"
"""What a fetched file is called in the journal and among the faults."""

_OK = 200
_LOGIN = 302
_NOT_FOUND = 404
_MEDIA = {".jsonl": "application/octet-stream", ".csv": "text/csv", ".json": "application/json"}


@dataclass(frozen=True)
class Upload:
    """A file as a person drops it into a message; one that lies `elsewhere` is a link alone."""

    name: str
    content: bytes = b""
    elsewhere: str = ""


def file_json(workspace: Workspace, site: str, user: str, upload: Upload) -> Mapping[str, Any]:
    """Keep a file, and return what messages say of it."""
    known = workspace.clock.name("F")
    kept = f"{workspace.team.id}-{known}"
    suffix = PurePosixPath(upload.name).suffix.lower()
    named = quote(upload.name, safe="")
    shown = {
        "id": known,
        "created": int(workspace.clock.now()),
        "timestamp": int(workspace.clock.now()),
        "name": upload.name,
        "title": upload.name,
        "mimetype": _MEDIA.get(suffix) or mimetypes.guess_type(upload.name)[0] or "text/plain",
        "filetype": suffix.removeprefix(".") or "text",
        "user": user,
        "editable": False,
        "is_public": False,
    }
    if upload.elsewhere:
        address = {"url_private": upload.elsewhere, "permalink": upload.elsewhere}
        return {
            **shown,
            "mode": "external",
            "is_external": True,
            "external_type": "gdrive",
            "size": 0,
            **address,
        }
    workspace.uploads[known] = upload.content
    return {
        **shown,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "size": len(upload.content),
        "url_private": f"{site}{PATH}/{kept}/{named}",
        "url_private_download": f"{site}{PATH}/{kept}/download/{named}",
    }


@dataclass(frozen=True)
class Downloads:
    """Answers GET for a file, to who shows a token of its team that may read files."""

    teams: Mapping[str, Workspace]
    journal: Journal
    faults: Faults

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Return the file, or misbehave as the faults say."""
        began = time.perf_counter()
        fault = self.faults.of_call(FETCHED)
        workspace = self._owner(request)
        status, content = self._found(workspace, request.match_info["file"])
        match fault:
            case Delayed(seconds):
                await asyncio.sleep(seconds)
            case RateLimited():
                status = 429
            case Failed(given):
                status = given
            case _:
                pass
        self._note(workspace, request, status, (time.perf_counter() - began) * 1000)
        if isinstance(fault, Dropped) and request.transport is not None:
            request.transport.close()
        headers = {"Retry-After": str(fault.retry_after)} if isinstance(fault, RateLimited) else {}
        return _response(workspace, status, content, headers)

    def _owner(self, request: web.Request) -> Workspace | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        owners = (one for one in self.teams.values() if one.team.bot_token == token)
        return next(owners, None)

    @staticmethod
    def _found(workspace: Workspace | None, named: str) -> tuple[int, bytes]:
        team, _, file = named.partition("-")
        if workspace is None or workspace.revoked or "files:read" not in workspace.scopes:
            return _LOGIN, b""
        if team != workspace.team.id or file not in workspace.uploads:
            return _NOT_FOUND, b""
        return _OK, workspace.uploads[file]

    def _note(
        self, workspace: Workspace | None, request: web.Request, status: int, spent: float
    ) -> None:
        result = {"ok": True} if status == _OK else {"ok": False, "error": str(status)}
        given = {"file": request.match_info["file"]}
        team = workspace.team.id if workspace else None
        at = workspace.clock.now() if workspace else time.time()
        self.journal.add(ApiCall(at, team, FETCHED, given, result, status, spent))


def _response(
    workspace: Workspace | None, status: int, content: bytes, headers: Mapping[str, str]
) -> web.Response:
    """Return a file, or what Slack sends in its place: to log in, where it may not be read."""
    if status == _LOGIN:
        domain = workspace.team.domain if workspace else "app"
        to = {"Location": f"https://{domain}.slack.com/?redir=%2Ffiles-pri"}
        return web.Response(status=_LOGIN, headers=to)
    if status != _OK:
        return web.Response(status=status, text="", headers=headers)
    return web.Response(body=content, content_type="application/octet-stream")
