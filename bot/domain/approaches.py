"""What may be recommended: the approaches, their kinds, and how sure the answer is."""

from __future__ import annotations

from enum import Enum


class Approach(Enum):
    """The direction of an answer."""

    PROMPT = "prompt"
    RAG = "rag"
    WORKFLOW = "workflow"
    FINE_TUNE = "fine_tune"
    DISTILL = "distill"
    SERVING = "serving"
    DATA_FIRST = "data_first"
    EVALS_FIRST = "evals_first"
    NOT_LLM = "not_llm"
    NO_CHANGE = "no_change"
    NEED_INFO = "need_info"
    OUT_OF_SCOPE = "out_of_scope"

    # Enum's own is written in Python, and a decision asks for it a thousand times.
    __hash__ = object.__hash__

    @property
    def trains(self) -> bool:
        """Whether the approach changes weights."""
        return self is Approach.FINE_TUNE or self is Approach.DISTILL


SUBKINDS: dict[Approach, tuple[str, ...]] = {
    Approach.PROMPT: (
        "clarify",
        "examples",
        "ground",
        "describe_tool",
        "retrieve_examples",
        "no_tuning_path",
        "no_owner",
    ),
    Approach.RAG: ("long_context", "retrieval", "fix_retrieval"),
    Approach.WORKFLOW: (
        "live_lookup",
        "actions",
        "structured_output",
        "decompose",
        "fix_tool",
        "fix_pipeline",
    ),
    Approach.FINE_TUNE: ("sft", "dpo", "rft", "cpt_sft"),
    Approach.DISTILL: ("large_to_small", "classic_classifier"),
    Approach.SERVING: ("trim", "cache", "smaller_model", "batch", "fix_setup"),
    Approach.DATA_FIRST: (
        "collect",
        "make_pairs",
        "fix_labels",
        "right_kind",
        "mix_general",
        "clear_rights",
        "clean_source",
    ),
    Approach.EVALS_FIRST: ("error_analysis", "test_set"),
    Approach.NOT_LLM: ("plain_code", "classic_model"),
    Approach.NO_CHANGE: (),
    Approach.NEED_INFO: (),
    Approach.OUT_OF_SCOPE: (),
}


class Status(Enum):
    """How sure the answer is."""

    DECIDED = "decided"
    CONDITIONAL = "conditional"
    OPEN = "open"
