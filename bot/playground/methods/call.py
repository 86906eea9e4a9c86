"""One call of a Web API method, and what all methods ask of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.errors import Refusal
from bot.playground.limits import problems
from bot.playground.payloads import Json
from bot.playground.settings import Settings
from bot.playground.triggers import Triggers
from bot.playground.workspace import Channel, Message, Workspace

_TRUE = {1, "1", "true", "True"}
_MALFORMED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
}


@dataclass(frozen=True)
class Place:
    """What methods need beside the team: where this Slack runs, and its trigger ids."""

    settings: Settings
    triggers: Triggers
    site: str


@dataclass(frozen=True)
class Call:
    """A method's arguments as the app gave them, and the team whose token it showed."""

    method: str
    workspace: Workspace
    arguments: Mapping[str, Any]
    place: Place

    def text(self, name: str) -> str:
        """Return an argument that is text, empty when it is missing."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return an argument that is true or false."""
        value = self.arguments.get(name)
        return isinstance(value, str | int) and value in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return an argument that is a whole number."""
        try:
            return int(self.arguments.get(name, default))
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", f"{name} must be an integer") from None

    def document(self, name: str) -> Any:  # noqa: ANN401
        """Return an argument that is JSON, whether it came as such or as text."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refusal(_MALFORMED.get(name, "invalid_arguments")) from None

    def listed(self, name: str) -> Sequence[Mapping[str, Any]]:
        """Return an argument that is a list of objects, such as blocks."""
        found = self.document(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
            raise Refusal(_MALFORMED.get(name, "invalid_arguments"))
        return found

    def check_limits(self, payload: Mapping[str, Any]) -> None:
        """Refuse whatever goes beyond Slack's documented limits."""
        found = problems(self.method, payload)
        if found:
            said = [problem.partition(": ")[2] or problem for problem in found]
            raise Refusal(found[0].partition(":")[0], *said)

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel that an argument names, by id or by name."""
        wanted = self.text(name)
        known = self.workspace.channels
        by_name = (c for c in known.values() if c.kind != "im" and c.name == wanted.lstrip("#"))
        channel = known.get(wanted) or next(by_name, None)
        if channel is None:
            raise Refusal("channel_not_found")
        return channel

    def channel_of_bot(self, name: str = "channel") -> Channel:
        """Return the channel that an argument names; the bot has to be in it."""
        channel = self.channel(name)
        if self.workspace.team.bot_user not in channel.members:
            # A private channel does not exist for who is not in it.
            raise Refusal("not_in_channel" if channel.kind == "channel" else "channel_not_found")
        return channel

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """Return the message that an argument names; ephemeral ones cannot be found."""
        message = self.workspace.message(channel.id, self.text(name))
        if message is None or message.visible_to is not None:
            raise Refusal("message_not_found")
        return message


@dataclass(frozen=True)
class Method:
    """What runs, which arguments it cannot do without, and which scope it takes."""

    run: Callable[[Call], Json]
    required: tuple[str, ...] = ()
    scope: str | Callable[[Call], str] | None = None

    def needed_scope(self, call: Call) -> str | None:
        """Return the scope that this call takes, if any."""
        return self.scope(call) if callable(self.scope) else self.scope


def by_kind(scopes: Mapping[str, str], name: str = "channel") -> Callable[[Call], str]:
    """Return a scope that depends on the kind of the channel."""

    def scope(call: Call) -> str:
        return scopes[call.channel(name).kind]

    return scope
