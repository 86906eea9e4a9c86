"""The case card in Slack: a Decision as Block Kit, and the blocks that our messages are made of.

A message holds our words and quotations of people. The fallback text (notifications, screen
readers) holds our words alone, because nothing keeps Slack from making links in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain import words
from bot.domain.approaches import Approach, Status
from bot.domain.costs import Comparison
from bot.domain.decision import Condition, Decision, Question, Reason
from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis, Conflict, Fact, tidy
from bot.domain.sources import source
from bot.slack.escape import cut, link, listed, mrkdwn, ours, plain, theirs

Block = dict[str, Any]
Blocks = tuple[Block, ...]
Names = Mapping[str, str]

_ROOM = 1_400
"""How long a section may get: what can be read on a phone without scrolling; our choice."""
_LONGEST_FALLBACK = 3_000
_LONGEST_QUOTE = 140
_LONGEST_NAME = 40
_LONGEST_TEXT = 120
_LONGEST_NOTE = 300
_MOST_FACTS = 16
_MOST_SIDES = 4
_MOST_SOURCES = 3
_MOST_STEPS = 16
_MOST_BUTTONS = 5
"""More choices than this are a menu: buttons would fill a phone's screen."""

_MARKS = {
    Basis.SURMISED: " _(my guess)_",
    Basis.IMPLIED: " _(implied)_",
    Basis.STATED: "",
    Basis.CONFIRMED: " _(confirmed)_",
    Basis.MEASURED: " _(measured)_",
}
_READERS = {
    "chain": "A language model read the text",
    "recorded": "A language model read the text",
    "cues": "The text was read by its phrases, without a language model",
}
_STATUS = {
    Status.DECIDED: "*Decided.*",
    Status.CONDITIONAL: "*Conditional:* it could still change.",
    Status.OPEN: "*Open:* a first lead, until more is known.",
}
# Where the name of a fact makes a poor title; any other fact is called by its name.
_TITLES = {
    "answer_source": "Source of the answers",
    "source_access": "How the source is reached",
    "breadth": "Number of jobs",
    "symptoms": "Seen",
    "fault": "Where the fault lies",
    "schema_enforced": "Schema",
    "tuned_before": "Earlier tuning",
    "instruction_effort": "Prompting so far",
    "examples_form": "Examples",
    "examples_count": "Usable examples",
    "examples_match": "Kind of examples",
    "examples_quality": "Quality of the examples",
    "behaviour_changes": "Rules for a good answer",
    "can_tune": "What may be tuned",
    "must_cite": "Must show its sources",
    "per_user_access": "Access differs by user",
    "risk": "Cost of a wrong answer",
    "knowledge_changes": "Facts change",
    "corpus_tokens": "Size of the material",
    "language_domain": "Language or field",
    "calls_per_month": "Calls a month",
    "prompt_tokens_static": "Repeated in every prompt",
    "prompt_tokens_dynamic": "Different in every prompt",
    "output_tokens": "Written in a call",
    "latency_ms": "Time of a call",
    "latency_target_ms": "Time that it may take",
    "monthly_cost": "Cost now",
    "monthly_budget": "Budget",
    "requested_solution": "Wished for",
}
# Numbers whose title says already what is counted.
_BARE = frozenset({"examples_count", "calls_per_month"})


@dataclass(frozen=True)
class Reply:
    """One message: blocks for the reader, and a text that says the same where blocks cannot go."""

    text: str
    blocks: Blocks = ()


def case_card(  # noqa: PLR0913 -- a card says all of this, and each by its name
    decision: Decision,
    *,
    names: Names,
    reader: str,
    note: str = "",
    comparison: Comparison | None = None,
    closed: bool = False,
) -> Reply:
    """Return the card of a consultation; `names` maps ids of people to what they are called."""
    blocks = (
        {"type": "header", "text": plain(headline(decision), 150)},
        section(f"{_status(decision)} {ours(_first_step(decision))}".strip()),
        *sections("What I understood", _understood(decision, names)),
        *(() if closed else (_correct(),)),
        *sections("Why", map(reason_row, decision.because)),
        *sections("Still needed", _bullets(row.text for row in decision.conditions)),
        *sections("Plan", _steps(decision)),
        *sections("What would change my answer", _changes(decision)),
        *sections("Costs a month", cost_rows(comparison) if comparison else ()),
        *(() if closed or decision.question is None else question_blocks(decision.question)),
        *_small_print(decision, reader, note, closed=closed),
    )
    return Reply(_fallback(decision, closed=closed), blocks)


# --- What is said of a decision ------------------------------------------------------------------


