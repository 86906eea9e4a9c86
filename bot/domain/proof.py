"""The proof: every invariant of the rulebook, held against every state of its signals at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.domain import signals as s
from bot.domain import words
from bot.domain.approaches import SUBKINDS, Approach
from bot.domain.classes import Threshold, mask_of, options, thresholds
from bot.domain.conditions import Condition, any_of
from bot.domain.diagrams import FALSE, TRUE, Diagrams, Node
from bot.domain.facts import VOCABULARY, Kind, Role, by_name
from bot.domain.gates import GATES, Gate
from bot.domain.plan import STEPS, plan_for
from bot.domain.rules import RULES, Rule
from bot.domain.sources import source
from bot.domain.view import approach_in, signals_of
from bot.errors import RulebookBroken

A = Approach


@dataclass(frozen=True, slots=True)
class Law:
    """One invariant: its id, what it says, and a state that breaks it (None where none does)."""

    id: str
    says: str
    broken_by: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome: how many states were covered, and each law."""

    states: int
    signals: int
    laws: tuple[Law, ...]

    @property
    def holds(self) -> bool:
        """Whether every law holds."""
        return all(law.broken_by is None for law in self.laws)


_FACTS = (
    "owner",
    "can_tune",
    "payback",
    "topic",
    "breadth",
    "test_cases",
    "task",
    "instruction_effort",
    "answer_source",
    "source_access",
    "behaviour_changes",
    "symptoms",
    "pressure",
    "bigger_model",
    "smaller_model",
    "schema_enforced",
    "simpler_method",
    "tuned_before",
    "measurement",
    "pass_rate",
    "examples_quality",
    "examples_match",
    "examples_form",
    "examples_count",
    "data_rights",
    "fault",
)
"""The order of facts in the diagrams: any order proves the same, this one was found to be small."""


class Rulebook:
    """The rulebook as functions: when each rule fires, and when each approach comes out."""

    def __init__(self) -> None:
        self.diagrams = Diagrams(_order())
        self.valid = self._valid()
        self.fires = self._fires()
        self.comes_out = self._comes_out()
        examples = (self.diagrams.example(fires) for fires in self.fires.values())
        self.just_firing = tuple(state for state in examples if state is not None)

    def where(self, condition: Condition) -> Node:
        """Return the valid states in which a condition holds."""
        return self.diagrams.both(self.diagrams.of(condition), self.valid)

    def training(self) -> Node:
        """Return the valid states whose answer trains."""
        return self.diagrams.either(self.comes_out[A.FINE_TUNE], self.comes_out[A.DISTILL])

    def _valid(self) -> Node:
        valid = TRUE
        for name in dict.fromkeys(signal.fact for signal in s.SIGNALS):
            if name in by_name() and by_name()[name].kind is Kind.MANY:
                continue
            bits = signals_of(name)
            allowed = (self.diagrams.state(mask, bits) for mask in masks_of(name))
            valid = self.diagrams.both(valid, self.diagrams.any(allowed))
        return valid

    def _fires(self) -> Mapping[str, Node]:
        left = self.valid
        fires: dict[str, Node] = {}
        for rule in RULES:
            holds = self.diagrams.of(rule.when)
            fires[rule.id] = self.diagrams.both(holds, left)
            left = self.diagrams.but_not(left, holds)
        return fires

    def _comes_out(self) -> Mapping[Approach, Node]:
        out = {
            approach: self.diagrams.any(self.fires[r.id] for r in RULES if r.approach is approach)
            for approach in A
        }
        for approach in (A.FINE_TUNE, A.DISTILL):
            for gate in GATES:
                if approach in gate.guards:
                    shut = self.diagrams.both(out[approach], self.diagrams.of(gate.shuts))
                    out[approach] = self.diagrams.but_not(out[approach], shut)
                    out[gate.instead[0]] = self.diagrams.either(out[gate.instead[0]], shut)
        return out


def prove() -> Proof:
    """Prove every law; the states counted are those that facts can give."""
    rulebook = Rulebook()
    laws = (*_laws(rulebook), *_of_words())
    return Proof(rulebook.diagrams.count(rulebook.valid), len(s.SIGNALS), laws)


