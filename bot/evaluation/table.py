"""The figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.evaluation.run import Outcome
from bot.evaluation.score import FactScore, Report, is_acceptable, is_first_choice


def table(title: str, figures: Report) -> str:
    """Return the table of one run."""
    return "\n".join((title, *_shares(figures), *_costs(figures), "", *_facts(figures)))


def misses(outcomes: Sequence[Outcome]) -> str:
    """Return one line for each case whose answer was not the settled one."""
    return "\n".join(_miss(outcome) for outcome in outcomes if not is_first_choice(outcome))


def _miss(outcome: Outcome) -> str:
    verdict = "also right" if is_acceptable(outcome) else "WRONG"
    if outcome.first is None:
        return f"{outcome.case.id}: not read: {outcome.failed}"
    came = outcome.first
    return (
        f"{outcome.case.id}: {verdict}: {came.approach.value} by {came.because[0].rule} "
        f"({came.status.value}), settled {outcome.case.approach.value}"
    )


def _shares(figures: Report) -> Iterator[str]:
    for name, share in figures.shares.items():
        if share.total:
            shown = share.as_json()
            low, high = shown["interval"]
            counted = f"{share.hits:>4} of {share.total:<4}{shown['percent']:>6} %"
            yield f"  {name:<30}{counted}  [{low} to {high}]"


def _costs(figures: Report) -> Iterator[str]:
    middle, late = figures.seconds
    yield f"  {'seconds a message':<30}{middle:>8.4f} median, {late:.4f} p95"
    if figures.questions is not None:
        asked, fewest = figures.questions
        yield f"  {'questions, mean':<30}{asked:>8.2f}, fewest possible {fewest:.2f}"
    if figures.tokens["calls"]:
        counted = ", ".join(f"{count} {name}" for name, count in figures.tokens.items())
        yield f"  {'model':<30}{counted} tokens"
    if figures.cost:
        yield f"  {'cost of the model':<30}{figures.cost:>8.4f} USD"
    yield f"  {'prompt / rulebook':<30}{figures.prompt or '-'} / {figures.rulebook}"


def _facts(figures: Report) -> Iterator[str]:
    if not figures.facts:
        return
    yield f"  {'fact':<24}{'right':>6}{'extra':>6}{'missed':>7}{'precision':>11}{'recall':>8}"
    for row in figures.facts:
        yield _fact(row)
    yield _total(figures.facts)


def _fact(row: FactScore) -> str:
    counts = f"{row.right:>6}{row.extra:>6}{row.missed:>7}"
    precision, recall = _percent(row.right, row.extra), _percent(row.right, row.missed)
    return f"  {row.name:<24}{counts}{precision:>11}{recall:>8}"


def _total(rows: Sequence[FactScore]) -> str:
    keys = ("right", "extra", "missed")
    right, extra, missed = (sum(getattr(row, key) for row in rows) for key in keys)
    return _fact(FactScore("all", right, extra, missed))


def _percent(right: int, wrong: int) -> str:
    return f"{100 * right / (right + wrong):.0f} %" if right + wrong else "-"
