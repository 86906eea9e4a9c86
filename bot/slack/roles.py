"""Runs the service's roles side by side until it is told to stop, and says how it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.errors import BadSetting, SlackFailed, SlackRefused, SlackRevoked
from bot.slack.front import FrontDoor
from bot.slack.gateway import Gateway, Identity

_PAUSE = 1.0
"""Seconds between two tries at the start: our choice."""

_DRAIN = 25
"""Seconds that what is under way may take once we are told to stop (issue 6)."""

Say = Callable[[str], None]
Stop = asyncio.Event


async def wait_for(stop: Stop) -> None:
    """Do nothing until told to stop."""
    await stop.wait()


def told_to_stop() -> Stop:
    """Return the event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def once_it_answers(answers: Callable[[], Awaitable[bool]], stop: Stop, say: Say) -> None:
    """Wait until Redis answers; say once that we wait."""
    told = False
    while not await answers():
        if not told:
            say("Redis does not answer at REDIS_URL; trying again every second …")
            told = True
        await _pause(stop)


async def _pause(stop: Stop) -> None:
    """Wait before the next try; raises KeyboardInterrupt once we are told to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), _PAUSE)
    if stop.is_set():
        raise KeyboardInterrupt


async def who_we_are(gateway: Gateway, stop: Stop, say: Say) -> Identity:
    """Ask Slack who we are, until it answers; raises BadSetting where it knows our token not."""
    told = False
    while True:
        try:
            return await gateway.identity()
        except (SlackRefused, SlackRevoked) as refused:
            raise BadSetting(
                f"Slack does not take SLACK_BOT_TOKEN ({refused.code}): copy it again from "
                "OAuth & Permissions of your app."
            ) from refused
        except SlackFailed:
            if not told:
                say("Slack does not answer; trying again every second …")
                told = True
        await _pause(stop)


async def serve_http(door: FrontDoor, host: str, port: int, stop: Stop, say: Say) -> None:
    """Serve the front door until told to stop; requests under way are answered first."""
    config = uvicorn.Config(
        door,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_DRAIN,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(_as_long_as_it_serves(server))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.01)
    if server.started:
        say(f"Listening for Slack on http://{host}:{port}/slack/events")
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    server.should_exit = True
    await serving
    stop.set()


async def _as_long_as_it_serves(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    except SystemExit as error:
        # uvicorn ends the process where the port is taken; we say so in our own words.
        raise BadSetting(
            f"Port {server.config.port} cannot be used: is another process on it? Set PORT."
        ) from error


async def serve_socket(
    app: AsyncApp, token: str, stop: Stop, say: Say, *, welcome: str = ""
) -> None:
    """Listen over Socket Mode until told to stop; once heard, say so or bid welcome."""
    handler = AsyncSocketModeHandler(app, token, web_client=app.client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    say(welcome or "Listening for Slack over Socket Mode")
    await stop.wait()
    await handler.close_async()  # type: ignore[no-untyped-call]


async def until_told(stop: Stop, *roles: Coroutine[None, None, None]) -> None:
    """Run the roles side by side; where one fails, the others are told to stop."""
    tasks = [asyncio.create_task(role) for role in roles]
    try:
        await asyncio.gather(*tasks)
    finally:
        stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait(tasks, timeout=_DRAIN)


def quiet_logs(level: str) -> None:
    """Log to standard error: ours at the level that is set, libraries' warnings without texts."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level="WARNING")
    logging.getLogger("bot").setLevel(level)
    # These write bodies, arguments or tracebacks that may hold what people wrote.
    for name in ("slack_bolt", "slack_sdk", "aiohttp", "openai", "httpx2", "langchain"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