def masks_of(name: str) -> tuple[int, ...]:
    """Return the masks that a single-valued fact can have, unknown included."""
    asked = options().get(name, ())
    classes: list[Iterable[str]] = [*asked, *({one} for one in _classes(name))]
    if name == "can_tune":
        classes = [*asked, {"open_weights", "not_offered"}, {"hosted", "not_offered"}]
    return tuple(dict.fromkeys((0, *(mask_of(name, one) for one in classes))))


def _classes(name: str) -> Iterator[str]:
    for signal in s.SIGNALS:
        if signal.fact == name:
            yield from sorted(signal.classes)


def _order() -> tuple[int, ...]:
    """Return the signals in the order of `_FACTS`; what it does not name comes last."""
    place = {name: at for at, name in enumerate(_FACTS)}
    ordered = sorted(s.SIGNALS, key=lambda signal: place.get(signal.fact, len(place)))
    return tuple(signal.bit for signal in ordered)


def _law(rulebook: Rulebook, law: str, says: str, violations: Node) -> Law:
    state = rulebook.diagrams.example(violations)
    return Law(law, says, None if state is None else described(state))


def described(state: int) -> str:
    """Return the names of the signals that are on in a state."""
    return " ".join(signal.name for signal in s.SIGNALS if signal.bit & state) or "nothing known"


def _laws(book: Rulebook) -> Iterator[Law]:
    yield _needs_a_gap(book)
    yield from _gates_are_kept(book)
    yield from _towards_open(book)
    yield from _never_add(book)
    yield _missing_facts(book)
    yield _out_of_scope(book)
    yield from _plans(book)
    yield from _everything_matters(book)


def _needs_a_gap(book: Rulebook) -> Law:
    gap = s.COST_GAP | s.BEHAVIOUR_GAP
    violations = book.diagrams.but_not(book.training(), book.where(gap))
    return _law(book, "I1", "no training without a behaviour or cost gap", violations)


def _gates_are_kept(book: Rulebook) -> Iterator[Law]:
    for gate in GATES:
        for approach in sorted(gate.guards, key=lambda one: one.value):
            violations = book.diagrams.both(book.comes_out[approach], book.where(gate.shuts))
            says = f"no {approach.value} with the gate {gate.id} shut"
            yield _law(book, f"I2 {gate.id} {approach.value}", says, violations)
        both = book.where(gate.opens & gate.shuts)
        yield _law(book, f"I2 {gate.id}", "a gate is never open and shut at once", both)


_LADDERS: Mapping[str, tuple[str, ...]] = {
    "instruction_effort": ("not_tried", "asked_once", "iterated", "with_examples", "plateaued"),
    "measurement": ("none", "eyeballing", "live_signal", "scored_set"),
    "test_cases": ("few", "enough"),
    "breadth": ("open", "few_fixed", "one_narrow"),
    "behaviour_changes": ("per_customer", "often", "stable"),
    "data_rights": ("blocked", "pending", "cleared"),
    "examples_count": (
        "under_50",
        "under_100",
        "under_500",
        "under_1000",
        "under_5000",
        "under_10000",
        "plenty",
    ),
    "examples_match": ("wrong_kind", "public_or_synthetic", "right_kind"),
    "examples_quality": ("conflicting", "mixed", "clean"),
    "can_tune": ("not_offered", "offered"),
    "owner": ("none", "api_team", "ml_team"),
}
"""Readiness facts, from shut towards open: pass rate and the form of the examples are aside."""


def _towards_open(book: Rulebook) -> Iterator[Law]:
    """I3, with sums and pass rate aside: no payback or no headroom may rightly remove it."""
    training = book.diagrams.fixed(book.training(), 0, s.NEVER_PAYS.reads | s.NEARLY_PERFECT.reads)
    yield _teacher_found(book, training)
    for name, ladder in _LADDERS.items():
        bits = signals_of(name)
        for worse, better in pairwise(ladder):
            low, high = mask_of(name, {worse}), mask_of(name, {better})
            trained = book.diagrams.fixed(training, low, bits & ~low)
            still = book.diagrams.fixed(training, high, bits & ~high)
            says = f"{name} from {worse} to {better} never removes training"
            yield _law(book, f"I3 {name} {better}", says, book.diagrams.but_not(trained, still))


