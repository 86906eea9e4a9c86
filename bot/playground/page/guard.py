"""Who may use the page: this machine's own browser, and no other site that is open in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from secrets import compare_digest
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN_HEADER = "X-Page-Token"  # noqa: S105 -- the header's name
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # What people write never becomes markup, whatever a later edit of the scripts tries.
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def for_reading(handler: Handler) -> Handler:
    """Let only this machine's addresses read: a foreign name that leads here is a trick."""

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        if not _is_here(request):
            return refused("This page is at 127.0.0.1 or localhost alone.")
        return await handler(request)

    return checked


def for_doing(handler: Handler, token: str) -> Handler:
    """Let only our own page do something: it has the token, and comes from this very address."""

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        if not (_is_here(request) and _is_ours(request)):
            return refused("Only the page itself may do this.")
        if not compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
            return refused("This page is from an earlier start: load it again.")
        return await handler(request)

    return checked


def refused(sentence: str, status: int = 403) -> web.Response:
    """Return why something was not done, in one sentence."""
    return web.json_response({"error": sentence}, status=status, headers=HEADERS)


def _is_here(request: web.Request) -> bool:
    return _host(f"//{request.host}") in _HERE


def _is_ours(request: web.Request) -> bool:
    origin = request.headers.get("Origin", "")
    return urlsplit(origin).netloc == request.host and origin.startswith("http://")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
