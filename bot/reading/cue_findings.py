"""Turns the phrases and numbers of a sentence into facts and denials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.conversation import Denial
from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis, FactValue
from bot.reading.cue_lexicon import Hit
from bot.reading.cue_moods import Mood, Scene

# What the finished thing must do is evidence of the job and of what it takes, even in a wish or a
# question; what was seen, done or gathered is not.
_NEEDS = frozenset(
    [
        "task",
        "answer_source",
        "breadth",
        "pressure",
        "must_cite",
        "per_user_access",
        "risk",
        "knowledge_changes",
        "can_tune",
        "calls_per_month",
        "latency_target_ms",
        "monthly_budget",
        "corpus_tokens",
        "prompt_tokens_static",
        "prompt_tokens_dynamic",
        "output_tokens",
        "monthly_cost",
        "behaviour_changes",
    ]
)
_DENIABLE = frozenset({"symptoms", "pressure", "fault"})
# One counted unit in the unit of the fact: a day counts 30 a month, a page 400 tokens.
FACTORS = MappingProxyType(
    {
        "a_second": 2_592_000.0, "a_minute": 43_200.0, "an_hour": 720.0, "a_day": 30.0,
        "a_week": 30 / 7, "a_month": 1.0, "a_year": 1 / 12,
        "pages": 400.0, "words": 1.33, "thousand": 1000.0,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A fact as one phrase says it, and where in the message."""

    name: str
    value: FactValue
    basis: Basis
    quote: str
    at: int
    unit: str = ""


def findings(scene: Scene) -> Iterator[Found | Denial]:
    """Yield what a sentence says, phrase by phrase."""
    cues = [hit for hit in scene.hits if hit.row.section == "cues"]
    barred = {(hit.row.name, hit.row.value) for hit in cues if hit.row.how == "unless"}
    for hit in cues:
        if hit.row.how in ("stated", "implied", "presupposed"):
            if (hit.row.name, hit.row.value) in barred:
                continue
            yield from _from_phrase(scene, hit)
    for hit in scene.hits:
        if hit.row.section == "numbers":
            yield from _from_number(scene, hit)
    yield from _solution(scene)


def _from_phrase(scene: Scene, hit: Hit) -> Iterator[Found | Denial]:
    name, value = hit.row.name, hit.row.value
    moods = scene.moods(hit.start, hit.end)
    quote = scene.quote(hit.start, hit.end)
    if Mood.NEGATED in moods:
        if name in _DENIABLE and moods == {Mood.NEGATED} and hit.row.how == "stated":
            yield Denial(name, value, quote)
        return
    if moods and name not in _NEEDS and hit.row.how != "presupposed":
        return
    basis = Basis.STATED if hit.row.how == "stated" else Basis.IMPLIED
    held: FactValue = value == "yes" if attribute_named(name).kind is Kind.YES_NO else value
    yield Found(name, held, basis, quote, scene.sentence.start + hit.start)


def _from_number(scene: Scene, hit: Hit) -> Iterator[Found]:
    name, unit = hit.row.name, hit.row.value
    moods = scene.moods(hit.start, hit.end)
    if Mood.NEGATED in moods or (moods and name not in _NEEDS):
        return
    number = next((n for n in scene.numbers if hit.start <= n.start < hit.end), None)
    if number is None:
        return
    quote = scene.quote(hit.start, hit.end)
    at = scene.sentence.start + number.start

    def found(fact: str, value: FactValue) -> Found:
        return Found(fact, value, Basis.STATED, quote, at, unit)

    if name == "agreement":
        yield from _agreement(number.value, number.kind, found("examples_quality", "clean"))
        return
    yield found(name, _amount(name, unit, number.value))
    if name == "examples_count" and unit != "examples":
        yield found("examples_form", unit)
    if name in ("test_cases", "pass_rate") and unit != "seen":
        yield found("measurement", "scored_set")
    if number.currency and name in ("monthly_cost", "monthly_budget"):
        yield found("currency", number.currency)