def headline(decision: Decision) -> str:
    """Return the headline; that of an answer which rests on guesses says so."""
    said = words.headlines()[decision.approach.value]
    if decision.status is Status.OPEN and decision.approach is not Approach.NEED_INFO:
        return words.so_far(said)
    return said


def _status(decision: Decision) -> str:
    if decision.approach in {Approach.NEED_INFO, Approach.OUT_OF_SCOPE}:
        return ""
    return _STATUS[decision.status]


def _first_step(decision: Decision) -> str:
    supply = " Supply the knowledge at question time as well." if decision.with_rag else ""
    return f"First step: {decision.first_step}{supply}"


def _understood(decision: Decision, names: Names) -> Iterator[str]:
    problem = decision.problem
    told = {fact for reason in decision.because for fact in reason.facts}
    known = [
        fact
        for fact in problem.facts
        # A guess on which nothing rests is noise; the form shows them all.
        if not _goes_without_saying(fact) and (fact.basis is not Basis.SURMISED or fact in told)
    ]
    known.sort(key=lambda fact: fact.basis is Basis.SURMISED)
    yield from listed((fact_row(fact, names) for fact in known), _MOST_FACTS)
    yield from listed((conflict_row(row, names) for row in problem.conflicts), _MOST_FACTS)
    yield from map(_assumed_row, decision.assumed)


def _goes_without_saying(fact: Fact) -> bool:
    return (fact.name, fact.value) == ("topic", "llm_adaptation")


def fact_row(fact: Fact, names: Names) -> str:
    """Return a fact with its words and whoever said it."""
    return f"• *{ours(title(fact.name))}:* {_evidenced(fact, names)}"


def conflict_row(conflict: Conflict, names: Names) -> str:
    """Return all sides of a conflict."""
    return f"• *{ours(title(conflict.name))}:* people disagree: {sides(conflict, names)}"


def sides(conflict: Conflict, names: Names) -> str:
    """Return what was said, by whom, on each side."""
    said = (_evidenced(fact, names) for fact in conflict.facts)
    return " / ".join(listed(said, _MOST_SIDES))


def _assumed_row(condition: Condition) -> str:
    value = attribute_named(condition.fact).value(condition.value)
    label = value.label if value else condition.value
    return f"• *{ours(title(condition.fact))}:* {ours(label)} _(taken for granted)_"


def _evidenced(fact: Fact, names: Names) -> str:
    return f"{_value(fact)}{_MARKS[fact.basis]}{quoted(fact)}{_said_by(fact, names)}"


def _value(fact: Fact) -> str:
    if attribute_named(fact.name).kind is Kind.TEXT:
        return theirs(str(fact.value), _LONGEST_TEXT) or "?"
    return ours(label_of(fact))


def quoted(fact: Fact) -> str:
    """Return the words that a fact rests on, in quotation marks, after a space."""
    words_said = theirs(fact.quote, _LONGEST_QUOTE)
    return f" “{words_said}”" if words_said else ""


def _said_by(fact: Fact, names: Names) -> str:
    name = theirs(names.get(fact.author, ""), _LONGEST_NAME)
    return f" ({name})" if name else ""


def title(name: str) -> str:
    """Return what a fact is called in a list."""
    return _TITLES.get(name) or name.replace("_", " ").capitalize()


def label_of(fact: Fact) -> str:
    """Return a value in our words; that of a text is people's, and is said by its title alone."""
    attribute = attribute_named(fact.name)
    if attribute.kind is Kind.TEXT:
        return "as you wrote"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if attribute.kind is Kind.NUMBER:
        number = float(fact.value)
        return f"{tidy(number):,}" if fact.name in _BARE else attribute.counted(number)
    value = attribute.value(str(fact.value))
    return value.label if value else str(fact.value)


def reason_row(reason: Reason) -> str:
    """Return why, in a sentence, with links to what it rests on."""
    rows = [source(name) for name in reason.sources]
    links = listed((link(row.address, row.title) for row in rows), _MOST_SOURCES)
    return f"• {ours(reason.sentence)}" + (f" ({'; '.join(links)})" if links else "")


def _steps(decision: Decision) -> list[str]:
    numbered = (f"{place}. {ours(step['text'])}" for place, step in enumerate(decision.plan, 1))
    return listed(numbered, _MOST_STEPS)


def _changes(decision: Decision) -> Iterator[str]:
    """While there is no answer, nothing can change it: what is asked next says enough."""
    told = () if decision.approach is Approach.NEED_INFO else decision.would_change
    return _bullets(change.text for change in told)


def _bullets(rows: Iterable[str]) -> Iterator[str]:
    return (f"• {ours(row)}" for row in rows)


