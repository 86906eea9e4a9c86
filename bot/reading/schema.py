"""The form of the model's answer: a strict JSON schema from the vocabulary, and its parsing.

Enumerated and yes/no facts are one enum of "name=value", so a value outside the vocabulary
cannot be expressed. Not every server enforces a schema: the parser trusts nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.conversation import Request
from bot.domain.facts import VOCABULARY, Attribute, Kind, by_name
from bot.domain.problem import Basis, FactValue, checked
from bot.errors import ReaderAnsweredBadly, UnknownValue

SCHEMA_NAME = "reading"
SCHEMA_DESCRIPTION = "The facts that one message holds, each with the author's own words."
NO_REQUEST = "none"
CLAIM_KEYS = frozenset({"quote", "fact", "detail", "basis", "holds", "corrects"})
# More than any message holds; a model caught in a loop must not cost us minutes of checking.
MOST_CLAIMS = 200
_STATED = Basis.STATED.value
_REQUESTS = {request.value: request for request in Request}


@dataclass(frozen=True, slots=True)
class Claim:
    """One fact as the model gave it: of the right form, its quote not yet verified."""

    name: str
    value: FactValue
    quote: str
    basis: Basis = Basis.STATED
    holds: bool = True
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's whole answer; `dropped` counts what was not of the agreed form."""

    claims: tuple[Claim, ...] = ()
    request: Request | None = None
    does_not_know: bool = False
    dropped: int = 0


def expressions(vocabulary: tuple[Attribute, ...] = VOCABULARY) -> tuple[str, ...]:
    """Return all that an answer can say: "task=classify", "must_cite=true", "pass_rate"."""
    return tuple(expression for attribute in vocabulary for expression in _expressions(attribute))


def _expressions(attribute: Attribute) -> Iterator[str]:
    match attribute.kind:
        case Kind.ONE | Kind.MANY:
            yield from (f"{attribute.name}={value.name}" for value in attribute.values)
        case Kind.YES_NO:
            yield from (f"{attribute.name}=true", f"{attribute.name}=false")
        case Kind.NUMBER | Kind.TEXT:
            yield attribute.name


def answer_schema(vocabulary: tuple[Attribute, ...] = VOCABULARY) -> dict[str, Any]:
    """Return the answer's JSON schema under the rules that strict structured output sets.

    The quote comes first: a model writes in this order, and words found before a label is
    chosen are better evidence than words sought for it.
    """
    claim = {
        "quote": {"type": "string"},
        "fact": {"type": "string", "enum": list(expressions(vocabulary))},
        # Not a list of types, which some providers' clients can't turn into their own form.
        "detail": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "basis": {"type": "string", "enum": [Basis.IMPLIED.value, Basis.STATED.value]},
        "holds": {"type": "boolean"},
        "corrects": {"type": "boolean"},
    }
    requests = [NO_REQUEST, *(request.value for request in Request)]
    answer = {
        "facts": {"type": "array", "items": _object(claim)},
        "request": {"type": "string", "enum": requests},
        "does_not_know": {"type": "boolean"},
    }
    return _object(answer)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def response_format() -> dict[str, Any]:
    """Return the schema as a chat completion's `response_format`."""
    schema = {
        "name": SCHEMA_NAME,
        "description": SCHEMA_DESCRIPTION,
        "strict": True,
        "schema": answer_schema(),
    }
    return {"type": "json_schema", "json_schema": schema}


def parse_answer(given: object) -> Answer:
    """Read an answer, JSON or text that holds JSON; raises ReaderAnsweredBadly for other forms.

    The sentence of the error says what was wrong, so that it can be sent back to the model.
    """
    document = _document(given) if isinstance(given, str) else given
    if not isinstance(document, Mapping):
        raise ReaderAnsweredBadly("the answer is not a JSON object.")
    claims = document.get("facts")
    if not isinstance(claims, list):
        raise ReaderAnsweredBadly('"facts" is not a list in the answer.')
    read = [_claim(item) for item in claims[:MOST_CLAIMS]]
    kept = tuple(claim for claim, _ in read if claim)
    dropped = len(claims) - len(kept) + sum(extra for claim, extra in read if claim)
    extra = len(set(document) - {"facts", "request", "does_not_know"})
    return Answer(
        kept,
        _REQUESTS.get(str(document.get("request"))),
        document.get("does_not_know") is True,
        dropped + extra,
    )


def _document(text: str) -> object:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ReaderAnsweredBadly("the answer holds no JSON object.")
    try:
        return json.loads(text[start : end + 1])
    except (ValueError, RecursionError) as error:
        raise ReaderAnsweredBadly("the answer is not valid JSON.") from error


def _claim(item: object) -> tuple[Claim | None, int]:
    """Return the claim, if it is one, and how many keys it had that we do not know."""
    if not isinstance(item, Mapping):
        return None, 0
    quote, holds, corrects = item.get("quote"), item.get("holds", True), item.get("corrects", False)
    are_flags = isinstance(holds, bool) and isinstance(corrects, bool)
    named = _named(item.get("fact"), item.get("detail"), quote)
    if named is None or not isinstance(quote, str) or not are_flags:
        return None, 0
    basis = Basis.STATED if item.get("basis") == _STATED else Basis.IMPLIED
    attribute, value = named
    if isinstance(value, bool) and not holds:
        value, holds = not value, True
    extra = len(item.keys() - CLAIM_KEYS)
    return Claim(attribute.name, value, quote, basis, holds, corrects), extra


def _named(fact: object, detail: object, quote: object) -> tuple[Attribute, FactValue] | None:
    if not isinstance(fact, str):
        return None
    name, _, value = fact.partition("=")
    attribute = by_name().get(name.strip())
    if attribute is None:
        return None
    # A server that enforces no schema may put the value into `detail`, or the detail behind "=".
    given = value.strip() or detail
    if attribute.kind is Kind.TEXT:
        given = _clean(given) or _clean(quote)
    try:
        return attribute, checked(attribute, _plain(attribute, given))
    except UnknownValue:
        return None


def _plain(attribute: Attribute, given: object) -> object:
    """Return a number without its separators and a yes/no as a bool, as far as it is clear."""
    if attribute.kind is Kind.YES_NO:
        return {"true": True, "false": False}.get(str(given).lower(), given)
    if attribute.kind is Kind.NUMBER and isinstance(given, str):
        number = given.strip().removesuffix("%").strip()
        return (
            number.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number) else number
        )
    return given


def _clean(text: object) -> str:
    shown = (char if char.isprintable() else " " for char in text) if isinstance(text, str) else ()
    return " ".join("".join(shown).split())
