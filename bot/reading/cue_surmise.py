"""Surmises facts from the words of a whole message, by weights learned from a corpus.

Phrases find what is said outright. What people tell by a story ("it quoted section 14, there is no
section 14") no list of phrases foresees; the words around still make some facts likely. Each fact's
value has a weight for every word, pair of words and phrase that tells for or against it; their sum
over a message is compared with the threshold of that fact. `training/fit.py` learns the weights,
and `training/README.md` says from what. A surmise is never more than that (ADR 0007).
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis
from bot.reading.cue_findings import Found, wishes
from bot.reading.cue_moods import Mood, Scene
from bot.reading.cue_text import Span, quote

SCALE = 20
"""Weights are kept as whole twentieths: finer ones did not read better."""

MOST_OF_A_SET = 2
"""Values of a set that are surmised at most, the likeliest first: our choice."""

LEAST_TEXT = 64
"""Letters under which a message says too little to surmise from: our choice."""

_LONGEST_GRAM = 3
_SHORTEST_STEM = 3
_PREFIX = 5
_ENDINGS = ("ing", "edly", "ed", "ies", "es", "s", "ly")
_START = "^"
_AFTER_DENSE = "#"
# Wide enough for the sum of a million of the largest weights: none spills into the next lane.
_LANE_BITS = 32
_LANE_ZERO = 1 << (_LANE_BITS - 1)
_LANE_MASK = (1 << _LANE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: the weights of each feature, and what each fact must reach.

    A label is a fact and its value; it is named by its place in `labels`. A feature's weights for
    all labels are one whole number with a lane of bits for each: adding two such numbers adds all
    their weights, forty times as fast as one by one.
    """

    labels: tuple[tuple[str, str], ...]
    intercepts: tuple[float, ...]
    thresholds: tuple[float, ...]
    lanes: Mapping[str, int]

    def scores(self, features: Iterable[str]) -> list[float]:
        """Return the score of every label for a message with these features."""
        told, known = self.told(features)
        scale = SCALE * math.sqrt(known or 1)
        return [
            start + sum_of / scale
            for start, sum_of in zip(
                self.intercepts, _unpacked(told, len(self.labels)), strict=True
            )
        ]

    def told(self, features: Iterable[str]) -> tuple[int, int]:
        """Return what these features tell, all lanes in one, and how many of them are known."""
        known = [lanes for lanes in map(self.lanes.get, features) if lanes is not None]
        return sum(known), len(known)


def _packed(row: Sequence[int]) -> int:
    """Return (label, weight) pairs, one after the other, as one number of lanes."""
    return sum(
        weight << _LANE_BITS * label for label, weight in zip(row[::2], row[1::2], strict=True)
    )


