"""What one call to a model is asked for and gives back, whoever provides the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bot.errors import ReaderFailed
from bot.reading.port import Usage

ChatMessages = Sequence[dict[str, str]]


class Method(Enum):
    """How an answer of our form is had from a model, surest first."""

    JSON_SCHEMA = "json_schema"
    FUNCTION_CALLING = "function_calling"
    PLAIN = "plain"

    @property
    def next(self) -> Method | None:
        """Return the method to try where a server doesn't know this one."""
        methods = list(Method)
        place = methods.index(self) + 1
        return methods[place] if place < len(methods) else None


class Refused(Enum):
    """What part of our request a server does not take."""

    METHOD = "method"
    TEMPERATURE = "temperature"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: JSON text or an object, and whether it was cut off or declined."""

    content: object
    cut_off: bool = False
    declined: bool = False
    usage: Usage = field(default_factory=Usage)


class CallFailed(Exception):
    """A call that brought no reply: our error for it, and what may be done about it.

    `again` is the wait in seconds after which the same call may succeed, None if it won't.
    """

    def __init__(
        self,
        failure: ReaderFailed,
        *,
        again: float | None = None,
        refused: Refused | None = None,
    ) -> None:
        super().__init__(failure.sentence)
        self.failure = failure
        self.again = again
        self.refused = refused


class Model(Protocol):
    """A connected model; raises CallFailed where a call brings no reply."""

    async def ask(self, messages: ChatMessages, method: Method) -> Reply:
        """Send the messages and return the reply."""

    async def aclose(self) -> None:
        """Close the connections."""


class Connect(Protocol):
    """Builds a model; slow at first, for it imports the provider's libraries."""

    def __call__(self, temperature: float | None) -> Model:
        """Return a model that samples at this temperature, or at its own if None."""


OPENAI = "openai"
PROVIDERS = (OPENAI, "anthropic", "google_genai", "ollama")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model reads. A name may open with its provider: "anthropic:claude-…".

    `deadline` bounds one whole reading in seconds, repairs and retries included.
    """

    name: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    deadline: float = 20.0

    @property
    def provider(self) -> str:
        """Return the provider that the name opens with, else OpenAI or a server of its kind."""
        provider, colon, _ = self.name.partition(":")
        return provider if colon and provider in PROVIDERS else OPENAI

    @property
    def model(self) -> str:
        """Return the name without its provider; other colons belong to it ("ft:gpt-…")."""
        return self.name.removeprefix(f"{self.provider}:")
