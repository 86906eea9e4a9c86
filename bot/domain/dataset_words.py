"""A measured training file in words: what it is, what is wrong first, its size, what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from bot.domain.classes import thresholds
from bot.domain.facts import attribute_named
from bot.domain.problem import Fact
from bot.domain.training_formats import RoleFault, Shape
from bot.domain.training_rows import Container, RowFault
from bot.domain.training_tally import Fault, Labels, Spot

if TYPE_CHECKING:
    # What is put into words is measured by the module that asks for the words.
    from bot.domain.dataset import Measurement, TrainingCost

MOST_STEPS = 3
"""Steps that are named at once: our choice."""
_CENT = Decimal("0.01")
_BALANCED = 10
"""Examples that a label should have at least: OpenAI's floor for a whole file, for want of one."""

_SHAPES = {
    Shape.CHAT: ("chat", "chats"),
    Shape.PREFERENCES: ("preference", "preferences: two outputs, one preferred"),
    Shape.CLASSIFICATION: ("text with its label", "texts with their labels"),
    Shape.PAIRS: ("input with its output", "inputs with their outputs"),
    Shape.INPUTS: ("input without an output", "inputs without outputs"),
    Shape.DOCUMENTS: ("text", "texts alone, with no outputs"),
    Shape.RECORDS: ("record", "records in whose columns I see no input and output"),
}
_DIALECTS = {
    "conversations": "The chats are in ShareGPT's form: most services want messages, role, content",
    "contents": "The chats are in Gemini's form: other services want messages, role, content",
    "parts": "The contents are lists of parts, as Amazon Nova wants them: others want plain text",
}
_FAULTS: Mapping[RowFault | RoleFault, str] = {
    RowFault.NOT_JSON: "not valid JSON",
    RowFault.NOT_OBJECT: "JSON, but no object",
    RowFault.NOT_UTF_8: "not UTF-8",
    RowFault.CELLS: "more or fewer cells than columns (put a text that holds commas in quotes)",
    RowFault.BROKEN_OFF: "not valid JSON, and nothing after it either",
    RowFault.QUOTES: "a quote that does not close, or a cell over 131,072 characters: it may "
    "hide what follows",
    RowFault.TOO_DEEP: "nested too deeply",
    RoleFault.UNKNOWN: "an unknown role",
    RoleFault.SYSTEM_LATE: "a system message that is not first",
    RoleFault.ASSISTANT_FIRST: "the assistant speaks first",
    RoleFault.TWICE: "one role twice in a row",
    RoleFault.NO_ANSWER: "no answer at the end",
}
# Of a file that is half faulty nobody would say "mostly fine", as the vocabulary does of people's.
_SAID = {"mixed": "not all of them fit to learn from"}
_CONTAINERS = {Container.JSONL: "JSONL", Container.JSON_ARRAY: "one JSON array"}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_CODING = {"utf-16": " in UTF-16"}


def lines_of(measurement: Measurement) -> tuple[str, ...]:
    """Return plain lines; none of them holds the file's text but names of common labels."""
    if not measurement.examples:
        return (
            "Not one example could be read.",
            *_wrong(measurement),
            "Next: give one example a line, as JSON objects or as a table with a header.",
        )
    wrong = tuple(_wrong(measurement))
    clean = (
        "Nothing wrong was found. That is no proof: a file cannot show that its answers are right."
    )
    return (
        _headline(measurement),
        *(("What is wrong:", *(f"- {line}" for line in wrong)) if wrong else (clean,)),
        *_notes(measurement),
        *_size(measurement),
        *_priced(measurement),
        *_known(measurement),
        "What to do next:",
        *(f"{n}. {step}" for n, step in enumerate(islice(_steps(measurement), MOST_STEPS), 1)),
    )


def _headline(measurement: Measurement) -> str:
    shape = measurement.shape or Shape.RECORDS
    one, many = _SHAPES[shape]
    if shape.answered and not measurement.answered:
        many += ", all of them still to be answered"
    kind = _CONTAINERS.get(measurement.container) or _table(measurement)
    usable = ""
    if measurement.usable != measurement.examples:
        usable = f", {measurement.usable:,} of them different and complete"
    count = f"{measurement.examples:,} {_plural('example', measurement.examples)}{usable}"
    named = one if measurement.examples == 1 else many
    return f"{count}: {named} ({kind}{_CODING.get(measurement.encoding, '')})."


