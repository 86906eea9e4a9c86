"""Takes every case through the whole way: read, decide, and answer the questions from its sheet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.consultant import Consultant
from bot.domain.decision import Decision
from bot.errors import ReaderFailed
from bot.evaluation.cases import Case
from bot.evaluation.dialogue import AUTHOR, dialogue, fewest_questions
from bot.reading.port import Message, Reading

AT_ONCE = 8
"""Cases read side by side: our choice, small enough for any provider's first limit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: the answer to its text alone, and the answer after the questions.

    `failed` says why it could not be read at all. `asked` names the facts that were asked for,
    `fewest` is how many questions would have done.
    """

    case: Case
    seconds: float
    first: Decision | None = None
    last: Decision | None = None
    reading: Reading | None = None
    asked: tuple[str, ...] = ()
    fewest: int = 0
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
    last, asked = dialogue(consultant, turn, case.sheet)
    fewest = fewest_questions(consultant, turn, case.sheet, len(asked))
    return Outcome(case, seconds, turn.decision, last, turn.reading, asked, fewest)


def opening(case: Case) -> Message:
    """Return the case's text as the first message of a conversation."""
    return Message(case.text, author=AUTHOR, id="001")
