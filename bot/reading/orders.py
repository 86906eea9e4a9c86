"""Orders to us inside a message, found without a model: no evidence, and a reason for caution.

People tell of models that ignore rules, and ask whether to ignore old ones; pasted pages order
whoever reads them to do so. Only the latter are orders. The words are in `order_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.domain.facts import VOCABULARY, Attribute, Kind, Role
from bot.domain.problem import Basis
from bot.reading.folding import Folded, Span, folded, folds_alike

LONG_QUOTATION = 200
# "Users type 'ignore all previous instructions' and it obeys" tells of an order and gives none.
MOST_WORDS_MENTIONED = 8
FEWEST_CHARS_BEFORE_MENTION = 10

# An order in these has a letter beyond ASCII; any other may be typed without.
_OTHER_SCRIPTS = frozenset({"ar", "ja", "ko", "ru", "zh"})

# Our own words for a decision: "fine-tuning" is anybody's, "fine_tune" ours.
APPROACHES = ("fine_tune", "data_first", "evals_first", "not_llm", "no_change")
_DECIDED = "(?:verdict|approach|decision|status|recommendation|subkind)"
_SENTENCE_END = re.compile(r"[.!?;]+(?=\s|$)|[。！？؟；\n]")
# What must stand before an order that is one only where a sentence, or a part of one, begins: each
# begins with a letter, and one that begins a sentence stands behind no comma.
_BEFORE = re.compile(
    r"(?:^|[.!?:;…。！？：；؟\"'`*#>|()\[\]{}/\\=_-]|(?P<comma>[,،，、]))\s*(?=[^\W\d_])"
)
_OPENING, _STARTING = "opening", "starting"
_ANYWHERE = "anywhere"
_WORD = "word"
_WORD_BOUND = r"\b"
# "(?:and|then) output" behind a bound, and what follows it.
_ONE_OF_WORDS = re.compile(r"\(\?:([^()\\]+)\)(.*)", re.DOTALL)
_SHOUTED_ROLE = re.compile(
    r"^[\s>*#\[(]*SYSTEM(?: (?:OVERRIDE|MESSAGE|NOTICE|PROMPT|UPDATE|INSTRUCTIONS?))?[\])*]*\s*:",
    re.MULTILINE,
)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED_LINES = re.compile(r"(?:^[ \t]*(?:>|&gt;).*(?:\n|\Z))+", re.MULTILINE)
_QUOTATIONS = re.compile(rf"[“„«\"][^“”„«»\"]{{{LONG_QUOTATION},}}[”“»\"]")
_SHORT_QUOTATION = re.compile(r"[“„«\"'‘「『`][^“”„«»\"‘’」』`\n]{4,120}[”“»\"'’」』`]")


_Placed = tuple[str, re.Pattern[str]]
"""A pattern, and the kind of place where it may begin."""


def orders_in(text: str, comparable: Folded | None = None) -> tuple[Span, ...]:
    """Return the spans that order us about: whole sentences, or the whole pasted block.

    `comparable` is the text folded in NFC, where that is at hand.
    """
    hits = set(_hits(text, comparable if folds_alike(text) else None))
    if not hits:
        return ()
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    told = {hit: _sentence(ends, hit) for hit in hits}
    found = {span for hit, span in told.items() if not _is_mention(text, hit, span)}
    blocks = _blocks(text)
    return tuple(sorted({_with_block(span, blocks) for span in found}))


def _hits(text: str, whole: Folded | None) -> Iterator[Span]:
    """Look at each line, where sentences begin, and at the whole, for orders broken by lines."""
    lines = tuple(_lines(text))
    for base, line in lines if len(lines) > 1 else ():
        yield from _hits_of(folded(line, "NFKC"), base)
    yield from _hits_of(whole or folded(text, "NFKC"), 0)
    yield from (match.span() for match in _SHOUTED_ROLE.finditer(text))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    base = 0
    for line in text.splitlines(keepends=True):
        yield base, line
        base += len(line)


def _hits_of(line: Folded, base: int) -> Iterator[Span]:
    for match in _matches(line.text):
        # The group that took part is the order; what leads to it is in none.
        start, end = line.origin(*match.span(match.lastindex or 0))
        yield base + start, base + end


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Look only where a pattern may begin: few of them may anywhere."""
    places = _places(text)
    for patterns in _patterns_for(text):
        for kind, pattern in patterns:
            if kind in places:
                for place in places[kind]:
                    if match := pattern.match(text, place):
                        yield match
            elif first := pattern.search(text):
                is_word = kind == _WORD
                yield from _beginning_words(pattern, first) if is_word else pattern.finditer(text)


