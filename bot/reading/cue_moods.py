"""Tells how something is said: denied, wished for, supposed, asked, or demanded."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from bot.reading.cue_lexicon import Hit
from bot.reading.cue_numbers import Number
from bot.reading.cue_text import Sentence, Span, quote

# How far a "not" reaches to what follows it, in characters, within its clause.
_REACH = 34
_REACH_DENSE = 9
_REACH_BACK = 12
_REACH_REQUIRED = 20
# A word that opens a question stands so near the start of its clause.
_OPENING = 6


class Mood(Enum):
    """A way of saying something that keeps it from being a plain statement."""

    NEGATED = "negated"
    WISHED = "wished"
    SUPPOSED = "supposed"
    ASKED = "asked"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Scene:
    """One sentence with what was found in it, its clauses and the marks of its moods."""

    sentence: Sentence
    hits: tuple[Hit, ...]
    numbers: tuple[Number, ...]
    marks: tuple[Hit, ...]
    clauses: tuple[Span, ...]

    def clause(self, at: int) -> Span:
        """Return the clause that holds this place."""
        return next((span for span in self.clauses if span[0] <= at < span[1]), self.clauses[-1])

    def quote(self, start: int, end: int) -> str:
        """Return the words there, widened to their clause."""
        first, last = self.clause(start), self.clause(max(start, end - 1))
        return quote(self.sentence.text, (start, end), (first[0], last[1]))

    def moods(self, start: int, end: int) -> frozenset[Mood]:
        """Return the moods in which the words there are said."""
        clause = self.clause(start)
        within = [mark for mark in self.marks if clause[0] <= mark.start < clause[1]]
        before = {mark.row.name for mark in within if mark.end <= start}
        found = {mood for mood in (Mood.WISHED, Mood.SUPPOSED) if mood.value in before}
        if _negated(within, start, end):
            found.add(Mood.NEGATED)
        if any(
            mark.row.name == "required" and 0 <= start - mark.end <= _REACH_REQUIRED
            for mark in within
        ):
            found.add(Mood.REQUIRED)
        if self._asked(clause, within):
            found.add(Mood.ASKED)
        return frozenset(found)

    def _asked(self, clause: Span, within: list[Hit]) -> bool:
        names = {mark.row.name for mark in within}
        if "wondered" in names:
            return False
        if any(mark.row.name == "asked" and mark.row.dense for mark in within):
            return True
        if not self.sentence.is_question:
            return False
        opening = any(m.row.name == "asked" and m.start - clause[0] <= _OPENING for m in within)
        return opening or clause == self.clauses[-1]


def _negated(within: list[Hit], start: int, end: int) -> bool:
    affirmed = [mark for mark in within if mark.row.name == "affirmed"]
    for mark in within:
        if any(other.start <= mark.start < other.end for other in affirmed):
            continue
        reach = _REACH_DENSE if mark.row.dense else _REACH
        if mark.row.name == "negated" and 0 <= start - mark.end <= reach:
            return True
        if mark.row.name == "negated_after" and 0 <= mark.start - end <= _REACH_BACK:
            return True
    return False


@cache
def _punctuation() -> re.Pattern[str]:
    return re.compile(r",(?!\d)|[:()、]| [–-]+ |–|→|\|")


def scene(sentence: Sentence, hits: list[Hit], numbers: tuple[Number, ...]) -> Scene:
    """Return the sentence cut into clauses, with its marks apart from its cues."""
    marks = tuple(hit for hit in hits if hit.row.section == "moods")
    cuts = {match.end() for match in _punctuation().finditer(sentence.folded)}
    cuts |= {mark.start for mark in marks if mark.row.name == "breaks"}
    edges = sorted({0, len(sentence.folded), *cuts})
    clauses = tuple(itertools.pairwise(edges))
    rest = tuple(hit for hit in hits if hit.row.section != "moods")
    return Scene(sentence, rest, numbers, marks, clauses)
