"""The rules that give the direction, in order: the first that holds decides.

Each row has an id, what must hold, the approach and its kind, and its sources; the sentence
that people read stands in `bot.domain.words` under the same id. Symptoms, job and source give
the direction; what training needs besides stands in `bot.domain.gates`.

Order: what ends the question (0), what is good already or cannot be told (1), a part that was
seen to fail (2), cost (3), knowledge (4), process (5), behaviour (6), what is left (7).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import signals as s
from bot.domain.approaches import Approach
from bot.domain.conditions import ALWAYS, Condition, any_of


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: where `when` holds and no earlier row does, the direction is `approach`.

    A `tentative` row rests on what readers find too readily: where all its facts are merely
    implied it gives a lead, and the person is asked. Each such row was wrong more often than once
    in twenty then (ADR 0010).
    """

    id: str
    when: Condition
    approach: Approach
    subkind: str | None
    sources: tuple[str, ...]
    tentative: bool = False


_NO_MISSING_FACTS = ~s.MISSING_FACTS
_OTHER_FAULT = any_of(
    (s.INSTRUCTION_FAULT, s.TOOL_FAULT, s.PIPELINE_FAULT, s.SOURCE_FAULT, s.SERVING_FAULT)
)
_SPECIFIC_CONTENT = any_of(
    (
        s.FACTS_WRONG,
        s.STRAYS,
        s.DECLINES_BADLY,
        s.WRONG_VALUE,
        s.WRONG_CODE,
        s.LANGUAGE,
        s.DISOBEYS,
        s.VOICE,
        s.TOOL_MISUSED,
        s.LOSES_TRACK,
        s.WEAK_LANGUAGE,
        s.TRAINED_TROUBLE,
    )
)
_SPECIFIC = _SPECIFIC_CONTENT | s.FORMAT
_SPECIFIC_BUT_VALUE = any_of(
    (
        s.FACTS_WRONG,
        s.STRAYS,
        s.DECLINES_BADLY,
        s.WRONG_CODE,
        s.LANGUAGE,
        s.VOICE,
        s.TRAINED_TROUBLE,
    )
)
_SHOWN_FAULT = any_of(
    (
        s.INSTRUCTION_FAULT,
        s.RETRIEVAL_FAULT,
        s.SOURCE_FAULT,
        s.TOOL_FAULT,
        s.PIPELINE_FAULT,
        s.TRAINING_FAULT,
        s.LABEL_FAULT,
        s.MEASUREMENT_FAULT,
        s.SERVING_FAULT,
    )
)
_CONTENT = any_of(
    (s.FACTS_WRONG, s.VAGUE, s.WRONG_VALUE, s.WRONG_CODE, s.DECLINES_BADLY, s.NOT_TAKEN)
)
_TODAYS_TROUBLE = any_of(
    (s.FACTS_WRONG, s.BEHAVIOUR, s.FORMAT, s.TOOL_MISUSED, s.LOSES_TRACK, s.LOST_ABILITIES)
)
_JOB_OR_SOURCE = any_of(
    (
        s.ANSWERING,
        s.CLASSIFY,
        s.FORMED,
        s.TRANSLATE,
        s.ACT,
        s.PREDICT,
        s.WRITES,
        s.REFERENCE,
        s.LIVE,
        s.OWN_WAY,
        s.IN_INPUT,
        s.EXACT_RULE,
    )
)
_FORMED_JOB = s.CLASSIFY | s.FORMED | s.TRANSLATE
_NOT_LEARNED = s.NOT_TAKEN & s.FACTS_WRONG & s.REFERENCE
_TUNED_TROUBLE = s.TRAINED_TROUBLE | s.TRAINING_FAULT | (s.TUNED_BADLY & s.QUALITY)
_TRAINABLE_CALLS = ~(s.LIVE & ~s.BY_TOOL & ~s.IN_PROMPT) & ~s.OPEN_ENDED & ~s.UNSTABLE
_TRAINABLE = _TRAINABLE_CALLS & ~s.ACT
_RECORDS = s.ANSWERED | s.RAW | s.DOCUMENTS
_LITTLE_EFFORT = ~s.THOROUGH & ~s.ITERATED
_MUST_BE_OWN = s.OWN_WEIGHTS | s.SELF_HOST
_TRAINING_GAP = any_of(
    (
        s.WRONG_VALUE,
        s.WRONG_CODE,
        s.VAGUE,
        s.DISOBEYS,
        s.VOICE,
        s.WEAK_LANGUAGE,
        s.STRAYS,
        s.DECLINES_BADLY,
    )
)