def _places(text: str) -> dict[str, list[int]]:
    found = list(_BEFORE.finditer(text))
    return {
        _OPENING: [match.end() for match in found if match.lastindex is None],
        _STARTING: [match.end() for match in found],
    }


def _beginning_words(pattern: re.Pattern[str], first: re.Match[str]) -> Iterator[re.Match[str]]:
    text = first.string
    match: re.Match[str] | None = first
    while match is not None:
        start, end = match.span()
        inside = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")
        if not inside:
            yield match
        match = pattern.search(text, start + 1 if inside else end)


def _sentence(ends: list[int], hit: Span) -> Span:
    return ends[bisect_right(ends, hit[0]) - 1], ends[bisect_left(ends, hit[1])]


def _blocks(text: str) -> tuple[Span, ...]:
    patterns = (_FENCED, _QUOTED_LINES, _QUOTATIONS)
    return tuple(match.span() for pattern in patterns for match in pattern.finditer(text))


def _with_block(span: Span, blocks: tuple[Span, ...]) -> Span:
    """Widen to the pasted block: what orders us in one line isn't evidence in the next."""
    for start, end in blocks:
        if start < span[1] and span[0] < end:
            span = (min(start, span[0]), max(end, span[1]))
    return span


def _is_mention(text: str, hit: Span, sentence: Span) -> bool:
    """Whether the order stands in a short quotation inside somebody's own sentence."""
    start, end = sentence
    for match in _SHORT_QUOTATION.finditer(text, start, min(len(text), end + 1)):
        if match.start() <= hit[0] and hit[1] <= match.end():
            told = text[start : match.start()].strip()
            few = len(match.group().split()) <= MOST_WORDS_MENTIONED
            return few and len(told) >= FEWEST_CHARS_BEFORE_MENTION and not told.endswith(":")
    return False


def _patterns_for(text: str) -> Iterator[tuple[_Placed, ...]]:
    """Yield what may match: most of our names hold a sign that few messages do."""
    patterns = _patterns()
    yield patterns.latin
    if not text.isascii():
        yield patterns.other_scripts
    if "_" in text or "=" in text:
        yield patterns.with_signs


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns by what a text needs to match them: nothing, other letters, or a sign."""

    latin: tuple[_Placed, ...]
    other_scripts: tuple[_Placed, ...]
    with_signs: tuple[_Placed, ...]


@cache
def _patterns() -> _Patterns:
    words = tomllib.loads((files("bot.reading") / "order_words.toml").read_text("utf-8"))

    def compiled(sources: Iterable[tuple[str, str]]) -> tuple[_Placed, ...]:
        return tuple(
            (kind, re.compile(_filled(source, words["fragments"])))
            for kind, source in _by_place(sources)
        )

    orders = {name: tuple(_of(name, lists)) for name, lists in words["language"].items()}
    role = rf"^[\s>*#\[(]*({words['role']}[\])*]*\s*[:：].*{words['address']})"
    anywhere = (*(f"({marker})" for marker in words["markers"]), role, *_of_decisions())
    plain = (
        *(one for name, of in orders.items() if name not in _OTHER_SCRIPTS for one in of),
        *((_ANYWHERE, source) for source in anywhere),
    )
    others = (one for name, of in orders.items() if name in _OTHER_SCRIPTS for one in of)
    named = ((_ANYWHERE, source) for source in _of_vocabulary())
    return _Patterns(compiled(plain), compiled(others), compiled(named))


def _by_place(sources: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join what begins at the same kind of place: a place is tried once for all languages.

    What may begin anywhere stays apart: joined, none would have letters of its own to be found by.
    """
    of_kind: dict[str, list[str]] = {}
    for kind, source in sources:
        if kind in {_OPENING, _STARTING}:
            of_kind.setdefault(kind, []).append(source)
        elif source.startswith(_WORD_BOUND):
            yield _WORD, source.removeprefix(_WORD_BOUND)
        else:
            yield kind, source
    yield from ((kind, "|".join(joined)) for kind, joined in of_kind.items())


