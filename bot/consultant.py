"""One turn: read what was said, fold it into what is known, decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.conversation import Statement, fold
from bot.domain.costs import Comparison
from bot.domain.dataset import Measurement, measured
from bot.domain.decide import MAX_QUESTIONS, comparison_for, decide
from bot.domain.decision import Decision
from bot.domain.facts import attribute_named
from bot.domain.market import Market
from bot.domain.problem import Basis, Fact, Problem, checked
from bot.reading.port import Message, Reader, Reading

MAX_QUESTIONS_WITHOUT_MODEL = 5
"""The cue reader finds less in a message, so it may ask more: our choice."""

Statements = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to: the conversation as it now stands, the answer, the reading."""

    statements: Statements
    decision: Decision
    reading: Reading


class Consultant:
    """Takes turns; holds nothing of a conversation itself."""

    def __init__(
        self,
        *,
        reader: Reader,
        market: Market,
        today: Callable[[], date],
        max_questions: int = MAX_QUESTIONS,
    ) -> None:
        self._reader = reader
        self._market = market
        self._today = today
        self._max_questions = max_questions

    async def ready(self) -> None:
        """Read nothing yet, but load what the first person would wait for."""
        await self._reader.ready()

    def warm_up(self) -> None:
        """Decide what little is known of most problems at first: that takes seconds, once."""
        self.decide(Problem())
        for value in attribute_named("symptoms").values:
            self.decide(Problem((Fact("symptoms", value.name),)))

    def decide(self, problem: Problem) -> Decision:
        """Decide on a problem as of today."""
        return decide(problem, self._market, self._today(), max_questions=self._max_questions)

    def comparison(self, problem: Problem) -> Comparison | None:
        """Compare the costs as of today, or return None while the sizes are unknown."""
        return comparison_for(problem, self._market, self._today())

    def measure(self, name: str, content: bytes, *, most_bytes: int, most_rows: int) -> Measurement:
        """Measure a training file, at today's prices; raises BadInput where it is none."""
        found = measured(name, content, most_bytes=most_bytes, most_rows=most_rows)
        return found.at_prices(self._market, self._today())

    async def hear(self, statements: Statements, message: Message) -> Turn:
        """Read a message of the conversation and decide again."""
        reading = await self._reader.read(message)
        told = Statement(
            message=message.id,
            author=message.author,
            facts=reading.facts,
            denials=reading.denials,
            corrects=reading.corrects,
            asked=message.question,
            set_aside=_set_aside(message, reading),
        )
        grown = (*statements, told)
        return Turn(grown, self.decide(fold(grown)), reading)

    def confirm(self, statements: Statements, message: Message, value: str) -> Turn:
        """Take a chosen value as the answer to the question that was pending."""
        attribute = attribute_named(message.question)
        return self.tell(statements, message, (Fact(attribute.name, checked(attribute, value)),))

    def tell(self, statements: Statements, message: Message, facts: Iterable[Fact]) -> Turn:
        """Take facts as confirmed by this author, in this message."""
        confirmed = tuple(
            replace(
                fact, basis=Basis.CONFIRMED, author=message.author, message=message.id, quote=""
            )
            for fact in facts
        )
        corrected = frozenset(fact.name for fact in confirmed)
        told = Statement(
            message.id, message.author, confirmed, corrects=corrected, asked=message.question
        )
        grown = (*statements, told)
        return Turn(grown, self.decide(fold(grown)), Reading())

    def set_aside(self, statements: Statements, message: Message) -> Turn:
        """Note that nobody knows the answer to the question that was pending."""
        name = message.question
        told = Statement(message.id, message.author, asked=name, set_aside=frozenset({name}))
        grown = (*statements, told)
        return Turn(grown, self.decide(fold(grown)), Reading())


def _set_aside(message: Message, reading: Reading) -> frozenset[str]:
    if reading.does_not_know and message.question:
        return frozenset({message.question})
    return frozenset()