def _teacher_found(book: Rulebook, training: Node) -> Law:
    """On the cost path alone: that the strongest fails speaks for tuning on the quality path."""
    bits = signals_of("bigger_model")
    passes = mask_of("bigger_model", {"passes"})
    taught = book.diagrams.fixed(
        book.comes_out[A.DISTILL], 0, s.NEVER_PAYS.reads | s.NEARLY_PERFECT.reads | bits
    )
    still = book.diagrams.fixed(training, passes, bits & ~passes)
    says = "a bigger model found to pass never removes training"
    return _law(book, "I3 bigger_model", says, book.diagrams.but_not(taught, still))


def _never_add(book: Rulebook) -> Iterator[Law]:
    added = {
        "live": (s.LIVE, "answer_source", 0),
        "actions": (s.ACT, "task", signals_of("task")),
        "breadth": (s.OPEN_ENDED, "breadth", signals_of("breadth")),
        "format": (s.FORMAT, "symptoms", 0),
        "changing": (s.UNSTABLE, "behaviour_changes", signals_of("behaviour_changes")),
    }
    training = book.training()
    for name, (signal, fact, others) in added.items():
        bit = signal.reads
        there = book.diagrams.fixed(training, bit, others & ~bit)
        absent = book.diagrams.fixed(training, 0, bit | others)
        says = f"{fact} with {name} never adds training"
        yield _law(book, f"I4 {name}", says, book.diagrams.but_not(there, absent))


def _missing_facts(book: Rulebook) -> Law:
    fitting = {A.RAG, A.WORKFLOW, A.NOT_LLM, A.FINE_TUNE, A.DISTILL, A.OUT_OF_SCOPE}
    others = book.diagrams.any(book.comes_out[a] for a in A if a not in fitting)
    described_tool = book.diagrams.both(book.comes_out[A.PROMPT], book.where(s.TOOL_MISUSED))
    others = book.diagrams.but_not(others, described_tool)
    says = "facts that are missing are supplied, never prompted, labelled, measured or served away"
    return _law(book, "I6", says, book.diagrams.both(others, book.where(s.MISSING_FACTS)))


def _out_of_scope(book: Rulebook) -> Law:
    out, other = book.comes_out[A.OUT_OF_SCOPE], book.where(s.OTHER_TOPIC)
    differ = book.diagrams.either(
        book.diagrams.but_not(out, other), book.diagrams.but_not(other, out)
    )
    return _law(book, "I13", "out of scope exactly where the topic is another", differ)


def _plans(book: Rulebook) -> Iterator[Law]:
    """I5 and I11: supply iff there is a knowledge gap or it is the advice; measurement first."""
    gap = book.where(s.KNOWLEDGE_GAP)
    for approach in sorted(A, key=lambda one: one.value):
        if approach in {A.NO_CHANGE, A.NEED_INFO, A.OUT_OF_SCOPE}:
            continue
        supplies = book.where(_step_stands(approach, ("supply-knowledge", "live-lookup")))
        differ = book.diagrams.either(
            book.diagrams.but_not(gap, supplies), book.diagrams.but_not(supplies, gap)
        )
        says = f"a plan to {words.spoken(approach.value)} supplies knowledge iff there is a gap"
        if approach is A.RAG:
            differ = book.diagrams.but_not(book.valid, supplies)
            says = "a plan to supply the knowledge has the step that does"
        violations = book.diagrams.both(differ, book.comes_out[approach])
        yield _law(book, f"I11 {approach.value}", says, violations)
    order = [step.id for step in STEPS]
    for approach in (A.FINE_TUNE, A.DISTILL):
        plan = plan_for(approach, 0)
        pilot = "lora-pilot" if approach is A.FINE_TUNE else "distil-pilot"
        before = order.index("build-test") < order.index(pilot) and "build-test" in plan
        supply = order.index("supply-knowledge") < order.index("collect-with-passages")
        says = f"measurement and supply come before training in a plan to {approach.value}"
        yield Law(f"I5 {approach.value}", says, None if before and supply else "the order of STEPS")


