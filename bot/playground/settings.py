"""What can be set on a Slack on localhost, before it starts or while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from secrets import token_hex

from aiohttp import web

# What our manifest asks for without the optional history of channels.
USUAL_SCOPES = frozenset(
    {
        *("app_mentions:read", "assistant:write", "chat:write", "commands"),
        *("im:history", "im:read", "im:write", "users:read", "files:read"),
    }
)


@dataclass(kw_only=True, eq=False)
class Settings:
    """Where and how this Slack runs; the times are Slack's own unless a test shortens them.

    Without a `request_url` the app is expected on Socket Mode. `time_scale` multiplies the waits
    between retries; what the app may take to answer is `ack_seconds`, not scaled, for the app
    under test is not scaled either.
    """

    port: int = 0
    request_url: str | None = None
    signing_secret: str = field(repr=False, default_factory=lambda: token_hex(16))
    bot_token: str = field(repr=False, default_factory=lambda: f"xoxb-{token_hex(12)}")
    app_token: str = field(repr=False, default_factory=lambda: f"xapp-1-A1-{token_hex(12)}")
    scopes: Iterable[str] = USUAL_SCOPES
    rate_limits: bool = False
    burst: int = 5
    agent_view: bool = True
    ack_seconds: float = 3.0
    retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
    time_scale: float = 1.0
    trigger_seconds: float = 3.0
    response_url_seconds: float = 1800.0
    now: Callable[[], float] = time.time
    # More for the same server, such as a page.
    routes: Iterable[web.AbstractRouteDef] = ()
