"""Signals: what the rules read off the facts, one bit each.

A signal is on when its fact has one of its classes. For enumerated facts the classes are the values
themselves; numbers and dated provider facts are put into classes by `bot.domain.classes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.conditions import Condition, any_of


@dataclass(frozen=True, slots=True)
class Signal:
    """One bit: on when `fact` has one of `classes`."""

    name: str
    fact: str
    classes: frozenset[str]
    bit: int


_TABLE: tuple[tuple[str, str, str], ...] = (
    ("OTHER_TOPIC", "topic", "other"),
    ("PREDICT", "task", "predict"),
    ("CLASSIFY", "task", "classify"),
    ("ANSWERING", "task", "answer_from_material converse"),
    ("FORMED", "task", "extract transform formal_output"),
    ("TRANSLATE", "task", "translate"),
    ("ACT", "task", "act"),
    ("WRITES", "task", "write"),
    ("IN_INPUT", "answer_source", "in_the_input"),
    ("REFERENCE", "answer_source", "reference_material"),
    ("LIVE", "answer_source", "live_system"),
    ("OWN_WAY", "answer_source", "own_way"),
    ("EXACT_RULE", "answer_source", "exact_rule"),
    ("ABSENT", "source_access", "none trained_in"),
    ("SEARCHED", "source_access", "retrieval_unmeasured"),
    ("IN_PROMPT", "source_access", "in_prompt"),
    ("FOUND", "source_access", "retrieval_good"),
    ("BY_TOOL", "source_access", "tool"),
    ("FOUND_BADLY", "source_access", "retrieval_bad"),
    ("OPEN_ENDED", "breadth", "open"),
    ("FACTS_WRONG", "symptoms", "made_up_facts outdated_facts lacks_specifics"),
    ("STRAYS", "symptoms", "ignores_given_context"),
    ("DECLINES_BADLY", "symptoms", "should_have_declined declines_wrongly"),
    ("WRONG_VALUE", "symptoms", "wrong_label_or_value"),
    ("WRONG_CODE", "symptoms", "invalid_query_or_code"),
    ("VAGUE", "symptoms", "not_accurate_enough inconsistent"),
    ("FORMAT", "symptoms", "invalid_format"),
    ("LANGUAGE", "symptoms", "wrong_language"),
    ("DISOBEYS", "symptoms", "ignores_instruction"),
    ("VOICE", "symptoms", "wrong_voice rambles"),
    ("TOOL_MISUSED", "symptoms", "tool_misused"),
    ("LOSES_TRACK", "symptoms", "loses_track"),
    ("WEAK_LANGUAGE", "symptoms", "weak_language"),
    ("LOST_ABILITIES", "symptoms", "lost_abilities"),
    ("NOT_TAKEN", "symptoms", "training_did_not_take"),
    ("SLOW_OR_DEAR", "symptoms", "too_slow too_expensive"),
    ("QUALITY_UNKNOWN", "symptoms", "quality_unknown"),
    ("WORKS", "symptoms", "works_well"),
    ("NOTHING_BUILT", "symptoms", "nothing_built"),
    ("INSTRUCTION_FAULT", "fault", "instruction"),
    ("RETRIEVAL_FAULT", "fault", "retrieval"),
    ("SOURCE_FAULT", "fault", "source_content"),
    ("TOOL_FAULT", "fault", "tool"),
    ("PIPELINE_FAULT", "fault", "pipeline"),
    ("TRAINING_FAULT", "fault", "training_data"),
    ("LABEL_FAULT", "fault", "labels"),
    ("MEASUREMENT_FAULT", "fault", "measurement"),
    ("SERVING_FAULT", "fault", "serving"),
    ("COST_OR_LATENCY", "pressure", "cost latency"),
    ("VOLUME", "pressure", "volume"),
    ("SELF_HOST", "pressure", "self_host"),
    ("BIGGER_PASSES", "bigger_model", "passes"),
    ("BIGGER_FAILS", "bigger_model", "fails"),
    ("SMALLER_PASSES", "smaller_model", "passes"),
    ("SIMPLER_MEETS", "simpler_method", "meets_need"),
    ("SIMPLER_LIKELY", "simpler_method", "likely"),
    ("CODE_STEP", "simpler_method", "one_step"),
    ("SIMPLER_FAILS", "simpler_method", "falls_short"),
    ("ENFORCED", "schema_enforced", "yes"),
    ("TUNED_BADLY", "tuned_before", "no_gain harmed mixed"),
    ("NOT_PROMPTED", "instruction_effort", "not_tried"),
    ("ITERATED", "instruction_effort", "iterated"),
    ("THOROUGH", "instruction_effort", "with_examples plateaued"),
    ("NOT_MEASURED", "measurement", "none eyeballing"),
    ("SCORED", "measurement", "scored_set"),
    ("NEARLY_PERFECT", "pass_rate", "headroom_gone"),
    ("HEADROOM", "pass_rate", "headroom"),
    ("FEW_TESTS", "test_cases", "few"),
    ("ENOUGH_TESTS", "test_cases", "enough"),
    ("PAIRED", "examples_form", "pairs auto_checkable"),
    ("PREFERRED", "examples_form", "preferences"),
    ("RAW", "examples_form", "raw_records"),
    ("DOCUMENTS", "examples_form", "documents"),
    ("UNDER_50", "examples_count", "under_50"),
    ("UNDER_100", "examples_count", "under_50 under_100"),
    ("UNDER_500", "examples_count", "under_50 under_100 under_500"),
    ("UNDER_1000", "examples_count", "under_50 under_100 under_500 under_1000"),
    ("UNDER_5000", "examples_count", "under_50 under_100 under_500 under_1000 under_5000"),
    (
        "UNDER_10000",
        "examples_count",
        "under_50 under_100 under_500 under_1000 under_5000 under_10000",
    ),
    ("WRONG_KIND", "examples_match", "wrong_kind"),
    ("RIGHT_KIND", "examples_match", "right_kind"),
    ("CONFLICTING", "examples_quality", "conflicting"),
    ("MIXED", "examples_quality", "mixed"),
    ("UNSTABLE", "behaviour_changes", "often per_customer"),
    ("STABLE", "behaviour_changes", "stable"),
    ("RIGHTS_CLEARED", "data_rights", "cleared"),
    ("RIGHTS_PENDING", "data_rights", "pending"),
    ("RIGHTS_BLOCKED", "data_rights", "blocked"),
    ("TUNABLE", "can_tune", "offered"),
    ("NOT_TUNABLE", "can_tune", "not_offered"),
    ("OWN_WEIGHTS", "can_tune", "open_weights self_host_only"),
    ("OWNED", "owner", "api_team ml_team"),
    ("NO_OWNER", "owner", "none"),
    ("NEVER_PAYS", "payback", "never"),
    ("PAYS", "payback", "pays"),
)
SIGNALS: tuple[Signal, ...] = tuple(
    Signal(name, fact, frozenset(classes.split()), 1 << place)
    for place, (name, fact, classes) in enumerate(_TABLE)
)


def masks_by_class() -> Mapping[str, Mapping[str, int]]:
    """Return, for every fact that a signal reads, the mask of signals that each class turns on."""
    table: dict[str, dict[str, int]] = {}
    for signal in SIGNALS:
        of_fact = table.setdefault(signal.fact, {})
        for name in signal.classes:
            of_fact[name] = of_fact.get(name, 0) | signal.bit
    return table


def _signal(name: str) -> Condition:
    return next(Condition(((signal.bit, 0),)) for signal in SIGNALS if signal.name == name)


OTHER_TOPIC = _signal("OTHER_TOPIC")
PREDICT = _signal("PREDICT")
CLASSIFY = _signal("CLASSIFY")
ANSWERING = _signal("ANSWERING")
FORMED = _signal("FORMED")
TRANSLATE = _signal("TRANSLATE")
ACT = _signal("ACT")
WRITES = _signal("WRITES")
IN_INPUT = _signal("IN_INPUT")
REFERENCE = _signal("REFERENCE")
LIVE = _signal("LIVE")
OWN_WAY = _signal("OWN_WAY")
EXACT_RULE = _signal("EXACT_RULE")
ABSENT = _signal("ABSENT")
SEARCHED = _signal("SEARCHED")
IN_PROMPT = _signal("IN_PROMPT")
FOUND = _signal("FOUND")
BY_TOOL = _signal("BY_TOOL")
FOUND_BADLY = _signal("FOUND_BADLY")
OPEN_ENDED = _signal("OPEN_ENDED")
FACTS_WRONG = _signal("FACTS_WRONG")
STRAYS = _signal("STRAYS")
DECLINES_BADLY = _signal("DECLINES_BADLY")
WRONG_VALUE = _signal("WRONG_VALUE")
WRONG_CODE = _signal("WRONG_CODE")
VAGUE = _signal("VAGUE")
FORMAT = _signal("FORMAT")
LANGUAGE = _signal("LANGUAGE")
DISOBEYS = _signal("DISOBEYS")
VOICE = _signal("VOICE")
TOOL_MISUSED = _signal("TOOL_MISUSED")
LOSES_TRACK = _signal("LOSES_TRACK")
WEAK_LANGUAGE = _signal("WEAK_LANGUAGE")
LOST_ABILITIES = _signal("LOST_ABILITIES")
NOT_TAKEN = _signal("NOT_TAKEN")
SLOW_OR_DEAR = _signal("SLOW_OR_DEAR")
QUALITY_UNKNOWN = _signal("QUALITY_UNKNOWN")
WORKS = _signal("WORKS")
NOTHING_BUILT = _signal("NOTHING_BUILT")
INSTRUCTION_FAULT = _signal("INSTRUCTION_FAULT")
RETRIEVAL_FAULT = _signal("RETRIEVAL_FAULT")
SOURCE_FAULT = _signal("SOURCE_FAULT")
TOOL_FAULT = _signal("TOOL_FAULT")
PIPELINE_FAULT = _signal("PIPELINE_FAULT")
TRAINING_FAULT = _signal("TRAINING_FAULT")
LABEL_FAULT = _signal("LABEL_FAULT")
MEASUREMENT_FAULT = _signal("MEASUREMENT_FAULT")
SERVING_FAULT = _signal("SERVING_FAULT")
COST_OR_LATENCY = _signal("COST_OR_LATENCY")
VOLUME = _signal("VOLUME")
SELF_HOST = _signal("SELF_HOST")
BIGGER_PASSES = _signal("BIGGER_PASSES")
BIGGER_FAILS = _signal("BIGGER_FAILS")
SMALLER_PASSES = _signal("SMALLER_PASSES")
SIMPLER_MEETS = _signal("SIMPLER_MEETS")
SIMPLER_LIKELY = _signal("SIMPLER_LIKELY")
CODE_STEP = _signal("CODE_STEP")
SIMPLER_FAILS = _signal("SIMPLER_FAILS")
ENFORCED = _signal("ENFORCED")
TUNED_BADLY = _signal("TUNED_BADLY")
NOT_PROMPTED = _signal("NOT_PROMPTED")
ITERATED = _signal("ITERATED")
THOROUGH = _signal("THOROUGH")
NOT_MEASURED = _signal("NOT_MEASURED")
SCORED = _signal("SCORED")
NEARLY_PERFECT = _signal("NEARLY_PERFECT")
HEADROOM = _signal("HEADROOM")
FEW_TESTS = _signal("FEW_TESTS")
ENOUGH_TESTS = _signal("ENOUGH_TESTS")
PAIRED = _signal("PAIRED")
PREFERRED = _signal("PREFERRED")
RAW = _signal("RAW")
DOCUMENTS = _signal("DOCUMENTS")
UNDER_50 = _signal("UNDER_50")
UNDER_100 = _signal("UNDER_100")
UNDER_500 = _signal("UNDER_500")
UNDER_1000 = _signal("UNDER_1000")
UNDER_5000 = _signal("UNDER_5000")
UNDER_10000 = _signal("UNDER_10000")
WRONG_KIND = _signal("WRONG_KIND")
RIGHT_KIND = _signal("RIGHT_KIND")
CONFLICTING = _signal("CONFLICTING")
MIXED = _signal("MIXED")
UNSTABLE = _signal("UNSTABLE")
STABLE = _signal("STABLE")
RIGHTS_CLEARED = _signal("RIGHTS_CLEARED")
RIGHTS_PENDING = _signal("RIGHTS_PENDING")
RIGHTS_BLOCKED = _signal("RIGHTS_BLOCKED")
TUNABLE = _signal("TUNABLE")
NOT_TUNABLE = _signal("NOT_TUNABLE")
OWN_WEIGHTS = _signal("OWN_WEIGHTS")
OWNED = _signal("OWNED")
NO_OWNER = _signal("NO_OWNER")
NEVER_PAYS = _signal("NEVER_PAYS")
PAYS = _signal("PAYS")

COST_GAP = COST_OR_LATENCY | VOLUME | SELF_HOST | SLOW_OR_DEAR
REACHES = IN_PROMPT | FOUND | BY_TOOL
# Where one of these was seen, supplying the material would not mend what was seen.
_NOT_ABOUT_SUPPLY = SOURCE_FAULT | MEASUREMENT_FAULT | (TRAINING_FAULT & OWN_WAY)
KNOWLEDGE_GAP = (REFERENCE | LIVE) & ~REACHES & ~STRAYS & ~_NOT_ABOUT_SUPPLY
MISSING_FACTS = KNOWLEDGE_GAP & FACTS_WRONG
TRAINED_TROUBLE = LOST_ABILITIES | NOT_TAKEN
BEHAVIOUR = any_of(
    (
        STRAYS,
        DECLINES_BADLY,
        WRONG_VALUE,
        WRONG_CODE,
        VAGUE,
        DISOBEYS,
        VOICE,
        WEAK_LANGUAGE,
        LANGUAGE,
    )
)
QUALITY = any_of((FACTS_WRONG, BEHAVIOUR, FORMAT, TOOL_MISUSED, LOSES_TRACK, TRAINED_TROUBLE))
BEHAVIOUR_GAP = any_of(
    (BEHAVIOUR, FORMAT, TOOL_MISUSED, LOSES_TRACK, TRAINED_TROUBLE, OWN_WAY & ~WORKS)
) | (FACTS_WRONG & ~KNOWLEDGE_GAP)
ANSWERED = PAIRED | PREFERRED
_ONLY_PREFERRED = PREFERRED & ~PAIRED
SHORT = UNDER_50 | (UNDER_5000 & TRANSLATE) | (UNDER_500 & _ONLY_PREFERRED)
BARELY = UNDER_100 | (UNDER_10000 & TRANSLATE) | (UNDER_1000 & _ONLY_PREFERRED)
ENOUGH_EXAMPLES = ANSWERED & ~SHORT & ~WRONG_KIND & ~CONFLICTING