def _table(measurement: Measurement) -> str:
    return f"CSV with {_DELIMITERS.get(measurement.delimiter, 'one column')}"


def _wrong(measurement: Measurement) -> Iterator[str]:
    for fault in measurement.broken:
        rows, why = fault.rows, _FAULTS[fault.kind]
        yield f"{_rows(rows.count)} could not be read, {why}: {_at(rows)}."
    if measurement.other_forms.count:
        others = measurement.other_forms
        are = "is" if others.count == 1 else "are"
        yield f"{_rows(others.count)} {are} in another form and not counted: {_at(others)}."
    yield from _roles(measurement)
    yield from _against(measurement)
    yield from _repeats(measurement)
    yield from _lacking(measurement)
    yield from _unbalanced(measurement.labels)


def _roles(measurement: Measurement) -> Iterator[str]:
    seen = measurement.out_of_order
    if seen.count and measurement.answered:
        what = ", ".join(_times(fault) for fault in measurement.role_faults)
        yield f"{_chats(seen.count)} with roles out of order ({what}): {_at(seen)}."


def _chats(count: int) -> str:
    return f"{count:,} {_plural('chat', count)}"


def _times(fault: Fault) -> str:
    return f"{_FAULTS[fault.kind]} {fault.rows.count:,}"


def _against(measurement: Measurement) -> Iterator[str]:
    found = measurement.contradictions
    if not found.inputs or found.agreement is None:
        return
    where = "; ".join(f"{one:,} and {other:,}" for one, other in found.lines)
    what = "the other output preferred" if _prefers(measurement) else "different outputs"
    yield (
        f"{found.inputs:,} {_plural('input', found.inputs)} with {what}, in {found.examples:,} "
        f"examples: lines {where}. Agreement over all examples: {_floored(found.agreement)}."
    )
    if found.columns_not_compared:
        many = found.columns_not_compared
        yield (
            f"That may be no contradiction if {many:,} more {_plural('column', many)}, whose names "
            "I do not know, belong to the input: name them input or context."
        )


def _floored(share: float) -> str:
    """Return a share in percent, never rounded up: 100 % is said of all alone."""
    return f"{math.floor(share * 1000) / 10:g} %"


def _prefers(measurement: Measurement) -> bool:
    return measurement.shape is Shape.PREFERENCES


def _repeats(measurement: Measurement) -> Iterator[str]:
    found = measurement.repeats
    if found.count:
        near = f", {found.near:,} but for spaces and capitals" if found.near else ""
        yield (
            f"{found.count:,} {_plural('duplicate', found.count)} of earlier lines (input and "
            f"output the same: {found.exact:,} exactly{near}): {_places(found.lines, found.count)}."
        )


def _lacking(measurement: Measurement) -> Iterator[str]:
    kinds = (
        ("an empty input", measurement.empty_inputs),
        ("an empty output", measurement.empty_outputs if measurement.answered else None),
        ("the same output on both sides", measurement.no_preference),
    )
    for what, spot in kinds:
        if spot is not None and spot.count:
            yield f"{_rows(spot.count)} with {what}: {_at(spot)}."


def _unbalanced(labels: Labels | None) -> Iterator[str]:
    if labels is None:
        return
    if labels.spelled_twice:
        same = _plural("label", labels.spelled_twice)
        yield f"{labels.spelled_twice:,} {same} spelled in more than one way: capitals differ."
    if labels.rarest < _BALANCED:
        yield (
            f"The rarest label has {labels.rarest} {_plural('example', labels.rarest)}: too few to "
            "learn it from, or to test it."
        )


def _notes(measurement: Measurement) -> Iterator[str]:
    for dialect in measurement.dialects:
        if dialect in _DIALECTS:
            yield f"{_DIALECTS[dialect]}."
    if measurement.container is Container.JSON_ARRAY:
        yield "Training services want JSONL: one object a line, no brackets or commas around."
    if measurement.header is False:
        yield _headless(measurement)
    if measurement.read_to is not None:
        yield (
            f"The file is too large to be read whole: all figures are of the rows up to line "
            f"{measurement.read_to:,}."
        )


