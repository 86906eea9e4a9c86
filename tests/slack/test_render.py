"""The card says what was decided and why, and any card can be posted, whatever people wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.approaches import Approach, Status
from bot.domain.costs import Comparison, compare, sizes_from
from bot.domain.decision import Decision, Reason
from bot.domain.facts import VOCABULARY, Kind, by_name
from bot.domain.outlook import outlook_of
from bot.domain.problem import Basis, Conflict, Fact, Problem, in_order
from bot.domain.questions import question_for
from bot.domain.sources import SOURCES
from bot.domain.view import askable
from bot.playground.limits import problems
from bot.slack import render
from bot.slack.render import Reply, case_card
from tests.domain.problems import (
    DAY,
    DISTILLED,
    FEW_CALLS,
    MARKET,
    TRAINED,
    Facts,
    Given,
    answer_to,
    any_facts,
    contested_facts,
    decided,
    problem,
    without,
)

MANY = settings(deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**40)
NAMES = {"U1": "Ann", "U2": "Bob <!here>", "U3": "*Ⅽ*\u202e" * 60, "U4": ""}
READERS = ("chain", "cues", "recorded", "", "another")
NASTY = (
    "<!channel>",
    "<@U0123456>",
    "<#C1|general>",
    "<https://evil.example|click>",
    "https://evil.example/?a=1&b=2",
    "&lt;!here&gt;",
    "& < >",
    "*bold* _it_ ~no~ `code` ```block",
    ":tada: :+1:",
    "\u202egnp.exe\u200b\u2066",
    "\n\n> quoted\r\n\t",
    "\x00\x07\x1b[31m",
    "\ud800",
    "👩\u200d💻 नमस्ते مرحبا 好",
    "a" * 700,
    "&" * 300,
    "plain words that go on for a while, as people's do",
    "@channel @everyone",
    "|",
    " ",
)


# --- Decisions to show ---------------------------------------------------------------------------


@cache
def pool() -> tuple[Decision, ...]:
    """Return decisions of all kinds; each costs far more than to show it, so they are kept."""
    found: list[Decision] = []

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(any_facts(), contested_facts()))
    def collect(facts: Facts) -> None:
        found.append(decided(problem(facts)))

    collect()
    outlook_of.cache_clear()
    fixed: tuple[Given, ...] = (
        {},
        {"topic": "other"},
        {"symptoms": ["works_well"]},
        TRAINED,
        DISTILLED,
        {**TRAINED, **FEW_CALLS},
    )
    return (*found, *(answer_to(facts) for facts in fixed))


def nasty(rng: Random) -> str:
    """Return what somebody may write, up to 3,000 characters."""
    pieces = 40 if rng.random() < 0.05 else rng.choice((0, 0, 1, 2, 4))
    return "".join(rng.choices(NASTY, k=pieces))[:3_000]


def dressed(seed: int) -> Decision:
    """Return a decision in which people wrote whatever they like, guessed, and disagreed."""
    rng = Random(seed)
    decision = rng.choice(pool())
    single = {name for name, row in by_name().items() if row.kind is not Kind.MANY}
    contested = sorted(single.intersection(_some_names(rng)))
    conflicts = tuple(_conflict(name, rng) for name in contested)
    told = decision.problem.facts
    more = _more(rng, {fact.name for fact in told})
    facts = [_worded(fact, rng) for fact in (*told, *more) if fact.name not in contested]
    known = Problem(
        tuple(in_order(facts)), conflicts, set_aside=frozenset(rng.sample(sorted(askable()), 3))
    )
    asked = question_for(rng.choice(sorted(askable()))) if rng.random() < 0.7 else None
    return replace(
        decision,
        problem=known,
        question=decision.question or asked,
        status=rng.choice((decision.status, Status.OPEN)),
        because=tuple(_reason(reason, rng) for reason in decision.because),
    )


def _worded(fact: Fact, rng: Random) -> Fact:
    author = rng.choice((*NAMES, "U-unknown", ""))
    return replace(fact, quote=nasty(rng), author=author, basis=rng.choice(list(Basis)))


def _more(rng: Random, known: set[str]) -> Iterator[Fact]:
    for name in _some_names(rng):
        if name not in known:
            yield Fact(name, _any_value(name, rng))


def _some_names(rng: Random) -> list[str]:
    return rng.sample(sorted(by_name()), rng.choice((0, 0, 0, 1, 1, 2, 4, 30)))


def _any_value(name: str, rng: Random) -> Any:  # noqa: ANN401 -- as the kind of the fact has it
    attribute = by_name()[name]
    match attribute.kind:
        case Kind.NUMBER:
            return rng.choice((0.0, 0.5, 12.25, 97.0, 999_999_999_999_999.0))
        case Kind.YES_NO:
            return rng.random() < 0.5
        case Kind.TEXT:
            return nasty(rng)[:200] or "?"
        case _:
            return rng.choice(attribute.values).name


def _conflict(name: str, rng: Random) -> Conflict:
    sides = (Fact(name, _any_value(name, rng)) for _ in range(rng.choice((2, 3, 9))))
    return Conflict(name, tuple(_worded(fact, rng) for fact in sides))


def _reason(reason: Reason, rng: Random) -> Reason:
    return replace(reason, facts=tuple(_worded(fact, rng) for fact in reason.facts))


def comparison_of(facts: Mapping[str, object]) -> Comparison:
    """Return what it costs at the sizes of a problem."""
    sizes = sizes_from(problem(facts))
    assert sizes is not None
    return compare(sizes, MARKET, DAY)


@pytest.fixture(autouse=True, scope="module")
def _decided_beforehand() -> None:
    pool()


# --- What no message may hold --------------------------------------------------------------------

_OURS = frozenset(source.address.replace("&", "&amp;") for source in SOURCES)
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x09\x0b-\x1f]")


def texts_of(value: object) -> Iterator[str]:
    """Yield every text that Slack would show, but for Markdown, which is ours alone."""
    if isinstance(value, Mapping):
        if value.get("type") != "markdown":
            for name, held in value.items():
                if name == "text" and isinstance(held, str):
                    yield held
                else:
                    yield from texts_of(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from texts_of(held)


def faults(text: str, addresses: frozenset[str] = _OURS) -> list[str]:
    """Return what a text holds that nobody may bring into Slack through us."""
    links = re.findall(r"<([^|<>]*)\|[^|<>]*>", text)
    bare = re.sub(r"<[^|<>]*\|[^|<>]*>", "", text)
    found = [f"the link {address!r}" for address in links if address not in addresses]
    found += ["a bare < or >"] if "<" in bare or ">" in bare else []
    found += ["a bare &"] if re.search(r"&(?!(?:amp|lt|gt);)", bare) else []
    found += ["what nobody sees"] if _UNSEEN.search(text) else []
    text.encode()
    return found


def assert_fit(reply: Reply) -> None:
    """Check that a message can be sent on every way, and holds nothing that it may not."""
    message = {"text": reply.text, "blocks": list(reply.blocks)}
    assert problems("chat.postMessage", message) == ()
    assert 0 < len(reply.text) <= 3_000
    for text in (reply.text, *texts_of(reply.blocks)):
        assert not faults(text), text


@MANY
@given(SEEDS)
def test_any_card_can_be_posted_and_is_the_same_each_time(seed: int) -> None:
    rng = Random(seed)
    reader, note = rng.choice(READERS), rng.choice(("", nasty(rng)))
    costs = comparison_of(FEW_CALLS) if rng.random() < 0.1 else None

    def shown() -> Reply:
        decision = dressed(seed)
        closed = seed % 5 == 0
        return case_card(
            decision, names=NAMES, reader=reader, note=note, comparison=costs, closed=closed
        )

    card = shown()
    assert_fit(card)
    if seed % 3 == 0:
        assert json.dumps(shown().blocks) == json.dumps(card.blocks)


# --- What a card says ----------------------------------------------------------------------------


def shown(reply: Reply) -> str:
    """Return all that is read on a message, one text a line."""
    return "\n".join(texts_of(reply.blocks))


def ids(reply: Reply) -> list[str]:
    """Return the action ids of a message, in order."""
    rows = (block["elements"] for block in reply.blocks if block["type"] == "actions")
    return [element["action_id"] for row in rows for element in row]


def said(value: object, basis: str = "stated", quote: str = "", author: str = "U1") -> Any:  # noqa: ANN401 -- JSON
    return {"value": value, "basis": basis, "quote": quote, "author": author}


CALLED = {"U1": "Ann", "U2": "Bob"}
UNREACHED: dict[str, Any] = {
    "task": said("answer_from_material", "implied"),
    "answer_source": [said("reference_material", quote="it is all in the wiki")],
    "source_access": said("none", quote="nothing connects them"),
    "symptoms": [said("made_up_facts", quote="invents refunds", author="U2")],
}


def card_of(facts: Mapping[str, Any], **given: Any) -> Reply:  # noqa: ANN401 -- what a card takes
    return case_card(answer_to(facts), names=CALLED, **{"reader": "chain", **given})


# facts, what stands on the card, what does not
CARDS: dict[str, tuple[Mapping[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "the answer comes first, with how sure it is and what to do": (
        UNREACHED,
        ("Bring the knowledge to the model", "*Decided.* First step: Give the model the right"),
        ("So far it looks like this",),
    ),
    "each fact stands with its words and who said it": (
        UNREACHED,
        ("*Seen:* Invents facts “invents refunds” (Bob)", "“nothing connects them” (Ann)"),
        ("topic", "made_up_facts"),
    ),
    "what was implied is marked": (
        UNREACHED,
        ("*Task:* Answer questions from material _(implied)_",),
        (),
    ),
    "an answer on guesses says so": (
        {"symptoms": [said("made_up_facts", "surmised", "hallucinates")]},
        ("So far it looks like this: ", "*Open:* a first lead", "_(my guess)_ “hallucinates”"),
        ("*Decided.*",),
    ),
    "both sides of a conflict are named": (
        {**UNREACHED, "owner": [said("none", quote="nobody"), said("ml_team", author="U2")]},
        ("*Owner:* people disagree: Nobody “nobody” (Ann) / People with ML experience (Bob)",),
        (),
    ),
    "the reasons link to what they rest on": (
        UNREACHED,
        ("*Why*", "(<https://arxiv.org/abs/2312.05934|Ovadia et al., Fine-tuning or retrieval?>"),
        (),
    ),
    "the plan is numbered": (UNREACHED, ("*Plan*\n1. Read 20 to 50 failing outputs",), ()),
    "what would change the answer is told": (
        UNREACHED,
        ("*What would change my answer*", "It is pasted in the prompt: then work on the prompt."),
        (),
    ),
    "what training still needs is told": (
        without(TRAINED, "data_rights"),
        ("*Still needed*\n• Training needs data that may be used for it.", "*Conditional:*"),
        (),
    ),
    "numbers are written for people": (
        {**TRAINED, **FEW_CALLS},
        ("*Pass rate:* 80 percent", "*Usable examples:* 2,000", "*Test cases:* 200 cases"),
        ("2000.0",),
    ),
    "what is taken for granted is marked": ({}, ("A simple prompt _(taken for granted)_",), ()),
    "while nothing is known there is nothing to change": (
        {},
        ("I need to know a little more", "Tell me what goes wrong"),
        ("What would change", "*Open:*"),
    ),
    "another topic is no status": (
        {"topic": "other"},
        ("This is not about adapting a language model", "*Topic:* Something else"),
        ("*Decided.*", "*Plan*"),
    ),
    "it says who read and who decided": (
        UNREACHED,
        ("A language model read the text; rules decided. Rulebook ",),
        ("closed",),
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_reads_as_it_should(name: str) -> None:
    facts, there, absent = CARDS[name]
    text = shown(card_of(facts))
    assert [part for part in there if part not in text] == [], text
    assert [part for part in absent if part in text] == [], text


def test_the_cue_reader_says_that_no_model_read() -> None:
    assert "by its phrases, without a language model; rules decided." in shown(
        card_of(UNREACHED, reader="cues")
    )


def test_an_unknown_author_is_never_shown_by_id() -> None:
    card = case_card(answer_to(UNREACHED), names={}, reader="chain")
    assert "U1" not in shown(card)
    assert "U2" not in card.text


def test_a_note_stands_in_small_print() -> None:
    card = card_of(UNREACHED, note="The model did not answer in time.")
    assert {"type": "context"}.items() <= card.blocks[-2].items()
    assert "did not answer in time" in shown(card)


def test_few_choices_are_buttons_with_their_fact_and_value() -> None:
    facts = without(TRAINED, "data_rights")
    card = card_of(facts)
    assert ids(card)[1:] == [
        "answer:data_rights:cleared",
        "answer:data_rights:pending",
        "answer:data_rights:blocked",
        "unknown:data_rights",
    ]
    pressed = next(block for block in card.blocks if block.get("block_id") == "question")
    assert json.loads(pressed["elements"][1]["value"]) == {
        "fact": "data_rights",
        "value": "pending",
    }


def test_many_choices_are_a_menu_of_all_of_them() -> None:
    card = card_of({})
    assert ids(card) == ["correct", "answer:symptoms", "unknown:symptoms"]
    menu = next(block for block in card.blocks if block.get("block_id") == "question")["elements"][
        0
    ]
    values = [json.loads(option["value"])["value"] for option in menu["options"]]
    assert values == [value.name for value in by_name()["symptoms"].values]


def test_a_closed_card_has_nothing_to_press() -> None:
    card = card_of({}, closed=True)
    assert ids(card) == []
    assert "What goes wrong" not in shown(card) + card.text
    assert "This consultation is closed." in shown(card)


def test_costs_stand_on_the_card_where_they_are_given() -> None:
    card = card_of(FEW_CALLS, comparison=comparison_of(FEW_CALLS))
    assert "*Costs a month*" in shown(card)
    assert "GPT-6 Sol, prompt cached: $" in shown(card)


def test_the_text_alone_says_answer_step_facts_reason_and_question() -> None:
    text = card_of(without(UNREACHED, "source_access", "symptoms")).text
    lines = text.splitlines()
    assert [line.split(":")[0].split(" ")[0] for line in lines[1:4]] == ["First", "I", "Why"]
    assert lines[4].endswith("or don’t know.")


def test_a_long_list_is_cut_with_how_many_more() -> None:
    facts = tuple(Fact(row.name, row.values[0].name) for row in VOCABULARY if row.values)
    many = replace(answer_to({}), problem=Problem(facts))
    assert f"and {len(facts) - 16} more" in shown(case_card(many, names={}, reader=""))


def test_every_title_is_of_a_fact_that_there_is() -> None:
    assert set(render._TITLES) <= set(by_name())
    assert set(by_name()) >= render._BARE


def test_the_pool_holds_answers_of_many_kinds() -> None:
    approaches = {decision.approach for decision in pool()}
    assert len(approaches) >= 8
    assert {Approach.NEED_INFO, Approach.OUT_OF_SCOPE, Approach.FINE_TUNE} <= approaches
