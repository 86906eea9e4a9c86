"""Short answers in the thread, one message a turn: civil, plain, and with the next question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from bot.domain.approaches import Approach, Status
from bot.domain.costs import Comparison, costs_markdown
from bot.domain.decision import Decision, Question, Reason
from bot.domain.facts import attribute_named
from bot.domain.gates import GATES
from bot.domain.problem import Basis, Conflict, Fact, FactValue, Problem
from bot.domain.rules import RULES
from bot.domain.words import because, headlines
from bot.slack.escape import channel_named, listed, ours, theirs
from bot.slack.glossary import GLOSSARY, terms_in
from bot.slack.render import (
    Blocks,
    Names,
    Reply,
    context,
    fallback,
    headline,
    label_of,
    question_blocks,
    question_text,
    quoted,
    reader_line,
    reason_row,
    section,
    sections,
    sides,
    title,
)

_NAME = "should-finetune"
_LONGEST_NAME = 40
_LONGEST_NOTE = 300
_LONGEST_FILE_NAME = 80
_LONGEST_LINE = 600
_LONGEST_TEXT = 3_000
_MOST_NOTED = 8
_MOST_LINES = 20
_NO_NAMES: Names = {}
_SIZES = ("calls_per_month", "prompt_tokens_static", "prompt_tokens_dynamic", "output_tokens")


# --- The answer to a turn ------------------------------------------------------------------------


def answered(
    before: Decision | None, after: Decision, names: Names, reader: str, note: str = ""
) -> Reply:
    """Return what was noted, whether the advice changed, and what to ask next."""
    noted = tuple(_noted(before.problem if before else Problem(), after.problem))
    if before is not None and before.problem == after.problem:
        noted = ("That tells me nothing new for the answer.",)
    conflicts = _new_conflicts(before, after)
    advice = tuple(_advice(before, after))
    blocks = (
        *sections("", map(ours, (*noted, *advice))),
        *sections("People disagree here", (_disagreement(row, names) for row in conflicts)),
        *(question_blocks(after.question) if after.question else ()),
        context(" ".join(filter(None, (theirs(note, _LONGEST_NOTE), reader_line(reader))))),
    )
    contested = (f"People disagree on {_small(title(row.name))}." for row in conflicts)
    return Reply(fallback(*noted, *contested, *advice, _asked(after)), blocks)


def _noted(before: Problem, after: Problem) -> Iterator[str]:
    said_before = {(fact.name, fact.value): fact.basis for fact in _firm(before)}
    said_now = {(fact.name, fact.value) for fact in _firm(after)}
    new = [fact for fact in _firm(after) if _is_news(fact, said_before)]
    gone = [fact for fact in _firm(before) if (fact.name, fact.value) not in said_now]
    aside = sorted(after.set_aside - before.set_aside)
    if new:
        yield f"Noted: {_in_words(new)}."
    replaced = {fact.name for fact in new} | after.contested
    if gone := [fact for fact in gone if fact.name not in replaced]:
        yield f"No longer counted: {_in_words(gone)}."
    if aside:
        names = listed((_small(title(name)) for name in aside), _MOST_NOTED)
        yield f"Left aside: {', '.join(names)}."


def _firm(problem: Problem) -> tuple[Fact, ...]:
    """Return what people said; what is guessed comes and goes without a word."""
    return tuple(
        fact
        for fact in problem.facts
        if fact.basis is not Basis.SURMISED and fact.value != "llm_adaptation"
    )


def _is_news(fact: Fact, before: Mapping[tuple[str, FactValue], Basis]) -> bool:
    old = before.get((fact.name, fact.value))
    return old is None or (fact.basis.opens_gates and not old.opens_gates)


def _in_words(facts: Iterable[Fact]) -> str:
    by_name = groupby(facts, key=lambda fact: fact.name)
    rows = (f"{_small(title(name))}: {', '.join(_values(of_name))}" for name, of_name in by_name)
    return "; ".join(listed(rows, _MOST_NOTED))


def _values(facts: Iterable[Fact]) -> list[str]:
    return listed((_small(label_of(fact)) for fact in facts), _MOST_NOTED)


def _small(text: str) -> str:
    """Return the text as part of a sentence: its first letter small, unless it is an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _new_conflicts(before: Decision | None, after: Decision) -> list[Conflict]:
    known = before.problem.contested if before else frozenset()
    return [conflict for conflict in after.problem.conflicts if conflict.name not in known]


