"""Holds back what would decide where most of a message was not understood.

Phrases read a short message nearly whole, and of a long story only pieces. A piece may be the
smaller half, and a rule that holds on it alone would decide wrongly: then it is better to ask.
"""

from __future__ import annotations

from bot.reading.cue_findings import Found
from bot.reading.cue_moods import Scene

# Up to this length a message says one or two things, and what was read of it is what it says.
SHORT = 150
LEAST_UNDERSTOOD = 0.5
_SHORTEST_SENTENCE = 12
_DECISIVE = frozenset(
    {"symptoms", "pressure", "fault", "simpler_method", "tuned_before", "examples_form"}
)
# That something is dear or slow says nothing of how good it is.
_OF_RUNNING = frozenset({"too_slow", "too_expensive"})
_DECISIVE_VALUES = frozenset(
    {
        ("answer_source", "reference_material"),
        ("answer_source", "live_system"),
        ("answer_source", "own_way"),
        ("answer_source", "exact_rule"),
        ("task", "act"),
        ("task", "predict"),
        ("measurement", "none"),
        ("measurement", "eyeballing"),
        ("instruction_effort", "not_tried"),
    }
)


def cautious(found: list[Found], scenes: list[Scene]) -> list[Found]:
    """Return the facts without those that decide, unless enough of the message was understood."""
    if _is_understood(found, scenes):
        return found
    return [item for item in found if not _decides(item)]


def _decides(item: Found) -> bool:
    return item.name in _DECISIVE or (item.name, item.value) in _DECISIVE_VALUES


def _is_understood(found: list[Found], scenes: list[Scene]) -> bool:
    if sum(len(scene.sentence.text) for scene in scenes) <= SHORT:
        return True
    if not any(item.name == "symptoms" and item.value not in _OF_RUNNING for item in found):
        return False
    spans = [_span(scene) for scene in scenes if len(scene.sentence.text) >= _SHORTEST_SENTENCE]
    told = sum(any(start <= item.at < end for item in found) for start, end in spans)
    return told >= LEAST_UNDERSTOOD * len(spans)


def _span(scene: Scene) -> tuple[int, int]:
    start = scene.sentence.start
    return start, start + len(scene.sentence.text)
