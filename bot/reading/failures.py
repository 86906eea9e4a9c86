"""Providers' failures by our own names, and what may be done about each."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from bot.errors import (
    ReaderAnsweredBadly,
    ReaderFailed,
    ReaderOverQuota,
    ReaderRefused,
    ReaderTimedOut,
    ReaderUnreachable,
)
from bot.reading.call import CallFailed, Refused

# A blip of the network or a restart is over after this; a longer outage is not ours to wait out.
BLIP = 0.2
WITHOUT_RETRY_AFTER = 1.0
# Statuses by which servers say that they don't know what we asked for.
UNKNOWN_TO_SERVER = frozenset({400, 404, 405, 415, 422, 501})
# What clients raise on a page of HTML, an empty body, or an answer without "choices".
UNREADABLE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)

# For providers whose errors carry LangChain's name and no status.
STATUS_BY_NAME: tuple[tuple[type[Exception], int], ...] = (
    (ModelInvalidRequestError, 400),
    (ModelAuthenticationError, 401),
    (ModelPermissionDeniedError, 403),
    (ModelNotFoundError, 404),
    (ModelRateLimitError, 429),
    (ModelAPIError, 500),
)

TIMED_OUT = "The language model did not answer in time."
UNREACHABLE = "The language model could not be reached."
NO_ANSWER = "The language model's answer was no answer."
OVER_QUOTA = "The language model's provider limits us for now."
TOO_LONG = "The message is too long for the language model."
DECLINED = "The language model declined to read the message."
NO_KEY = "The language model's provider does not accept our key: check OPENAI_API_KEY."
NO_MODEL = "The language model's provider has none of that name: check OPENAI_MODEL."
NOT_TAKEN = "The language model's server takes none of our requests: check OPENAI_BASE_URL."

BY_CODE: tuple[tuple[str, type[ReaderFailed], str], ...] = (
    ("model_not_found", ReaderUnreachable, NO_MODEL),
    ("context_length_exceeded", ReaderRefused, TOO_LONG),
    ("content_filter", ReaderRefused, DECLINED),
)


def failure_of(error: Exception) -> CallFailed:
    """Return our name for a provider's error; no word of the error reaches a person."""
    if isinstance(error, ModelTimeoutError | TimeoutError):
        return CallFailed(ReaderTimedOut(TIMED_OUT))
    if isinstance(error, ContextOverflowError):
        return CallFailed(ReaderRefused(TOO_LONG))
    status = _status(error)
    if status is not None:
        return _of_status(status, error)
    if isinstance(error, UNREADABLE):
        return CallFailed(ReaderAnsweredBadly(NO_ANSWER), again=BLIP)
    return CallFailed(ReaderUnreachable(UNREACHABLE), again=BLIP)


def _of_status(status: int, error: Exception) -> CallFailed:
    told = set(_words(error))
    if status in {401, 403}:
        return CallFailed(ReaderUnreachable(NO_KEY))
    if status == 429:  # noqa: PLR2004  the status is its own best name
        again = None if "insufficient_quota" in told else _wait(error, WITHOUT_RETRY_AFTER)
        return CallFailed(ReaderOverQuota(OVER_QUOTA), again=again)
    for code, kind, sentence in BY_CODE:
        if code in told:
            return CallFailed(kind(sentence))
    if status in UNKNOWN_TO_SERVER:
        return CallFailed(ReaderUnreachable(NOT_TAKEN), refused=_refused(told))
    return CallFailed(ReaderUnreachable(UNREACHABLE), again=_wait(error, BLIP))


def _refused(told: set[str]) -> Refused:
    return Refused.TEMPERATURE if "temperature" in told else Refused.METHOD


def _words(error: Exception) -> Iterator[str]:
    """Yield what an error says of its cause: its code, the parameter, the words of its message."""
    body = getattr(error, "body", None)
    inner: Any = body.get("error", body) if isinstance(body, dict) else {}
    for source in (inner, vars(error)):
        if isinstance(source, dict):
            yield from (str(source.get(key) or "") for key in ("code", "param", "type"))
            yield from str(source.get("message") or "").lower().replace("'", " ").split()


def _status(error: Exception) -> int | None:
    for name in ("status_code", "code"):
        status = getattr(error, name, None)
        if isinstance(status, int) and not isinstance(status, bool) and status > 0:
            return status
    return next((status for kind, status in STATUS_BY_NAME if isinstance(error, kind)), None)


def _wait(error: Exception, default: float) -> float:
    """Return the wait that the server asked for: seconds, or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    told = headers.get("retry-after", "")
    try:
        return max(0.0, float(told))
    except ValueError:
        return _until(told, default)


def _until(date: str, default: float) -> float:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return default
