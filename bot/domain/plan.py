"""The plan: steps in order, each with when it belongs and when it is already done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain import signals as s
from bot.domain import words
from bot.domain.approaches import Approach
from bot.domain.conditions import ALWAYS, NEVER, Condition

A = Approach
_ADVISES = frozenset(A) - {A.NEED_INFO, A.OUT_OF_SCOPE}
_TRAINS = frozenset({A.FINE_TUNE, A.DISTILL})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: it stands in the plan of `approaches` where `when` holds and `done` does not."""

    id: str
    approaches: frozenset[Approach]
    when: Condition = ALWAYS
    done: Condition = NEVER


_ON_COST = (s.COST_GAP & ~s.QUALITY) | s.SERVING_FAULT

STEPS: tuple[Step, ...] = (
    Step("clear-rights", frozenset({A.DATA_FIRST}), s.RIGHTS_BLOCKED | s.RIGHTS_PENDING),
    Step(
        "fix-part",
        frozenset({A.SERVING, A.PROMPT, A.WORKFLOW, A.RAG}),
        s.SERVING_FAULT
        | s.PIPELINE_FAULT
        | s.TOOL_FAULT
        | s.INSTRUCTION_FAULT
        | s.RETRIEVAL_FAULT
        | s.FOUND_BADLY,
    ),
    Step(
        "read-failures",
        _ADVISES - {A.NO_CHANGE, A.NOT_LLM},
        ~_ON_COST,
        s.SCORED & ~s.MEASUREMENT_FAULT,
    ),
    # A score says how many fail, reading says why: where that is the advice, it always stands.
    Step("read-failures", frozenset({A.EVALS_FIRST})),
    Step(
        "build-test",
        _ADVISES - {A.NO_CHANGE},
        ALWAYS,
        s.SCORED & ~s.FEW_TESTS & ~s.MEASUREMENT_FAULT,
    ),
    Step("classic-baseline", frozenset({A.NOT_LLM})),
    Step("clear-prompt", frozenset({A.PROMPT, A.FINE_TUNE, A.EVALS_FIRST}), ALWAYS, s.THOROUGH),
    Step("interim-examples", frozenset({A.DATA_FIRST}), ~s.SOURCE_FAULT),
    Step("clean-source", frozenset({A.DATA_FIRST}), s.SOURCE_FAULT),
    Step("supply-knowledge", _ADVISES - {A.NO_CHANGE}, s.KNOWLEDGE_GAP & s.REFERENCE),
    # Where facts are wrong and no source was named, or only the search was seen to fail.
    Step("supply-knowledge", frozenset({A.RAG}), ~s.KNOWLEDGE_GAP),
    Step("live-lookup", _ADVISES - {A.NO_CHANGE}, s.KNOWLEDGE_GAP & s.LIVE),
    Step("structured-output", frozenset({A.WORKFLOW, A.FINE_TUNE}), s.FORMAT, s.ENFORCED),
    Step("decompose", frozenset({A.WORKFLOW}), s.ACT | s.OPEN_ENDED | s.LOSES_TRACK | s.CODE_STEP),
    Step("trim", frozenset({A.SERVING, A.DISTILL})),
    Step("cache", frozenset({A.SERVING, A.DISTILL})),
    Step("smaller-model", frozenset({A.SERVING, A.DISTILL})),
    Step("batch", frozenset({A.SERVING, A.DISTILL}), ~s.SLOW_OR_DEAR | s.COST_OR_LATENCY),
    Step("re-measure", _ADVISES - {A.NO_CHANGE, A.EVALS_FIRST}),
    Step("clear-rights", _TRAINS, ALWAYS, s.RIGHTS_CLEARED),
    Step("label-guide", _TRAINS | {A.DATA_FIRST}, s.LABEL_FAULT | s.CONFLICTING | s.MIXED),
    Step("collect-with-passages", _TRAINS, s.KNOWLEDGE_GAP | (s.REFERENCE & s.FOUND)),
    Step(
        "collect-examples",
        _TRAINS | {A.DATA_FIRST},
        ~s.KNOWLEDGE_GAP & ~s.SOURCE_FAULT,
        s.ENOUGH_EXAMPLES,
    ),
    Step(
        "mix-general",
        frozenset({A.DATA_FIRST}),
        s.LOST_ABILITIES | s.TRAINING_FAULT | s.TUNED_BADLY,
    ),
    Step("lora-pilot", frozenset({A.FINE_TUNE})),
    Step("distil-pilot", frozenset({A.DISTILL})),
    Step("double-data", frozenset({A.FINE_TUNE})),
    Step("preference-residue", frozenset({A.FINE_TUNE})),
    Step("before-release", _TRAINS),
    Step("watch", frozenset({A.NO_CHANGE})),
)

Plan = tuple[str, ...]


def plan_for(approach: Approach, state: int) -> Plan:
    """Return the ids of the unmet steps, in order, each once."""
    unmet = (
        step.id
        for step in STEPS
        if approach in step.approaches and step.when.holds(state) and not step.done.holds(state)
    )
    return tuple(dict.fromkeys(unmet))


def in_words(plan: Plan, say: Callable[[str], str] = words.step) -> list[dict[str, str]]:
    """Return the plan for people: id and sentence of each step."""
    return [{"id": step, "text": say(step)} for step in plan]
