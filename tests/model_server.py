"""A model on localhost: OpenAI's chat completions over real HTTP, with scripted behaviour.

It checks the bearer, refuses schemas that OpenAI's strict mode would refuse, and never gives an
answer outside the schema it was sent, unless the script asks for a faulty one.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import jsonschema
from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "sk-of-the-model-on-localhost"
Refusable = Literal["json_schema", "tools", "temperature"]

# The keywords of https://platform.openai.com/docs/guides/structured-outputs, strict mode.
_KNOWN_KEYWORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const"),
        *("description", "title", "anyOf", "$ref", "$defs", "minItems", "maxItems"),
        *("minimum", "maximum", "multipleOf", "pattern", "format"),
    }
)
_MOST_ENUM_VALUES = 1000
_MOST_PROPERTIES = 5000


@dataclass(frozen=True)
class Answer:
    """A proper answer; an object outside the schema of the request is an error of the test."""

    document: Mapping[str, Any]
    input_tokens: int = 3000
    cached_tokens: int = 0
    output_tokens: int = 50


@dataclass(frozen=True)
class Text:
    """Whatever the test wants as the message's content, of any form."""

    content: str | None
    finish_reason: str = "stop"


@dataclass(frozen=True)
class Refusal:
    """The model declines."""

    words: str = "I can't help with that."


@dataclass(frozen=True)
class Raw:
    """A body that is no chat completion, or a status."""

    body: str = ""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stall:
    """Nothing, ever."""


@dataclass(frozen=True)
class Trickle:
    """A proper beginning, then a byte now and then: no read times out, and no answer comes."""

    pause: float = 0.05


@dataclass(frozen=True)
class Late:
    """A proper answer, after so many seconds."""

    answer: Answer
    seconds: float


Behaviour = Answer | Text | Refusal | Raw | Stall | Trickle | Late

TRUNCATED = Text('{"facts": [{"quote": "we have', finish_reason="length")
HTML = Raw("<html><body>Bad gateway</body></html>", content_type="text/html")


