"""One chat model through LangChain: three ways to ask it, and every failure by our own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import openai
from langchain.chat_models import init_chat_model
from langchain_core.exceptions import LangChainException
from langchain_core.messages import AIMessage
from langsmith import tracing_context

from bot.errors import BadSetting, ReaderUnreachable
from bot.reading.call import (
    OPENAI,
    CallFailed,
    ChatMessages,
    Method,
    ModelSettings,
    Refused,
    Reply,
)
from bot.reading.failures import NOT_TAKEN, UNREADABLE, failure_of
from bot.reading.port import Usage
from bot.reading.schema import SCHEMA_DESCRIPTION, SCHEMA_NAME, answer_schema

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.runnables import Runnable

# What a local server without keys is sent: OpenAI's client insists on one.
NO_KEY = "none"
CUT_OFF = frozenset({"length", "max_tokens"})
DECLINED = frozenset({"content_filter", "refusal", "safety", "prohibited_content"})

# LangChain names the failures of most providers; these come through under the provider's names.
_PROVIDER_ERRORS: Mapping[str, tuple[tuple[str, str], ...]] = {
    OPENAI: (),
    "anthropic": (("anthropic", "AnthropicError"),),
    "google_genai": (("google.genai.errors", "APIError"), ("httpx", "HTTPError")),
    "ollama": (("ollama", "ResponseError"), ("httpx", "HTTPError")),
}
_FAILURES: tuple[type[Exception], ...] = (
    openai.OpenAIError,
    LangChainException,
    OSError,
    *UNREADABLE,
)
# Their own retries sleep past our deadline; Google's client counts the first call.
_PROVIDER_OPTIONS: Mapping[str, dict[str, int]] = {
    "anthropic": {"max_retries": 0},
    "google_genai": {"max_retries": 1},
}


class LangChainModel:
    """A chat model with our answer's form bound to it."""

    def __init__(
        self,
        chat: BaseChatModel,
        *,
        strict: bool = True,
        failures: Sequence[type[Exception]] = (),
        client: openai.DefaultAsyncHttpxClient | None = None,
    ) -> None:
        self._chat = chat
        self._strict = strict
        self._failures = (*_FAILURES, *failures)
        self._client = client
        self._bound: dict[Method, Runnable[LanguageModelInput, Any]] = {}

    async def ask(self, messages: ChatMessages, method: Method) -> Reply:
        """Send the messages; raises CallFailed where no reply comes back."""
        runnable = self._runnable(method)
        try:
            # LangChain would send messages away wherever LANGSMITH_TRACING happens to be set.
            with tracing_context(enabled=False):
                given = await runnable.ainvoke(list(messages))
        except openai.LengthFinishReasonError as error:
            return Reply(None, cut_off=True, usage=_usage_of(error))
        except openai.ContentFilterFinishReasonError:
            return Reply(None, declined=True, usage=Usage(calls=1))
        except self._failures as error:
            raise failure_of(error) from error
        return _reply(given if isinstance(given, AIMessage) else given["raw"])

    async def aclose(self) -> None:
        """Close the connections, where they are ours."""
        if self._client is not None:
            await self._client.aclose()

    def _runnable(self, method: Method) -> Runnable[LanguageModelInput, Any]:
        if method is Method.PLAIN:
            return self._chat
        if method not in self._bound:
            form = {"title": SCHEMA_NAME, "description": SCHEMA_DESCRIPTION, **answer_schema()}
            try:
                self._bound[method] = self._with_form(method, form)
            except (ValueError, TypeError, NotImplementedError, AssertionError) as error:
                # The provider's client knows no such method, or not all of our schema.
                refused = ReaderUnreachable(NOT_TAKEN)
                raise CallFailed(refused, refused=Refused.METHOD) from error
        return self._bound[method]

    def _with_form(self, method: Method, form: dict[str, Any]) -> Runnable[LanguageModelInput, Any]:
        # A server without JSON schemas may not know strictness either.
        strict = self._strict and method is Method.JSON_SCHEMA
        return self._chat.with_structured_output(
            form,
            method=method.value,
            include_raw=True,
            **({"strict": True} if strict else {}),
        )


def connect(settings: ModelSettings, temperature: float | None) -> LangChainModel:
    """Build the model that the settings name; raises BadSetting where its client is missing."""
    options: dict[str, Any] = {"model_provider": settings.provider}
    if temperature is not None:
        options["temperature"] = temperature
    if settings.base_url:
        options["base_url"] = settings.base_url
    if settings.api_key or settings.provider == OPENAI:
        options["api_key"] = settings.api_key or NO_KEY
    if settings.provider == OPENAI:
        return _openai(settings, options)
    try:
        given = {**options, **_PROVIDER_OPTIONS.get(settings.provider, {})}
        chat = init_chat_model(settings.model, **given)
    except ImportError as error:
        extra = settings.provider.partition("_")[0]
        raise BadSetting(
            f"{settings.provider} needs its own client: run make extra NAME={extra}."
        ) from error
    return LangChainModel(chat, strict=False, failures=_errors_of(settings.provider))


def _openai(settings: ModelSettings, options: dict[str, Any]) -> LangChainModel:
    client = openai.DefaultAsyncHttpxClient(timeout=settings.deadline)
    chat = init_chat_model(
        settings.model,
        # Told to wait a minute, the client would: retries are ours.
        max_retries=0,
        timeout=settings.deadline,
        use_responses_api=False,
        http_async_client=client,
        **options,
    )
    return LangChainModel(chat, client=client)


def _errors_of(provider: str) -> tuple[type[Exception], ...]:
    named = _PROVIDER_ERRORS[provider]
    return tuple(getattr(import_module(module), name) for module, name in named)


def _reply(message: AIMessage) -> Reply:
    ended = {
        str(message.response_metadata.get(key, "")).lower()
        for key in ("finish_reason", "stop_reason", "done_reason")
    }
    declined = bool(message.additional_kwargs.get("refusal") or ended & DECLINED)
    return Reply(_content(message), bool(ended & CUT_OFF), declined, _usage(message))


def _content(message: AIMessage) -> object:
    """Return the call's arguments, or the text: a server may answer a forced call in plain JSON."""
    if message.tool_calls:
        return message.tool_calls[0]["args"]
    if message.invalid_tool_calls:
        return message.invalid_tool_calls[0]["args"] or ""
    return str(message.text)


def _usage(message: AIMessage) -> Usage:
    told = message.usage_metadata
    if told is None:
        return Usage(calls=1)
    cached = told.get("input_token_details", {}).get("cache_read") or 0
    return Usage(1, told["input_tokens"], cached, told["output_tokens"])


def _usage_of(error: openai.LengthFinishReasonError) -> Usage:
    told = error.completion.usage
    if told is None:
        return Usage(calls=1)
    cached = told.prompt_tokens_details.cached_tokens if told.prompt_tokens_details else None
    return Usage(1, told.prompt_tokens, cached or 0, told.completion_tokens)