def _unpacked(lanes: int, count: int) -> list[int]:
    """Return the sum in each lane; a negative one borrowed from the next, which is made good."""
    raised = lanes + _zeros(count)
    held = struct.unpack(f"<{count}I", raised.to_bytes(count * _LANE_BITS // 8, "little"))
    return [lane - _LANE_ZERO for lane in held]


def _lane(lanes: int, label: int) -> int:
    """Return the sum in one lane."""
    raised = lanes + _zeros(label + 1)
    return (raised >> _LANE_BITS * label & _LANE_MASK) - _LANE_ZERO


@cache
def _zeros(count: int) -> int:
    return sum(_LANE_ZERO << _LANE_BITS * label for label in range(count))


@cache
def weights() -> Weights:
    """Return the weights that were learned, loaded when a message first needs them."""
    file = resources.files("bot.reading") / "weights.json"
    return weights_from(json.loads(file.read_text("utf-8")))


def weights_from(document: Mapping[str, object]) -> Weights:
    """Build the weights from their form in the file."""
    held: Mapping[str, dict] = document  # type: ignore[assignment,type-arg]
    names = [label.partition("=") for label in held["labels"]]
    return Weights(
        tuple((name, value) for name, _, value in names),
        tuple(held["intercepts"]),
        tuple(held["thresholds"]),
        {name: _packed(row) for name, row in held["rows"].items()},
    )


def surmised(
    scenes: Sequence[Scene], learned: Weights, found: Sequence[Found] = ()
) -> Iterator[Found]:
    """Yield what the words make likely besides what was found, with the words that tell most.

    From a few words only that it is about something else is surmised, and nothing against what was
    said or denied.
    """
    says_enough = sum(_length(scene) for scene in scenes) >= LEAST_TEXT
    features = [features_of(scene) for scene in scenes]
    scores = learned.scores(frozenset().union(*features))
    held = {(item.name, item.value) for item in found} | set(_denied(scenes))
    single = {item.name for item in found if attribute_named(item.name).kind is not Kind.MANY}
    told = [learned.told(of_scene)[0] for of_scene in features]
    for label in likely(scores, learned.labels, learned.thresholds):
        name, value = learned.labels[label]
        if not (says_enough or name == "topic"):
            continue
        if (name, value) not in held and name not in single:
            most = max(range(len(scenes)), key=lambda place: _lane(told[place], label))
            yield _found(name, value, scenes[most])


def _length(scene: Scene) -> int:
    """Return the length in letters, a sign of a language without spaces counting for three."""
    text = scene.sentence.folded
    return len(text) + 2 * sum(len(run.group()) for run in _word().finditer(text) if run[0] > "z")


def _denied(scenes: Iterable[Scene]) -> Iterator[tuple[str, str]]:
    """Yield the values that the author says do not hold."""
    for scene in scenes:
        for hit in scene.hits:
            if hit.row.section == "cues" and Mood.NEGATED in scene.moods(hit.start, hit.end):
                yield hit.row.name, hit.row.value


def likely(
    scores: Sequence[float], labels: Sequence[tuple[str, str]], thresholds: Sequence[float]
) -> list[int]:
    """Return the labels that reach their threshold: the best of a single fact, some of a set."""
    reached: dict[str, list[int]] = {}
    for label, score in enumerate(scores):
        if score >= thresholds[label]:
            reached.setdefault(labels[label][0], []).append(label)
    best: list[int] = []
    for name, found in reached.items():
        most = MOST_OF_A_SET if attribute_named(name).kind is Kind.MANY else 1
        best += sorted(found, key=lambda label: -scores[label])[:most]
    return sorted(best)


def _found(name: str, value: str, scene: Scene) -> Found:
    words = quote(scene.sentence.text, (0, 0), (0, len(scene.sentence.text)))
    return Found(name, value, Basis.SURMISED, words, scene.sentence.start)


def features_of(scene: Scene) -> frozenset[str]:
    """Return the features of one sentence: stems, pairs of them, beginnings, letters, phrases.

    A clause in which somebody wants a solution has none: a wish shows nothing of the problem.
    """
    wished = [scene.clause(hit.start) for hit in wishes(scene)]
    folded = scene.sentence.folded
    for start, end in wished:
        folded = folded[:start] + " " * (end - start) + folded[end:]
    return frozenset((*_of_words(folded), *_of_phrases(scene, wished)))


def _of_words(folded: str) -> Iterable[str]:
    last, before = _START, ""
    for match in _word().finditer(folded):
        word = match.group()
        if word[0] > "z":
            yield from _grams(word)
            last, before = _AFTER_DENSE, ""
            continue
        stem = _stem(word)
        yield stem
        yield f"{last}_{stem}"
        if len(word) > _PREFIX:
            yield f"{word[:_PREFIX]}*"
        if before:
            yield f"{before}_~_{stem}"
        last, before = stem, last


def _grams(run: str) -> Iterable[str]:
    """Yield the one to three letters of a text without spaces, at every place."""
    for size in range(1, _LONGEST_GRAM + 1):
        for at in range(len(run) - size + 1):
            yield run[at : at + size]


def _stem(word: str) -> str:
    """Return a word without its ending; of a number only whether it is a large one."""
    if word[0].isdigit():
        return "0" if len(word) < _LONGEST_GRAM else "000"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9']+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def _of_phrases(scene: Scene, apart: Sequence[Span]) -> Iterable[str]:
    """Yield the phrases found, with whether they were denied or merely supposed."""
    for hit in scene.hits:
        if any(start <= hit.start < end for start, end in apart):
            continue
        if hit.row.section in {"cues", "numbers"}:
            moods = scene.moods(hit.start, hit.end)
            mark = "!" if Mood.NEGATED in moods else "?" if moods else ""
            yield f"@{mark}{hit.row.name}={hit.row.value}"
