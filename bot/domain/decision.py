"""The answer: a Decision and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.approaches import Approach, Status
from bot.domain.problem import Fact, Problem


@dataclass(frozen=True, slots=True)
class Condition:
    """A value that the answer still rests on: to be shown (`conditions`) or granted (`assumed`)."""

    fact: str
    value: str
    text: str

    def as_json(self) -> dict[str, str]:
        """Return the contract's form."""
        return {"fact": self.fact, "value": self.value, "text": self.text}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule or gate that fired, in a sentence, with the facts that made it fire."""

    rule: str
    sentence: str
    facts: tuple[Fact, ...]
    sources: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's form."""
        quotes = [
            {"fact": fact.name, "value": fact.value, "quote": fact.quote, "author": fact.author}
            for fact in self.facts
        ]
        return {"rule": self.rule, "sentence": self.sentence, "quotes": quotes}


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that, if it were otherwise, would give another approach."""

    fact: str
    to: str
    approach: Approach
    text: str

    def as_json(self) -> dict[str, str]:
        """Return the contract's form."""
        return {
            "fact": self.fact,
            "to": self.to,
            "approach": self.approach.value,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """The one question that would narrow the answer most; choices are (value, label)."""

    fact: str
    text: str
    choices: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's form."""
        choices = [{"value": value, "label": label} for value, label in self.choices]
        return {"fact": self.fact, "text": self.text, "choices": choices}


@dataclass(frozen=True, slots=True)
class Gaps:
    """What separates today from what is wanted: knowledge, behaviour, cost."""

    knowledge: bool
    behaviour: bool
    cost: bool

    def as_json(self) -> dict[str, bool]:
        """Return the contract's form."""
        return {"knowledge": self.knowledge, "behaviour": self.behaviour, "cost": self.cost}


@dataclass(frozen=True, slots=True)
class Decision:
    """What we recommend, how sure we are, and everything that it rests on."""

    approach: Approach
    subkind: str | None
    with_rag: bool
    status: Status
    first_step: str
    gaps: Gaps
    conditions: tuple[Condition, ...]
    assumed: tuple[Condition, ...]
    because: tuple[Reason, ...]
    sources: tuple[Mapping[str, str], ...]
    plan: tuple[Mapping[str, str], ...]
    would_change: tuple[Change, ...]
    costs: Mapping[str, Any] | None
    question: Question | None
    possible: frozenset[Approach]
    problem: Problem
    rulebook: str

    def as_json(self, reader: str = "") -> dict[str, Any]:
        """Return the contract's form; the same decision always gives the same bytes."""
        return {
            "approach": self.approach.value,
            "subkind": self.subkind,
            "with": "rag" if self.with_rag else None,
            "status": self.status.value,
            "first_step": self.first_step,
            "gaps": self.gaps.as_json(),
            "conditions": [condition.as_json() for condition in self.conditions],
            "assumed": [condition.as_json() for condition in self.assumed],
            "conflicts": [conflict.as_json() for conflict in self.problem.conflicts],
            "because": [reason.as_json() for reason in self.because],
            "sources": [dict(source) for source in self.sources],
            "plan": [dict(step) for step in self.plan],
            "would_change": [change.as_json() for change in self.would_change],
            "costs": dict(self.costs) if self.costs is not None else None,
            "question": self.question.as_json() if self.question else None,
            "possible": sorted(approach.value for approach in self.possible),
            "facts": self.problem.facts_as_json(),
            "reader": reader,
            "rulebook": self.rulebook,
        }
