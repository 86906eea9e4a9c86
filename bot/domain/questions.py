"""The one question: the unknown fact that narrows the answer most, or none."""

from __future__ import annotations

from functools import cache

from bot.domain import words
from bot.domain.approaches import Approach
from bot.domain.conditions import bits_of
from bot.domain.decision import Question
from bot.domain.facts import VOCABULARY, attribute_named
from bot.domain.outlook import Approaches, Outlook
from bot.domain.problem import Problem
from bot.domain.rules import RULES
from bot.domain.view import View, askable, fact_of

_OPENING = ("symptoms", "answer_source", "breadth", "task")
"""Asked first while nothing can be said: what goes wrong, then source and breadth (our choice)."""


def next_doubt(problem: Problem, doubts: frozenset[str]) -> Question | None:
    """Return the question that settles a surmise on which the answer hangs, if one may be asked."""
    names = [name for name in doubts if _may_ask(name, problem, doubted=True)]
    if not names:
        return None
    return question_for(min(names, key=lambda name: (rule_order(name), name)), surmised=True)


def next_question(
    problem: Problem, view: View, outlook: Outlook, approach: Approach
) -> Question | None:
    """Return the question to ask, or None.

    None where nothing unknown can change the answer. Conflicts come first, then the fact whose
    worst answer leaves the fewest approaches.
    """
    if len(outlook.possible) <= 1:
        return None
    candidates = [name for name in view.open_facts if _may_ask(name, problem)]
    narrowed = {name: outlook.narrowed_by(name) for name in candidates}
    telling = {name: left for name, left in narrowed.items() if _tells(left, outlook.possible)}
    if not telling:
        return None
    return question_for(
        min(telling, key=lambda name: _rank(name, telling[name], problem, approach))
    )


def _may_ask(name: str, problem: Problem, *, doubted: bool = False) -> bool:
    """Whether a fact may be asked now: once, or once more where people contradict each other."""
    if name in problem.set_aside:
        return False
    if not doubted and name not in {*askable(), *problem.contested}:
        return False
    return problem.asked.count(name) < (2 if name in problem.contested else 1)


def question_for(name: str, *, surmised: bool = False) -> Question:
    """Return the question that asks for a fact, with its values as choices."""
    attribute = attribute_named(name)
    choices = tuple((value.name, value.label) for value in attribute.values)
    if attribute.question:
        return Question(name, attribute.question, choices or words.number_choices(name))
    asks = words.which_fits if surmised else words.which_holds
    return Question(name, asks(attribute.meaning), choices)


def _tells(left: tuple[Approaches, ...], before: Approaches) -> bool:
    """Whether the answers can differ in what they leave."""
    return len(set(left)) > 1 or any(approaches != before for approaches in left)


def _rank(
    name: str, left: tuple[Approaches, ...], problem: Problem, approach: Approach
) -> tuple[bool, int, int, float, int, str]:
    worst = max(len(approaches) for approaches in left)
    mean = sum(len(approaches) for approaches in left) / len(left)
    opening = _OPENING.index(name) if name in _OPENING else len(_OPENING)
    first = opening if approach is Approach.NEED_INFO else 0
    return (name not in problem.contested, first, worst, mean, rule_order(name), name)


@cache
def rule_order(name: str) -> int:
    """Return the place of the first rule that reads the fact; what only gates read comes last."""
    for place, rule in enumerate(RULES):
        if any(fact_of(bit) == name for bit in bits_of(rule.when.reads)):
            return place
    names = [attribute.name for attribute in VOCABULARY]
    return len(RULES) + names.index(name)
