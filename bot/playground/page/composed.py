"""What people type, in the form in which Slack's own client sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.slack.escape import ours

_ADDRESS = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)\]}'\"]")
# What stands before an at sign that belongs to an e-mail address or a word.
_IN_WORD = r"(?<![\w.@/-])"


def composed(typed: str, people: Mapping[str, str]) -> str:
    """Return a text as Slack sends it; `people` maps names to ids.

    The three signs of control are escaped first, so that nothing that is typed is a command.
    """
    text = _ADDRESS.sub(lambda found: f"<{found[0]}>", ours(typed.strip()))
    return _mention(people).sub(lambda found: f"<@{people[found[1].lower()]}>", text)


def _mention(people: Mapping[str, str]) -> re.Pattern[str]:
    """Return what finds a name; of two that begin alike the longer one is found."""
    names = sorted(people, key=len, reverse=True)
    one_of = "|".join(map(re.escape, names)) or r"(?!)"
    return re.compile(rf"{_IN_WORD}@({one_of})(?![\w-])", re.IGNORECASE)


_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def shown_text(sent: str) -> str:
    """Return a text that was sent as people read it, but for the names of those it mentions."""
    text = _LINK.sub(lambda found: found[2] or found[1], sent)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
