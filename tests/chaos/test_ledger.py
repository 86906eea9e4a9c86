"""The ledger counts right before anything is measured with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.playground.journal import Delivery, Happened, Record
from bot.playground.workspace import Edited, Message, Posted
from tests.chaos.ledger import Balance, Kind, Ledger, Turn, edit_name

ASKED = Turn("1.1", "1.1", Kind.SAID, "order K1", "U1")
CHANGED = Turn(edit_name("1.1", "1.5"), "1.1", Kind.EDITED, "K1E", "U1")
PRESSED = Turn("1.1 pressed", "1.1", Kind.PRESSED, "(pat)", "U2")
ALL = (ASKED, CHANGED, PRESSED)


def acked(event: Mapping[str, Any], failure: str | None = None) -> Record:
    return Delivery(0, "T1", "events_api", "http", {"event": event}, 0, None, 200, failure, 1.0, "")


def ours(ts: str, text: str, turn: str = "1.1", *, to: str | None = None) -> Message:
    metadata = {"event_type": "x", "event_payload": {"turn": turn}}
    return Message(
        "C1",
        "UBOT",
        text,
        ts=ts,
        thread_ts="1.1",
        bot_id="BBOT",
        metadata=metadata,
        visible_to=to,
    )


def posted(message: Message) -> Record:
    return Happened(0, "T1", Posted(message))


def edited(message: Message) -> Record:
    return Happened(0, "T1", Edited(message, message))


MENTION = acked({"type": "app_mention", "ts": "1.1"})
EDIT = acked({"type": "message", "message": {"ts": "1.1", "edited": {"ts": "1.5"}}})
MENTION_OF_THE_EDIT = acked({"type": "app_mention", "ts": "1.1", "edited": {"ts": "1.5"}})
READING = posted(ours("1.2", "Reading…"))
ANSWER = edited(ours("1.2", "order K1"))

CASES: Mapping[str, tuple[tuple[Turn, ...], tuple[Record, ...], Balance]] = {
    "nothing acknowledged is nothing lost": ((ASKED,), (), Balance(1, 0, (), (), ())),
    "a refused delivery is no acknowledgement": (
        (ASKED,),
        (acked({"type": "app_mention", "ts": "1.1"}, "http_error"),),
        Balance(1, 0, (), (), ()),
    ),
    "acknowledged and never answered is lost": (
        (ASKED,),
        (MENTION,),
        Balance(1, 1, ("1.1",), (), ()),
    ),
    "a line that only reads is no answer": (
        (ASKED,),
        (MENTION, READING),
        Balance(1, 1, ("1.1",), (), ("1.2",)),
    ),
    "an edit of that line is": ((ASKED,), (MENTION, READING, ANSWER), Balance(1, 1, (), (), ())),
    "an answer without what was told is none": (
        (ASKED,),
        (MENTION, edited(ours("1.2", "set aside"))),
        Balance(1, 1, ("1.1",), (), ()),
    ),
    "a second answer is one too many": (
        (ASKED,),
        (MENTION, ANSWER, posted(ours("1.3", "order K1"))),
        Balance(1, 1, (), ("1.1",), ()),
    ),
    "a second line that only reads is an orphan": (
        (ASKED,),
        (MENTION, ANSWER, posted(ours("1.3", "Reading…"))),
        Balance(1, 1, (), (), ("1.3",)),
    ),
    "an answer to nothing is one too many": (
        (ASKED,),
        (MENTION, ANSWER, posted(ours("1.3", "hello", "9.9"))),
        Balance(1, 1, (), ("1.3",), ()),
    ),
    "an edit is known by its own time": (
        (ASKED, CHANGED),
        (MENTION, ANSWER, EDIT),
        Balance(2, 2, (CHANGED.name,), (), ()),
    ),
    "a mention in a changed text tells of the change": (
        (ASKED, CHANGED),
        (ANSWER, MENTION_OF_THE_EDIT),
        Balance(2, 1, (CHANGED.name,), (), ()),
    ),
    "an edit and a press are answered by what the card shows": (
        ALL,
        (MENTION, EDIT, edited(ours("1.2", "order K1 of K1E (pat)"))),
        Balance(3, 2, (), (), ()),
    ),
    "who is told to try again is not owed an answer": (
        (ASKED,),
        (MENTION, posted(ours("1.4", "I could not save this.", to="U1"))),
        Balance(1, 0, (), (), ()),
    ),
}


@pytest.mark.parametrize(("turns", "records", "balance"), CASES.values(), ids=CASES)
def test_the_balance(
    turns: tuple[Turn, ...], records: tuple[Record, ...], balance: Balance
) -> None:
    ledger = Ledger()
    for turn in turns:
        ledger.expect(turn)
    for record in records:
        ledger.read(record)

    assert ledger.balance() == balance
    assert balance.is_even == (not balance.lost and not balance.doubled)


def test_a_press_is_acknowledged_by_whoever_saw_slacks_answer() -> None:
    ledger = Ledger()
    ledger.expect(PRESSED)
    ledger.acknowledged.add(PRESSED.name)

    assert ledger.balance().lost == (PRESSED.name,)