def cost_rows(comparison: Comparison) -> tuple[str, ...]:
    """Return the sums that matter; the whole comparison is an answer of its own."""
    sums = comparison.as_json()["monthly"]
    months = comparison.as_json()["payback_months"]
    pays = "never pays" if months is None else f"pays back in {months:,} months"
    rows = (
        f"{comparison.large_model}, nothing cached: ${sums['uncached']:,.2f}",
        f"{comparison.large_model}, prompt cached: ${sums['cached']:,.2f}",
        f"{comparison.smaller_model}, not tuned, prompt cached: ${sums['smaller']:,.2f}",
        f"{comparison.tuned_model}, tuned, in all: ${sums['tuned']:,.2f}",
        f"Tuning against the cached prompt: {pays}.",
    )
    return tuple(_bullets(rows))


def reader_line(reader: str) -> str:
    """Return who read the text, and that rules decided."""
    read = _READERS.get(reader)
    return f"{read}; rules decided." if read else "Rules decided."


def _small_print(decision: Decision, reader: str, note: str, *, closed: bool) -> Iterator[Block]:
    if told := theirs(note, _LONGEST_NOTE):
        yield context(told)
    ending = " This consultation is closed." if closed else ""
    yield context(f"{reader_line(reader)} Rulebook {ours(decision.rulebook)}.{ending}")


def _fallback(decision: Decision, *, closed: bool) -> str:
    status = _status(decision).replace("*", "")
    rows = [f"{headline(decision)} {status}".strip(), _first_step(decision)]
    known = [
        f"{title(fact.name)}: {label_of(fact)}"
        for fact in decision.problem.facts
        if not _goes_without_saying(fact)
    ]
    rows += [f"I understood: {'; '.join(listed(known, _MOST_FACTS))}."] if known else []
    rows += [f"Why: {' '.join(reason.sentence for reason in decision.because)}"]
    if decision.question is not None and not closed:
        rows.append(question_text(decision.question))
    return cut("\n".join(rows), _LONGEST_FALLBACK)


# --- Blocks --------------------------------------------------------------------------------------


def fallback(*rows: str) -> str:
    """Return our words as the text of a message, escaped and not too long."""
    return cut("\n".join(filter(None, rows)), _LONGEST_FALLBACK)


def section(text: str, accessory: Block | None = None) -> Block:
    """Return a paragraph of words that are escaped already."""
    beside = {"accessory": accessory} if accessory else {}
    return {"type": "section", "text": mrkdwn(text), **beside}


def sections(heading: str, rows: Iterable[str]) -> Iterator[Block]:
    """Return rows, under a heading if there is one, in as many short sections as they need."""
    held = list(rows)
    if not held:
        return
    lines = [f"*{ours(heading)}*"] if heading else []
    for row in held:
        if lines and sum(len(line) + 1 for line in lines) + len(row) > _ROOM:
            yield section("\n".join(lines))
            lines = []
        lines.append(row)
    yield section("\n".join(lines))


def context(text: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    """Return a row of buttons or menus."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(label: str, action_id: str, value: str = "") -> Block:
    """Return a button; it carries a value where there is one."""
    carried = {"value": value} if value else {}
    return {"type": "button", "text": plain(label, 75), "action_id": action_id, **carried}


def option(label: str, value: str) -> Block:
    """Return one line of a menu."""
    return {"text": plain(label, 75), "value": value}


def _correct() -> Block:
    return actions("card", [button("Correct", "correct")])


def question_text(question: Question) -> str:
    """Return the question with its choices, for where there are no buttons."""
    choices = [label for _, label in question.choices]
    return f"{question.text} {', '.join((*choices, 'or don’t know'))}."


def question_blocks(question: Question) -> Blocks:
    """Return the question with a button for each choice, or a menu of many, and "Don't know"."""
    several = attribute_named(question.fact).kind is Kind.MANY
    hint = context("One at a time; say more in your own words whenever you like.")
    unknown = button("Don’t know", f"unknown:{question.fact}", _answer(question.fact))
    return (
        section(f"*{ours(question.text)}*"),
        actions("question", [*_choices(question), unknown]),
        *((hint,) if several else ()),
    )


def _choices(question: Question) -> Iterator[Block]:
    if len(question.choices) > _MOST_BUTTONS:
        yield {
            "type": "static_select",
            "action_id": f"answer:{question.fact}",
            "placeholder": plain("Choose what fits best", 150),
            "options": [
                option(label, _answer(question.fact, value)) for value, label in question.choices
            ],
        }
        return
    for value, label in question.choices:
        action_id = f"answer:{question.fact}:{value}"
        yield button(label, action_id, _answer(question.fact, value))


def _answer(fact: str, value: str = "") -> str:
    return json.dumps({"fact": fact, "value": value} if value else {"fact": fact})
