"""Learns the cue reader's weights from the corpus: python -m training.fit (after make train).

One logistic regression (Fan et al., LIBLINEAR, 2008) a fact's value, over the words of a whole
message; the fifth of the weights that tell most is kept. Thresholds, one a fact, are those that
give the most acceptable directions on parts of the corpus that the weights had not seen.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.domain.classes import options
from bot.domain.facts import Kind, by_name
from bot.domain.market import Market
from bot.domain.problem import Problem, problem_from_json
from bot.domain.view import approach_in, view_of
from bot.market.loader import load_market
from bot.reading.cue_surmise import SCALE, features_of, likely, weights_from
from bot.reading.cues import scenes_of
from training.corpus import corpus_digest, files, text_of

WEIGHTS = Path(__file__).parents[1] / "bot" / "reading" / "weights.json"
# All below: our choice, the best of a few tried on folds of the corpus.
STRENGTH = 3.0
LEAST_MESSAGES = 3
LEAST_EXAMPLES = 8
PHRASE_COUNTS = 2.0
KEPT = 0.20
FOLDS = 4
STEPS = tuple(map(float, np.arange(-4.0, 0.51, 0.25)))
START = -2.25
NEVER = -1e9
DAY = date(2026, 11, 23)
# What fits only where its writer thought so: facts that are too few give these too.
EMPTY = frozenset({"need_info", "out_of_scope"})


@dataclass(frozen=True)
class Example:
    """One message of the corpus: its features, the labels it carries, the directions that fit."""

    features: frozenset[str]
    labels: frozenset[str]
    fits: frozenset[str]
    digest: int


def examples() -> list[Example]:
    """Read the corpus."""
    market = load_market()
    rows = (json.loads(line) for path in files() for line in path.open(encoding="utf-8"))
    return [_example(row, market) for row in rows]


def _example(row: Mapping[str, Any], market: Market) -> Example:
    text = text_of(row)
    said = list(dict.fromkeys(fact for _, facts in row["parts"] for fact in facts))
    labels = frozenset(fact for fact in said if _is_learned(fact))
    by_facts = approach_in(view_of(problem_of(said), market, DAY).state).value
    advice = row.get("advice") or by_facts
    fits = frozenset({advice}) if advice in EMPTY else frozenset({advice, by_facts}) - EMPTY
    features = frozenset().union(*map(features_of, scenes_of(text)))
    return Example(features, labels, fits, int(hashlib.sha256(text.encode()).hexdigest(), 16))


def _is_learned(fact: str) -> bool:
    """Whether rules read the fact, and it is one of a list of values."""
    name = fact.partition("=")[0]
    kind = by_name()[name].kind
    is_read = kind in {Kind.ONE, Kind.MANY} and name in options()
    # That it is about a language model goes without saying; that it is not, does not.
    return is_read and fact != "topic=llm_adaptation"


def problem_of(labels: Iterable[str]) -> Problem:
    """Return the problem that these labels describe; of a single fact the first value counts."""
    facts: dict[str, Any] = {}
    for label in labels:
        name, _, value = label.partition("=")
        match by_name()[name].kind:
            case Kind.MANY:
                facts.setdefault(name, []).append(value)
            case Kind.NUMBER:
                facts.setdefault(name, float(value))
            case Kind.YES_NO:
                facts.setdefault(name, value == "true")
            case _:
                facts.setdefault(name, value)
    return problem_from_json({"facts": facts})


class Matrix:
    """Turns features into columns, weighted by how rare they are."""

    def __init__(self, known: Sequence[Example]) -> None:
        counts = Counter(feature for one in known for feature in one.features)
        self.names = sorted(name for name, count in counts.items() if count >= LEAST_MESSAGES)
        self._column = {name: column for column, name in enumerate(self.names)}
        rarity = np.array([np.log(1 + len(known) / counts[name]) / 3 for name in self.names])
        phrases = np.array([PHRASE_COUNTS if name[0] == "@" else 1.0 for name in self.names])
        self.weights = rarity * phrases

    def of(self, some: Sequence[Example]) -> csr_matrix:
        columns = [
            [self._column[f] for f in sorted(one.features) if f in self._column] for one in some
        ]
        ends = np.cumsum([0, *map(len, columns)])
        flat = np.array([column for row in columns for column in row], dtype=np.int32)
        scale = np.repeat(
            [1 / np.sqrt(len(row) or 1) for row in columns], [len(r) for r in columns]
        )
        return csr_matrix((self.weights[flat] * scale, flat, ends), (len(some), len(self.names)))


def learned(known: Sequence[Example]) -> dict[str, Any]:
    """Return the weights' document, without thresholds."""
    matrix = Matrix(known)
    table = matrix.of(known)
    counts = Counter(label for one in known for label in one.labels)
    labels = sorted(label for label, count in counts.items() if count >= LEAST_EXAMPLES)
    columns, intercepts = [], []
    for label in labels:
        fitted = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=200, random_state=0)
        fitted.fit(table, [label in one.labels for one in known])
        columns.append(fitted.coef_[0] * matrix.weights)
        intercepts.append(round(float(fitted.intercept_[0]), 3))
    return {
        "corpus": corpus_digest(),
        "labels": labels,
        "intercepts": intercepts,
        "thresholds": [START] * len(labels),
        "rows": _rows(matrix.names, np.column_stack(columns)),
    }