def _disagreement(conflict: Conflict, names: Names) -> str:
    return f"• {ours(title(conflict.name))}: {sides(conflict, names)}"


def _advice(before: Decision | None, after: Decision) -> Iterator[str]:
    now = headline(after)
    if before is None:
        yield f"{now} First step: {after.first_step}"
    elif before.approach is not after.approach:
        yield f"That changes the answer, from “{headline(before)}” to “{now}”"
        yield f"First step: {after.first_step}"
    elif before.subkind != after.subkind:
        yield f"The direction stands: {now} The first step is another: {after.first_step}"
    elif before.status is not after.status:
        yield f"{_BECAME[after.status]}: {now}"
    else:
        yield f"The answer stands: {now}"


_BECAME = {
    Status.DECIDED: "The answer stands, and is decided now",
    Status.CONDITIONAL: "The answer stands, and could still change",
    Status.OPEN: "The answer is a first lead now",
}


def _asked(decision: Decision) -> str:
    return question_text(decision.question) if decision.question else ""


# --- What people ask of us -----------------------------------------------------------------------


def why(decision: Decision, names: Names = _NO_NAMES) -> Reply:
    """Return the reasons with the words that they rest on."""
    rows = [row for reason in decision.because for row in _reason_rows(reason, names)]
    blocks = (
        section(f"*{ours(headline(decision))}*"),
        *sections("Because", rows),
        *sections("It still needs", (f"• {ours(row.text)}" for row in decision.conditions)),
    )
    sentences = (reason.sentence for reason in decision.because)
    return Reply(fallback(headline(decision), *sentences), blocks)


def _reason_rows(reason: Reason, names: Names) -> Iterator[str]:
    yield reason_row(reason)
    rows = (f"    {_heard(fact, names)}" for fact in reason.facts if fact.quote)
    yield from listed(dict.fromkeys(rows), _MOST_NOTED)


def _heard(fact: Fact, names: Names) -> str:
    guessed = fact.basis is Basis.SURMISED
    who = theirs(names.get(fact.author, ""), _LONGEST_NAME)
    lead = "I guess so from" if guessed else f"{who} said" if who else "You said"
    return f"{lead}{quoted(fact)}"


def why_not(decision: Decision, asked_text: str) -> Reply:
    """Return what speaks against the approach that is named in the question, or against others."""
    asked = _approach_in(asked_text)
    if asked is None:
        lead = "I can say why not for each direction that I know: name one, such as retrieval."
        return _with_reasons(lead, (), decision)
    if asked is decision.approach:
        return _with_reasons(f"That is what I advise: {headline(decision)}", (), decision)
    held = [change.text for change in decision.would_change if change.approach is asked]
    lead = f"Not now: “{headlines()[asked.value]}” is not what your facts point to."
    if not held and asked in decision.possible:
        lead += " It is not ruled out either: what is still unknown could lead there."
    return _with_reasons(lead, held, decision)


def _with_reasons(lead: str, held: Sequence[str], decision: Decision) -> Reply:
    reasons = [reason.sentence for reason in decision.because]
    blocks = (
        section(ours(lead)),
        *sections("What points where I pointed", (f"• {ours(row)}" for row in reasons)),
        *sections("It would be right if", (f"• {ours(row)}" for row in held)),
    )
    return Reply(fallback(lead, *reasons, *held), blocks)


