"""The rule book: as text, as Markdown, or proved."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import words
from bot.domain.approaches import Approach
from bot.domain.classes import thresholds
from bot.domain.conditions import Condition
from bot.domain.gates import GATES
from bot.domain.proof import Proof
from bot.domain.rules import RULES
from bot.domain.signals import SIGNALS
from bot.domain.sources import source

_MOST_TERMS = 6
"""Terms of a condition that are shown: our choice, what a table's cell can hold."""


def as_text() -> str:
    """Return every rule and gate with its sentence, in order."""
    rules = (
        f"{place:>2}. {_line(rule.id, rule.approach, rule.subkind)}"
        for place, rule in enumerate(RULES, 1)
    )
    gates = (f"    {_line(gate.id, *gate.instead)}" for gate in GATES)
    return "\n".join(("Rules, first match wins:", *rules, "", "Gates to training:", *gates))


def as_markdown() -> str:
    """Return the rule book as Markdown tables, with conditions and sources."""
    return "\n".join((*_rule_table(), "", *_gate_table(), "", *_threshold_table(), ""))


def proof_as_text(proof: Proof, seconds: float) -> str:
    """Return what was proved, and every law that is broken."""
    broken = [law for law in proof.laws if law.broken_by is not None]
    lines = [f"BROKEN {law.id}: {law.says}: {law.broken_by}" for law in broken]
    held = len(proof.laws) - len(broken)
    lines.append(
        f"{held} of {len(proof.laws)} laws hold over {proof.states:,} states of "
        f"{proof.signals} signals ({seconds:.1f} s)."
    )
    return "\n".join(lines)


def _line(name: str, approach: Approach, kind: str | None) -> str:
    return f"{name}: {words.because(name)} -> {_named(approach, kind)}"


def _named(approach: Approach, kind: str | None) -> str:
    return f"{approach.value}/{kind}" if kind else approach.value


def _rule_table() -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield "The first that holds decides."
    yield ""
    yield "| # | rule | when | then | because | sources |"
    yield "|---|---|---|---|---|---|"
    for place, rule in enumerate(RULES, 1):
        then = _named(rule.approach, rule.subkind)
        yield (
            f"| {place} | {rule.id} | {condition(rule.when)} | {then} | {words.because(rule.id)} | "
            f"{cited(rule.sources)} |"
        )


def _gate_table() -> Iterator[str]:
    yield "## Gates to training"
    yield ""
    yield "| gate | open when | shut when | then | because | sources |"
    yield "|---|---|---|---|---|---|"
    for gate in GATES:
        then = _named(*gate.instead)
        yield (
            f"| {gate.id} | {condition(gate.opens)} | {condition(gate.shuts)} | {then} | "
            f"{words.because(gate.id)} | {cited(gate.sources)} |"
        )


def _threshold_table() -> Iterator[str]:
    yield "## Thresholds"
    yield ""
    yield "| threshold | value | published range | sources |"
    yield "|---|---|---|---|"
    for row in thresholds().values():
        yield f"| {row.id} | {row.value:g} {row.unit} | {row.said} | {cited(row.sources)} |"


def condition(when: Condition) -> str:
    """Return a condition in signals; many terms are cut to the first few and counted."""
    terms = [_term(on, off) for on, off in when.terms]
    if terms == [""]:
        return "always"
    shown = " or ".join(terms[:_MOST_TERMS])
    more = len(terms) - _MOST_TERMS
    return shown + (f" … and {more} more" if more > 0 else "")


def _term(on: int, off: int) -> str:
    wanted = [signal.name.lower() for signal in SIGNALS if signal.bit & on]
    unwanted = [f"not {signal.name.lower()}" for signal in SIGNALS if signal.bit & off]
    return " & ".join((*wanted, *unwanted)) if on | off else ""


def cited(names: tuple[str, ...]) -> str:
    """Return the sources as links."""
    rows = (source(name) for name in names)
    return ", ".join(f"[{row.title}]({row.address})" if row.address else row.title for row in rows)
