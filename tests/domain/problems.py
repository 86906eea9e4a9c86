"""Problems to test with: two that train with every gate open, and any that people may have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from bot.domain.classes import options
from bot.domain.conditions import Condition, bits_of
from bot.domain.decide import MAX_QUESTIONS, decide
from bot.domain.decision import Decision
from bot.domain.facts import VOCABULARY, Attribute, Kind, Role, attribute_named
from bot.domain.problem import Problem, problem_from_json
from bot.domain.signals import SIGNALS
from bot.market.loader import load_market

Given = Mapping[str, object]
Facts = dict[str, Any]

MARKET = load_market()
DAY = date(2026, 11, 22)

# A classifier that prompting cannot improve any more, with everything that training needs.
TRAINED: Given = {
    "task": "classify",
    "answer_source": ["own_way"],
    "source_access": "none",
    "breadth": "one_narrow",
    "symptoms": ["wrong_label_or_value"],
    "bigger_model": "untested",
    "smaller_model": "untested",
    "schema_enforced": "yes",
    "instruction_effort": "plateaued",
    "measurement": "scored_set",
    "pass_rate": 80,
    "test_cases": 200,
    "examples_form": ["pairs"],
    "examples_count": 2000,
    "examples_match": "right_kind",
    "examples_quality": "clean",
    "behaviour_changes": "stable",
    "data_rights": "cleared",
    "can_tune": "open_weights",
    "owner": "ml_team",
}
# The four sizes that a payback needs: calls enough that teaching pays, on whatever is tuned.
MANY_CALLS: Given = {
    "calls_per_month": 40_000_000,
    "prompt_tokens_static": 700,
    "prompt_tokens_dynamic": 500,
    "output_tokens": 150,
}
# And too few calls to pay for a training.
FEW_CALLS: Given = {
    "calls_per_month": 60_000,
    "prompt_tokens_static": 9_000,
    "prompt_tokens_dynamic": 500,
    "output_tokens": 300,
}
SIZES = tuple(MANY_CALLS)
# The same job, done well by a large model that costs too much.
DISTILLED: Given = {
    **{name: value for name, value in TRAINED.items() if name != "pass_rate"},
    "answer_source": ["in_the_input"],
    "symptoms": ["works_well"],
    "pressure": ["cost"],
    "bigger_model": "passes",
    "smaller_model": "fails",
    **MANY_CALLS,
}
# With these two unknown, asking for either tells as much.
TIED = ("examples_quality", "examples_match")


def problem(facts: Given) -> Problem:
    """Build a problem from bare values, or from the contract's facts."""
    return problem_from_json({"facts": dict(facts)})


def decided(of: Problem, max_questions: int = MAX_QUESTIONS) -> Decision:
    """Decide on the day, at the market, that all tests share."""
    return decide(of, MARKET, DAY, max_questions=max_questions)


def answer_to(facts: Given) -> Decision:
    """Decide from bare values."""
    return decided(problem(facts))


def based(facts: Given, basis: str) -> Facts:
    """Return bare values as facts on that basis."""
    return {
        name: [{"value": one, "basis": basis} for one in value]
        if isinstance(value, list)
        else {"value": value, "basis": basis}
        for name, value in facts.items()
    }


def without(facts: Given, *names: str) -> Facts:
    """Return the facts but those."""
    return {name: value for name, value in facts.items() if name not in names}


_NUMBERS = {"pass_rate": (40, 80, 94, 95, 97), "test_cases": (5, 30, 400)}
_COUNTS = (3, 49, 50, 99, 100, 600, 9_000)


def values_of(attribute: Attribute) -> st.SearchStrategy[object]:
    """Return any bare value of an attribute; a set of up to three for a set."""
    names = [value.name for value in attribute.values]
    match attribute.kind:
        case Kind.ONE:
            return st.sampled_from(names)
        case Kind.MANY:
            return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
        case Kind.NUMBER:
            return st.sampled_from(_NUMBERS.get(attribute.name, _COUNTS))
        case Kind.YES_NO:
            return st.booleans()
        case Kind.TEXT:
            return st.sampled_from(("Finnish", "EUR", "fine-tune it"))


def some_of(*roles: Role, no: tuple[str, ...] = ()) -> st.SearchStrategy[Facts]:
    """Return some facts of these roles, any of which may be absent."""
    optional = {
        attribute.name: values_of(attribute)
        for attribute in VOCABULARY
        if attribute.role in roles and attribute.name not in no
    }
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def near_training(draw: st.DrawFn) -> Facts:
    """Return one of the two problems that train, with a few facts taken away and a few changed."""
    facts = dict(draw(st.sampled_from((TRAINED, DISTILLED))))
    for name in draw(st.lists(st.sampled_from(sorted(facts)), max_size=6)):
        facts.pop(name, None)
    changed = draw(some_of(Role.DIRECTION, Role.READINESS, no=("topic",)))
    kept = draw(st.sets(st.sampled_from(sorted(changed)), max_size=3)) if changed else set()
    return {**facts, **{name: changed[name] for name in kept}}


def any_facts() -> st.SearchStrategy[Facts]:
    """Return facts that people may state: few, many, or nearly all that training needs.

    Most name a symptom, as people do: an answer takes longest while none is known.
    """
    anything = some_of(Role.DIRECTION, Role.READINESS, no=("topic",))
    symptoms = values_of(attribute_named("symptoms"))
    told = st.builds(lambda facts, seen: {**facts, "symptoms": seen}, anything, symptoms)
    return st.one_of(near_training(), told, near_training(), anything)


# What a rule reads, may be in conflict, and can be answered with one of its values.
CONTESTABLE = [row for row in VOCABULARY if row.kind is Kind.ONE and row.name in options()]


@st.composite
def contested_facts(draw: st.DrawFn) -> Facts:
    """Return facts near training; of one or two of them people said two different things."""
    facts = draw(near_training())
    rows = st.lists(st.sampled_from(CONTESTABLE), min_size=1, max_size=2, unique=True)
    for row in draw(rows):
        both = st.lists(values_of(row), min_size=2, max_size=2, unique=True)
        facts = {**facts, row.name: draw(both)}
    return facts


def state_of(*names: str) -> int:
    """Return the state in which just these signals are on."""
    bits = {signal.name: signal.bit for signal in SIGNALS}
    return sum(bits[name] for name in names)


def signal_names(condition: Condition) -> set[str]:
    """Return the names of the signals that a condition reads."""
    read = set(bits_of(condition.reads))
    return {signal.name for signal in SIGNALS if signal.bit in read}
