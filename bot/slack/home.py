"""The home tab: what this is, how to start, one's own consultations, and how to delete them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.slack.escape import channel_named, link, ours, plain, theirs
from bot.slack.render import Block, actions, button, context, reader_line, section, sections

_MOST_CASES = 20
_LONGEST_HEADLINE = 120
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One consultation of the person who looks; `channel` is its id, or empty for a DM."""

    headline: str
    channel: str
    day: date
    permalink: str = ""


def home(
    cases: Sequence[CaseLine],
    *,
    bot_name: str = "should-finetune",
    reader: str = "",
    retention_days: int = 0,
) -> Block:
    """Return the tab; the cases are those that the person can still see, newest first."""
    blocks = [*_about(bot_name), *_cases(cases), *_data(reader, retention_days)]
    return {"type": "home", "callback_id": "home", "blocks": blocks}


def _about(bot_name: str) -> Iterator[Block]:
    name = theirs(bot_name, _LONGEST_NAME)
    yield {"type": "header", "text": plain("Should we fine-tune?", 150)}
    yield section(
        "Or is the problem knowledge, instructions, workflow, data, measurement or cost? Tell me "
        "what your language model does wrong. I ask a few questions at most, and answer with "
        "reasons, sources and a plan."
    )
    yield section(f"Mention @{name} in a channel, write to me under Messages, or begin here.")
    yield actions("start", [{**button("Describe a problem", "start"), "style": "primary"}])


def _cases(cases: Sequence[CaseLine]) -> Iterator[Block]:
    if not cases:
        yield section("*My consultations*\nNone yet.")
        return
    rows = [_row(case) for case in cases[:_MOST_CASES]]
    if more := len(cases) - len(rows):
        rows.append(f"and {more:,} more")
    yield from sections("My consultations", rows)


def _row(case: CaseLine) -> str:
    said = theirs(case.headline, _LONGEST_HEADLINE) or "No answer yet"
    where = channel_named(case.channel) if case.channel else "direct message"
    opened = link(case.permalink, "Open") if case.permalink else ""
    beside = " · ".join(filter(None, (where, case.day.isoformat(), opened)))
    return f"• {said} ({beside})"


def _data(reader: str, retention_days: int) -> Iterator[Block]:
    yield {"type": "divider"}
    yield actions("data", [_forget()])
    days = f"What I keep of a consultation goes after {retention_days:,} days."
    rows = (reader_line(reader), days if retention_days else "", "Type “help” to me for more.")
    yield context(ours(" ".join(filter(None, rows))))


def _forget() -> Block:
    return {
        **button("Delete my data", "forget"),
        "style": "danger",
        "confirm": {
            "title": plain("Delete my data?", 100),
            "text": plain(
                "Your consultations and all that I kept of your words are deleted, for everybody "
                "in them. My messages in Slack stay. This cannot be undone.",
                300,
            ),
            "confirm": plain("Delete", 30),
            "deny": plain("Keep", 30),
            "style": "danger",
        },
    }
