"""Our own server keeps what it is given, is used again, and lives in any folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from redis.asyncio import Redis

from bot.store.connect import connected
from bot.store.fitness import answers
from bot.store.local import local_server


async def test_our_own_server_keeps_what_it_was_given_and_is_used_again() -> None:
    with TemporaryDirectory(prefix="sf-") as folder:
        with local_server(Path(folder)) as url, local_server(Path(folder)) as again:
            assert again == url
            async with connected(url) as one:
                assert isinstance(one, Redis)
                await one.set("kept", "yes")
        with local_server(Path(folder)) as url:
            async with connected(url) as one:
                assert isinstance(one, Redis)
                assert await one.get("kept") == "yes"


async def test_a_folder_with_a_long_name_works_too() -> None:
    with TemporaryDirectory(prefix="sf-") as folder:
        deep = Path(folder) / ("long " * 15) / ("longer " * 10)
        with local_server(deep) as url:
            async with connected(url) as one:
                assert await answers(one)
