"""The gates to training: what must be known good before weights are changed, and what forbids it.

A gate is open only on facts that were stated, confirmed or measured; what was merely implied leaves
it unknown. A shut gate replaces the approach; a gate that can be mended stays a condition and
becomes a step.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import signals as s
from bot.domain.approaches import Approach
from bot.domain.conditions import NEVER, Condition

_BOTH = frozenset({Approach.FINE_TUNE, Approach.DISTILL})
_QUALITY_PATH = frozenset({Approach.FINE_TUNE})
_COST_PATH = frozenset({Approach.DISTILL})


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that training needs.

    `opens` must hold on well-founded facts. `shuts` forbids: the approach becomes `instead`.
    `needs` are the facts that it reads, each with the value that opens it. Between open and shut
    it can be mended.
    """

    id: str
    needs: tuple[tuple[str, str], ...]
    guards: frozenset[Approach]
    opens: Condition
    shuts: Condition
    instead: tuple[Approach, str | None]
    sources: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the gate reads."""
        return tuple(name for name, _ in self.needs)


_EXAMPLES_SHORT = s.RAW | s.DOCUMENTS | s.SHORT

GATES: tuple[Gate, ...] = (
    Gate(
        "effort",
        (("instruction_effort", "with_examples"),),
        _QUALITY_PATH,
        s.THOROUGH,
        s.NOT_PROMPTED,
        (Approach.PROMPT, "clarify"),
        ("openai-sft", "aws-sagemaker"),
    ),
    Gate(
        "measurement",
        (("measurement", "scored_set"), ("test_cases", "30")),
        _QUALITY_PATH,
        s.SCORED & s.ENOUGH_TESTS,
        s.NOT_MEASURED,
        (Approach.EVALS_FIRST, "test_set"),
        ("hamel", "azure-skills"),
    ),
    Gate(
        "teacher-measured",
        (("measurement", "scored_set"), ("test_cases", "30")),
        _COST_PATH,
        s.SCORED & s.ENOUGH_TESTS,
        NEVER,
        (Approach.EVALS_FIRST, "test_set"),
        ("hamel", "azure-skills"),
    ),
    Gate(
        "headroom",
        (("pass_rate", "under 95"),),
        _QUALITY_PATH,
        s.HEADROOM,
        s.NEARLY_PERFECT,
        (Approach.NO_CHANGE, None),
        ("azure-skills", "our-choice"),
    ),
    Gate(
        "breadth",
        (("breadth", "one_narrow"),),
        _BOTH,
        ~s.OPEN_ENDED,
        s.OPEN_ENDED,
        (Approach.WORKFLOW, "decompose"),
        ("anthropic-agents", "microsoft-considerations"),
    ),
    Gate(
        "stability",
        (("behaviour_changes", "stable"),),
        _BOTH,
        s.STABLE,
        s.UNSTABLE,
        (Approach.PROMPT, "retrieve_examples"),
        ("azure-skills",),
    ),
    Gate(
        "rights",
        (("data_rights", "cleared"),),
        _BOTH,
        s.RIGHTS_CLEARED,
        s.RIGHTS_BLOCKED | s.RIGHTS_PENDING,
        (Approach.DATA_FIRST, "clear_rights"),
        ("participant-access", "our-choice"),
    ),
    Gate(
        "labels",
        (("examples_quality", "clean"), ("examples_count", "100")),
        _BOTH,
        ~s.CONFLICTING & (~s.MIXED | ~s.BARELY),
        s.CONFLICTING,
        (Approach.DATA_FIRST, "fix_labels"),
        ("openai-best-practices", "landis-koch"),
    ),
    Gate(
        "examples",
        (("examples_form", "pairs"), ("examples_match", "right_kind"), ("examples_count", "50")),
        _QUALITY_PATH,
        s.ANSWERED & ~s.SHORT & s.RIGHT_KIND,
        (_EXAMPLES_SHORT & ~s.ANSWERED & ~s.WEAK_LANGUAGE) | s.WRONG_KIND | (s.ANSWERED & s.SHORT),
        (Approach.DATA_FIRST, "collect"),
        ("openai-sft", "google-tuning", "azure-skills"),
    ),
    Gate(
        "teacher-data",
        (("examples_form", "pairs"), ("examples_match", "right_kind"), ("examples_count", "50")),
        _COST_PATH,
        (s.ANSWERED | s.RAW) & ~s.SHORT & (s.RAW | ~s.WRONG_KIND),
        s.WRONG_KIND & ~s.RAW,
        (Approach.DATA_FIRST, "right_kind"),
        ("openai-sft", "our-choice"),
    ),
    Gate(
        "tunable",
        (("can_tune", "hosted"),),
        _QUALITY_PATH,
        s.TUNABLE,
        s.NOT_TUNABLE,
        (Approach.PROMPT, "no_tuning_path"),
        ("openai-deprecations", "our-choice"),
    ),
    Gate(
        "owner",
        (("owner", "api_team"),),
        _QUALITY_PATH,
        s.OWNED,
        s.NO_OWNER,
        (Approach.PROMPT, "no_owner"),
        ("openai-deprecations", "our-choice"),
    ),
    Gate(
        "small-one-tunable",
        (("can_tune", "hosted"),),
        _COST_PATH,
        s.TUNABLE,
        s.NOT_TUNABLE,
        (Approach.SERVING, "trim"),
        ("openai-deprecations", "our-choice"),
    ),
    Gate(
        "small-one-owned",
        (("owner", "api_team"),),
        _COST_PATH,
        s.OWNED,
        s.NO_OWNER,
        (Approach.SERVING, "trim"),
        ("openai-deprecations", "our-choice"),
    ),
    Gate(
        "teacher",
        (("bigger_model", "passes"),),
        _COST_PATH,
        s.BIGGER_PASSES | s.WORKS,
        s.BIGGER_FAILS & ~s.WORKS,
        (Approach.SERVING, "trim"),
        ("openai-sft", "meta-ft"),
    ),
    Gate(
        "payback",
        (
            ("calls_per_month", "known"),
            ("prompt_tokens_static", "known"),
            ("prompt_tokens_dynamic", "known"),
            ("output_tokens", "known"),
        ),
        _COST_PATH,
        s.PAYS,
        s.NEVER_PAYS,
        (Approach.SERVING, "cache"),
        ("our-choice",),
    ),
)
