"""Verification by code: a quote has to stand in the author's own message, and be evidence.

Compared are both texts in NFC, with curly quotes and long dashes straightened, white space
collapsed and case folded; nothing else is forgiven. What is kept is the author's characters.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice

from bot.reading.folding import Folded, Span, folded, folded_text
from bot.reading.orders import orders_in

MOST_QUOTED = 200
# Shorter Latin, Cyrillic or Arabic quotes must be whole words: "no" is not found in "know".
FREE_OF_WORD_BOUNDS = 4
_CHARS_THAT_ARE_WORDS = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # kana
    ("\u3400", "\u9fff"),  # Han
    ("\uac00", "\ud7a3"),  # Hangul
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A message as a source of quotes; `orders` are the spans of it that are none."""

    text: str
    comparable: Folded
    orders: tuple[Span, ...]

    def quote(self, given: str, *, numeric: bool = False) -> str | None:
        """Return the author's own characters for this quote, or None where it is no evidence."""
        sought = folded_text(given)
        if not _says_something(sought, numeric=numeric) or (numeric and not has_number(sought)):
            return None
        for start in _places(sought, self.comparable.text):
            span = self.comparable.origin(start, start + len(sought))
            if not (self.orders and any(_overlap(span, order) for order in self.orders)):
                return _shown(self.text[slice(*span)])
        return None


def evidence_in(text: str) -> Evidence:
    """Prepare a message: quotes are sought in the whole of it, however long it is."""
    comparable = folded(text)
    return Evidence(text, comparable, orders_in(text, comparable))


def has_number(quote: str) -> bool:
    """Whether a quote holds a numeric expression: a digit, a numeral or a word for a number."""
    text = folded_text(quote, "NFKC")
    known = _number_words()
    if any(char.isnumeric() for char in text) or any(part in text for part in known["anywhere"]):
        return True
    # Not \w, which parts the words of scripts that write vowels as marks.
    words = re.findall(r"[^\s\d.,;:!?()\[\]\"'/+=_-]+", text)
    return any(word in known["words"] or word.startswith(known["stems"]) for word in words)


@cache
def _number_words() -> dict[str, tuple[str, ...]]:
    """Load the words, folded as quotes are."""
    source = (files("bot.reading") / "number_words.toml").read_text("utf-8")
    return {
        kind: tuple(folded(word, "NFKC").text for word in words.split())
        for kind, words in tomllib.loads(source).items()
    }


def _says_something(quote: str, *, numeric: bool) -> bool:
    if _has_letters(quote, 2) or (numeric and any(char.isnumeric() for char in quote)):
        return True
    return not quote.isascii() and any(_is_a_word(char) for char in quote)


def _has_letters(text: str, count: int) -> bool:
    """Whether a text holds so many letters or digits; most begin with them."""
    first = text[:count]
    if len(first) == count and first.isalnum():
        return True
    return sum(1 for _ in islice(filter(str.isalnum, text), count)) == count


def _is_a_word(char: str) -> bool:
    if char.isascii():
        return False
    return any(first <= char <= last for first, last in _CHARS_THAT_ARE_WORDS)


def _places(sought: str, text: str) -> Iterator[int]:
    short = not _has_letters(sought, FREE_OF_WORD_BOUNDS)
    place = text.find(sought)
    while place >= 0:
        end = place + len(sought)
        cuts = _inside_a_word(text, place, short=short) or _inside_a_word(text, end, short=short)
        if not cuts:
            yield place
        place = text.find(sought, place + 1)


def _inside_a_word(text: str, place: int, *, short: bool) -> bool:
    """Whether a cut here parts a number, or a word that is not long enough to be cut."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if left.isdecimal() and right.isdecimal():
        return True
    both = left.isalpha() and right.isalpha()
    return short and both and not (_is_a_word(left) or _is_a_word(right))


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _shown(quote: str) -> str:
    """Cut to what is kept; a control character becomes a space, for no card or store takes it."""
    if not quote.isprintable():
        quote = "".join(" " if _is_control(char) else char for char in quote)
    return quote.strip()[:MOST_QUOTED]


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t"