# The first row that fits counts, so that a word of a special kind comes before the general one.
_ASKED: tuple[tuple[Approach, str], ...] = (
    (Approach.DISTILL, r"distil|destill|蒸馏|蒸留|smaller model|small model"),
    (Approach.RAG, r"\brag\b|retriev|vector|knowledge base|embedding|\bsearch"),
    (Approach.FINE_TUNE, r"fine.?tun|\btrain|\blora\b|\bsft\b|\bdpo\b|\brft\b|微调|ファインチュ"),
    (Approach.SERVING, r"\bcach|\bbatch|quanti[sz]|cheaper"),
    (Approach.PROMPT, r"prompt|instruct|few.?shot"),
    (Approach.EVALS_FIRST, r"\beval|measur|test set|benchmark"),
    (Approach.WORKFLOW, r"workflow|\btools?\b|process|pipeline|\bagents?\b|schema"),
    (Approach.NOT_LLM, r"regex|plain code|classic|classifier|without (?:a|any) model"),
    (Approach.DATA_FIRST, r"\bdata\b|label|examples"),
    (Approach.NO_CHANGE, r"leave it|nothing|as it is"),
)


def _approach_in(text: str) -> Approach | None:
    return next((name for name, sign in _ASKED if re.search(sign, text, re.IGNORECASE)), None)


def what_if(decision_now: Decision, decision_then: Decision) -> Reply:
    """Return what would come out, and that nothing was noted."""
    supposed = _in_words(_supposed(decision_now.problem, decision_then.problem))
    lead = (
        f"Supposing {supposed}:" if supposed else "As I understand it, that supposes nothing new:"
    )
    outcome = f"{headline(decision_then)} First step: {decision_then.first_step}"
    same = (decision_now.approach, decision_now.subkind) == (
        decision_then.approach,
        decision_then.subkind,
    )
    today = "That is today's answer too." if same else f"Today: {headline(decision_now)}"
    blocks = (
        *sections("", map(ours, (lead, outcome, today))),
        context("Only supposed: I noted nothing, and the answer above stands."),
    )
    return Reply(fallback(lead, outcome, today, "I noted nothing."), blocks)


def _supposed(now: Problem, then: Problem) -> list[Fact]:
    held = {(fact.name, fact.value) for fact in now.facts}
    return [fact for fact in _firm(then) if (fact.name, fact.value) not in held]


def costs(comparison: Comparison | None) -> Reply:
    """Return the whole comparison, or which sizes it needs."""
    if comparison is None:
        needed = [f"• {_size(name)}" for name in _SIZES]
        lead = "Tell me four sizes, roughly, and I compare what a month costs each way."
        return Reply(fallback(lead, *needed), tuple(sections(lead, needed)))
    months = comparison.payback_months
    pays = "never pays" if months is None else f"pays back in {months:,.1f} months"
    lead = f"Tuning against the cached prompt: {pays}."
    return Reply(
        fallback(lead),
        (section(f"*{ours(lead)}*"), {"type": "markdown", "text": costs_markdown(comparison)}),
    )


def _size(name: str) -> str:
    return attribute_named(name).meaning.rstrip(".")


def explain(text: str) -> Reply:
    """Return what the terms in a question mean, or which terms we explain."""
    rows = [(term.name, term.meaning) for term in terms_in(text)]
    if not rows:
        known = ", ".join(term.name for term in GLOSSARY)
        return _told(f"I explain the terms of this field: {known}. Ask, say, “what is LoRA?”")
    return Reply(
        fallback(*(f"{name}: {meaning}" for name, meaning in rows)),
        tuple(section(f"*{ours(name)}*: {ours(meaning)}") for name, meaning in rows),
    )


def rules_overview() -> Reply:
    """Return how we decide, in short."""
    lead = f"{len(RULES)} rules in a fixed order; the first that holds gives the direction."
    gates = f"Training then has to pass {len(GATES)} gates:"
    rows = [because(gate.id) for gate in GATES]
    questions = (
        "Does it need knowledge that it lacks, or behaviour that it does not show?",
        "Is the job repeated, and does the wanted behaviour stay the same?",
        "Are there enough clean examples of just that?",
    )
    blocks = (
        section(ours(f"{lead}\nFine-tuning changes behaviour, not knowledge.")),
        *sections("What they ask", (f"• {ours(row)}" for row in questions)),
        *sections(gates, (f"• {ours(row)}" for row in rows)),
        context("Language models read messages and never decide: same facts, same answer."),
    )
    return Reply(fallback(lead, *questions, gates, *rows), blocks)


