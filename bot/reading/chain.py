"""The reader that asks a language model, within one deadline, and believes only what is quoted."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from bot.errors import (
    BadSetting,
    ReaderAnsweredBadly,
    ReaderRefused,
    ReaderTimedOut,
    ReaderUnreachable,
)
from bot.reading.call import (
    OPENAI,
    CallFailed,
    Connect,
    Method,
    Model,
    ModelSettings,
    Refused,
    Reply,
)
from bot.reading.port import Message, Reading, Usage
from bot.reading.prompts import Prompt, has_words
from bot.reading.schema import Answer, parse_answer
from bot.reading.verify import verified

READER = "chain"
DEADLINE = 20.0
# A call that starts later than this before the deadline would only be cut off.
LEAST_FOR_A_CALL = 1.0
MOST_SENT_BACK = 4_000


@dataclass(slots=True)
class _Exchange:
    """One message's calls: what was said so far, and the one further call that may be spent."""

    messages: list[dict[str, str]]
    method: Method
    until: float
    temperature: float | None = None
    spare: bool = True
    usage: Usage = field(default_factory=Usage)

    def count(self, usage: Usage) -> None:
        self.usage = Usage(
            self.usage.calls + usage.calls,
            self.usage.input_tokens + usage.input_tokens,
            self.usage.cached_tokens + usage.cached_tokens,
            self.usage.output_tokens + usage.output_tokens,
        )


class ChainReader:
    """Reads with a model: strict JSON schema, else function calling, else plain JSON.

    What a server takes is learned once and kept. A message costs one call, and one more at most
    where that one failed in passing or its answer has to be repaired.
    """

    def __init__(self, prompt: Prompt, connect: Connect, *, deadline: float = DEADLINE) -> None:
        self._prompt = prompt
        self._connect = connect
        self._deadline = deadline
        self._model: Model | None = None
        self._retired: list[Model] = []
        self._temperature: float | None = 0.0
        self._method = Method.JSON_SCHEMA
        self._connecting = asyncio.Lock()

    async def read(self, message: Message) -> Reading:
        """Return the verified facts; raises one of the ReaderFailed family."""
        if not has_words(message.text):
            return Reading(reader=READER, prompt=self._prompt.digest)
        until = asyncio.get_running_loop().time() + self._deadline
        exchange = _Exchange(self._prompt.for_message(message), self._method, until)
        try:
            async with asyncio.timeout_at(until):
                answer = await self._answer(exchange)
        except TimeoutError as error:
            raise ReaderTimedOut("The language model did not answer in time.") from error
        return replace(
            verified(answer, message),
            reader=READER,
            prompt=self._prompt.digest,
            usage=exchange.usage,
        )

    async def ready(self) -> None:
        """Connect now, so that the first message waits for no import; may raise BadSetting."""
        await self._connected()

    async def aclose(self) -> None:
        """Close the model's connections."""
        models = [*self._retired, *([self._model] if self._model else [])]
        self._retired, self._model = [], None
        for model in models:
            await model.aclose()

    async def _answer(self, exchange: _Exchange) -> Answer:
        while True:
            try:
                answer = await self._asked(exchange)
            except CallFailed as failed:
                await self._mend(exchange, failed)
            except ReaderAnsweredBadly as error:
                self._send_back(exchange, error)
            else:
                self._method = exchange.method
                return answer

    async def _asked(self, exchange: _Exchange) -> Answer:
        try:
            model = await self._connected()
        except BadSetting as error:
            raise ReaderUnreachable(error.sentence) from error
        exchange.temperature = self._temperature
        try:
            reply = await model.ask(exchange.messages, exchange.method)
        except CallFailed:
            exchange.count(Usage(calls=1))
            raise
        exchange.count(reply.usage)
        if reply.declined:
            raise ReaderRefused("The language model declined to read the message.")
        return _parsed(reply, exchange)

    async def _mend(self, exchange: _Exchange, failed: CallFailed) -> None:
        """Prepare for another call, or raise what the failure is to us."""
        if failed.refused is Refused.TEMPERATURE and exchange.temperature is not None:
            await self._without_temperature()
        elif failed.refused and (method := exchange.method.next):
            exchange.method = method
        elif failed.again is not None and self._fits(exchange, failed.again):
            exchange.spare = False
            await asyncio.sleep(failed.again)
        else:
            _log(failed)
            raise failed.failure from failed

    def _fits(self, exchange: _Exchange, wait: float) -> bool:
        left = exchange.until - asyncio.get_running_loop().time()
        return exchange.spare and wait + min(LEAST_FOR_A_CALL, self._deadline / 4) < left

    def _send_back(self, exchange: _Exchange, error: ReaderAnsweredBadly) -> None:
        """Ask once more, saying what was wrong; raises where that was done already."""
        if not exchange.spare:
            sentence = "The language model's answer did not have the agreed form, twice."
            raise ReaderAnsweredBadly(sentence) from error
        exchange.spare = False
        told = {"role": "user", "content": self._prompt.for_repair(error.sentence)}
        exchange.messages = [*exchange.messages, told]

    async def _without_temperature(self) -> None:
        async with self._connecting:
            if self._temperature is not None and self._model is not None:
                # Other messages may still be waiting for its answers.
                self._retired.append(self._model)
                self._temperature, self._model = None, None

    async def _connected(self) -> Model:
        async with self._connecting:
            if self._model is None:
                # The first time, this imports for seconds: not in the event loop.
                self._model = await asyncio.to_thread(self._connect, self._temperature)
            return self._model


def chain_reader(settings: ModelSettings, prompt: Prompt) -> ChainReader:
    """Return a reader for the model that the settings name; nothing is imported until it reads.

    Raises BadSetting for settings with which no call can succeed.
    """
    _check(settings)

    def connect(temperature: float | None) -> Model:
        # LangChain takes seconds to import, and the model-less path never needs it.
        from bot.reading import langchain_model  # noqa: PLC0415

        return langchain_model.connect(settings, temperature)

    return ChainReader(prompt, connect, deadline=settings.deadline)


def _check(settings: ModelSettings) -> None:
    if settings.provider == OPENAI and not (settings.api_key or settings.base_url):
        raise BadSetting(
            "OPENAI_API_KEY is not set: set it, or OPENAI_BASE_URL for your own server."
        )
    if not (settings.api_key.isascii() and settings.api_key.isprintable()):
        raise BadSetting("OPENAI_API_KEY holds characters that no key has: copy it again.")
    if settings.base_url and not _is_address(settings.base_url):
        raise BadSetting("OPENAI_BASE_URL is no address: use one like http://localhost:8000/v1.")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _parsed(reply: Reply, exchange: _Exchange) -> Answer:
    if reply.cut_off:
        raise ReaderAnsweredBadly("it was cut off: report the main facts only, with short quotes.")
    try:
        return parse_answer(reply.content)
    except ReaderAnsweredBadly:
        content = reply.content
        given = content if isinstance(content, str) else json.dumps(content, default=str)
        answered = {"role": "assistant", "content": given[:MOST_SENT_BACK] or "(nothing)"}
        exchange.messages = [*exchange.messages, answered]
        raise


def _log(failed: CallFailed) -> None:
    """Say what kind of failure it was, never its text: that may quote the message or the key."""
    cause = failed.__cause__
    logging.getLogger(__name__).warning(
        "model call failed: %s (%s, status %s)",
        type(failed.failure).__name__,
        type(cause).__name__,
        getattr(cause, "status_code", None),
    )
