"""What is brought to the app, by whichever way, and how bringing it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.playground.journal import Kind, Way


@dataclass(frozen=True)
class Parcel:
    """One event, command or interaction for the app."""

    kind: Kind
    team: str
    payload: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """What a fault may call it: the event's type, and the message's subtype."""
        event = self.payload.get("event", {})
        return tuple(str(event[key]) for key in ("type", "subtype") if key in event)


@dataclass(frozen=True)
class Attempt:
    """The first attempt is number 0; a retry says why the one before failed."""

    number: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What the app made of it; `failure` is None when it was taken in time."""

    status: int | None = None
    failure: str | None = None
    body: str = ""
    no_retry: bool = False

    def document(self) -> dict[str, Any]:
        """Return the app's answer as an object; plain text counts as a message's text."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {"text": self.body} if self.body.strip() else {}
        return document if isinstance(document, dict) else {}


class Carrier(Protocol):
    """A way to the app."""

    way: Way

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Bring a parcel once and return how it ended."""
        ...
