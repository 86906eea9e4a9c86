"""The small language in which phrases are written, and its translation into regular expressions.

    make* (things|stuff) up     words in order; * any ending; (a|b) one of these
    [really] slow               [a|b] may be left out
    wrong .. passage            .. up to four words between, within one clause
    if ... then                 ... up to nine words between, commas included
    fine-tun*                   a hyphen stands for a hyphen, a space or nothing
    don't                       an apostrophe may be missing
    ^ no                        ^ the start of the sentence, $ its end
    <n> pairs                   <n> a number; <pct> a share; <money>; <time>; <size> as in 7B

In languages written without spaces, words may follow each other directly, and the gaps count
characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, product

# Numbers are masked by these signs before phrases with <...> are tried (see cue_numbers).
MASKS = {"n": "\ue000", "pct": "\ue001", "money": "\ue002", "time": "\ue003", "size": "\ue004"}
WITHOUT_SPACES = frozenset({"zh", "ja", "ko"})
# A longer word is looked up by its first letters, so that a stem finds all its forms.
STEM = 4
_SHORT_STEM = 3

_LETTER = "[a-z0-9_ß]"
_SEP = "[ /-]{1,4}"
_GAPS = {"..": r"(?:[^ ,;:()?!]{1,30} +){0,4}?", "...": r"(?:[^ ;?!]{1,40} +){0,9}?"}
_GAP_SEPS = {"..": _SEP, "...": "[ ,:/-]{1,4}"}
_DENSE_GAPS = {"..": r"[^,.;?!。、]{0,9}?", "...": r"[^.;?!。]{0,22}?"}
# Words that most messages hold: another word of the phrase finds it with fewer vain attempts.
_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "in",
        "on",
        "is",
        "are",
        "it",
        "and",
        "we",
        "our",
        "for",
        "not",
        "no",
        "with",
        "that",
        "this",
        "do",
        "does",
        "have",
        "has",
        "be",
        "mode",
        "answ",
        "prom",
        "ques",
        "data",
        "thei",
        "when",
        "what",
        "from",
        "模型",
        "数据",
        "我们",
        "回答",
        "问题",
        "一个",
        "です",
    ]
)
_MOST_READINGS = 400

Part = tuple[str, str | tuple["Sequence", ...]]
Sequence = tuple[Part, ...]


@cache
def compiled(source: str, *, dense: bool) -> re.Pattern[str]:
    """Return the expression for a phrase; `dense` is for languages without spaces."""
    body = _dense(parsed(source)) if dense else _spaced(parsed(source))
    return re.compile(body)


def is_numeric(source: str) -> bool:
    """Whether the phrase speaks of a number."""
    return "<" in source


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(r"\.{2,3}|<[a-z]+>|[()\[\]|]| +|[\^$]|[^()\[\]|<>^$ .]+|\.")


@cache
def parsed(source: str) -> Sequence:
    """Return the parts of a phrase; raises ValueError where brackets do not match."""
    tokens = _tokens().findall(source)
    (sequence, *more), rest = _choice(tokens, 0)
    if more or rest != len(tokens):
        raise ValueError(f"the phrase {source!r} has a bracket too many or a bare |")
    return sequence


def _choice(tokens: list[str], at: int) -> tuple[list[Sequence], int]:
    choices: list[list[Part]] = [[]]
    while at < len(tokens) and tokens[at] not in (")", "]"):
        mark = tokens[at]
        if mark in ("(", "["):
            inner, at = _choice(tokens, at + 1)
            if at >= len(tokens):
                raise ValueError("a bracket is not closed")
            choices[-1].append(("group" if mark == "(" else "option", tuple(inner)))
        elif mark == "|":
            choices.append([])
        else:
            choices[-1].append((_kind(mark), mark))
        at += 1
    return [tuple(choice) for choice in choices], at


def _kind(token: str) -> str:
    if token.startswith(".."):
        return "gap"
    if token.startswith("<"):
        return "mask"
    return {"^": "start", "$": "end"}.get(token, "space" if token.isspace() else "text")


def _text(text: str, ending: str) -> str:
    escaped = re.escape(text).replace(r"\*", ending)
    return escaped.replace(r"\-", "[ -]?").replace("'", "'?")


def _edge(kind: str) -> str:
    return r"^[^\w]*" if kind == "start" else r"[^\w]*$"


def _dense(sequence: Sequence) -> str:
    return "".join(_dense_part(kind, held) for kind, held in sequence)


def _dense_part(kind: str, held: str | tuple[Sequence, ...]) -> str:
    if not isinstance(held, str):
        inner = "|".join(_dense(choice) for choice in held)
        return f"(?:{inner})" + ("?" if kind == "option" else "")
    if kind == "mask":
        return f" ?{MASKS[held[1:-1]]}+ ?"
    if kind in ("start", "end"):
        return _edge(kind)
    return {"gap": _DENSE_GAPS.get(held, ""), "space": " *"}.get(kind) or _text(held, "[a-z0-9_]*")


def _spaced(sequence: Sequence) -> str:
    """Return the expression for words between spaces; the separator belongs to what follows it."""
    words = list(_words(sequence))
    body = ""
    open_sep = False
    for word in words:
        kind, held = word[0] if len(word) == 1 else ("text", "")
        if kind == "gap" and isinstance(held, str):
            body += (_GAP_SEPS[held] if open_sep else "") + _GAPS[held]
            open_sep = False
        elif kind in ("start", "end"):
            body += _edge(kind)
            open_sep = False
        elif kind == "option" and not isinstance(held, str):
            inner = "|".join(_glued_choice(choice) for choice in held)
            body += f"(?:{_SEP}(?:{inner}))?" if open_sep else f"(?:(?:{inner}){_SEP})?"
        else:
            body += (_SEP if open_sep else "") + "".join(_glued(*part) for part in word)
            open_sep = True
    start = "" if body.startswith("^") else f"(?<!{_LETTER})"
    return start + body + ("" if body.endswith("$") else f"(?!{_LETTER})")


def _words(sequence: Sequence) -> Iterator[Sequence]:
    word: list[Part] = []
    for kind, held in sequence:
        if kind == "space":
            if word:
                yield tuple(word)
            word = []
        else:
            word.append((kind, held))
    if word:
        yield tuple(word)


def _glued(kind: str, held: str | tuple[Sequence, ...]) -> str:
    if not isinstance(held, str):
        inner = "|".join(_glued_choice(choice) for choice in held)
        return f"(?:{inner})" + ("?" if kind == "option" else "")
    return f"{MASKS[held[1:-1]]}+" if kind == "mask" else _text(held, f"{_LETTER}*")


def _glued_choice(choice: Sequence) -> str:
    """Return one alternative: its words keep to the separators, its ends are free."""
    body = _spaced(choice)
    return body.removeprefix(f"(?<!{_LETTER})").removesuffix(f"(?!{_LETTER})")


def keys(source: str, *, dense: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Return stems, or pairs of signs, of which each text that the phrase matches holds one.

    The first are those of one word of the phrase: of the rarest, as far as a list can tell. The
    others are those of its next rarest, none where the phrase is one word. Raises ValueError where
    there are no first ones: such a phrase would have to be tried on every text.
    """
    sequence = parsed(source)
    found = [_keys_of_all(chunk, source, dense=dense) for chunk in _chunks(sequence)]
    usable = [keys for keys in found if keys and "" not in keys]
    if not usable:
        usable = [_keys_of_all(sequence, source, dense=dense)]
    if "" in usable[0]:
        raise ValueError(f"the phrase {source!r} has a reading without any fixed word")
    usable.sort(key=lambda keys: (*min(map(_worth, keys)), -len(keys)), reverse=True)
    return usable[0], (*usable, frozenset())[1]


