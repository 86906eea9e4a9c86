"""The prompt, a model on localhost, and readers that speak to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot.reading.call import ModelSettings
from bot.reading.chain import ChainReader, chain_reader
from bot.reading.prompts import Prompt, load_prompt
from tests.model_server import KEY, ModelServer, model_server

MakeReader = Callable[..., ChainReader]


@pytest.fixture(scope="session")
def prompt() -> Prompt:
    return load_prompt()


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@pytest.fixture
async def make_reader(model: ModelServer, prompt: Prompt) -> AsyncIterator[MakeReader]:
    """Readers of that server; each is connected, so that a deadline measures calls alone."""
    made: list[ChainReader] = []

    def make(deadline: float = 5.0, key: str = KEY, url: str = "") -> ChainReader:
        settings = ModelSettings("gpt-test", url or model.url, key, deadline)
        made.append(chain_reader(settings, prompt))
        return made[-1]

    yield make
    for reader in made:
        await reader.aclose()
