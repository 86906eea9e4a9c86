"""One consultation at the prompt: the card, one question at a time, until nothing is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.commands.card import card, question
from bot.commands.io import as_block
from bot.consultant import Consultant, Statements, Turn
from bot.domain.conversation import Statement
from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis, Fact, checked
from bot.errors import UsageError
from bot.reading.port import Message

AUTHOR = "you"
_FIRST = "001"
# Sorts right after the first message: what is confirmed on the command line outweighs its reading.
_CONFIRMED = f"{_FIRST}+"
_STOP = {"", "q", "quit", "exit"}
_NOTHING_SAID = (
    "You have not said anything yet: tell me in a sentence or two what your model has to do and "
    "what goes wrong, such as “Our support bot makes things up about refunds”."
)


class Prompt(Protocol):
    """Where the person types: returns a line, or None at the end."""

    def __call__(self, text: str) -> str | None:
        """Show the text and return what was typed."""


def confirmed(settings: Sequence[str]) -> Statements:
    """Return the facts of `--set NAME=VALUE` as one confirmed statement."""
    facts: list[Fact] = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {setting[:40]!r} has no value: use --set NAME=VALUE.")
        attribute = attribute_named(name.strip())
        parts = value.split(",") if attribute.kind is Kind.MANY else [value]
        facts += [
            Fact(attribute.name, checked(attribute, part.strip()), Basis.CONFIRMED, author=AUTHOR)
            for part in parts
        ]
    names = frozenset(fact.name for fact in facts)
    return (Statement(_CONFIRMED, AUTHOR, tuple(facts), corrects=names),) if facts else ()


async def as_json(consultant: Consultant, statements: Statements, text: str) -> str:
    """Return the decision on the text and the confirmed facts, as JSON; nothing is asked."""
    turn = await consultant.hear(statements, Message(text, AUTHOR, _FIRST))
    document = turn.decision.as_json(turn.reading.reader)
    if turn.reading.note:
        document["note"] = turn.reading.note
    return as_block(document)


async def converse(
    consultant: Consultant,
    statements: Statements,
    text: str,
    prompt: Prompt,
    show: Callable[[str], None],
) -> None:
    """Show the card, ask the open question, take the answer, until done or the person stops."""
    if not text.strip() and not statements:
        show(_NOTHING_SAID)
        return
    turn = await consultant.hear(statements, Message(text, AUTHOR, _FIRST))
    for place in range(2, 100):
        if turn.reading.note:
            show(f"({turn.reading.note})\n")
        show(card(turn.decision))
        asked = turn.decision.question
        if asked is None:
            return
        show("\n" + question(turn.decision))
        typed = _typed(prompt, len(asked.choices) + 1, show)
        if typed is None:
            return
        show("")
        turn = await _answered(
            consultant, turn, Message(typed, AUTHOR, f"{place:03}", asked.fact), show
        )


def _typed(prompt: Prompt, highest: int, show: Callable[[str], None]) -> str | None:
    """Return an answer that is a number on the list or words; None where the person stops."""
    while True:
        typed = prompt("A number, or in your own words (empty to stop): ")
        if typed is None or typed.strip().lower() in _STOP:
            return None
        number = typed.strip()
        if not number.isdigit() or 1 <= int(number) <= highest:
            return typed
        show(f"There is no {number[:12]} on the list: type 1 to {highest}, or say it in words.")


async def _answered(
    consultant: Consultant, turn: Turn, message: Message, show: Callable[[str], None]
) -> Turn:
    choices = turn.decision.question.choices if turn.decision.question else ()
    typed = message.text.strip()
    if typed.isdigit() and 1 <= int(typed) <= len(choices):
        return consultant.confirm(turn.statements, message, choices[int(typed) - 1][0])
    if typed == str(len(choices) + 1):
        return consultant.set_aside(turn.statements, message)
    known = Message(message.text, AUTHOR, message.id, message.question, turn.decision.problem)
    heard = await consultant.hear(turn.statements, known)
    if heard.reading.facts or heard.reading.denials or heard.reading.does_not_know:
        return heard
    show("I could not read an answer in that, so I leave this question aside.\n")
    return consultant.set_aside(turn.statements, message)
