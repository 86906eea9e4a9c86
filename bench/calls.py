"""The baseline of a turn: the same model call through LangChain and the same calls to Slack, bare.

It is told on standard input what a turn of ours sent, and then, a line a turn, what is another in
this one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp
from langchain.chat_models import init_chat_model
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import read_settings

SECONDS = 20


async def main() -> None:
    """Connect, say so, then take turns as they are told until the input ends."""
    settings = read_settings()
    reader = await _standard_input()
    given = json.loads(await reader.readline())
    chat = init_chat_model(
        settings.openai_model,
        model_provider="openai",
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key,
        temperature=0,
        max_retries=0,
        timeout=SECONDS,
        use_responses_api=False,
    )
    form = given["response_format"]["json_schema"]
    runnable = chat.with_structured_output(
        {"title": form["name"], **form["schema"]},
        method="json_schema",
        include_raw=True,
        strict=True,
    )
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        client = AsyncWebClient(
            token=token, base_url=settings.slack_api_url, session=session, retry_handlers=[]
        )
        turns = set[asyncio.Task[None]]()
        async for line in reader:
            told = json.loads(line)
            turn = asyncio.create_task(_turn(runnable, client, given, told))
            turns.add(turn)
            turn.add_done_callback(turns.discard)
        await asyncio.gather(*turns)


async def _turn(
    runnable: Any,  # noqa: ANN401 - LangChain's own name for it has three parameters
    client: AsyncWebClient,
    given: dict[str, Any],
    told: dict[str, Any],
) -> None:
    posted = await client.chat_postMessage(**{**given["post"], **told["post"]})
    await runnable.ainvoke([*given["messages"][:-1], told["message"]])
    await client.users_info(user=told["user"])
    await client.chat_update(**{**told["update"], "ts": posted["ts"]})


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    asyncio.run(main())
