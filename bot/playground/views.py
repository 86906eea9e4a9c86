"""Modals and home tabs: which stand open, in which order, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.playground.clock import Clock
    from bot.playground.workspace import Team

_MOST_STACKED = 3


class ViewRefused(Exception):
    """A view cannot be opened or replaced; carries Slack's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class View:
    """A modal or a home tab as it stands; `content` is what the app sent."""

    id: str
    user: str
    content: Mapping[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None

    @property
    def kind(self) -> str:
        return str(self.content.get("type", "modal"))

    @property
    def blocks(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.content.get("blocks", ())
        return found

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))


def with_block_ids(
    blocks: Sequence[Mapping[str, Any]], clock: Clock
) -> tuple[Mapping[str, Any], ...]:
    """Give an id to every block that came without one, as Slack does."""
    return tuple({"block_id": clock.name("b"), **block} for block in blocks)


class Views:
    """Every view of one team."""

    def __init__(self, team: Team, clock: Clock) -> None:
        self._team = team
        self._clock = clock
        self._modals: dict[str, View] = {}
        self._homes: dict[str, View] = {}

    def find(self, view_id: str) -> View | None:
        """Return a view by its id, while it stands open."""
        homes = (view for view in self._homes.values() if view.id == view_id)
        return self._modals.get(view_id) or next(homes, None)

    def by_external_id(self, external_id: str) -> View | None:
        """Return a view by the name that the app gave it."""
        known = (*self._modals.values(), *self._homes.values())
        return next((v for v in known if v.content.get("external_id") == external_id), None)

    def home(self, user: str) -> View | None:
        """Return what the app published for a person's home tab."""
        return self._homes.get(user)

    def open(self, user: str) -> tuple[View, ...]:
        """Return a person's modals, the one on top last."""
        return tuple(view for view in self._modals.values() if view.user == user)

    def open_modal(self, user: str, content: Mapping[str, Any]) -> View:
        """Open a modal; whatever modal the person had open is replaced."""
        self._must_be_new(content)
        for old in self.open(user):
            del self._modals[old.id]
        return self._add(self._new(user, content))

    def push(self, below: View, content: Mapping[str, Any]) -> View:
        """Put a modal on top of another."""
        self._must_be_new(content)
        if len(self.open(below.user)) >= _MOST_STACKED:
            raise ViewRefused("push_limit_reached")
        view = self._new(below.user, content)
        return self._add(replace(view, root_id=below.root_id, previous_id=below.id))

    def publish(self, user: str, content: Mapping[str, Any], known_hash: str | None) -> View:
        """Set a person's home tab."""
        old = self._homes.get(user)
        new = self._replaced(old, content, known_hash) if old else self._new(user, content)
        self._homes[user] = new
        return new

    def update(self, view: View, content: Mapping[str, Any], known_hash: str | None) -> View:
        """Replace what a view shows."""
        new = self._replaced(view, content, known_hash)
        if view.id in self._modals:
            self._modals[view.id] = new
        else:
            self._homes[view.user] = new
        return new

    def take_away(self, view_id: str) -> View | None:
        """Close a modal."""
        return self._modals.pop(view_id, None)

    def _must_be_new(self, content: Mapping[str, Any]) -> None:
        name = content.get("external_id")
        if name and self.by_external_id(name):
            raise ViewRefused("duplicate_external_id")

    def _new(self, user: str, content: Mapping[str, Any]) -> View:
        view_id = self._clock.name("V")
        return View(view_id, user, self._complete(content), self._hash(), view_id)

    def _add(self, view: View) -> View:
        self._modals[view.id] = view
        return view

    def _replaced(self, old: View, content: Mapping[str, Any], known_hash: str | None) -> View:
        if known_hash is not None and known_hash != old.hash:
            raise ViewRefused("hash_conflict")
        return replace(old, content=self._complete(content), hash=self._hash())

    def _complete(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**content, "blocks": with_block_ids(content.get("blocks", ()), self._clock)}

    def _hash(self) -> str:
        return f"{self._clock.now():.0f}.{token_hex(4)}"