def _amount(name: str, unit: str, value: float) -> float:
    if name == "pass_rate":
        share = value * 100 if value <= 1 else value
        share = 100 - share if unit == "wrong" else share
        return round(min(100.0, max(0.0, share)), 4)
    return round(value * FACTORS.get(unit, 1.0), 4)


def _agreement(value: float, kind: str, clean: Found) -> Iterator[Found]:
    """Yield what agreement says of the examples: under 70 %, or kappa under 0.6, they conflict."""
    share = value if kind == "pct" or value > 1 else value * 100
    floor = 70 if kind == "pct" or value > 1 else 60
    verdict = "conflicting" if share < floor else "clean" if share >= floor + 10 else "mixed"
    yield Found("examples_quality", verdict, Basis.STATED, clean.quote, clean.at)


def _solution(scene: Scene) -> Iterator[Found]:
    """Yield what somebody wants or asks to do about it: no rule reads it."""
    for hit in wishes(scene):
        quote = scene.quote(hit.start, hit.end)
        at = scene.sentence.start + hit.start
        yield Found("requested_solution", quote, Basis.STATED, quote, at)
        return


def wishes(scene: Scene) -> Iterator[Hit]:
    """Yield the words for a solution that somebody wants, proposes or asks about."""
    for hit in scene.hits:
        if hit.row.section != "solutions":
            continue
        moods = scene.moods(hit.start, hit.end)
        within = scene.clause(hit.start)
        wished = any(
            mark.row.name == "wished" and within[0] <= mark.start < within[1]
            for mark in scene.marks
        )
        if wished or moods & {Mood.WISHED, Mood.ASKED} or hit.row.name == "proposed":
            yield hit


# Where two values are said of a fact that holds one, the one that tells more comes first.
_TELLING = MappingProxyType(
    {
        "source_access": "retrieval_bad retrieval_good tool in_prompt trained_in none"
        " retrieval_unmeasured",
        "breadth": "few_fixed open one_narrow",
        "bigger_model": "fails passes untested",
        "smaller_model": "fails passes untested",
        "simpler_method": "falls_short meets_need one_step likely",
        "instruction_effort": "plateaued with_examples iterated asked_once not_tried",
        "measurement": "scored_set live_signal eyeballing none",
        "examples_match": "wrong_kind public_or_synthetic right_kind",
        "examples_quality": "conflicting mixed clean",
        "data_rights": "blocked pending cleared",
        "can_tune": "no self_host_only hosted open_weights",
        "behaviour_changes": "per_customer often stable",
        "knowledge_changes": "live often rarely",
        "tuned_before": "harmed mixed no_gain helped outcome_unknown",
    }
)
_FORMS = ["pairs", "preferences", "auto_checkable", "documents", "raw_records", "examples"]
_LAST_COUNTS = frozenset({"monthly_cost", "latency_ms"})
_MUST_BE_CLEAR = frozenset({"pass_rate", "test_cases"})


def settled(found: Iterable[Found]) -> list[Found]:
    """Return each set's values once, and of each single value the one that is best founded."""
    grouped: dict[str, list[Found]] = {}
    for item in sorted(found, key=lambda item: (-item.basis.rank, item.at)):
        held = grouped.setdefault(item.name, [])
        if item.value not in [other.value for other in held]:
            held.append(item)
    kept: list[Found] = []
    for name, items in grouped.items():
        kept += items if attribute_named(name).kind is Kind.MANY else _single(name, items)
    return kept


def _single(name: str, items: list[Found]) -> list[Found]:
    best = [item for item in items if item.basis is items[0].basis]
    if name in _MUST_BE_CLEAR and len(best) > 1:
        return []
    if name in _LAST_COUNTS:
        return [max(best, key=lambda item: item.at)]
    if name == "examples_count":
        return [min(best, key=lambda item: _FORMS.index(item.unit))]
    order = _TELLING.get(name, "").split()
    if name == "tuned_before" and {"helped", "harmed"} <= {str(item.value) for item in best}:
        first = best[0]
        return [Found(name, "mixed", first.basis, first.quote, first.at)]
    if order:
        return [min(best, key=lambda item: order.index(str(item.value)))]
    return best[:1]
