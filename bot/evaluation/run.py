"""Takes every case through the whole way: read, decide, and answer the questions from its sheet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.consultant import Consultant, Statements
from bot.domain.decision import Decision
from bot.domain.problem import Problem
from bot.errors import ReaderFailed
from bot.evaluation.cases import Case
from bot.reading.port import Message, Reading

AT_ONCE = 8
"""Cases read side by side: our choice, small enough for any provider's first limit."""

_MOST_TURNS = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: the answer to its text alone, and the answer after the questions.

    `failed` says why it could not be read at all. `asked` names the facts that were asked for.
    """

    case: Case
    seconds: float
    first: Decision | None = None
    last: Decision | None = None
    reading: Reading | None = None
    asked: tuple[str, ...] = ()
    failed: str = ""


async def run_cases(consultant: Consultant, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """Run all cases, some at once, in their order."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> Outcome:
        async with places:
            return await run_case(consultant, case)

    return tuple(await asyncio.gather(*map(one, cases)))


async def run_case(consultant: Consultant, case: Case) -> Outcome:
    """Run one case; a reader's failure is an outcome, not an error."""
    began = time.perf_counter()
    try:
        turn = await consultant.hear((), opening(case))
    except ReaderFailed as error:
        return Outcome(case, time.perf_counter() - began, failed=error.sentence)
    seconds = time.perf_counter() - began
    if case.sheet is None:
        return Outcome(case, seconds, turn.decision, turn.decision, turn.reading)
    last, asked = answered(consultant, turn.statements, turn.decision, case.sheet)
    return Outcome(case, seconds, turn.decision, last, turn.reading, asked)


def opening(case: Case) -> Message:
    """Return the case's text as the first message of a conversation."""
    return Message(case.text, author="asker", id="1")


def answered(
    consultant: Consultant, statements: Statements, decision: Decision, sheet: Problem
) -> tuple[Decision, tuple[str, ...]]:
    """Answer each question from the sheet, "don't know" where it is silent, until none is left."""
    asked: list[str] = []
    while decision.question is not None and len(asked) < _MOST_TURNS:
        name = decision.question.fact
        pending = Message("", author="asker", id=str(len(asked) + 2), question=name)
        facts = sheet.by_name.get(name, ())
        if facts:
            turn = consultant.tell(statements, pending, facts)
        else:
            turn = consultant.set_aside(statements, pending)
        statements, decision = turn.statements, turn.decision
        asked.append(name)
    return decision, tuple(asked)