def _step_stands(approach: Approach, ids: Iterable[str]) -> Condition:
    return any_of(
        step.when & ~step.done for step in STEPS if step.id in ids and approach in step.approaches
    )


def _everything_matters(book: Rulebook) -> Iterator[Law]:
    for rule in RULES:
        dead = book.fires[rule.id] == FALSE
        yield Law(f"I14 {rule.id}", "every rule fires somewhere", "it never does" if dead else None)
    for approach in A:
        dead = book.comes_out[approach] == FALSE
        yield Law(f"I14 {approach.value}", "every approach comes out", "never" if dead else None)
    for signal in s.SIGNALS:
        idle = not _matters(book, signal)
        says = "every signal can change the approach, the plan, or whether training is decided"
        yield Law(f"I14 {signal.name}", says, "it changes nothing" if idle else None)
    read = {signal.fact for signal in s.SIGNALS}
    for attribute in VOCABULARY:
        if attribute.role in {Role.DIRECTION, Role.READINESS} and attribute.name not in read:
            yield Law(f"I14 {attribute.name}", "every such fact is read", "no signal reads it")


def _matters(book: Rulebook, signal: s.Signal) -> bool:
    """Whether two values of the fact that differ in this signal can give different answers.

    One state where they do is proof enough, and the states in which a rule just fires mostly hold
    one; the diagrams are asked where they do not.
    """
    bits, pairs = _pairs_that_differ(signal)
    near = (state & ~bits for state in book.just_firing)
    if any(
        approach_in(at | one) is not approach_in(at | other) for at in near for one, other in pairs
    ):
        return True
    return any(
        book.diagrams.fixed(function, one, bits & ~one)
        != book.diagrams.fixed(function, other, bits & ~other)
        for function in _functions(book)
        for one, other in pairs
    )


def _pairs_that_differ(signal: s.Signal) -> tuple[int, list[tuple[int, int]]]:
    attribute = by_name().get(signal.fact)
    if attribute is not None and attribute.kind is Kind.MANY:
        return signal.bit, [(signal.bit, 0)]
    masks = masks_of(signal.fact)
    on = [mask for mask in masks if mask & signal.bit]
    off = [mask for mask in masks if not mask & signal.bit]
    return signals_of(signal.fact), [(one, other) for one in on for other in off]


def _functions(book: Rulebook) -> Iterator[Node]:
    """Yield what an answer consists of: the approach, then open gates, then steps of the plan."""
    yield from book.comes_out.values()
    training = book.training()
    for gate in GATES:
        yield book.diagrams.both(training, book.where(gate.opens))
    for step in STEPS:
        stands = book.diagrams.of(step.when & ~step.done)
        for approach in sorted(step.approaches, key=lambda one: one.value):
            yield book.diagrams.both(book.comes_out[approach], stands)


def _of_words() -> Iterator[Law]:
    """I12: every rule, gate and threshold has a source that exists, and words of its own."""
    reasons, steps, first_steps = words.known_words()
    rows: tuple[Rule | Gate | Threshold, ...] = (*RULES, *GATES, *thresholds().values())
    cited = {name for row in rows for name in row.sources}
    yield Law("I12 sources", "every source that is cited exists", _unknown_source(cited))
    bare = [row.id for row in rows if not row.sources]
    yield Law("I12 cited", "every rule, gate and threshold cites one", _named(bare))
    ids = {*(rule.id for rule in RULES), *(gate.id for gate in GATES)}
    yield Law("I12 words", "every rule and gate has a sentence", _named(ids ^ reasons))
    yield Law("I12 steps", "every step has a sentence", _named({row.id for row in STEPS} ^ steps))
    kinds = {a.value for a in A} | {
        f"{a.value}.{kind}" for a, ks in SUBKINDS.items() for kind in ks
    }
    missing = {kind for kind in first_steps ^ kinds if kind not in {a.value for a in A}}
    yield Law("I12 first steps", "every kind has a first step", _named(missing))


def _unknown_source(cited: Iterable[str]) -> str | None:
    for name in sorted(cited):
        try:
            source(name)
        except RulebookBroken as broken:
            return broken.sentence
    return None


def _named(names: Iterable[str]) -> str | None:
    return ", ".join(sorted(names)) or None
