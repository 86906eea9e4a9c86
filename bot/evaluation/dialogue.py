"""A scripted person answering from a fact sheet, and the fewest questions that would do."""

from __future__ import annotations

from itertools import combinations

from bot.consultant import Consultant, Statements, Turn
from bot.domain.decision import Decision
from bot.domain.facts import VOCABULARY
from bot.domain.problem import Problem
from bot.reading.port import Message

AUTHOR = "asker"
_MOST_TURNS = 20


def dialogue(
    consultant: Consultant, turn: Turn, sheet: Problem
) -> tuple[Decision, tuple[str, ...]]:
    """Answer each question from the sheet, "don't know" where it is silent, until none is left.

    Returns the last decision and the facts that were asked for, in order.
    """
    asked: list[str] = []
    while turn.decision.question is not None and len(asked) < _MOST_TURNS:
        asked.append(turn.decision.question.fact)
        turn = answered(consultant, turn.statements, asked[-1], sheet)
    return turn.decision, tuple(asked)


def answered(consultant: Consultant, statements: Statements, name: str, sheet: Problem) -> Turn:
    """Return the conversation after the person answered one question from the sheet."""
    pending = Message("", author=AUTHOR, id=f"{len(statements) + 1:03}", question=name)
    facts = sheet.by_name.get(name, ())
    if facts:
        return consultant.tell(statements, pending, facts)
    return consultant.set_aside(statements, pending)


def fewest_questions(consultant: Consultant, turn: Turn, sheet: Problem, asked: int) -> int:
    """Return the smallest number of questions, in any order, after which nothing is left to ask.

    Found by trying every set of facts that the person can answer, smallest first; `asked`, what it
    really took, where no smaller set does.
    """
    names = [
        attribute.name
        for attribute in VOCABULARY
        if attribute.question
        and sheet.known(attribute.name)
        and not turn.decision.problem.known(attribute.name)
    ]
    for count in range(1, asked):
        if any(_settled(consultant, turn, c, sheet) for c in combinations(names, count)):
            return count
    return asked


def _settled(consultant: Consultant, turn: Turn, names: tuple[str, ...], sheet: Problem) -> bool:
    told = tuple(fact for name in names for fact in sheet.by_name[name])
    pending = Message("", author=AUTHOR, id=f"{len(turn.statements) + 1:03}")
    return consultant.tell(turn.statements, pending, told).decision.question is None
