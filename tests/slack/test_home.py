"""The home tab shows one's own consultations and how to begin, and can always be published."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.limits import problems
from bot.slack.escape import channel_named
from bot.slack.home import CaseLine, home
from bot.slack.render import Block
from tests.slack.test_render import faults, nasty, texts_of

DAY = date(2026, 11, 22)
LINK = "https://team.slack.com/archives/C1/p1?thread_ts=1.2&cid=C1"
CASE = CaseLine("Bring the knowledge to the model.", "C0123ABC", DAY, LINK)


def shown(view: Block) -> str:
    return "\n".join(texts_of(view))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**30))
def test_any_home_can_be_published(seed: int) -> None:
    rng = Random(seed)
    links = (LINK, "", "javascript:x", f"https://a.org/{nasty(rng)}")
    cases = [
        CaseLine(nasty(rng), nasty(rng), DAY, rng.choice(links))
        for _ in range(rng.choice((0, 1, 20, 60)))
    ]
    view = home(cases, bot_name=nasty(rng), reader="cues", retention_days=rng.randrange(999))
    assert problems("views.publish", {"view": view}) == ()
    ours = frozenset(case.permalink.replace("&", "&amp;") for case in cases)
    for text in texts_of(view):
        assert not faults(text, ours), text
    assert json.dumps(view)


def test_a_consultation_stands_with_its_answer_place_day_and_link() -> None:
    escaped = LINK.replace("&", "&amp;")
    expected = f"• Bring the knowledge to the model. (<#C0123ABC> · 2026-11-22 · <{escaped}|Open>)"
    assert expected in shown(home([CASE]))


def test_a_direct_message_has_no_channel() -> None:
    private = CaseLine("Measure first.", "", DAY)
    assert "• Measure first. (direct message · 2026-11-22)" in shown(home([private]))


@pytest.mark.parametrize("channel", ("", "support", "C1|<!here>", "D12", "<#C1>", "C1 "))
def test_what_is_no_channel_is_not_shown_as_one(channel: str) -> None:
    assert channel_named(channel) == "a channel"


def test_without_consultations_it_says_how_to_begin() -> None:
    text = shown(home([], bot_name="tuner"))
    assert "None yet." in text
    assert "Mention @tuner in a channel" in text


def test_of_many_consultations_it_shows_the_newest() -> None:
    text = shown(home([CASE] * 25))
    assert text.count("Bring the knowledge") == 20
    assert "and 5 more" in text


def test_deleting_asks_first() -> None:
    rows = [block["elements"] for block in home([])["blocks"] if block["type"] == "actions"]
    forget = next(each for row in rows for each in row if each["action_id"] == "forget")
    assert forget["style"] == "danger"
    assert forget["confirm"]["deny"]["text"] == "Keep"


def test_it_says_who_reads_and_how_long_it_is_kept() -> None:
    text = shown(home([], reader="chain", retention_days=30))
    assert "A language model read the text; rules decided." in text
    assert "goes after 30 days" in text
    assert "days" not in shown(home([]))