def _keys_of_all(sequence: Sequence, source: str, *, dense: bool) -> frozenset[str]:
    readings = list(islice(_readings(sequence), _MOST_READINGS + 1))
    if len(readings) > _MOST_READINGS:
        raise ValueError(f"the phrase {source!r} has too many readings: split it")
    return frozenset(_best_key(reading, dense=dense) for reading in readings)


def _chunks(sequence: Sequence) -> Iterator[Sequence]:
    """Yield the words of a phrase that must be there; a lone [option] need not be."""
    chunk: list[Part] = []
    for kind, held in (*sequence, ("space", " ")):
        if kind not in ("space", "gap", "start", "end"):
            chunk.append((kind, held))
        elif chunk:
            if any(kind != "option" for kind, _ in chunk):
                yield tuple(chunk)
            chunk = []


def _worth(key: str) -> tuple[bool, int]:
    return (key not in _COMMON, len(key))


def _readings(sequence: Sequence) -> Iterator[str]:
    parts = []
    for kind, held in sequence:
        if isinstance(held, str):
            parts.append([{"gap": "\0", "start": "\0", "end": "\0"}.get(kind, held)])
        else:
            inner = [reading for choice in held for reading in _readings(choice)]
            parts.append(["", *inner] if kind == "option" else inner)
    yield from ("".join(combined) for combined in product(*parts))


def _best_key(reading: str, *, dense: bool) -> str:
    runs = re.sub(r"-[^\0 ]*", "-", reading)
    found = [key for run in re.split(r"[\0 ']+", runs) for key in _keys_of(run, dense=dense)]
    return max(found, key=lambda key: (key not in _COMMON, len(key), key), default="")


def _keys_of(run: str, *, dense: bool) -> Iterator[str]:
    for mask in re.findall(r"<([a-z]+)>", run):
        yield MASKS[mask]
    for word in re.findall(r"(?<![a-z])[a-z0-9_ß]+[*-]?", re.sub(r"<[a-z]+>", " ", run)):
        # What follows a hyphen may be written as one word with what precedes it.
        stem = word.rstrip("*-")
        if len(stem) >= STEM or (word == stem and not dense):
            yield stem[:STEM]
        elif len(stem) == _SHORT_STEM:
            yield stem + "*"
    if dense:
        signs = re.findall(r"[^\x00-\x7f]+", run)
        yield from (part[at : at + 2] for part in signs for at in range(len(part) - 1))
        yield from (part for part in signs if len(part) == 1)


@cache
def _key_pieces() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9_ß]+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def keys_in(folded: str) -> set[str]:
    """Return all stems and pairs of signs that a text holds."""
    found: set[str] = set()
    for piece in _key_pieces().findall(folded):
        if piece.isascii() or "ß" in piece:
            found.add(piece[:STEM])
            found.add(piece[:_SHORT_STEM] + "*")
            if piece.endswith("nt"):
                # "dont" for "don't", whose stem ends before the apostrophe.
                found.add(piece[:-1][:STEM])
        else:
            found.update(piece[at : at + 2] for at in range(len(piece) - 1))
            found.update(piece)
    return found


def words_in(folded: str) -> list[str]:
    """Return the words of a text in a language written with spaces."""
    return _key_pieces().findall(folded)
