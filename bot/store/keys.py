"""The names under which things are kept, in one place.

All keys of a workspace share a hash tag, so that one script may touch several of them and a
Cluster spreads workspaces over its nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.store.arrivals import Place

TEAMS = "teams"
"""The workspaces from which anything ever came."""

ASIDE = "aside"
"""The turns that were set aside, of all workspaces."""


def inbox_key(place: Place) -> str:
    """Return the key of what waits for a case, a stream."""
    return _of_case(place, "inbox")


def case_key(place: Place) -> str:
    """Return the key of a case."""
    return _of_case(place, "case")


def posts_key(place: Place) -> str:
    """Return the key of what we posted for arrivals that still wait."""
    return _of_case(place, "posts")


def lease_key(place: Place) -> str:
    """Return the key of who takes a case just now."""
    return _of_case(place, "lease")


def seen_keys(place: Place, sameness: Iterable[str]) -> tuple[str, ...]:
    """Return the keys that tell that a thing was delivered before."""
    return tuple(_of_case(place, f"seen:{one}") for one in sameness)


def due_key(team: str) -> str:
    """Return the key of the cases of a workspace that are to be taken, a stream."""
    return _of_team(team, "due")


def waiting_key(team: str) -> str:
    """Return the key of the cases in which something waits, by since when."""
    return _of_team(team, "waiting")


def opened_key(team: str, user: str) -> str:
    """Return the key of the cases that somebody opened, by when."""
    return _of_team(team, f"opened:{user}")


def greeted_key(team: str, whom: str) -> str:
    """Return the key that tells that somebody was greeted."""
    return _of_team(team, f"greeted:{whom}")


def _of_case(place: Place, what: str) -> str:
    return _of_team(place.team, f"{place.channel}:{place.thread}:{what}")


def _of_team(team: str, what: str) -> str:
    return f"{{{team}}}:{what}"
