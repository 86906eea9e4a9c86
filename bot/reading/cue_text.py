"""Cuts a message into sentences and clauses, folded for matching, with every position kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

# Longer messages are read up to here: what people say about their problem comes first, what they
# paste comes after. Text that is skipped (code, quotes) does not count, up to a limit of its own.
SCANNED = 3000
_LOOKED_AT = 40_000
# A text without full stops is cut at this length, so that no pattern runs over all of it.
LONGEST_SENTENCE = 400
LONGEST_QUOTE = 120

Span = tuple[int, int]

_ABBREVIATIONS = (
    "e.g",
    "i.e",
    "vs",
    "approx",
    "ca",
    "etc",
    "incl",
    "z.b",
    "bzw",
    "inkl",
    "mio",
    "nr",
    "no",
    "p.ej",
    "aprox",
    "ej",
    "env",
    "p.ex",
)
_TRADITIONAL = (
    "沒們個這麼為會對時過還說應該訓練調標註資庫檢實際準確錯誤語氣風輸檔據問題場產內檔單無從變樣"
)
_SIMPLIFIED = (
    "没们个这么为会对时过还说应该训练调标注资库检实际准确错误语气风输档据问题场产内档单无从变样"
)
_AS_SPACE = '"“”„«»*`~「」『』【】\t\u00a0\u202f\u3000\r\x0b\x0c\x00'


@cache
def _folding() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in range(0xC0, 0x180):
        plain = unicodedata.normalize("NFD", chr(code))[0]
        if plain.isascii():
            table[code] = plain.lower()
    table |= {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
    table |= {ord(mark): " " for mark in _AS_SPACE}
    return table | {ord("’"): "'", ord("‘"): "'", ord("—"): "–", ord("İ"): "i"}


@cache
def _emphasis() -> re.Pattern[str]:
    return re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def fold(text: str) -> str:
    """Return the text in lower case, without accents and full-width forms, of the same length."""
    folded = text.translate(_folding()).lower()
    if "_" in folded:
        # An underscore is emphasis at the edge of a word, and part of a name within it.
        folded = _emphasis().sub(" ", folded)
    return folded if len(folded) == len(text) else text


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: where it starts in the message, its words as written, and folded."""

    start: int
    text: str
    folded: str

    @property
    def is_question(self) -> bool:
        """Whether it ends in a question mark."""
        return self.folded.rstrip(" )'.!").endswith("?")


@cache
def _ends() -> re.Pattern[str]:
    return re.compile(r"[.…]+(?=[\s)'\"”]|$)|[!?。！？；;]+[)”]*|\n+|\s[•·]\s")


@cache
def _pasted() -> re.Pattern[str]:
    return re.compile(r"```.*?(?:```|\Z)|^[ \t]*(?:>|&gt;)[^\n]*", re.DOTALL | re.MULTILINE)


def without_pasted(text: str) -> str:
    """Return the text without code and quoted lines, every position kept."""
    text = text[:_LOOKED_AT]
    return without(text, (match.span() for match in _pasted().finditer(text)))


def without(text: str, spans: Iterable[Span]) -> str:
    """Return the text with these spans made into line breaks, of the same length."""
    pieces, at = [], 0
    for start, end in spans:
        first = max(start, at)
        pieces += [text[at:first], "\n" * (end - first)]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of the part that is scanned."""
    left = SCANNED
    for start, end in _cut(text):
        if left <= 0:
            return
        part = text[start : min(end, start + left)]
        left -= len(part)
        yield Sentence(start, part, fold(part))


def _cut(text: str) -> Iterator[Span]:
    start = 0
    for match in _ends().finditer(text):
        before = text[max(0, match.start() - 6) : match.start()].lower()
        if match.group().startswith(".") and _abbreviated(before):
            continue
        yield from _pieces(text, start, match.end())
        start = match.end()
    yield from _pieces(text, start, len(text))


def _abbreviated(before: str) -> bool:
    last = before.rsplit(maxsplit=1)[-1:]
    return bool(last) and last[0].lstrip("(") in _ABBREVIATIONS


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start, start + LONGEST_SENTENCE)
        cut = space if space > start else start + LONGEST_SENTENCE
        yield start, cut
        start = cut
    if text[start:end].strip():
        yield start, end


def quote(text: str, match: Span, clause: Span) -> str:
    """Return the words that matched, widened to their clause as far as a short quote allows."""
    start, end = min(match[0], clause[0]), max(match[1], clause[1])
    if end - start > LONGEST_QUOTE:
        start = max(start, min(match[0], match[1] - LONGEST_QUOTE // 2) - 20)
        start = _next_word(text, start, match[0])
        end = _last_word(text, match[1], min(end, start + LONGEST_QUOTE))
    return text[start:end].strip().strip(",;:，、。；：()（）").strip()[:LONGEST_QUOTE]


def _next_word(text: str, start: int, latest: int) -> int:
    if start == 0 or text[start - 1].isspace():
        return start
    space = text.find(" ", start, latest)
    return space + 1 if space >= 0 else start


def _last_word(text: str, earliest: int, end: int) -> int:
    if end >= len(text) or text[end].isspace():
        return end
    space = text.rfind(" ", earliest, end)
    return space if space > 0 else end
