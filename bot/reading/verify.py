"""From a model's answer to a Reading: only what the author's own words bear out is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.conversation import Denial, Request
from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis, Fact, in_order
from bot.reading.evidence import Evidence, evidence_in
from bot.reading.port import Message, Reading
from bot.reading.schema import Answer, Claim


def verified(answer: Answer, message: Message) -> Reading:
    """Return what of an answer is kept for this message; the caller adds how it was read.

    A message that holds orders to us can't open a gate, whatever a model made of it: its facts
    are implied at most, and it neither denies nor corrects what was said before, nor starts over.
    """
    evidence = evidence_in(message.text)
    founded = [claim for claim in (_founded(claim, evidence) for claim in answer.claims) if claim]
    denied = [claim for claim in founded if not claim.holds]
    kept = _one_of_each(claim for claim in founded if claim.holds)
    facts = tuple(in_order(_fact(claim, message, evidence) for claim in kept))
    dropped = answer.dropped + len(answer.claims) - len(kept)
    if evidence.orders:
        request = None if answer.request is Request.START_OVER else answer.request
        return Reading(facts, request=request, dropped=dropped)
    denials = tuple(denial for claim in denied if (denial := _denial(claim)))
    return Reading(
        facts,
        denials,
        frozenset(claim.name for claim in kept if claim.corrects),
        answer.request,
        answer.does_not_know and message.question not in {fact.name for fact in facts},
        dropped=dropped - len(denials),
    )


def _founded(claim: Claim, evidence: Evidence) -> Claim | None:
    """Return the claim with the author's own characters as its quote, if they are there."""
    numeric = attribute_named(claim.name).kind is Kind.NUMBER
    quote = evidence.quote(claim.quote, numeric=numeric)
    if not quote:
        return None
    return claim if quote == claim.quote else replace(claim, quote=quote)


def _one_of_each(claims: Iterable[Claim]) -> list[Claim]:
    """Keep each value once, and of a single-valued fact only the best founded, else the first."""
    kept: dict[tuple[str, object], Claim] = {}
    for claim in claims:
        many = attribute_named(claim.name).kind is Kind.MANY
        key = (claim.name, claim.value if many else None)
        if key not in kept or _strength(claim) > _strength(kept[key]):
            kept[key] = claim
    return list(kept.values())


def _strength(claim: Claim) -> tuple[bool, int]:
    return claim.corrects, claim.basis.rank


def _fact(claim: Claim, message: Message, evidence: Evidence) -> Fact:
    basis = claim.basis
    if evidence.orders:
        basis = Basis.IMPLIED
    elif claim.name == message.question and basis is Basis.STATED:
        basis = Basis.CONFIRMED
    return Fact(claim.name, claim.value, basis, claim.quote, message.author, message.id)


def _denial(claim: Claim) -> Denial | None:
    """Return the denial of a named value; that a number is another one denies nothing yet."""
    named = attribute_named(claim.name).kind in {Kind.ONE, Kind.MANY}
    return Denial(claim.name, str(claim.value), claim.quote) if named else None