def _rows(names: Sequence[str], table: np.ndarray) -> dict[str, list[int]]:
    """Return the weights that tell most, as whole numbers; a feature that tells nothing is kept."""
    least = np.quantile(np.abs(table), 1 - KEPT)
    rows = {}
    for name, row in zip(names, table, strict=True):
        kept = [(at, round(float(row[at]) * SCALE)) for at in np.flatnonzero(np.abs(row) >= least)]
        rows[name] = [int(number) for pair in kept for number in pair]
    return rows


@dataclass(frozen=True)
class Judged:
    """A message that the weights had not seen, with the score of every label, in their order."""

    scores: tuple[float, ...]
    fits: frozenset[str]


def judged(known: Sequence[Example], labels: Sequence[str]) -> list[Judged]:
    """Return every message scored by weights learned without its fold."""
    found = []
    for fold in range(FOLDS):
        rest = [one for one in known if one.digest % FOLDS != fold]
        weights = weights_from(learned(rest))
        places = {f"{name}={value}": at for at, (name, value) in enumerate(weights.labels)}
        for one in known:
            if one.digest % FOLDS == fold and one.fits:
                scores = weights.scores(one.features)
                # A value too rare without this fold is never likely.
                row = (scores[places[label]] if label in places else NEVER for label in labels)
                found.append(Judged(tuple(row), one.fits))
    return found


class Search:
    """Looks for the thresholds with which most messages get a direction that fits."""

    def __init__(self, some: Sequence[Judged], labels: Sequence[str]) -> None:
        self._some = some
        self._names = labels
        self._labels = [(name, value) for name, _, value in (one.partition("=") for one in labels)]
        self._table = np.array([one.scores for one in some])
        self._market = load_market()
        self._kept: dict[tuple[int, ...], str] = {}
        self.thresholds = [START] * len(labels)
        self._hits = np.array([self._fits(at, self.thresholds) for at in range(len(some))])

    @property
    def hits(self) -> int:
        return int(self._hits.sum())

    def improve(self, group: Sequence[int], steps: Iterable[float]) -> None:
        """Move the thresholds of some labels together to where most messages fit."""
        best = (0, 0.0, list(self.thresholds), self._hits)
        for step in steps:
            tried = list(self.thresholds)
            for label in group:
                tried[label] = step
            hits = self._after(group, tried)
            gain = int(hits.sum()) - self.hits
            near = -abs(step - self.thresholds[group[0]])
            if (gain, near) > best[:2]:
                best = (gain, near, tried, hits)
        self.thresholds, self._hits = best[2], best[3]

    def _after(self, group: Sequence[int], tried: Sequence[float]) -> np.ndarray:
        """Return which messages fit then; only those are looked at for which a label changes."""
        columns = self._table[:, list(group)]
        before = columns >= np.array([self.thresholds[label] for label in group])
        after = columns >= np.array([tried[label] for label in group])
        hits = self._hits.copy()
        for at in np.flatnonzero((before != after).any(axis=1)):
            hits[at] = self._fits(int(at), tried)
        return hits

    def _fits(self, at: int, thresholds: Sequence[float]) -> bool:
        one = self._some[at]
        found = tuple(likely(one.scores, self._labels, thresholds))
        if found not in self._kept:
            state = view_of(problem_of(self._names[label] for label in found), self._market, DAY)
            self._kept[found] = approach_in(state.state).value
        return self._kept[found] in one.fits


def best_thresholds(search: Search, labels: Sequence[str]) -> None:
    """Choose a threshold a fact, twice round; one a value did better here and worse elsewhere."""
    by_fact: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        by_fact.setdefault(label.partition("=")[0], []).append(at)
    for _ in range(2):
        for group in by_fact.values():
            search.improve(group, STEPS)


def main() -> None:
    """Fit, choose thresholds, write the file, and say how well it does."""
    known = examples()
    document = learned(known)
    labels = document["labels"]
    search = Search(judged(known, labels), labels)
    before = search.hits
    best_thresholds(search, labels)
    document["thresholds"] = search.thresholds
    WEIGHTS.write_text(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"')
        + "\n",
        "utf-8",
    )
    print(f"{len(known)} messages, {len(labels)} values, {len(document['rows'])} features")
    print(f"fits on unseen folds: {before} -> {search.hits} of {len(known)}")


if __name__ == "__main__":
    main()
