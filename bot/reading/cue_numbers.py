"""Finds numbers as people write them: 5k, 2.5M, 1.800, 3万, a few thousand, 1 in 8, half, 26 s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.reading.cue_patterns import MASKS

_SUFFIXES = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "tsd": 1e3, "mil": 1e3, "mille": 1e3,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millionen": 1e6, "millones": 1e6,
    "millon": 1e6, "milhoes": 1e6, "milhao": 1e6, "millions": 1e6, "mm": 1e6,
    "bn": 1e9, "billion": 1e9, "mrd": 1e9, "milliarden": 1e9, "milliards": 1e9,
    "hundred": 1e2, "hundert": 1e2, "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "w": 1e4,
    "亿": 1e8, "億": 1e8, "천": 1e3, "만": 1e4, "억": 1e8,
}  # fmt: skip
_TIMES = {
    "ms": 1, "msec": 1, "millisecond": 1, "milliseconds": 1, "millisekunden": 1,
    "milisegundos": 1, "millisecondes": 1, "毫秒": 1, "ミリ秒": 1,
    "s": 1e3, "sec": 1e3, "secs": 1e3, "second": 1e3, "seconds": 1e3, "sekunde": 1e3,
    "sekunden": 1e3, "sek": 1e3, "segundo": 1e3, "segundos": 1e3, "seconde": 1e3,
    "secondes": 1e3, "秒": 1e3, "秒钟": 1e3, "초": 1e3,
    "min": 6e4, "mins": 6e4, "minute": 6e4, "minutes": 6e4, "minuten": 6e4, "minutos": 6e4,
    "分钟": 6e4,
}  # fmt: skip
_CURRENCIES = {
    "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "美元": "USD",
    "美金": "USD", "us$": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "欧元": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "¥": "CNY", "rmb": "CNY",
    "cny": "CNY", "元": "CNY", "块钱": "CNY", "块": "CNY", "人民币": "CNY", "円": "JPY",
    "jpy": "JPY", "yen": "JPY", "r$": "BRL", "reais": "BRL", "brl": "BRL", "원": "KRW",
    "inr": "INR", "₹": "INR", "chf": "CHF",
}  # fmt: skip
_PERCENT = ("%", "percent", "per cent", "pct", "prozent", "por ciento", "pour cent", "por cento",
            "パーセント")  # fmt: skip
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
# In these languages a point before three digits groups thousands, and a comma is the decimal sign.
_POINT_GROUPS = frozenset({"de", "es", "pt", "fr"})


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a sentence; `kind` is one of n, pct, money, time (in ms), size (billions)."""

    start: int
    end: int
    value: float
    kind: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of all languages: wholes as "a dozen", shares as "half", and what scales."""

    wholes: Mapping[str, float]
    shares: Mapping[str, float]
    pattern: re.Pattern[str]


def number_words(tables: Mapping[str, Mapping[str, Any]]) -> NumberWords:
    """Build the number words from each language's table of wholes, shares and scales."""
    wholes: dict[str, float] = {}
    shares: dict[str, float] = {}
    for table in tables.values():
        own = {str(word): float(value) for word, value in table.get("wholes", {}).items()}
        scales = {str(word): float(value) for word, value in table.get("scales", {}).items()}
        wholes |= scales | own
        wholes |= {
            f"{word} {scale}": value * factor
            for word, value in own.items()
            for scale, factor in scales.items()
        }
        shares |= {str(word): float(value) for word, value in table.get("shares", {}).items()}
    words = sorted((*wholes, *shares), key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in words if word.isascii())
    dense = "|".join(re.escape(word) for word in words if not word.isascii())
    pattern = rf"(?<![a-z0-9-])(?:{spaced})(?![a-z0-9])" + (f"|(?:{dense})" if dense else "")
    return NumberWords(wholes, shares, re.compile(pattern))


def _either(words: object) -> str:
    ordered = sorted(map(str, words if isinstance(words, tuple | dict) else ()), key=len)
    return "|".join(re.escape(word) for word in reversed(ordered))


@cache
def _written() -> re.Pattern[str]:
    money = _either(_CURRENCIES)
    digits = r"\d{1,3}(?:[.,' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?"
    suffix = rf" ?(?:{_either(_SUFFIXES)})(?![a-z0-9])"
    return re.compile(
        rf"(?:(?<![a-z])(?P<before>(?:{money}) ?))?(?<![a-z0-9.@#_/])(?<![a-z]-)"
        rf"(?P<digits>{digits})(?![0-9])"
        rf"(?P<suffix>{suffix})?"
        rf"(?P<more> ?\+|多|余|来| *(?:-|–|to|bis|a|à|~|到|至) *[$€£¥]?(?P<upto>{digits})"
        rf"(?P<upsuffix>{suffix})?)?"
        rf"(?P<unit> ?(?:{_either(_PERCENT)})| ?-?(?:{_either(_TIMES)})(?![a-z0-9])"
        rf"| ?(?:{money})(?![a-z0-9])|-?b(?![a-z0-9]))?(?![a-z0-9])"
    )


@cache
def _fraction() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\d./-])(\d{1,4}) ?(?:/|out of|in|of|von|de cada|sur|em cada|de) ?"
        r"(\d{1,4})(?![\d/.]| ?%)"
    )