def error(
    status: int, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Raw:
    """Return an error in OpenAI's shape."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Raw(json.dumps(body), status, headers=headers or {})


def over_quota(retry_after: float) -> Raw:
    """Return a 429 that asks to wait."""
    return error(429, "Rate limit reached.", headers={"Retry-After": str(retry_after)})


class ModelServer:
    """The server's script and journal.

    `behaviours` are taken one a request; when they are used up, `always` answers. `refuses` names
    parts of requests that this server does not take, as servers other than OpenAI's do.
    """

    def __init__(self) -> None:
        self.behaviours: deque[Behaviour] = deque()
        self.always: Behaviour = Answer({"facts": [], "request": "none", "does_not_know": False})
        self.refuses: set[Refusable] = set()
        self.requests: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.url = ""
        self.asked = asyncio.Event()
        self._closing = asyncio.Event()

    async def completions(self, request: web.Request) -> web.StreamResponse:
        """Answer POST /v1/chat/completions as the script says."""
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _sent(error(401, "Incorrect API key provided.", code="invalid_api_key"))
        asked = await request.json()
        self.requests.append(asked)
        self.asked.set()
        if refused := self._refused(asked):
            return _sent(refused)
        return await self._behave(self._next(), request, asked)

    def _next(self) -> Behaviour:
        return self.behaviours.popleft() if self.behaviours else self.always

    def _refused(self, asked: Mapping[str, Any]) -> Raw | None:
        if "json_schema" in self.refuses and "response_format" in asked:
            return error(400, "response_format of type 'json_schema' is not supported.")
        if "tools" in self.refuses and "tools" in asked:
            return error(400, "tools are not supported by this model.")
        if "temperature" in self.refuses and "temperature" in asked:
            return error(400, "Unsupported value: 'temperature' does not support 0 here.")
        for schema in _strict_schemas(asked):
            if faults := list(strict_faults(schema)):
                self.faults += faults
                return error(400, f"Invalid schema for response_format: {faults[0]}")
        return None

    async def _behave(  # noqa: PLR0911 - a behaviour each
        self, behaviour: Behaviour, request: web.Request, asked: Mapping[str, Any]
    ) -> web.StreamResponse:
        match behaviour:
            case Answer():
                return web.json_response(self._answered(behaviour, asked))
            case Text():
                message = {"role": "assistant", "content": behaviour.content}
                return web.json_response(_completion(asked, message, behaviour.finish_reason))
            case Refusal():
                message = {"role": "assistant", "content": None, "refusal": behaviour.words}
                return web.json_response(_completion(asked, message, "stop"))
            case Raw():
                return _sent(behaviour)
            case Late():
                await asyncio.sleep(behaviour.seconds)
                return web.json_response(self._answered(behaviour.answer, asked))
            case Stall():
                await self._closing.wait()
                return web.Response(status=503)
            case Trickle():
                return await self._trickled(behaviour, request)

    def _answered(self, answer: Answer, asked: Mapping[str, Any]) -> dict[str, Any]:
        for schema in _schemas(asked):
            try:
                jsonschema.validate(answer.document, schema)
            except jsonschema.ValidationError as fault:
                self.faults.append(f"the script answers outside the schema: {fault.message}")
                raise
        content = json.dumps(answer.document, ensure_ascii=False)
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if tools := asked.get("tools"):
            call = {"name": tools[0]["function"]["name"], "arguments": content}
            calls = [{"id": "call_1", "type": "function", "function": call}]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        completion = _completion(asked, message, "tool_calls" if tools else "stop")
        completion["usage"] = {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
            "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
        }
        return completion

    async def _trickled(self, trickle: Trickle, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            while not self._closing.is_set():
                await response.write(b" ")
                await asyncio.sleep(trickle.pause)
        except ConnectionError:
            # The reader gave up, which is what the test waits for.
            return response
        return response

    def close(self) -> None:
        """Let go of every request that was kept waiting."""
        self._closing.set()


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """Run a server in this event loop; on leaving, its own faults fail the test."""
    model = ModelServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.completions)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    model.url = str(server.make_url("/v1"))
    try:
        yield model
    finally:
        model.close()
        await server.close()
    assert not model.faults, model.faults


def strict_faults(schema: Mapping[str, Any], place: str = "schema") -> Iterator[str]:
    """Yield what OpenAI's strict mode would refuse in a schema."""
    yield from _faults_of_size(schema)
    yield from _faults(schema, place)


def _faults_of_size(schema: Mapping[str, Any]) -> Iterator[str]:
    nodes = list(_nodes(schema))
    if sum(len(node.get("enum", ())) for node in nodes) > _MOST_ENUM_VALUES:
        yield f"more than {_MOST_ENUM_VALUES} enum values."
    if sum(len(node.get("properties", ())) for node in nodes) > _MOST_PROPERTIES:
        yield f"more than {_MOST_PROPERTIES} properties."
    if schema.get("type") != "object":
        yield "the root is not an object."
    for node in nodes:
        values = [str(value) for value in node.get("enum", ())]
        if len(values) > 250 and sum(map(len, values)) > 15_000:
            yield "an enum of more than 250 values is longer than 15,000 characters."


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    inner = [*node.get("properties", {}).values(), *node.get("anyOf", ())]
    for child in [*inner, *([node["items"]] if "items" in node else [])]:
        yield from _nodes(child)


def _faults(node: Mapping[str, Any], place: str) -> Iterator[str]:
    if unknown := set(node) - _KNOWN_KEYWORDS:
        yield f"{place}: {', '.join(sorted(unknown))} is not permitted."
    if node.get("type") == "object":
        if node.get("additionalProperties") is not False:
            yield f"{place}: 'additionalProperties' is required to be false."
        if set(node.get("required", ())) != set(node.get("properties", {})):
            yield f"{place}: 'required' has to hold every key in properties."
    if node.get("type") == "array" and "items" not in node:
        yield f"{place}: array schema missing items."
    for name, child in node.get("properties", {}).items():
        yield from _faults(child, f"{place}.{name}")
    for child in node.get("anyOf", ()):
        yield from _faults(child, f"{place}|")
    if "items" in node:
        yield from _faults(node["items"], f"{place}[]")


def _strict_schemas(asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    form = asked.get("response_format", {}).get("json_schema", {})
    if form.get("strict"):
        yield form["schema"]
    for tool in asked.get("tools", ()):
        if tool["function"].get("strict"):
            yield tool["function"]["parameters"]


def _schemas(asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if form := asked.get("response_format", {}).get("json_schema"):
        yield form["schema"]
    yield from (tool["function"]["parameters"] for tool in asked.get("tools", ()))


def _completion(
    asked: Mapping[str, Any], message: Mapping[str, Any], finish_reason: str
) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [choice],
        "usage": {"prompt_tokens": 3000, "completion_tokens": 9, "total_tokens": 3009},
    }


def _sent(raw: Raw) -> web.Response:
    return web.Response(
        text=raw.body, status=raw.status, content_type=raw.content_type, headers=raw.headers
    )
