"""The facts that the inspector finds: those of a card, and those that were read in some words."""

from __future__ import annotations

from datetime import date

import pytest

from bot.consultant import Consultant
from bot.domain.conversation import fold
from bot.market.loader import load_market
from bot.playground.page.behind import behind, facts_in
from bot.playground.page.composed import composed, shown_text
from bot.playground.slack import LocalSlack
from bot.playground.workspace import Message
from bot.reading.cues import CueReader
from bot.reading.port import Message as Heard
from bot.slack.render import case_card
from tests.playground.conftest import BOT, Place

TEXT = "Our support bot makes up refund rules, and the policy changes every month."


async def card_blocks(author: str) -> tuple[dict[str, object], ...]:
    consultant = Consultant(
        reader=CueReader(), market=load_market(), today=lambda: date(2026, 1, 5)
    )
    turn = await consultant.hear((), Heard(TEXT, author, "1"))
    decision = consultant.decide(fold(turn.statements))
    return case_card(decision, names={author: "Mina"}, reader="cues").blocks


async def test_a_card_tells_its_facts() -> None:
    facts = list(facts_in(await card_blocks("U1")))
    assert facts
    assert {"Task", "Seen"} <= {fact["title"] for fact in facts}
    assert all("Plan" not in fact["title"] for fact in facts)


async def test_words_tell_the_facts_that_were_read_in_them(slack: LocalSlack, place: Place) -> None:
    ts = await slack.say(place.mina, place.channel, f"<@{BOT}> {TEXT}")
    other = await slack.say(place.omar, place.channel, "I know nothing of this.", ts)
    blocks = await card_blocks(place.mina)
    card = Message(place.channel, BOT, "card", thread_ts=ts, blocks=blocks, bot_id="BBOT")
    posted = slack.workspace.post(card)
    of_card = behind(slack, place.channel, posted.ts)["facts"]
    of_words = behind(slack, place.channel, ts)["facts"]
    assert of_words
    assert all(fact in of_card for fact in of_words)
    assert behind(slack, place.channel, other)["facts"] == []


@pytest.mark.parametrize(
    ("typed", "sent"),
    (
        ("@Ann hi", "<@U1> hi"),
        ("@ann-marie hi", "<@U2> hi"),
        ("@annette hi", "@annette hi"),
        ("me@ann.example", "me@ann.example"),
        ("(@ANN)", "(<@U1>)"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<@U1>", "&lt;@U1&gt;"),
        ("https://a.example/x).", "<https://a.example/x>)."),
    ),
)
def test_what_is_typed_is_sent_in_slacks_form(typed: str, sent: str) -> None:
    assert composed(typed, {"ann": "U1", "ann-marie": "U2"}) == sent


def test_what_was_sent_is_shown_as_it_was_typed() -> None:
    assert shown_text("see <https://a.example|this> &lt;3 &amp;amp;") == "see this <3 &amp;"
