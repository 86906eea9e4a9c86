"""What the Slack on localhost refuses, and what it tells the test or the page that drives it."""

from __future__ import annotations

from typing import Any

from bot.errors import BotError


class Refusal(Exception):
    """A Web API method ends with one of Slack's error codes."""

    def __init__(self, code: str, *messages: str, **details: Any) -> None:  # noqa: ANN401
        super().__init__(code)
        self.code = code
        self.messages = messages
        self.details = details

    def body(self) -> dict[str, Any]:
        """Return the error as Slack writes it."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.details}
        if self.messages:
            listed = [f"[ERROR] {message}" for message in self.messages]
            body["response_metadata"] = {"messages": listed}
        return body


class CannotHappen(BotError):
    """Slack's own client would not let a person do this."""


class NeverHappened(BotError):
    """What a test waited for did not come in time."""