# --- Around a consultation -----------------------------------------------------------------------


def usage(bot_name: str = _NAME, *, history: bool = False) -> Reply:
    """Return how to talk to us; with history, follow-ups in a thread need no mention."""
    name = theirs(bot_name, _LONGEST_NAME)
    follow = (
        "Go on in the thread; no need to mention me again."
        if history
        else "Go on in the thread, and mention me each time: without that I cannot see messages."
    )
    rows = (
        f"• @{name} and your problem, in a channel: I answer in a thread. {follow}",
        "• A direct message to me: each new message is a case of its own.",
        f"• /{_NAME} and your problem: in private. Alone, it opens a form.",
        f"• /{_NAME} help, rules, costs, status or forget",
        "• In a thread: why? why not retrieval? what if we had 2,000 examples? what is LoRA?",
        "• A file with it (JSONL, CSV): I measure the examples in it.",
        "• In a thread: start over",
    )
    lead = "I answer one question: should we fine-tune, or is our problem something else?"
    text = "\n".join((ours(lead), *rows))
    return Reply(text, (section(ours(lead)), *sections("How to ask", rows)))


def greeting(bot_name: str = _NAME, *, in_channel: bool = False) -> Reply:
    """Return what we say of ourselves, once."""
    name = theirs(bot_name, _LONGEST_NAME)
    tell = f"Mention me (@{name}) and tell me" if in_channel else "Tell me"
    said = (
        f"Hello, I am {name}. {tell} what your language model does wrong, or what you want it to "
        "do, and I say whether to fine-tune or what to do instead, with reasons and sources. "
        "A language model may read your words; fixed rules decide."
    )
    more = f"“@{name} help” tells" if in_channel else "Type “help” for"
    return Reply(said, (section(said), context(f"{more} what else I do.")))


def status(rows: Mapping[str, str]) -> Reply:
    """Return how we are: what is looked at, and how it is."""
    shown = [f"• {theirs(name, 60)}: {theirs(state, 200)}" for name, state in rows.items()]
    held = listed(shown, _MOST_LINES)
    return Reply("\n".join(("How I am:", *held)), (*sections("How I am", held or ["• well"]),))


def reading() -> Reply:
    """Return the line that stands until the answer does."""
    return Reply("Reading…", (context("Reading…"),))


def on_it() -> Reply:
    """Return the first sign after the command."""
    return _told("On it. The answer comes in our direct messages.")


def both(first: Reply, second: Reply) -> Reply:
    """Return two replies as one message; where their texts are too long together, the second's."""
    text = f"{first.text}\n{second.text}"
    shown = text if len(text) <= _LONGEST_TEXT else second.text
    return Reply(shown, (*first.blocks, *second.blocks))


def measured_file(name: str, lines: Sequence[str], note: str = "") -> Reply:
    """Return what a training file shows; its name and its labels are words of people."""
    first, *rest = _paragraphs(lines)
    shown = ([f"*{_file_name(name)}*", *first], *rest)
    more = (context(ours(note)),) if note else ()
    blocks = (block for rows in shown for block in sections("", rows))
    return Reply(fallback("I measured a file.", *lines[:1]), (*blocks, *more))


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    """Part lines where a heading begins, and where what stands under it in points ends."""
    held: list[str] = []
    for line in lines:
        after_points = held[-1:] and held[-1].startswith("• ") and not line.startswith("- ")
        if held and (line.endswith(":") or after_points):
            yield held
            held = []
        held.append(_line(line))
    yield held


def _line(line: str) -> str:
    if line.endswith(":"):
        return f"*{theirs(line[:-1], _LONGEST_LINE)}*"
    if line.startswith("- "):
        return f"• {theirs(line[2:], _LONGEST_LINE)}"
    return theirs(line, _LONGEST_LINE)


def unmeasured_file(name: str, sentence: str) -> Reply:
    """Return why a file was not measured: an error's sentence about it."""
    said = ours(sentence[:1].upper() + sentence[1:])
    return Reply(
        fallback("I could not measure a file.", sentence),
        (section(f"*{_file_name(name)}*\n{said}"),),
    )


