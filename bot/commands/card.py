"""The case card in the terminal: a Decision as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill

from bot.domain import words
from bot.domain.approaches import Approach, Status
from bot.domain.costs import Comparison, costs_markdown
from bot.domain.decision import Decision, Reason
from bot.domain.facts import attribute_named
from bot.domain.problem import Basis, Fact, tidy

WIDTH = 88
_STATUS = {
    Status.DECIDED: "decided",
    Status.CONDITIONAL: "conditional: it could still change",
    Status.OPEN: "open",
}
_MARKS = {
    Basis.SURMISED: " (my guess)",
    Basis.IMPLIED: " (implied)",
    Basis.STATED: "",
    Basis.CONFIRMED: " (confirmed)",
    Basis.MEASURED: " (measured)",
}


def card(decision: Decision, comparison: Comparison | None = None) -> str:
    """Return the card: headline, first step, facts, reasons, plan, what would change it."""
    sections = (
        _head(decision),
        _section("What I understood", _understood(decision)),
        _section("Why", _why(decision)),
        _section("Still needed", (row.text for row in decision.conditions)),
        _section("I took for granted", (row.text for row in decision.assumed)),
        _section("Plan", (step["text"] for step in decision.plan), numbered=True),
        _section("What would change my answer", (row.text for row in decision.would_change)),
        costs_markdown(comparison) if comparison else "",
        _section("Sources", (f"{row['title']}, {row['address']}" for row in _cited(decision))),
    )
    return "\n\n".join(section for section in sections if section)


def question(decision: Decision) -> str:
    """Return the question with its numbered choices, or nothing."""
    if decision.question is None:
        return ""
    choices = [label for _, label in decision.question.choices]
    rows = [f"  {number}. {label}" for number, label in enumerate((*choices, "Don't know"), 1)]
    return "\n".join((decision.question.text, *rows))


def _head(decision: Decision) -> str:
    name = decision.approach.value
    kind = f" / {decision.subkind}" if decision.subkind else ""
    supply = " with rag" if decision.with_rag else ""
    headline = words.headlines()[name]
    if decision.status is Status.OPEN and decision.approach is not Approach.NEED_INFO:
        headline = words.so_far(headline)
    title = f"{headline} [{name}{kind}{supply}; {_STATUS[decision.status]}]"
    return "\n".join((fill(title, WIDTH), fill(f"First step: {decision.first_step}", WIDTH)))


def _section(title: str, rows: Iterator[str], *, numbered: bool = False) -> str:
    listed = list(rows)
    if not listed:
        return ""
    marks = (f"{place}. " if numbered else "- " for place in range(1, len(listed) + 1))
    body = (
        fill(row, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))
        for mark, row in zip(marks, listed, strict=True)
    )
    return "\n".join((title, *body))


def _understood(decision: Decision) -> Iterator[str]:
    told = {fact for reason in decision.because for fact in reason.facts}
    for fact in decision.problem.facts:
        if (fact.name, fact.value) == ("topic", "llm_adaptation"):
            continue
        # A guess on which nothing rests is noise.
        if fact.basis is Basis.SURMISED and fact not in told:
            continue
        yield f"{fact.name}: {_value(fact)}{_MARKS[fact.basis]}{_quoted(fact)}"
    for conflict in decision.problem.conflicts:
        said = " / ".join(f"{_value(fact)}{_quoted(fact)}" for fact in conflict.facts)
        yield f"{conflict.name}: people disagree: {said}"


def _value(fact: Fact) -> str:
    value = attribute_named(fact.name).value(str(fact.value))
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return value.label if value else str(tidy(fact.value))


def _quoted(fact: Fact) -> str:
    return f' "{fact.quote}"' if fact.quote else ""


def _why(decision: Decision) -> Iterator[str]:
    for reason in decision.because:
        yield f"{reason.sentence}{_evidence(reason)} ({reason.rule})"


def _evidence(reason: Reason) -> str:
    said = [fact.quote for fact in reason.facts if fact.basis is not Basis.SURMISED]
    guessed = [fact.quote for fact in reason.facts if fact.basis is Basis.SURMISED]
    return _quotes("You said", said) + _quotes("I guess so from", guessed)


def _quotes(lead: str, quotes: Iterable[str]) -> str:
    different = list(dict.fromkeys(filter(None, quotes)))
    return f" {lead}: " + "; ".join(f'"{quote}"' for quote in different) + "." if different else ""


def _cited(decision: Decision) -> Iterator[dict[str, str]]:
    for row in decision.sources:
        if row["address"]:
            yield dict(row)
