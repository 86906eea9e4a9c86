"""Loads the phrases of the languages that a message may be in, and finds those that it holds.

Each file in `phrases/` is one language. A table named like a fact gives, for each value, the
phrases that say it: `stated`, `implied`, `presupposed` (taken for granted even by a wish or a
question: "stop it inventing"), `answers` (say it only in reply to our question), and `unless`
(where one of these stands in the sentence, the value is not said). The other tables are named in
`SECTIONS`. `[words]` holds lists that phrases use by name, as {docs}.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from re import Pattern
from typing import Any

from bot.domain.facts import by_name
from bot.reading import cue_patterns
from bot.reading.cue_numbers import Number, NumberWords, masked, number_words, numbers
from bot.reading.cue_text import Sentence, fold

SECTIONS = ("moods", "requests", "topic", "solutions", "replies", "numbers")
_NEVER_PHRASES = ("words", "language", "number_words")
_MOST_MATCHES = 4
# Japanese first: it writes Chinese signs beside its own.
_OWN_LETTERS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
}
_LANGUAGE_TABLE = re.compile(r"^\[language\]$.*?(?=^\[\w|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One phrase: what it speaks of (a section or "cues", name, value), how, in which language.

    Compared by identity: thousands are looked up for every message.
    """

    section: str
    name: str
    value: str
    how: str
    language: str
    source: str

    @property
    def dense(self) -> bool:
        """Whether its language is written without spaces."""
        return self.language in cue_patterns.WITHOUT_SPACES

    def pattern(self) -> Pattern[str]:
        """Return the expression, made when first needed."""
        return cue_patterns.compiled(self.source, dense=self.dense)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a sentence, at this place of the sentence."""

    row: Row
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one language by the stem that leads to them, and its number words.

    With each phrase stand the stems one of which must be there too, if it is to be tried at all.
    """

    index: Mapping[str, tuple[tuple[Row, frozenset[str]], ...]]
    number_words: NumberWords


def languages(folded: str) -> tuple[str, ...]:
    """Return the languages of a text, the likeliest first; English words occur in all."""
    for code, letters in _OWN_LETTERS.items():
        if letters.search(folded):
            return (code, "en")
    words = set(cue_patterns.words_in(folded))
    shared = {code: len(words & marks) for code, marks in _marks().items()}
    first = max(shared, key=lambda code: (shared[code], code == "en"), default="en")
    return ("en",) if first == "en" or shared[first] < 1 else (first, "en")


def known_languages() -> tuple[str, ...]:
    """Return the languages that there are phrases of."""
    return tuple(code for code, _ in _files())


def hits(sentence: Sentence, spoken: tuple[str, ...]) -> tuple[list[Hit], tuple[Number, ...]]:
    """Return the phrases and the numbers of a sentence."""
    own = [lexicon(language) for language in spoken]
    found = numbers(sentence.folded, own[0].number_words, spoken[0])
    numeric = masked(sentence.folded, found) if found else ""
    keys = cue_patterns.keys_in(sentence.folded)
    keys.update(cue_patterns.MASKS[number.kind] for number in found)
    tried = dict.fromkeys(
        row
        for one in own
        for key in keys
        for row, also in one.index.get(key, ())
        if not (also and also.isdisjoint(keys))
    )
    told = (hit for row in tried for hit in _found(row, sentence.folded, numeric))
    return sorted(told, key=_in_order), found


def _in_order(hit: Hit) -> tuple[int, int, str, str, str]:
    """Order hits as they are written, the longer first: sets of stems come in any order."""
    return hit.start, -hit.end, hit.row.source, hit.row.name, hit.row.value


def _found(row: Row, folded: str, numeric: str) -> list[Hit]:
    text = numeric if cue_patterns.is_numeric(row.source) else folded
    matches = islice(row.pattern().finditer(text), _MOST_MATCHES)
    return [Hit(row, match.start(), match.end()) for match in matches]


@cache
def lexicon(language: str) -> Lexicon:
    """Return the phrases of a language, loaded when a message first needs them."""
    table = _table(language)
    index: dict[str, list[tuple[Row, frozenset[str]]]] = {}
    for row in rows_of(language, table):
        first, also = cue_patterns.keys(row.source, dense=row.dense)
        for key in first:
            index.setdefault(key, []).append((row, also))
    spoken = {code: _table(code).get("number_words", {}) for code in ("en", language)}
    return Lexicon({key: tuple(rows) for key, rows in index.items()}, number_words(spoken))


def _files() -> Iterator[tuple[str, str]]:
    """Yield each language and the text of its file."""
    for file in sorted((resources.files("bot.reading") / "phrases").iterdir(), key=str):
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml"), file.read_text("utf-8")


@cache
def _table(language: str) -> Mapping[str, Any]:
    """Return the file of a language, empty where there is none."""
    file = resources.files("bot.reading") / "phrases" / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


@cache
def _marks() -> Mapping[str, frozenset[str]]:
    """Return the words that tell each language; only the head of each file is parsed."""
    heads = {code: _LANGUAGE_TABLE.search(text) for code, text in _files()}
    listed = {code: tomllib.loads(head[0])["language"] for code, head in heads.items() if head}
    return {code: frozenset(map(fold, table.get("words", ()))) for code, table in listed.items()}


def rows_of(language: str, table: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the phrases of one language; raises ValueError for a table of no known name."""
    words = {name: "|".join(listed) for name, listed in table.get("words", {}).items()}
    for title, held in table.items():
        if title in _NEVER_PHRASES:
            continue
        if title not in SECTIONS and title not in by_name():
            raise ValueError(f"{language}.toml: [{title}] is neither a fact nor a section")
        for name, value, how, phrases in _lists(title, held):
            section = title if title in SECTIONS else "cues"
            for phrase in phrases:
                yield Row(section, name, value, how, language, _source(phrase, words))


def _lists(title: str, held: Mapping[str, Any]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield (name, value, how, phrases): two or three levels deep, as the section asks."""
    for key, inner in held.items():
        if isinstance(inner, list):
            yield title if title not in SECTIONS else key, key, "", inner
            continue
        for second, phrases in inner.items():
            own = (title, key, second) if title not in SECTIONS else (key, second, "")
            yield *own, phrases


def _source(phrase: str, words: Mapping[str, str]) -> str:
    for name, listed in words.items():
        phrase = phrase.replace("{" + name + "}", f"({listed})")
    return "*".join(fold(piece) for piece in phrase.split("*"))