@cache
def _chinese() -> re.Pattern[str]:
    return re.compile(
        r"(?<![第每])(?P<whole>[一二三四五六七八九十百千两几]+)(?P<suffix>[万亿])?[多来余]?(?P<unit>[条份篇页张封])?"
        r"|百分之(?P<share>[一二三四五六七八九十]+|\d+(?:\.\d+)?)"
    )


def numbers(folded: str, words: NumberWords, language: str) -> tuple[Number, ...]:
    """Return the numbers of a folded sentence, in order, none within another."""
    found = [*_from_digits(folded, language), *_from_words(folded, words)]
    if any(sign in folded for sign in "十百千万亿两几之成条份篇"):
        found += _from_chinese(folded)
    found.sort(key=lambda number: (number.start, -number.end))
    kept: list[Number] = []
    for number in found:
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return tuple(kept)


def masked(folded: str, found: tuple[Number, ...]) -> str:
    """Return the sentence with each number replaced by the sign of its kind, of the same length."""
    parts, at = [], 0
    for number in found:
        parts += [folded[at : number.start], MASKS[number.kind] * (number.end - number.start)]
        at = number.end
    return "".join([*parts, folded[at:]])


def _from_digits(folded: str, language: str) -> list[Number]:
    found = [
        Number(*match.span(), min(100.0, 100 * int(match[1]) / int(match[2])), "pct")
        for match in _fraction().finditer(folded)
        if int(match[2]) > 0 and int(match[1]) <= int(match[2]) and _is_share(match)
    ]
    written = (match for match in _written().finditer(folded) if not _is_year(match, folded))
    return found + [_number(match, language) for match in written]


def _is_year(match: re.Match[str], folded: str) -> bool:
    before = folded[max(0, match.start() - 8) : match.start()]
    dated = re.search(r"(?:in|since|from|until|till|by|seit|desde|depuis|of|ab|bis|em) $", before)
    year = re.fullmatch(r"(?:19|20)[0-4]\d", match["digits"]) is not None
    return year and (dated is not None or folded[match.end() : match.end() + 1] == "年")


def _is_share(match: re.Match[str]) -> bool:
    """Whether it reads as a share: 24/7 and 3/4/2024 do not, nor does "2 of 30 May"."""
    return "/" not in match[0] or int(match[2]) in (5, 8, 10, 20, 25, 30, 40, 50, 60, 100, 200)


def _number(match: re.Match[str], language: str) -> Number:
    unit = (match["unit"] or "").strip(" -")
    before = (match["before"] or "").strip()
    suffix = (match["suffix"] or match["upsuffix"] or "").strip()
    value = _value(match["digits"], language) * _SUFFIXES.get(suffix, 1)
    if match["upto"]:
        top = _value(match["upto"], language) * _SUFFIXES.get(
            (match["upsuffix"] or match["suffix"] or "").strip(), 1
        )
        value = (value + top) / 2 if top > value else value
    start, end = match.span()
    if before or unit in _CURRENCIES:
        return Number(start, end, value, "money", _CURRENCIES[before or unit])
    if unit in _PERCENT:
        return Number(start, end, value, "pct")
    if unit in _TIMES:
        return Number(start, end, value * _TIMES[unit], "time")
    return Number(start, end, value, "size" if unit == "b" else "n")


def _value(digits: str, language: str) -> float:
    grouped = re.fullmatch(r"\d{1,3}(?:([.,' ])\d{3})+([.,]\d{1,2})?", digits)
    if grouped and (grouped[1] != "." or language in _POINT_GROUPS or digits.count(".") > 1):
        whole, _, rest = digits.rpartition(grouped[2][0]) if grouped[2] else (digits, "", "")
        return float(re.sub(r"\D", "", whole) + "." + (rest or "0"))
    return float(digits.replace(" ", "").replace("'", "").replace(",", "."))


def _from_words(folded: str, words: NumberWords) -> list[Number]:
    return [
        Number(*match.span(), words.shares.get(match[0], words.wholes.get(match[0], 0)),
               "pct" if match[0] in words.shares else "n")
        for match in words.pattern.finditer(folded)
    ]  # fmt: skip


def _from_chinese(folded: str) -> list[Number]:
    found = []
    for match in _chinese().finditer(folded):
        if match["share"]:
            share = match["share"]
            value = float(share) if share[0].isdigit() else _han(share)
            found.append(Number(*match.span(), value, "pct"))
        elif _is_count(match):
            end = match.start("unit") if match["unit"] else match.end()
            scale = {"万": 1e4, "亿": 1e8}.get(match["suffix"] or "", 1)
            found.append(Number(match.start(), end, _han(match["whole"]) * scale, "n"))
    return found


def _is_count(match: re.Match[str]) -> bool:
    """Whether the signs count something: 三万, 二十, 五条; not 一般, 十分, 万一."""
    signs = match["whole"]
    if match["suffix"]:
        return signs not in ("一", "千")
    return (len(signs) > 1 and any(sign in signs for sign in _PLACES)) or (
        match["unit"] is not None and signs not in ("一", "几")
    )


def _han(signs: str) -> float:
    """Return the value of 二十 or 三千五百; 几 counts as three, as "a few" does."""
    total, digit = 0.0, 0.0
    for sign in signs:
        if sign in _PLACES:
            total += (digit or 1) * _PLACES[sign]
            digit = 0
        else:
            digit = 3 if sign == "几" else _DIGITS.get(sign, 0)
    return total + digit
