"""Reads a plain answer to the question that is pending: a number, a label, "the second one"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType

from bot.domain.facts import Attribute, Kind, Value, by_name
from bot.domain.problem import Basis, FactValue
from bot.reading.cue_findings import FACTORS, Found
from bot.reading.cue_lexicon import Hit
from bot.reading.cue_moods import Scene
from bot.reading.cue_patterns import words_in
from bot.reading.cue_text import fold, quote

# A longer text tells a story: only what it states counts, not its single words.
_LONGEST_ANSWER = 90
_LONGEST_SHRUG = 60
_WHOLE = 100
# What "yes" and "no" mean where the question can be answered by them.
_BY_YES = MappingProxyType(
    {
        "bigger_model": "passes", "smaller_model": "passes", "schema_enforced": "yes",
        "examples_match": "right_kind", "examples_quality": "clean", "data_rights": "cleared",
    }
)  # fmt: skip
_BY_NO = MappingProxyType(
    {
        "bigger_model": "fails", "smaller_model": "fails", "schema_enforced": "no",
        "examples_match": "wrong_kind", "data_rights": "blocked", "measurement": "none",
        "examples_form": "none", "owner": "none", "can_tune": "no",
        "instruction_effort": "not_tried",
    }
)  # fmt: skip
# Words of labels that tell no value from another.
_PLAIN = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "it",
        "is",
        "in",
        "to",
        "our",
        "we",
        "with",
        "only",
        "that",
        "not",
        "and",
        "or",
        "as",
        "for",
        "all",
        "by",
        "on",
        "at",
        "i",
        "t",
        "s",
        "model",
        "models",
        "examples",
        "answers",
        "answer",
        "good",
        "some",
        "what",
        "one",
    ]
)


def answered(question: str, scenes: list[Scene], length: int) -> list[Found]:
    """Return the facts that a plain answer gives to the pending question."""
    attribute = by_name().get(question)
    if attribute is None or not scenes or length > _LONGEST_ANSWER:
        return []
    if attribute.kind is Kind.NUMBER:
        return _number(attribute, scenes)
    if attribute.kind is Kind.YES_NO:
        said = _yes_or_no(scenes)
        return [] if said is None else [_found(attribute, said, scenes[0])]
    if attribute.kind is Kind.TEXT:
        return []
    return _values(attribute, scenes)


def shrugs(scenes: list[Scene], length: int) -> bool:
    """Whether the pending question is answered with "don't know"."""
    short = length <= _LONGEST_SHRUG
    return short and any(_replies(scene, "unknown") for scene in scenes[:1])


def _replies(scene: Scene, name: str) -> list[Hit]:
    return [hit for hit in scene.hits if hit.row.section == "replies" and hit.row.name == name]


def _found(attribute: Attribute, value: FactValue, scene: Scene) -> Found:
    words = quote(scene.sentence.text, (0, 1), (0, len(scene.sentence.text)))
    return Found(attribute.name, value, Basis.CONFIRMED, words, scene.sentence.start)


def _number(attribute: Attribute, scenes: list[Scene]) -> list[Found]:
    scene = scenes[0]
    plain = [number for number in scene.numbers if number.kind != "size"]
    if not plain:
        none = attribute.name == "examples_count" and bool(_replies(scene, "no"))
        return [_found(attribute, 0.0, scene)] if none else []
    value = plain[0].value
    if attribute.name == "pass_rate" and value <= 1:
        value *= 100
    units = [hit.row.value for hit in scene.hits if hit.row.name == "per"]
    if attribute.name in ("calls_per_month", "monthly_cost", "monthly_budget") and units:
        value *= FACTORS[units[0]]
    if attribute.name == "pass_rate" and value > _WHOLE:
        return []
    return [_found(attribute, round(value, 4), scene)]


def _yes_or_no(scenes: list[Scene]) -> bool | None:
    yes, no = (bool(_replies(scenes[0], name)) for name in ("yes", "no"))
    return None if yes == no else yes


def _values(attribute: Attribute, scenes: list[Scene]) -> list[Found]:
    """Return the values named by their place, their label, a phrase for them, or yes and no."""
    scene = scenes[0]
    chosen = _by_phrase(attribute, scenes) or _by_label(attribute, scene) or _by_place(
        attribute, scene
    )  # fmt: skip
    if not chosen and (said := _yes_or_no(scenes)) is not None:
        table = _BY_YES if said else _BY_NO
        chosen = [table[attribute.name]] if attribute.name in table else []
    if attribute.kind is Kind.ONE and len(set(chosen)) > 1:
        return []
    return [_found(attribute, value, scene) for value in dict.fromkeys(chosen)]


def _by_phrase(attribute: Attribute, scenes: list[Scene]) -> list[str]:
    said = [
        (scene, hit)
        for scene in scenes[:2]
        for hit in scene.hits
        if hit.row.section == "cues" and hit.row.name == attribute.name
    ]
    barred = {hit.row.value for _, hit in said if hit.row.how == "unless"}
    return [
        hit.row.value
        for scene, hit in said
        if hit.row.how == "answers" and hit.row.value not in barred
        if not scene.moods(hit.start, hit.end)
    ]


def _by_label(attribute: Attribute, scene: Scene) -> list[str]:
    """Return the values whose label shares a telling word with the answer, the best alone."""
    said = _telling(words_in(scene.sentence.folded))
    shares = {
        value.name: len(said & _words_of(value)) - len(_plainly_negated(scene, value))
        for value in attribute.values
    }
    most = max(shares.values(), default=0)
    best = [name for name, share in shares.items() if share == most and share > 0]
    return best if len(best) == 1 else []


def _plainly_negated(scene: Scene, value: Value) -> set[str]:
    """Return the label's words that the answer denies: "not measured"."""
    folded = scene.sentence.folded
    denied = set(re.findall(r"(?:not|never|n't|no) (\w+)", folded))
    return denied & _words_of(value)


@cache
def _words_of(value: Value) -> frozenset[str]:
    return _telling(words_in(fold(value.label)) + fold(value.name).split("_"))


def _telling(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in words if word not in _PLAIN)


def _by_place(attribute: Attribute, scene: Scene) -> list[str]:
    """Return the values named by their place in the list: "the second one", "1 and 3"."""
    places = [int(hit.row.value) for hit in scene.hits if hit.row.name == "place"]
    bare = re.fullmatch(r"[\W]*(\d{1,2}(?:[\s,;&+/.)]+(?:and |und |y |et |e )?\d{1,2})*)[\W]*",
                        scene.sentence.folded)  # fmt: skip
    if bare:
        places = [int(place) for place in re.findall(r"\d+", bare[1])]
    names = [value.name for value in attribute.values]
    return [names[place - 1] for place in places if 0 < place <= len(names)]
