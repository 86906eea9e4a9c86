"""The baseline of the front door: Bolt as its documentation has it, with an empty listener.

Bolt's own signature check and ASGI adapter, under the same uvicorn with the same settings.
"""

from __future__ import annotations

import asyncio
import logging

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import read_settings


def bare_app(token: str, secret: str, url: str) -> AsyncApp:
    """Return an app that listens to mentions and does nothing."""
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=url), signing_secret=secret)

    async def nothing() -> None:
        """Do nothing."""

    app.event("app_mention")(nothing)
    return app


async def main() -> None:
    """Serve until killed."""
    logging.basicConfig(level="ERROR")
    settings = read_settings()
    token, secret = settings.slack_bot_token, settings.slack_signing_secret
    if token is None or secret is None:
        raise SystemExit("bench.bare is started by the bench.")
    app = bare_app(token.get_secret_value(), secret.get_secret_value(), settings.slack_api_url)
    config = uvicorn.Config(
        AsyncSlackRequestHandler(app),
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main())
