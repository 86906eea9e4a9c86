"""How many decisions a second one core makes: the rules alone, and the whole answer.

Run from the checkout: `python bench/decide.py CASES.jsonl`, with cases that carry labelled facts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.domain.decide import decide
from bot.domain.outlook import outlook_of
from bot.domain.problem import Problem
from bot.domain.view import first_rule, rule_for, view_of
from bot.evaluation.cases import load_cases
from bot.market.loader import load_market

SECONDS = 2.0


def rate(work: Callable[[], int]) -> float:
    """Return how many items a second the work does, over at least two seconds."""
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        done += work()
    return done / spent


def main(paths: Sequence[str]) -> None:
    """Print both rates, without and with what earlier decisions left in memory."""
    market, day = load_market(), date(2026, 11, 23)
    cases = [case for path in paths for case in load_cases(Path(path))]
    problems = [case.labels for case in cases if case.labels]
    states = [view_of(problem, market, day).state for problem in problems]

    def rules_alone() -> int:
        for state in states:
            first_rule(state)
        return len(states)

    def answers(problems: Sequence[Problem], *, forget: bool) -> int:
        for problem in problems:
            if forget:
                outlook_of.cache_clear()
                rule_for.cache_clear()
            decide(problem, market, day)
        return len(problems)

    print(f"rules alone          {rate(rules_alone):>10,.0f} a second")
    print(f"decide, nothing kept {rate(lambda: answers(problems, forget=True)):>10,.0f} a second")
    print(f"decide               {rate(lambda: answers(problems, forget=False)):>10,.0f} a second")


if __name__ == "__main__":
    main(sys.argv[1:])