def _file_name(name: str) -> str:
    return theirs(name, _LONGEST_FILE_NAME) or "The file"


FILE_ELSEWHERE = (
    "It does not lie with Slack, and I fetch from nowhere else: upload the file itself and I "
    "measure it."
)
FILE_REFUSED = (
    "Slack did not let me read it: it was deleted, or this workspace has not granted me the scope "
    "files:read, which an admin can do by installing me anew."
)
FILE_UNREACHED = "I could not get it from Slack just now: please upload it once more, later."
FILE_COUNTED = "Of several files I take what I know from the one with the most usable examples: "


def file_counted(name: str) -> Reply:
    """Return which of several files the answer takes its facts from."""
    return Reply(fallback(FILE_COUNTED), (section(f"{ours(FILE_COUNTED)}{_file_name(name)}."),))


def tell_me_in_words() -> Reply:
    """Return what we ask for where a file alone told us nothing to begin with."""
    return _told(
        "Tell me in a few sentences as well what the model has to do, what goes wrong, and what "
        "you tried."
    )


def nothing_to_read() -> Reply:
    """Return what we say to a bare mention, or to a file of another kind alone."""
    return _told(
        "I found no words to read. Tell me in a few sentences what the model has to do, what goes "
        "wrong, and what you tried."
    )


def off_topic() -> Reply:
    """Return what we say where it is about something else."""
    return _told(
        "That is outside what I know. I advise on language models that do not do what you need: "
        "say what goes wrong, and I go on from there."
    )


def could_not_read_answer(question: Question) -> Reply:
    """Return the question once more."""
    lead = "I could not read an answer in that. Choose one, or say it in other words."
    blocks: Blocks = (section(lead), *question_blocks(question))
    return Reply(fallback(lead, question_text(question)), blocks)


def cannot_answer_there(channel: str) -> Reply:
    """Return what somebody is told in person who asked where nothing can be posted."""
    said = (
        f"I cannot write in {channel_named(channel)}: it is archived or closed to me, or I was "
        "taken out of it. Ask me here, or invite me there."
    )
    return Reply(fallback(said), (section(said),))


def too_much_waits() -> Reply:
    """Return what somebody is told whose message was not kept, because too much waits already."""
    return _told(
        "More waits here than I can read just now, so I have not kept what you wrote. Please say "
        "it again in a few minutes."
    )


def not_saved() -> Reply:
    """Return what we say when nothing could be kept."""
    return _told("I could not save this. Please try again in a moment.")


def started_over() -> Reply:
    """Return that the consultation begins anew."""
    return _told("Started over: I forgot what was said here. What is the problem?")


def only_opener(name: str) -> Reply:
    """Return who may start over or delete."""
    opener = theirs(name, _LONGEST_NAME) or "whoever opened it"
    said = f"Only {opener} or a workspace admin may do that, because {opener} opened this."
    return Reply(said, (section(said),))


def outsider() -> Reply:
    """Return what people of another organisation are told where they get nothing more."""
    return _told(
        "I open consultations only for people of the workspace that installed me; in a thread "
        "that one of them has opened, you are welcome to add facts and to answer."
    )


def forgotten(count: int) -> Reply:
    """Return how much was deleted."""
    if not count:
        return _told("There was nothing of yours to delete.")
    cases = "1 consultation" if count == 1 else f"{count:,} consultations"
    return _told(f"Deleted: {cases} and what I kept of your words. My messages in Slack stay.")


def set_aside() -> Reply:
    """Return what we say where a turn failed however often it was tried."""
    return _told(
        "I could not work this one out, and have set it aside for whoever runs me. "
        "Saying it in other words may help."
    )


def nothing_left() -> Reply:
    """Return what stands on a card when all that it rested on was deleted."""
    return _told("The messages that this rested on were deleted, and so is what I knew of them.")


def no_such_case() -> Reply:
    """Return what we say where a button belongs to a case that we no longer keep."""
    return _told("I no longer keep this consultation. Tell me the problem again to open a new one.")


def _told(sentence: str) -> Reply:
    return Reply(fallback(sentence), (section(ours(sentence)),))
