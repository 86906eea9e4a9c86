"""The vocabulary: every fact that we may know about a problem, its values, and the question for it.

One entry here gives the reader's schema, the question, its buttons, the form and the terminal.
Meanings are read by the model, labels and questions by people. Where a meaning follows a
published figure, the rule that uses it names the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache

from bot.errors import UnknownFact


class Role(Enum):
    """What a fact is for: it gives the direction, opens the gate to training, or shapes the plan."""

    DIRECTION = "direction"
    READINESS = "readiness"
    PLAN = "plan"
    WISH = "wish"


class Kind(Enum):
    """What a fact holds."""

    ONE = "one"
    MANY = "many"
    NUMBER = "number"
    YES_NO = "yes_no"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a fact: its name, its label for people, its meaning for the reader."""

    name: str
    label: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One fact that we may know.

    `question` is empty where we never ask. `assume` is the value that the rules take for granted
    while nothing is known; it is shown as an assumption and is never a fact. `unit` belongs to
    numbers. `trap` is what looks like this fact and is not.
    """

    name: str
    role: Role
    kind: Kind
    meaning: str
    values: tuple[Value, ...] = ()
    question: str = ""
    assume: str | None = None
    unit: str = ""
    trap: str = ""

    def value(self, name: str) -> Value | None:
        """Return the value of that name, or None."""
        for value in self.values:
            if value.name == name:
                return value
        return None

    def counted(self, number: float) -> str:
        """Return a number with its unit: "1 example", "2,000 examples", "900 ms"."""
        is_plural = self.unit.endswith("s") and self.unit != "ms"
        unit = self.unit[:-1] if number == 1 and is_plural else self.unit
        whole = int(number) if number == int(number) else number
        return f"{whole:,} {unit}".strip()


def _one(
    name: str,
    role: Role,
    meaning: str,
    *values: Value,
    question: str = "",
    assume: str | None = None,
    trap: str = "",
) -> Attribute:
    return Attribute(name, role, Kind.ONE, meaning, values, question, assume, trap=trap)


def _many(
    name: str,
    role: Role,
    meaning: str,
    *values: Value,
    question: str = "",
    assume: str | None = None,
    trap: str = "",
) -> Attribute:
    return Attribute(name, role, Kind.MANY, meaning, values, question, assume, trap=trap)


def _number(
    name: str, role: Role, meaning: str, unit: str, *, question: str = "", trap: str = ""
) -> Attribute:
    return Attribute(name, role, Kind.NUMBER, meaning, question=question, unit=unit, trap=trap)


V = Value
_DIRECTION = (
    _one(
        "topic",
        Role.DIRECTION,
        "Is the message about making a language model (or a job for one) work?",
        V("llm_adaptation", "A language model problem", "any job given or to be given to a model"),
        V("other", "Something else", "nothing in the message is about that"),
    ),
    _one(
        "task",
        Role.DIRECTION,
        "The job that the model does, or is to do.",
        V(
            "answer_from_material",
            "Answer questions from material",
            "answers that rest on text or data",
        ),
        V("classify", "Sort into labels", "picks from a list: label, route, yes/no, score, rank"),
        V("extract", "Pull out fields", "takes values or passages out of the input"),
        V("transform", "Rewrite or summarise", "summary, correction, new wording of the input"),
        V("translate", "Translate", "one human language into another"),
        V("write", "Write new text", "drafts, posts, replies, reports"),
        V("formal_output", "Write code or queries", "SQL, code, a query language, call parameters"),
        V("act", "Take steps in other systems", "an agent that calls tools, several steps"),
        V("converse", "Hold a conversation", "persona, tutor, companion, coach"),
        V(
            "predict",
            "Predict numbers or behaviour",
            "from tables, logs, sensors: not from language",
        ),
        question="What is the model's job?",
    ),
    _many(
        "answer_source",
        Role.DIRECTION,
        "Where a right answer comes from.",
        V(
            "in_the_input",
            "It is all in the input",
            "the text to be worked on holds all that is needed",
        ),
        V(
            "reference_material",
            "Documents, policies, code, cases",
            "something written that the base model has not seen, or not this version of it",
        ),
        V(
            "live_system",
            "A system that changes all the time",
            "stock, orders, accounts, dates, counts: read at the moment of asking",
        ),
        V(
            "own_way",
            "Our own way of doing it",
            "house style, terms, conventions, judgement: best shown by examples",
        ),
        V("exact_rule", "A rule that code can apply", "arithmetic, checksum, look-up, date logic"),
        question="Where do the right answers come from?",
        trap="'train it on our documents' is reference_material; a wish to train says nothing else",
    ),
    _one(
        "source_access",
        Role.DIRECTION,
        "How that material or system reaches the model today.",
        V("none", "It does not reach the model", "bare model, nothing connected"),
        V("trained_in", "It was trained in", "fine-tuned or pretrained on it, and nothing more"),
        V("in_prompt", "It is pasted in the prompt", "the right text is in the context"),
        V(
            "retrieval_bad",
            "Search finds the wrong things",
            "seen to return wrong, partial or no passages",
        ),
        V(
            "retrieval_unmeasured",
            "Search, never measured",
            "search exists; nobody knows how good it is",
        ),
        V(
            "retrieval_good",
            "Search, measured and good",
            "the right passage is there: a figure, or seen",
        ),
        V("tool", "A tool or query fetches it", "a call, query or API brings the data"),
        question="How does that material reach the model today?",
        trap="'RAG works' with no figure is retrieval_unmeasured; right passages and wrong answers is "
        "retrieval_good",
    ),
    _one(
        "breadth",
        Role.DIRECTION,
        "How many different jobs the one model or prompt does.",
        V(
            "one_narrow",
            "One repeated job",
            "one kind of input, one kind of output, variants included",
        ),
        V("few_fixed", "A few fixed jobs", "a known short list of jobs"),
        V("open", "Anything people ask", "open-ended, or one prompt doing many unlike jobs"),
        question="Is it one repeated job, a few fixed ones, or anything people ask?",
        assume="one_narrow",
        trap="many requests are not many jobs; questions over one body of text are one job",
    ),
    _many(
        "symptoms",
        Role.DIRECTION,
        "What is seen to be wrong, or right, with the output that this team gets today.",
        V("made_up_facts", "Invents facts", "states things, names, numbers that do not exist"),
        V("outdated_facts", "Uses outdated facts", "an older version, rule, price"),
        V(
            "lacks_specifics",
            "Generic, lacks our specifics",
            "does not know our terms, products, place",
        ),
        V(
            "ignores_given_context",
            "Ignores what it was given",
            "the right text is there, it answers otherwise",
        ),
        V("should_have_declined", "Answers when it should decline", "no basis, yet an answer"),
        V(
            "declines_wrongly",
            "Declines when it could answer",
            "refuses or says 'not found' wrongly",
        ),
        V("wrong_label_or_value", "Wrong label or value", "wrong class, field, entity, score"),
        V("not_accurate_enough", "Not accurate enough", "wrong too often, kind of error unsaid"),
        V("invalid_format", "Breaks the format", "broken JSON, extra prose, wrong shape"),
        V(
            "invalid_query_or_code",
            "Writes invalid code or queries",
            "does not run, wrong syntax or API",
        ),
        V("wrong_language", "Answers in the wrong language", "switches or mixes languages"),
        V("wrong_voice", "Wrong tone or style", "not our voice, wording, level of detail"),
        V("ignores_instruction", "Does not follow instructions", "a stated rule is not kept"),
        V("tool_misused", "Misuses its tools", "wrong tool, not called, wrong arguments"),
        V("loses_track", "Loses track", "forgets earlier turns, loops, skips or swaps steps"),
        V("rambles", "Too long, or rambles", "goes on, repeats itself, does not stop"),
        V(
            "weak_language",
            "Weak in the language",
            "the base model is not fluent in the language needed",
        ),
        V("inconsistent", "Inconsistent", "same input, different answers"),
        V("lost_abilities", "Lost abilities after training", "worse at other things since tuning"),
        V(
            "training_did_not_take",
            "Training had no effect",
            "tuned, and the new thing does not show",
        ),
        V("too_slow", "Too slow", "response or run time is a problem"),
        V("too_expensive", "Too expensive", "the bill is a problem"),
        V(
            "quality_unknown",
            "Quality unknown",
            "nobody can say how good it is, or if a change would hurt",
        ),
        V(
            "works_well",
            "Works well",
            "said or measured to be good enough to keep; 'decent' is not",
        ),
        V("nothing_built", "Nothing built yet", "a plan, no output seen"),
        question="What goes wrong most often?",
        trap="annotators who disagree are not an inconsistent model; how good another model is "
        "belongs to bigger_model or smaller_model",
    ),
    _many(
        "fault",
        Role.DIRECTION,
        "The part that the observations point at: a look inside, a figure, a contrast (right with X, "
        "wrong without; fine before a change; differs by source).",
        V(
            "instruction",
            "The instruction",
            "the prompt leaves it out, contradicts itself, is cut off or buried; other wording cured it",
        ),
        V(
            "retrieval",
            "The search",
            "finds wrong, old, cut up or no passages though the right one is there",
        ),
        V(
            "source_content",
            "The stored content",
            "the documents, records or memory entries are themselves wrong, stale, double, missing",
        ),
        V(
            "tool",
            "A tool or data feed",
            "a call returns wrong, old or no data, or cannot do the step",
        ),
        V(
            "pipeline",
            "The code around the model",
            "parsing, cutting off, history, encoding, order of steps, a check that code should do",
        ),
        V(
            "training_data",
            "The training examples",
            "of a tuning that was done: wrong kind, form or mix, too few",
        ),
        V("labels", "The labels", "labels or gold answers are wrong, or people disagree on them"),
        V(
            "measurement",
            "The measurement",
            "the test or judge cannot tell: noise, too small, leaked, not what users do",
        ),
        V(
            "serving",
            "The way the model is run",
            "a defect there: cache not hit, wrong template, quantisation, settings, repeated loading; "
            "being big, slow or dear is none",
        ),
        trap="a mere suspicion or wish of the author shows nothing; leave out where nothing was observed",
    ),
    _many(
        "pressure",
        Role.DIRECTION,
        "What the running of it must meet.",
        V("cost", "Cost", "money must come down, or may not grow"),
        V("latency", "Latency", "must answer faster, or within a stated time"),
        V("volume", "Volume", "so many calls that each must be cheap"),
        V(
            "self_host",
            "Must run on our own machines",
            "offline, on-premises, device, small hardware",
        ),
    ),
    _one(
        "bigger_model",
        Role.DIRECTION,
        "How a larger or stronger model than the one in question does on this job.",
        V("passes", "A bigger model is good enough", "it does the job well"),
        V("fails", "Even the strongest fails", "the strongest tried is not good enough"),
        V("untested", "Not tried", "nobody tried"),
        question="Does a bigger model do this job well enough?",
        assume="untested",
    ),
    _one(
        "smaller_model",
        Role.DIRECTION,
        "How a smaller or cheaper model, not tuned, does on this job.",
        V("passes", "A smaller model is good enough", "it does the job as well, or well enough"),
        V("fails", "A smaller model falls short", "clearly worse"),
        V("untested", "Not tried", "nobody tried"),
        question="Does a smaller, cheaper model do it well enough without training?",
        assume="untested",
    ),
    _one(
        "simpler_method",
        Role.DIRECTION,
        "What ordinary code, a pattern or a classic model can do here.",
        V("meets_need", "Simpler means are enough", "shown to be good enough for the whole job"),
        V(
            "likely",
            "Simpler means would probably do",
            "the whole job is of a kind that needs no language model",
        ),
        V(
            "falls_short",
            "Simpler means fall short",
            "a rule, pattern or classic model was tried or runs, and is not enough",
        ),
        V(
            "one_step",
            "One step belongs in code",
            "a check, count, sum, complete list, look-up or filter; the model stays for the rest",
        ),
    ),
    _one(
        "schema_enforced",
        Role.DIRECTION,
        "Does the API or decoder force the output's form?",
        V("yes", "Enforced by the API", "strict schema, grammar, constrained decoding"),
        V("no", "Only asked for in the prompt", "the prompt asks for it; JSON mode counts as no"),
        question="Does the API enforce the output's schema, or does only the prompt ask for it?",
        assume="no",
    ),
    _one(
        "tuned_before",
        Role.DIRECTION,
        "What an earlier fine-tuning of this team on this job brought.",
        V("helped", "It helped", "better than before"),
        V("mixed", "Mixed", "some things better, others worse"),
        V("no_gain", "No gain", "no better than before"),
        V("harmed", "It harmed", "worse than before"),
        V("outcome_unknown", "Tuned, outcome unknown", "done, or in use, result unsaid"),
    ),
)
_READINESS = (
    _one(
        "instruction_effort",
        Role.READINESS,
        "How far prompting was taken.",
        V("not_tried", "Not tried yet", "no prompt was written for this job"),
        V("asked_once", "A simple prompt", "a first prompt, a few lines"),
        V("iterated", "Rewritten several times", "several versions, no examples in it"),
        V("with_examples", "With examples in the prompt", "good examples were put in the prompt"),
        V(
            "plateaued",
            "Stopped improving",
            "many versions with examples or an optimiser, no further gain",
        ),
        question="How far did you take the prompt?",
        assume="asked_once",
        trap="a long prompt is not a clear one",
    ),
    _one(
        "measurement",
        Role.READINESS,
        "How quality is measured today.",
        V("none", "Not at all", "no check"),
        V("eyeballing", "We look at some outputs", "reading a few, gut feeling"),
        V("live_signal", "Clicks or feedback", "thumbs, A/B test, complaints, corrections"),
        V("scored_set", "A scored test set", "fixed cases of their own with a score"),
        question="How do you measure quality today?",
        trap="a public benchmark is not their test set",
    ),
    _number(
        "pass_rate",
        Role.READINESS,
        "Share of their test that passes today.",
        "percent",
        question="What share of your test cases passes today?",
        trap="not a target, a recall figure, a win rate or a share of traffic",
    ),
    _number("test_cases", Role.READINESS, "Number of scored test cases.", "cases"),
    _many(
        "examples_form",
        Role.READINESS,
        "What material for training there is.",
        V("none", "None", "no examples"),
        V("documents", "Documents only", "texts, manuals, PDFs: no input with its ideal output"),
        V(
            "raw_records",
            "Records without ideal answers",
            "logs, tickets, inputs without checked answers",
        ),
        V("pairs", "Inputs with the right answers", "input with ideal output or label"),
        V("preferences", "Better/worse choices", "two outputs, one preferred"),
        V("auto_checkable", "Answers that code can check", "a program scores any answer"),
        question="Which examples do you have?",
        assume="none",
        trap="'2,000 PDFs' are documents; '500 invoices' are raw_records; test cases are not examples",
    ),
    _number(
        "examples_count",
        Role.READINESS,
        "Number of usable examples in that form.",
        "examples",
        question="How many usable examples do you have?",
        trap="not pages, users, tickets without answers, test cases or tokens",
    ),
    _one(
        "examples_match",
        Role.READINESS,
        "Are the examples of the very kind that is wanted?",
        V("right_kind", "Just the kind we want", "their own input with the wanted output"),
        V("wrong_kind", "Another kind", "other task, style, length or language than wanted"),
        V("public_or_synthetic", "Public or generated", "a public data set, or written by a model"),
        question="Do the examples show just the kind of input and output that you want?",
        assume="right_kind",
    ),
    _one(
        "examples_quality",
        Role.READINESS,
        "Are the examples right and consistent?",
        V("clean", "Checked and consistent", "reviewed, or experts agree"),
        V("mixed", "Mostly fine, some noise", "some errors"),
        V(
            "conflicting",
            "Experts disagree",
            "under 70 % agreement, kappa under 0.6, or contradictory",
        ),
        question="Are the examples checked, and do experts agree on them?",
        assume="clean",
    ),
    _one(
        "behaviour_changes",
        Role.READINESS,
        "How often the wanted behaviour (not the facts) changes.",
        V("stable", "Stable for months", "fixed for half a year or more, variants included"),
        V("often", "Changes often", "rules or wishes change monthly or faster"),
        V(
            "per_customer",
            "Differs per customer",
            "the same input has another right answer for each customer",
        ),
        question="How often do the rules for a good answer change?",
        assume="stable",
        trap="facts that change are knowledge_changes",
    ),
    _one(
        "data_rights",
        Role.READINESS,
        "May the examples be used for training?",
        V("cleared", "Yes, cleared", "approved, or their own and free to use"),
        V("pending", "Not cleared yet", "approval or anonymising under way"),
        V("blocked", "No", "not allowed"),
        question="May these examples be used for training?",
        trap="the right to read is not the right to train",
    ),
    _one(
        "can_tune",
        Role.READINESS,
        "What the team is able to tune.",
        V("hosted", "A hosted model", "their provider tunes for them"),
        V("open_weights", "Open weights", "they run or may run an open model"),
        V("self_host_only", "Only on our own machines", "open weights, nothing may leave"),
        V("no", "Nothing", "locked to a model that cannot be tuned"),
        question="Which models may you tune?",
    ),
    _one(
        "owner",
        Role.READINESS,
        "Who will retrain and watch the tuned model.",
        V("none", "Nobody", "no one"),
        V("api_team", "A product or platform team", "engineers who use APIs"),
        V("ml_team", "People with ML experience", "ML engineers, data scientists"),
        question="Who would retrain and watch a tuned model in six months?",
        trap="an agency that leaves is none",
    ),
)
_PLAN = (
    Attribute("must_cite", Role.PLAN, Kind.YES_NO, "Every answer must show its source."),
    Attribute("per_user_access", Role.PLAN, Kind.YES_NO, "Users may see different documents."),
    _one(
        "risk",
        Role.PLAN,
        "What a wrong answer costs.",
        V("low", "Low"),
        V("high", "High", "health, law, money, safety"),
    ),
    _one(
        "knowledge_changes",
        Role.PLAN,
        "How often the facts change.",
        V("rarely", "Rarely", "yearly or less"),
        V("often", "Often", "monthly to daily"),
        V("live", "All the time", "minutes, per user"),
    ),
    _number(
        "corpus_tokens",
        Role.PLAN,
        "Size of the material to supply; a page is 400, a word 1.33.",
        "tokens",
        trap="not the training set, not the prompt",
    ),
    Attribute(
        "language_domain",
        Role.PLAN,
        Kind.TEXT,
        "Language or field that the base model may be weak in.",
    ),
    _number(
        "calls_per_month",
        Role.PLAN,
        "Calls a month; a day counts 30, a backlog is not a flow.",
        "calls",
    ),
    _number("prompt_tokens_static", Role.PLAN, "Tokens that repeat in every call.", "tokens"),
    _number("prompt_tokens_dynamic", Role.PLAN, "Tokens that differ from call to call.", "tokens"),
    _number("output_tokens", Role.PLAN, "Tokens written in a call.", "tokens"),
    _number("latency_ms", Role.PLAN, "Time that a call takes now.", "ms"),
    _number("latency_target_ms", Role.PLAN, "Time that it may take.", "ms"),
    _number("monthly_cost", Role.PLAN, "What it costs a month now.", "a month"),
    _number("monthly_budget", Role.PLAN, "What it may cost a month.", "a month"),
    Attribute("currency", Role.PLAN, Kind.TEXT, "Currency of the sums, as USD, EUR, CNY."),
    Attribute(
        "requested_solution",
        Role.WISH,
        Kind.TEXT,
        "What somebody wants, proposes or was told to do; no rule reads it.",
    ),
)
VOCABULARY: tuple[Attribute, ...] = (*_DIRECTION, *_READINESS, *_PLAN)


_LONGEST_SHOWN = 40
_NEAR = 0.7
"""How alike two names have to be, of 1 (difflib's ratio): our choice, a slip of the keyboard."""


@cache
def by_name() -> dict[str, Attribute]:
    """Return the vocabulary by name."""
    return {attribute.name: attribute for attribute in VOCABULARY}


def attribute_named(name: str) -> Attribute:
    """Return the attribute of that name; raises UnknownFact otherwise, with what may be meant."""
    found = by_name().get(name)
    if found is None:
        raise UnknownFact(f"unknown fact {name[:_LONGEST_SHOWN]!r}: {_meant(name)}")
    return found


def _meant(name: str) -> str:
    """Return the names that are near, or where all names are to be found."""
    near = get_close_matches(name[:_LONGEST_SHOWN], by_name(), n=3, cutoff=_NEAR)
    if near:
        return f"do you mean {' or '.join(near)}?"
    return "no name is near it; bot/domain/facts.py lists them all."
