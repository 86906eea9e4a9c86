"""Text folded for comparison, with the way back to the author's own characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Form = Literal["NFC", "NFKC"]
Span = tuple[int, int]

_QUOTES = dict.fromkeys(
    "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\uff07", "'"
) | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"')
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-")
_FOLDED = str.maketrans(_QUOTES | _DASHES)
_SEEN_ASCII = re.compile("[!-~]+")
# Joiners decide meaning in Persian, Hindi and emoji; every other invisible character is noise.
_JOINERS = "\u200c\u200d"
_FIRST_MARK = "\u0300"
# A language's letters and signs: most texts need no others.
_MOST_PIECES = 8192


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `starts` and `ends` give, for each of its characters, the place it came from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def origin(self, start: int, end: int) -> Span:
        """Return the span of the original text that this span of the folded text came from."""
        return self.starts[start], self.ends[end - 1]


def folded(text: str, form: Form = "NFC") -> Folded:
    """Fold case, quotes, dashes and white space (invisible characters are none), normalise."""
    if text.isascii():
        return _folded_ascii(text)
    return _folded_in_place(text, form) or _folded_anyhow(text, form)


def folds_alike(text: str) -> bool:
    """Whether a text folds to the same in both forms: NFKC would change no character of it."""
    return text.isascii() or unicodedata.is_normalized("NFKC", text)


def _folded_in_place(text: str, form: Form) -> Folded | None:
    """Fold a text each of whose characters becomes one, as most do; None where not all do."""
    chars = set(text)
    if any(char >= _FIRST_MARK and _continues(char) for char in chars):
        return None
    pieces = {ord(char): _piece(char, form) for char in chars}
    if any(len(piece) != 1 for piece in pieces.values()):
        return None
    joined = text.translate(pieces)
    if joined.startswith(" ") or "  " in joined:
        return None
    return Folded(joined, range(len(text)), range(1, len(text) + 1))


def _folded_anyhow(text: str, form: Form) -> Folded:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = _piece(text[start:end], form)
        if piece == " " and (not pieces or pieces[-1] == " "):
            continue
        for char in piece:
            pieces.append(char)
            starts.append(start)
            ends.append(end)
    return Folded("".join(pieces), tuple(starts), tuple(ends))


def folded_text(text: str, form: Form = "NFC") -> str:
    """Return the text folded, without blanks at its ends and without the way back."""
    if text.isascii():
        return " ".join(_SEEN_ASCII.findall(text.lower()))
    return folded(text, form).text.strip()


def _folded_ascii(text: str) -> Folded:
    """Fold what has no characters to normalise: the same as above, at a tenth of the time."""
    if text.isprintable() and not text.startswith(" ") and "  " not in text:
        # Nothing moves.
        return Folded(text.lower(), range(len(text)), range(1, len(text) + 1))
    pieces: list[str] = []
    places: list[int] = []
    after = 0
    for match in _SEEN_ASCII.finditer(text):
        start, end = match.span()
        if start > after and pieces:
            pieces.append(" ")
            places.append(after)
        pieces.append(match.group().lower())
        places.extend(range(start, end))
        after = end
    if after < len(text) and pieces:
        pieces.append(" ")
        places.append(after)
    return Folded("".join(pieces), tuple(places), tuple(place + 1 for place in places))


@lru_cache(maxsize=_MOST_PIECES)
def _piece(cluster: str, form: Form) -> str:
    if cluster.isascii():
        return cluster.casefold() if cluster.isprintable() and cluster != " " else " "
    seen = _seen(cluster[0])
    if not seen.strip():
        return seen
    normal = unicodedata.normalize(form, cluster.translate(_FOLDED)).casefold()
    return unicodedata.normalize(form, normal) or " "


def readable(text: str) -> str:
    """Return the text as it can be sent and shown: invisible characters out, odd blanks plain."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(char if char in "\n\t" else _seen(char) for char in text)


def _seen(char: str) -> str:
    """Return the character, a space for blanks and controls, or nothing for what is invisible."""
    if char.isprintable() or char in _JOINERS:
        return char
    return "" if unicodedata.category(char) == "Cf" else " "


def _clusters(text: str) -> Iterator[Span]:
    """Cut where normalisation can't reach across: before each character that starts afresh."""
    start = 0
    for place in range(1, len(text)):
        if text[place] < _FIRST_MARK or not _continues(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


@lru_cache(maxsize=_MOST_PIECES)
def _continues(char: str) -> bool:
    is_jamo = "\u1160" <= char <= "\u11ff"
    return is_jamo or unicodedata.category(char) in {"Mn", "Mc", "Me"}
