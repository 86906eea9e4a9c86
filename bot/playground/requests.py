"""The way to the app over HTTP: signed requests to its request URL."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.playground.journal import Way
from bot.playground.parcels import Attempt, Outcome, Parcel
from bot.playground.settings import Settings

_FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's v0 signature of a request."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def encoded(parcel: Parcel) -> tuple[bytes, str]:
    """Return the body of a request and its content type, as Slack sends each kind."""
    if parcel.kind == "events_api":
        # Slack escapes everything beyond ASCII: a long message of emoji is twelve times as long.
        return json.dumps(parcel.payload).encode(), "application/json"
    if parcel.kind == "slash_commands":
        return urlencode(parcel.payload).encode(), _FORM
    return urlencode({"payload": json.dumps(parcel.payload)}).encode(), _FORM


class Requests:
    """Posts parcels to the request URL that is set at the time."""

    way: Way = "http"

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Post once; anything but a 2xx in time is a failure with Slack's word for it."""
        try:
            return await self._post(parcel, attempt)
        except TimeoutError:
            return Outcome(failure="http_timeout")
        except aiohttp.TooManyRedirects:
            return Outcome(failure="too_many_redirects")
        except aiohttp.ClientSSLError:
            return Outcome(failure="ssl_error")
        except aiohttp.ClientConnectionError:
            return Outcome(failure="connection_failed")
        except aiohttp.ClientError:
            return Outcome(failure="unknown_error")

    async def _post(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        body, content_type = encoded(parcel)
        headers = self._headers(body, content_type, attempt)
        limit = aiohttp.ClientTimeout(total=self._settings.ack_seconds)
        url = self._settings.request_url or ""
        async with self._session.post(url, data=body, headers=headers, timeout=limit) as answer:
            text = await answer.text(errors="replace")
            failure = None if answer.ok else "http_error"
            no_retry = answer.headers.get("x-slack-no-retry") == "1"
            return Outcome(answer.status, failure, text, no_retry)

    def _headers(self, body: bytes, content_type: str, attempt: Attempt) -> dict[str, str]:
        timestamp = str(int(self._settings.now()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._settings.signing_secret, timestamp, body),
        }
        if attempt.reason:
            headers["X-Slack-Retry-Num"] = str(attempt.number)
            headers["X-Slack-Retry-Reason"] = attempt.reason
        return headers