def _headless(measurement: Measurement) -> str:
    if measurement.shape is Shape.PAIRS:
        return (
            "There is no header: I took the first column for the input, the second for the output."
        )
    return "There is no header: name the columns, such as input and output, if they hold these."


def _size(measurement: Measurement) -> Iterator[str]:
    size = measurement.tokens
    if size is None:
        return
    share = f", {size.output / size.total:.0%} of them outputs" if size.output else ""
    yield (
        f"Size: about {size.total:,} tokens{share}; a typical example has {size.median:,}, the "
        f"longest {size.longest:,} (line {size.longest_line:,}). Estimated from characters."
    )
    if labels := measurement.labels:
        named = ", ".join(
            f"{name} {count / measurement.examples:.0%}" for name, count in labels.commonest
        )
        commonest = f"; the commonest: {named}" if named else ""
        yield f"Labels: {labels.distinct:,}{commonest}."


def _priced(measurement: Measurement) -> Iterator[str]:
    for cost in measurement.costs:
        yield (
            f"To train on it ({cost.epochs} passes): {_money(cost)} for {cost.model} at "
            f"{cost.provider}, by the price of {cost.as_of.isoformat()}"
            f"{': an old one, check it' if cost.old else ''}."
        )


def _money(cost: TrainingCost) -> str:
    return f"about ${cost.usd:,.2f}" if cost.usd >= _CENT else "less than $0.01"


def _known(measurement: Measurement) -> Iterator[str]:
    if measurement.facts:
        said = ", ".join(_fact(fact) for fact in measurement.facts)
        yield f"What I take from it: {said}."


def _fact(fact: Fact) -> str:
    attribute = attribute_named(fact.name)
    if isinstance(fact.value, float):
        return attribute.counted(fact.value)
    known = attribute.value(str(fact.value))
    said = known.label.lower() if known else str(fact.value)
    return _SAID.get(str(fact.value), said)


def _steps(measurement: Measurement) -> Iterator[str]:
    """Yield what to do, the most urgent first."""
    if measurement.broken or measurement.other_forms.count:
        yield "Mend the lines that could not be read or counted, and measure again."
    if not measurement.answered:
        yield from _answer_first(measurement)
        return
    if measurement.contradictions.inputs:
        yield (
            "Let two people settle what the right output is where the file contradicts itself, and "
            "write the rule down."
        )
    if measurement.out_of_order.count:
        yield "Put the roles in order: system, then user and assistant in turn, assistant last."
    if measurement.usable != measurement.examples:
        yield "Leave out duplicates, and fill or leave out what is empty."
    if measurement.labels and measurement.labels.spelled_twice:
        yield "Spell each label in one way."
    yield from _enough(measurement)


def _answer_first(measurement: Measurement) -> Iterator[str]:
    needed = thresholds()["sft_examples"]
    if measurement.shape is Shape.DOCUMENTS:
        yield (
            "Give these texts to the model by search before you think of training: texts alone "
            "teach it no job."
        )
    elif measurement.shape is Shape.RECORDS:
        yield "If outputs are among the columns, name the two: input and output, or text and label."
    yield f"Write the ideal output for {needed.value:g} typical inputs; {needed.said}."


def _enough(measurement: Measurement) -> Iterator[str]:
    name = "dpo_pairs" if _prefers(measurement) else "sft_examples"
    needed, tests = thresholds()[name], thresholds()["test_cases"]
    if measurement.usable < needed.value:
        short = int(needed.value) - measurement.usable
        yield f"Collect {short:,} more good {needed.unit}: {needed.said}."
    elif measurement.labels and measurement.labels.rarest < _BALANCED:
        yield "Collect more of the rare labels, or join them."
    yield (
        f"Set {tests.said} cases of the same kind apart as a test that is never trained on, and "
        "score today's prompt on it."
    )
    yield "Read 50 rows aloud with somebody who knows the job: are these the answers you want?"


def _rows(count: int) -> str:
    return f"{count:,} {_plural('row', count)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _at(spot: Spot) -> str:
    return _places(spot.lines, spot.count)


def _places(lines: Sequence[int], count: int) -> str:
    more = f" and {count - len(lines):,} more" if count > len(lines) else ""
    return f"{_plural('line', count)} {_joined(lines)}{more}"


def _joined(lines: Iterable[int]) -> str:
    return ", ".join(f"{line}" for line in lines)