_OWN_TERMS = s.FACTS_WRONG & s.OWN_WAY & ~s.REFERENCE & ~s.LIVE
_TEACHABLE = _TRAINING_GAP | _OWN_TERMS

RULES: tuple[Rule, ...] = (
    # 0. What ends the question.
    Rule("other-topic", s.OTHER_TOPIC, Approach.OUT_OF_SCOPE, None, ("our-choice",)),
    # 1. Good already, or nobody can tell.
    Rule(
        "no-difference-to-gain",
        s.MEASUREMENT_FAULT
        & (s.WORKS | s.NEARLY_PERFECT)
        & ~s.COST_GAP
        & ~s.QUALITY
        & ~s.QUALITY_UNKNOWN,
        Approach.NO_CHANGE,
        None,
        ("azure-skills", "our-choice"),
    ),
    Rule(
        "nothing-to-fix",
        (s.WORKS | s.NEARLY_PERFECT)
        & ~_TODAYS_TROUBLE
        & ~s.COST_GAP
        & ~s.QUALITY_UNKNOWN
        & (~_SHOWN_FAULT | (s.WORKS & s.NEARLY_PERFECT)),
        Approach.NO_CHANGE,
        None,
        ("azure-skills",),
    ),
    Rule(
        "exact-value-to-look-up",
        s.EXACT_RULE
        & (s.LIVE | (s.REFERENCE & s.CODE_STEP) | (s.ANSWERING & ~s.REFERENCE))
        & ~s.SIMPLER_MEETS,
        Approach.WORKFLOW,
        "live_lookup",
        ("anthropic-agents",),
    ),
    Rule(
        "code-is-enough",
        s.SIMPLER_MEETS
        | (s.EXACT_RULE & ~s.REFERENCE & ~s.OWN_WAY & ~s.CODE_STEP & ~s.SIMPLER_FAILS),
        Approach.NOT_LLM,
        "plain_code",
        ("anthropic-agents", "our-choice"),
    ),
    Rule(
        "tuned-before-prompted",
        s.TUNED_BADLY
        & (s.NOT_PROMPTED | s.INSTRUCTION_FAULT)
        & s.OWN_WAY
        & (s.VOICE | s.DISOBEYS)
        & _NO_MISSING_FACTS,
        Approach.PROMPT,
        "examples",
        ("openai-sft", "anthropic-prompting"),
    ),
    Rule(
        "tuned-on-wrong-examples",
        s.TRAINING_FAULT & ~s.KNOWLEDGE_GAP & ~s.WORKS & ~(s.COST_GAP & s.BIGGER_PASSES),
        Approach.DATA_FIRST,
        "right_kind",
        ("openai-sft", "openai-best-practices"),
    ),
    Rule(
        "test-cannot-tell",
        s.MEASUREMENT_FAULT,
        Approach.EVALS_FIRST,
        "test_set",
        ("hamel", "azure-skills"),
    ),
    Rule(
        "many-jobs-in-one-instruction",
        s.OPEN_ENDED & s.INSTRUCTION_FAULT & (s.THOROUGH | s.ITERATED),
        Approach.WORKFLOW,
        "decompose",
        ("anthropic-agents",),
    ),
    Rule(
        "neither-job-nor-source-said",
        (s.VAGUE | s.NOTHING_BUILT)
        & ~_JOB_OR_SOURCE
        & ~_SPECIFIC
        & ~_SHOWN_FAULT
        & ~s.COST_GAP
        & ~s.QUALITY_UNKNOWN
        & ~s.SIMPLER_LIKELY
        & ~s.CODE_STEP
        & ~s.TUNED_BADLY
        & ~s.NOT_MEASURED
        & ~(s.ITERATED | s.THOROUGH | _RECORDS),
        Approach.NEED_INFO,
        None,
        ("our-choice",),
    ),
    Rule(
        "quality-unknown",
        s.QUALITY_UNKNOWN
        & (~_SPECIFIC_CONTENT | s.NOT_MEASURED)
        & _NO_MISSING_FACTS
        & (~_SHOWN_FAULT | s.SOURCE_FAULT),
        Approach.EVALS_FIRST,
        "error_analysis",
        ("hamel", "anthropic-prompting"),
    ),
    # 2. A part that was seen to fail.
    Rule(
        "live-value-not-fetched",
        s.LIVE & ~s.IN_PROMPT & ~s.FOUND & ~s.BY_TOOL,
        Approach.WORKFLOW,
        "live_lookup",
        ("anthropic-agents", "microsoft-considerations"),
    ),
    Rule(
        "search-finds-wrong",
        (s.RETRIEVAL_FAULT & ~s.OWN_WAY)
        | (s.REFERENCE & (s.RETRIEVAL_FAULT | s.FOUND_BADLY))
        | (s.REFERENCE & s.BY_TOOL & s.FACTS_WRONG & ~s.STRAYS & ~_OTHER_FAULT),
        Approach.RAG,
        "fix_retrieval",
        ("jason-liu", "anthropic-contextual-retrieval"),
    ),
    Rule(
        "one-step-is-code",
        s.CODE_STEP & ~(_NOT_LEARNED & s.KNOWLEDGE_GAP),
        Approach.WORKFLOW,
        "decompose",
        ("anthropic-agents",),
        tentative=True,
    ),
    Rule(
        "simpler-likely",
        s.SIMPLER_LIKELY & _NO_MISSING_FACTS,
        Approach.NOT_LLM,
        "classic_model",
        ("anthropic-agents", "our-choice"),
    ),
    Rule(
        "instruction-at-fault",
        s.INSTRUCTION_FAULT & _NO_MISSING_FACTS & ~(s.OPEN_ENDED & (s.ITERATED | s.THOROUGH)),
        Approach.PROMPT,
        "clarify",
        ("anthropic-prompting", "gepa"),
    ),
    Rule(
        "content-is-wrong",
        s.SOURCE_FAULT
        & ~(s.REFERENCE & (s.RETRIEVAL_FAULT | s.FOUND_BADLY))
        & (s.REFERENCE | ~s.PIPELINE_FAULT),
        Approach.DATA_FIRST,
        "clean_source",
        ("our-choice",),
    ),
    Rule(
        "material-lost-on-the-way",
        s.PIPELINE_FAULT & s.MISSING_FACTS & s.REFERENCE,
        Approach.RAG,
        "fix_retrieval",
        ("jason-liu", "anthropic-contextual-retrieval"),
    ),
    Rule(
        "code-around-fails",
        s.PIPELINE_FAULT,
        Approach.WORKFLOW,
        "fix_pipeline",
        ("anthropic-agents",),
        tentative=True,
    ),
    Rule("tool-returns-wrong", s.TOOL_FAULT, Approach.WORKFLOW, "fix_tool", ("anthropic-agents",)),
    Rule(
        "form-not-enforced",
        s.FORMAT
        & ~s.ENFORCED
        & ~(s.BEHAVIOUR & ~s.DISOBEYS)
        & ~s.FACTS_WRONG
        & ~(s.LOST_ABILITIES | s.TRAINING_FAULT)
        & ~(s.THOROUGH & s.COST_GAP & s.BIGGER_PASSES),
        Approach.WORKFLOW,
        "structured_output",
        ("openai-structured-outputs", "jsonschemabench"),
        tentative=True,
    ),
    Rule(
        "served-wrongly",
        s.SERVING_FAULT & _NO_MISSING_FACTS,
        Approach.SERVING,
        "fix_setup",
        ("anthropic-long-context", "our-choice"),
    ),
    Rule(
        "labels-at-fault",
        s.LABEL_FAULT & ~(s.REFERENCE & (s.FACTS_WRONG | ~s.REACHES)),
        Approach.DATA_FIRST,
        "fix_labels",
        ("openai-best-practices", "landis-koch"),
    ),
    # 3. Cost.
    Rule("not-language", s.PREDICT, Approach.NOT_LLM, "classic_model", ("our-choice",)),
    Rule(
        "smaller-only-looks-enough",
        s.COST_GAP & s.SMALLER_PASSES & s.NOT_MEASURED & _NO_MISSING_FACTS,
        Approach.EVALS_FIRST,
        "test_set",
        ("hamel", "anthropic-prompting"),
    ),
    Rule(
        "smaller-is-enough",
        s.COST_GAP & s.SMALLER_PASSES & _NO_MISSING_FACTS,
        Approach.SERVING,
        "smaller_model",
        ("anthropic-prompting",),
    ),
    Rule(
        "code-without-examples",
        s.WRONG_CODE & s.REACHES & _LITTLE_EFFORT & ~s.FACTS_WRONG,
        Approach.PROMPT,
        "examples",
        ("anthropic-prompting", "agarwal-many-shot"),
    ),
    Rule(
        "pasted-too-much",
        s.REFERENCE & s.IN_PROMPT & s.SLOW_OR_DEAR & (s.FACTS_WRONG | s.STRAYS | s.WRONG_VALUE),
        Approach.RAG,
        "retrieval",
        ("liu-lost", "du-length"),
    ),
    Rule(
        "own-examples-for-a-small-model",
        s.COST_GAP
        & s.BIGGER_PASSES
        & s.ENOUGH_EXAMPLES
        & ~s.NOT_PROMPTED
        & ~s.NOT_MEASURED
        & ~s.WORKS
        & ~s.SIMPLER_FAILS
        & _TRAINABLE
        & _NO_MISSING_FACTS
        & ~s.QUALITY_UNKNOWN,
        Approach.FINE_TUNE,
        "sft",
        ("lora-land", "openai-sft", "meta-ft"),
    ),
    Rule(
        "big-one-passes",
        s.COST_GAP & s.BIGGER_PASSES & _TRAINABLE & _NO_MISSING_FACTS & ~s.QUALITY_UNKNOWN,
        Approach.DISTILL,
        "large_to_small",
        ("openai-sft", "meta-ft", "microsoft-considerations"),
    ),
    Rule(
        "good-but-dear-and-repeated",
        s.COST_GAP & s.WORKS & ~_SPECIFIC_CONTENT & _TRAINABLE & (~s.REFERENCE | _FORMED_JOB),
        Approach.DISTILL,
        "large_to_small",
        ("openai-sft", "meta-ft"),
        tentative=True,
    ),
    Rule(
        "good-but-dear",
        s.COST_GAP & s.WORKS & ~_SPECIFIC_CONTENT,
        Approach.SERVING,
        "cache",
        ("anthropic-long-context", "anthropic-prompting"),
    ),
    Rule(
        "classic-classifier",
        s.CLASSIFY
        & (s.COST_OR_LATENCY | s.SLOW_OR_DEAR)
        & s.ANSWERED
        & ~s.BIGGER_PASSES
        & ~s.SIMPLER_FAILS
        & _NO_MISSING_FACTS
        & ~s.OPEN_ENDED
        & ~s.UNSTABLE
        & ~_MUST_BE_OWN,
        Approach.NOT_LLM,
        "classic_model",
        ("our-choice",),
    ),
    # 4. Knowledge.
    Rule(
        "tool-misused-after-all-else",
        s.TOOL_MISUSED
        & s.THOROUGH
        & s.ENOUGH_EXAMPLES
        & ~s.NOT_MEASURED
        & _NO_MISSING_FACTS
        & ~(s.COST_GAP & (s.BIGGER_PASSES | s.WORKS))
        & _TRAINABLE_CALLS,
        Approach.FINE_TUNE,
        "sft",
        ("openai-sft", "lora-land"),
    ),
    Rule(
        "tool-misused",
        s.TOOL_MISUSED & _NO_MISSING_FACTS,
        Approach.PROMPT,
        "describe_tool",
        ("anthropic-agents",),
    ),
    Rule(
        "training-forgot",
        s.LOST_ABILITIES & ~(s.REFERENCE & s.FACTS_WRONG),
        Approach.DATA_FIRST,
        "mix_general",
        ("luo-forgetting", "on-policy-distillation", "biderman"),
    ),
    Rule(
        "trained-in-facts",
        _TUNED_TROUBLE & s.KNOWLEDGE_GAP & s.REFERENCE,
        Approach.RAG,
        "retrieval",
        ("gekhman", "ovadia", "soudani"),
    ),
    Rule(
        "tuned-on-wrong-data",
        _TUNED_TROUBLE & _NO_MISSING_FACTS,
        Approach.DATA_FIRST,
        "right_kind",
        ("openai-sft", "openai-best-practices"),
    ),
    Rule(
        "wishes-differ",
        s.UNSTABLE & (s.QUALITY | s.OWN_WAY | s.NOTHING_BUILT) & _NO_MISSING_FACTS,
        Approach.PROMPT,
        "retrieve_examples",
        ("azure-skills", "agarwal-many-shot"),
    ),
    Rule(
        "there-or-not-unsaid",
        s.REFERENCE
        & ~s.LIVE
        & (s.VAGUE | s.WRONG_VALUE)
        & ~_SPECIFIC_BUT_VALUE
        & s.THOROUGH
        & ~(s.ABSENT | s.SEARCHED | s.FOUND_BADLY | s.REACHES),
        Approach.NEED_INFO,
        None,
        ("openai-accuracy",),
    ),
    Rule(
        "searched-and-no-complaint",
        s.REFERENCE & s.SEARCHED & ~s.QUALITY & ~s.NOTHING_BUILT & ~s.COST_GAP,
        Approach.EVALS_FIRST,
        "error_analysis",
        ("hamel", "jason-liu"),
    ),
    Rule(
        "facts-do-not-reach",
        s.KNOWLEDGE_GAP & s.REFERENCE & (_CONTENT | ~s.QUALITY),
        Approach.RAG,
        "retrieval",
        ("ovadia", "soudani", "gekhman", "anthropic-long-context"),
    ),
    Rule(
        "facts-wrong-source-unsaid",
        s.FACTS_WRONG & ~(s.REFERENCE | s.LIVE | s.IN_INPUT | s.REACHES) & ~s.OWN_WAY,
        Approach.RAG,
        "retrieval",
        ("openai-accuracy", "ovadia"),
    ),
    Rule(
        "found-but-strays-trained",
        (s.STRAYS | s.DECLINES_BADLY | (s.REFERENCE & (s.FACTS_WRONG | s.VAGUE)))
        & (s.REACHES | s.STRAYS)
        & (s.THOROUGH | (s.FOUND & s.SCORED & s.DECLINES_BADLY))
        & s.ENOUGH_EXAMPLES
        & ~s.NOT_MEASURED
        & _TRAINABLE,
        Approach.FINE_TUNE,
        "sft",
        ("raft", "microsoft-considerations", "openai-sft"),
    ),
    Rule(
        "found-but-strays",
        s.STRAYS | s.DECLINES_BADLY | (s.REFERENCE & s.REACHES & s.FACTS_WRONG),
        Approach.PROMPT,
        "ground",
        ("anthropic-prompting", "liu-lost"),
    ),
    # 5. Process.
    Rule(
        "many-steps",
        (s.ACT | s.LOSES_TRACK) & ~s.LANGUAGE & ~s.VOICE,
        Approach.WORKFLOW,
        "actions",
        ("anthropic-agents",),
    ),
    # 6. Behaviour.
    Rule(
        "not-prompted",
        s.NOT_PROMPTED & (s.QUALITY | s.OWN_WAY | s.NOTHING_BUILT),
        Approach.PROMPT,
        "clarify",
        ("anthropic-prompting", "aws-sagemaker", "openai-sft"),
    ),
    Rule(
        "language-or-order-unsaid",
        (s.LANGUAGE | s.DISOBEYS) & ~s.THOROUGH & ~s.WRONG_VALUE,
        Approach.PROMPT,
        "clarify",
        ("anthropic-prompting",),
    ),
    Rule(
        "examples-contradict",
        s.ANSWERED & s.CONFLICTING & s.QUALITY,
        Approach.DATA_FIRST,
        "fix_labels",
        ("openai-best-practices", "landis-koch"),
    ),
    Rule(
        "vague-and-unmeasured",
        s.VAGUE & ~_SPECIFIC_CONTENT & (s.NOT_MEASURED | (~s.SCORED & ~_FORMED_JOB)),
        Approach.EVALS_FIRST,
        "error_analysis",
        ("hamel", "openai-accuracy"),
        tentative=True,
    ),
    Rule(
        "one-prompt-many-jobs",
        s.OPEN_ENDED & s.QUALITY & (s.THOROUGH | s.ITERATED),
        Approach.WORKFLOW,
        "decompose",
        ("anthropic-agents",),
    ),
    Rule(
        "voice-undescribed",
        s.VOICE & _LITTLE_EFFORT & ~s.TRANSLATE,
        Approach.PROMPT,
        "examples",
        ("anthropic-prompting", "agarwal-many-shot"),
    ),
    Rule(
        "too-few-translations",
        s.TRANSLATE & s.ANSWERED & (s.SHORT | s.WRONG_KIND),
        Approach.DATA_FIRST,
        "collect",
        ("in-house-translation",),
    ),
    Rule(
        "right-enough-but-dear",
        s.SLOW_OR_DEAR
        & (s.VOLUME | s.COST_OR_LATENCY)
        & (s.ITERATED | s.THOROUGH)
        & (s.WRONG_VALUE | s.VAGUE)
        & ~s.BIGGER_FAILS
        & _TRAINABLE,
        Approach.DISTILL,
        "large_to_small",
        ("openai-sft", "meta-ft"),
    ),
    Rule(
        "language-not-in-base",
        s.WEAK_LANGUAGE & s.DOCUMENTS & s.OWN_WEIGHTS & s.THOROUGH & ~s.NOT_MEASURED & _TRAINABLE,
        Approach.FINE_TUNE,
        "cpt_sft",
        ("meta-ft", "our-choice"),
    ),
    Rule(
        "not-measured-yet",
        _TEACHABLE & s.NOT_MEASURED & s.THOROUGH & _TRAINABLE,
        Approach.EVALS_FIRST,
        "test_set",
        ("hamel", "openai-sft", "anthropic-prompting"),
    ),
    Rule(
        "plateau-with-examples",
        _TEACHABLE & s.ENOUGH_EXAMPLES & s.THOROUGH & ~s.NOT_MEASURED & _TRAINABLE,
        Approach.FINE_TUNE,
        "sft",
        ("openai-sft", "google-tuning", "hf-course", "lora-land"),
    ),
    Rule(
        "own-small-model-falls-short",
        _TRAINING_GAP
        & s.ENOUGH_EXAMPLES
        & (_MUST_BE_OWN | s.TRANSLATE)
        & ~s.NOT_MEASURED
        & _TRAINABLE,
        Approach.FINE_TUNE,
        "sft",
        ("lora-land", "in-house-translation", "meta-ft"),
    ),
    Rule(
        "strongest-fails",
        _TEACHABLE & s.BIGGER_FAILS & s.ITERATED & s.ENOUGH_EXAMPLES & ~s.NOT_MEASURED & _TRAINABLE,
        Approach.FINE_TUNE,
        "sft",
        ("openai-sft", "hf-course", "lora-land"),
    ),
    Rule(
        "examples-unfit",
        s.QUALITY & s.THOROUGH & ~s.OPEN_ENDED & ~s.ENOUGH_EXAMPLES,
        Approach.DATA_FIRST,
        "collect",
        ("openai-sft", "google-tuning", "jason-liu"),
    ),
    Rule(
        "try-examples",
        s.QUALITY,
        Approach.PROMPT,
        "examples",
        ("anthropic-prompting", "agarwal-many-shot", "huyen"),
    ),
    # 7. What is left.
    Rule(
        "may-not-be-used",
        (s.RIGHTS_BLOCKED & (s.OWN_WAY | s.NOTHING_BUILT) & _RECORDS)
        | (s.RIGHTS_PENDING & s.OWN_WAY & _RECORDS & (s.ITERATED | s.THOROUGH)),
        Approach.DATA_FIRST,
        "clear_rights",
        ("participant-access", "our-choice"),
    ),
    Rule(
        "nothing-built",
        s.NOTHING_BUILT | s.OWN_WAY | s.NOT_PROMPTED,
        Approach.PROMPT,
        "clarify",
        ("anthropic-prompting", "aws-sagemaker"),
        tentative=True,
    ),
    Rule(
        "examples-at-hand",
        _FORMED_JOB & s.ANSWERED & ~s.COST_GAP,
        Approach.PROMPT,
        "examples",
        ("anthropic-prompting", "agarwal-many-shot"),
    ),
    Rule(
        "cost-alone",
        s.COST_GAP,
        Approach.SERVING,
        "trim",
        ("anthropic-long-context", "anthropic-prompting"),
    ),
    Rule(
        "not-measured",
        s.NOT_MEASURED,
        Approach.EVALS_FIRST,
        "error_analysis",
        ("hamel",),
    ),
    Rule("too-little-said", ALWAYS, Approach.NEED_INFO, None, ("our-choice",)),
)