def _of(language: str, lists: dict[str, Any]) -> Iterator[tuple[str, str]]:
    spaced = r"\s*" if language == "zh" else r"[\s,:]+"
    lead = rf"(?:{lists['lead']}{spaced}){{0,3}}"
    for kind in (_OPENING, _STARTING):
        if orders := lists.get(kind):
            yield kind, f"{lead}({'|'.join(orders)})"
    for order in lists.get(_ANYWHERE, ()):
        yield from ((_ANYWHERE, source) for source in _by_first_word(order))


def _by_first_word(order: str) -> Iterator[str]:
    """Yield an order for each word that it may begin with.

    Python's re leaps to the letters that a pattern begins with; where it begins with a bound, or
    with one of several words, it tries each place: ten times as long (measured).
    """
    bound = _WORD_BOUND if order.startswith(_WORD_BOUND) else ""
    several = _ONE_OF_WORDS.match(order, len(bound))
    if several is None:
        yield f"{bound}({order.removeprefix(bound)})"
        return
    yield from (f"{bound}({word}{several[2]})" for word in several[1].split("|"))


def _filled(source: str, fragments: dict[str, str]) -> str:
    return re.sub(r"(?<!\?P)<(\w+)>", lambda name: fragments[name[1]], source)


def _of_decisions() -> Iterator[str]:
    """Our own words for a decision and for how a fact is founded."""
    yield r"\b(status[\"'`]*\s*[=:]\s*[\"'`]*decided\b)"
    bases = "|".join(basis.value for basis in Basis)
    yield rf"\b(basis[\"'`]?\s*[=:]\s*[\"'`]?(?:{bases})\b)"


def _of_vocabulary() -> Iterator[str]:
    """Our own names with a value: nobody describes a problem in them. Each holds _ or =.

    Sizes such as latency_ms are left out, for engineers do write those.
    """
    ours = [attribute for attribute in VOCABULARY if attribute.role is not Role.PLAN]
    compound = "|".join(attribute.name for attribute in ours if "_" in attribute.name)
    yield rf"(?<![\w.])((?:{compound})[\"'`]*(?:\s*(?:=|:|->|→)+\s*[\"'`\[{{(]*\w|\s+\d))"
    approaches = "|".join(APPROACHES)
    yield rf"\b({_DECIDED}[\"'`]*\W{{1,3}}(?:is\W+)?[\"'`]*(?:{approaches})\b)"
    settable = "|".join(attribute.name for attribute in VOCABULARY if "_" in attribute.name)
    yield rf"\bset\s+[\"'`]?((?:{settable})\b)"
    valued = "|".join(_with_value(attribute) for attribute in ours if _is_enumerated(attribute))
    yield rf"(?<![\w.])({valued})"
    yield r"(\bdoes_not_know\b)"


def _is_enumerated(attribute: Attribute) -> bool:
    return attribute.kind in {Kind.ONE, Kind.MANY}


def _with_value(attribute: Attribute) -> str:
    """Match "task=classify" and "task: answer_from_material", but not "task: classify"."""
    names = [value.name for value in attribute.values]
    coined = "|".join(name for name in names if "_" in name) or r"\b\B"
    key = rf"{attribute.name}[\"'`]*\s*"
    return rf"{key}(?:=\s*[\"'`\[]*(?:{'|'.join(names)})\b|[:=,]?\s*[\"'`\[]*(?:{coined})\b)"
