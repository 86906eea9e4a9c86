"""Text of people and models into Slack: shown as it was written, and never as a command to Slack.

Two kinds of text go out. Ours is escaped and keeps its formatting. That of people is also stripped
of what nobody sees, kept on one line, and of its formatting marks only the look is kept, so that a
quotation cannot pass for a headline of ours, call a channel, or hide what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

TextObject = dict[str, Any]

ELLIPSIS = "…"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underline inside a word (snake_case) is none of Slack's marks and may be copied by somebody.
_UNDERLINE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_EMOJI_NAME = re.compile(r":(?=[a-zA-Z+-][\w+'-]*:)")
# Signs that take no room or turn the direction of reading: soft hyphen, zero-width space, marks and
# overrides of direction, invisible operators, byte order mark, annotations, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Emoji, and scripts from Persian to Malayalam, need a joiner between two signs; ASCII never does.
_STRAY_JOINER = re.compile(
    r"(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Visible ASCII but for the four signs that could end a link, or what stands around it; without TLS
# there is only the Slack on this very machine.
_ADDRESS = re.compile(r"(?:https://|http://127\.0\.0\.1:\d+/)[!#-;=?-{}~]+")
_LONGEST_ADDRESS = 500
"""Those of sources and of messages are far shorter; a section holds 3,000 (Slack): our choice."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_GAP = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def ours(text: str) -> str:
    """Return our own words for mrkdwn: formatting stays, the three signs of control are escaped."""
    # The ampersand first, which the other two bring in.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def theirs(text: str, limit: int) -> str:
    """Return words of people or a model for mrkdwn, on one line, at most `limit` long as sent."""
    return cut(_disarmed(tidied(text)), limit)


def tidied(text: str) -> str:
    """Return the text on one line, without what nobody sees."""
    if text.isascii() and text.isprintable() and "  " not in text:
        # Nothing to tidy, as with most.
        return text.strip()
    visible = _STRAY_JOINER.sub("", _UNSEEN.sub("", text))
    return _GAP.sub(" ", _SURROGATE.sub("\ufffd", visible)).strip()


def _disarmed(text: str) -> str:
    """Return the text with signs that look the same and do nothing in place of Slack's marks."""
    plain = text.replace("*", "∗").replace("~", "∼").replace("`", "ˋ")
    if "_" in plain:
        plain = _UNDERLINE.sub("ˍ", plain)
    return _EMOJI_NAME.sub("∶", plain) if ":" in plain else plain


def cut(text: str, limit: int) -> str:
    """Return the text escaped; what is longer than `limit` is cut at a word and ends in "…"."""
    escaped = ours(text)
    if len(escaped) <= limit:
        return escaped
    kept = _fitting(text, limit - len(ELLIPSIS))
    return f"{ours(_to_last_word(kept, text[len(kept) :]))}{ELLIPSIS}"


def _fitting(text: str, limit: int) -> str:
    """Return as many of the first signs as are at most `limit` long once they are escaped."""
    length = 0
    for place, sign in enumerate(text):
        length += len(_ENTITIES.get(sign, sign))
        if length > limit:
            return text[:place]
    return text


def _to_last_word(kept: str, rest: str) -> str:
    """Drop a word that was cut in two, unless that would cost more than half of what is kept."""
    if rest[:1].isspace():
        return kept.rstrip()
    start = max(kept.rfind(" "), kept.rfind("\n"))
    return kept[:start].rstrip() if start > len(kept) // 2 else kept


def mrkdwn(text: str) -> TextObject:
    """Return a text object of words that are escaped already.

    `verbatim` keeps Slack from making links, channels and mentions out of bare words.
    """
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, limit: int) -> TextObject:
    """Return a text object that Slack shows as it is, at most `limit` long."""
    return {"type": "plain_text", "text": cut(tidied(text), limit), "emoji": False}


def link(address: str, title: str) -> str:
    """Return a link for mrkdwn; the bare title where the address is too long or could break out."""
    shown = theirs(title, 120).replace("|", "∣")
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        return shown
    return f"<{address.replace('&', '&amp;')}|{shown}>"


def channel_named(channel: str) -> str:
    """Return a channel for mrkdwn, which Slack shows by its name to whoever may see it."""
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else "a channel"


def listed(rows: Iterable[str], most: int) -> list[str]:
    """Return the rows; of more than `most`, the first ones and how many there are beside."""
    held = list(rows)
    if len(held) <= most:
        return held
    return [*held[: most - 1], f"and {len(held) - most + 1} more"]
