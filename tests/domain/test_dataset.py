"""A training file is measured: its form, faults, size and price, and the facts that it gives."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.dataset import Measurement, measured
from bot.domain.problem import Basis
from bot.domain.tokens import tokens_in
from bot.domain.training_formats import RoleFault, Shape
from bot.domain.training_rows import Container, RowFault
from bot.domain.training_tally import Spot
from bot.errors import BadInput
from bot.market.loader import load_market

MARKET = load_market()
DAY = date(2026, 11, 22)
SECRET = "the merger is called heron"


def lines(*rows: object) -> bytes:
    """Return rows as JSONL; a row that is text or bytes already stays as it is."""
    return b"".join(_line(row) + b"\n" for row in rows)


def _line(row: object) -> bytes:
    if isinstance(row, bytes):
        return row
    return row.encode() if isinstance(row, str) else json.dumps(row).encode()


def of(*rows: object, name: str = "train.jsonl") -> Measurement:
    return measured(name, lines(*rows))


def chat(*turns: str) -> dict[str, Any]:
    """Return a chat from turns such as "user: hello"."""
    said = (turn.partition(": ") for turn in turns)
    return {"messages": [{"role": role, "content": content} for role, _, content in said]}


def pair(asked: str, answer: str) -> dict[str, str]:
    return {"prompt": asked, "completion": answer}


def pairs(count: int) -> list[dict[str, str]]:
    return [pair(f"question {n}", f"answer {n}") for n in range(count)]


def facts(measurement: Measurement) -> dict[str, object]:
    return {fact.name: fact.value for fact in measurement.facts}


SHAPES: Mapping[str, tuple[dict[str, Any], Shape, str]] = {
    "OpenAI's chats": (chat("user: hi", "assistant: hello"), Shape.CHAT, "pairs"),
    "ShareGPT's chats": (
        {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]},
        Shape.CHAT,
        "pairs",
    ),
    "Gemini's chats": (
        {
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [{"text": "hello"}]},
            ]
        },
        Shape.CHAT,
        "pairs",
    ),
    "a chat with its right answer beside it": (
        {**chat("user: 2+2?"), "reference_answer": "4"},
        Shape.CHAT,
        "pairs",
    ),
    "chats that nobody answered": (chat("system: be kind", "user: hi"), Shape.CHAT, "raw_records"),
    "prompt and completion": (pair("q", "a"), Shape.PAIRS, "pairs"),
    "instruction, input and output": (
        {"instruction": "sum up", "input": "a text", "output": "a"},
        Shape.PAIRS,
        "pairs",
    ),
    "question, passage and answer": (
        {"question": "q", "passage": "p", "answer": "a"},
        Shape.PAIRS,
        "pairs",
    ),
    "names with capitals": ({"Question": "q", " Answer ": "a"}, Shape.PAIRS, "pairs"),
    "German names": ({"frage": "q", "antwort": "a"}, Shape.PAIRS, "pairs"),
    "answers that are all empty": (pair("q", ""), Shape.PAIRS, "raw_records"),
    "text and label": ({"text": "t", "label": "spam"}, Shape.CLASSIFICATION, "pairs"),
    "a label that is a number": ({"text": "t", "label": 3}, Shape.CLASSIFICATION, "pairs"),
    "chosen and rejected": (
        {"prompt": "q", "chosen": "a", "rejected": "b"},
        Shape.PREFERENCES,
        "preferences",
    ),
    "OpenAI's preferences": (
        {
            "input": chat("user: q"),
            "preferred_output": [{"role": "assistant", "content": "a"}],
            "non_preferred_output": [{"role": "assistant", "content": "b"}],
        },
        Shape.PREFERENCES,
        "preferences",
    ),
    "a chat and a rejected answer": (
        {**chat("user: q", "assistant: a"), "rejected_response": "b"},
        Shape.PREFERENCES,
        "preferences",
    ),
    "prompts alone": ({"prompt": "q"}, Shape.INPUTS, "raw_records"),
    "texts alone": ({"text": "once upon a time"}, Shape.DOCUMENTS, "documents"),
    "texts with their titles": (
        {"id": 1, "title": "t", "text": "once", "meta": {}},
        Shape.DOCUMENTS,
        "documents",
    ),
    "texts among columns of unknown names": (
        {"text": "help", "queue": "a"},
        Shape.RECORDS,
        "raw_records",
    ),
    "texts and where they are from": (
        {"text": "once", "source": "wiki"},
        Shape.DOCUMENTS,
        "documents",
    ),
    "source and target": ({"source": "q", "target": "a"}, Shape.PAIRS, "pairs"),
    "columns of unknown names": ({"ticket": 7, "body": "help"}, Shape.RECORDS, "raw_records"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_form_is_recognised_and_gives_its_fact(name: str) -> None:
    row, shape, form = SHAPES[name]

    found = of(row)

    assert found.shape is shape
    assert facts(found) == {"examples_form": form, "examples_count": 1}
    assert {fact.basis for fact in found.facts} == {Basis.MEASURED}


TABLES: Mapping[str, tuple[bytes, Shape, int, bool, str]] = {
    "a header": (b"question,answer\nq1,a1\nq2,a2\n", Shape.PAIRS, 2, True, ","),
    "a header and a byte order mark": (
        b"\xef\xbb\xbfquestion,answer\nq1,a1\n",
        Shape.PAIRS,
        1,
        True,
        ",",
    ),
    "semicolons, and commas in the text": (
        b"text;label\nhello, you;a\nwell, well, no;b\n",
        Shape.CLASSIFICATION,
        2,
        True,
        ";",
    ),
    "tabs": (b"text\tlabel\nhello\ta\n", Shape.CLASSIFICATION, 1, True, "\t"),
    "no header": (
        b"where is it,in the hall\nwhere am I,in the hall\n",
        Shape.PAIRS,
        2,
        False,
        ",",
    ),
    "no header and numbers first": (
        b"1,where is it\n2,where am I\n3,who\n",
        Shape.RECORDS,
        3,
        False,
        ",",
    ),
    "no header and a label that is called like a column": (
        b"where is it,question\nit is here,statement\nwhere am I,question\n",
        Shape.PAIRS,
        3,
        False,
        ",",
    ),
    "a header of unknown names": (b"nr,amount\n1,20\n2,30\n", Shape.RECORDS, 2, True, ","),
    "line breaks in quotes": (
        b'question,answer\n"q\n1","a\n1"\nq2,a2\n',
        Shape.PAIRS,
        2,
        True,
        ",",
    ),
    "Windows line ends": (b"question,answer\r\nq1,a1\r\n", Shape.PAIRS, 1, True, ","),
    "blank lines": (b"\n\nquestion,answer\n\nq1,a1\n\n", Shape.PAIRS, 1, True, ","),
    "one column": (b"text\nonce\nupon\n", Shape.DOCUMENTS, 2, True, ","),
    "empty cells at the end": (b"question,answer,,\nq1,a1,,\n", Shape.PAIRS, 1, True, ","),
    "a comma too many at the end": (b"question,answer\nq1,a1,\n", Shape.PAIRS, 1, True, ","),
    "Excel's Unicode text": (
        "question\tanswer\nwie\tso\n".encode("utf-16"),
        Shape.PAIRS,
        1,
        True,
        "\t",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_read_as_people_export_them(name: str) -> None:
    content, shape, examples, header, delimiter = TABLES[name]

    found = measured("export.csv", content)

    assert (found.shape, found.examples) == (shape, examples)
    assert (found.header, found.delimiter, found.broken) == (header, delimiter, ())


CONTAINERS: Mapping[str, tuple[str, bytes, Container]] = {
    "JSONL by its name": ("a.jsonl", lines(pair("q", "a")), Container.JSONL),
    "JSONL under the name of a table": ("a.csv", lines(pair("q", "a")), Container.JSONL),
    "JSONL without a name": ("", lines("broken", pair("q", "a")), Container.JSONL),
    "an array on one line": ("a.json", b'[{"prompt":"q","completion":"a"}]', Container.JSON_ARRAY),
    "JSONL that begins with a broken line": (
        "",
        b'{"prompt": "q\n{"prompt": "q", "completion": "a"}\n',
        Container.JSONL,
    ),
    "an array over many lines": (
        "a.json",
        b'[\n  {"prompt": "q",\n   "completion": "a"}\n]\n',
        Container.JSON_ARRAY,
    ),
    "a table without a name": ("", b"question,answer\nq,a\n", Container.CSV),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_content_decides_what_a_file_is(name: str) -> None:
    called, content, container = CONTAINERS[name]

    found = measured(called, content)

    assert (found.container, found.shape, found.examples) == (container, Shape.PAIRS, 1)


REFUSED: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "blank lines": (b"\n \n" * 900, "is empty"),
    "a workbook": (b"PK\x03\x04rest", "Excel"),
    "a compressed file": (b"\x1f\x8brest", "gzip"),
    "a PDF": (b"%PDF-1.7", "PDF"),
    "bytes that are no text": (b"\x00\x01\x02", "binary"),
    "prose": (b"Once upon a time.\nThere was, I think, a king, and a, b.\nHe slept.\n", "neither"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_training_file_is_refused_in_one_sentence(name: str) -> None:
    content, expected = REFUSED[name]

    with pytest.raises(BadInput, match=expected) as refused:
        measured("notes.txt", content)

    assert "\n" not in refused.value.sentence


BROKEN: Mapping[str, tuple[str, bytes, RowFault, tuple[int, ...]]] = {
    "a line cut off": ("a.jsonl", lines(pair("q", "a"), '{"prompt": "q'), RowFault.NOT_JSON, (2,)),
    "a list": ("a.jsonl", lines(pair("q", "a"), "[1]"), RowFault.NOT_OBJECT, (2,)),
    "Latin-1 in JSONL": (
        "a.jsonl",
        lines(pair("q", "a"), b'{"prompt": "\xe9"}'),
        RowFault.NOT_UTF_8,
        (2,),
    ),
    "nested without end": (
        "a.jsonl",
        lines(pair("q", "a"), '{"prompt":' * 100_000),
        RowFault.TOO_DEEP,
        (2,),
    ),
    "a cell too few": ("a.csv", b"question,answer\nq1,a1\nq2\n", RowFault.CELLS, (3,)),
    "a cell too few after a cell of two lines": (
        "a.csv",
        b'question,answer\n"q\n1",a1\nq2\n',
        RowFault.CELLS,
        (4,),
    ),
    "a cell too many": ("a.csv", b"question,answer\nq,a\nq,a,b\n", RowFault.CELLS, (3,)),
    "Latin-1 in a table": ("a.csv", b"question,answer\nq,a\nq,\xe9\n", RowFault.NOT_UTF_8, (3,)),
    "a quote that never closes": ("a.csv", b'question,answer\nq,a\nq,"a\n', RowFault.QUOTES, (3,)),
    "a cell without end": (
        "a.csv",
        b"question,answer\nq,a\nq," + b"x" * 140_000 + b"\n",
        RowFault.QUOTES,
        (3,),
    ),
    "an array that breaks off": (
        "a.json",
        b'[{"prompt": "q", "completion": "a"},\n{"prompt',
        RowFault.BROKEN_OFF,
        (2,),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_counted_with_its_line_and_the_others_are_read(name: str) -> None:
    called, content, fault, where = BROKEN[name]

    found = measured(called, content)

    assert [(one.kind, one.rows) for one in found.broken] == [(fault, Spot(1, where))]
    assert found.examples == 1


def test_of_many_broken_lines_the_first_five_are_named() -> None:
    found = of(*["{"] * 7, pair("q", "a"))

    assert found.broken[0].rows == Spot(7, (1, 2, 3, 4, 5))
    assert any("lines 1, 2, 3, 4, 5 and 2 more" in line for line in found.lines)


def test_a_file_in_which_nothing_can_be_read_gives_no_facts_and_says_what_to_do() -> None:
    found = of("{", "{")

    assert (found.examples, found.facts) == (0, ())
    assert "Not one example" in found.lines[0]
    assert found.lines[-1].startswith("Next")


def test_a_file_that_is_half_faulty_is_not_said_to_be_mostly_fine() -> None:
    found = of(*[pair("q", "a")] * 5)

    said = next(line for line in found.lines if line.startswith("What I take"))
    assert said.endswith("1 example, not all of them fit to learn from.")


def test_rows_of_another_form_are_counted_apart() -> None:
    found = of(pair("q", "a"), {"text": "t"}, pair("r", "b"))

    assert (found.shape, found.examples, found.other_forms) == (Shape.PAIRS, 2, Spot(1, (2,)))


ORDERS: Mapping[str, tuple[dict[str, Any], tuple[RoleFault, ...]]] = {
    "system, user, assistant": (chat("system: s", "user: u", "assistant: a"), ()),
    "developer in the place of system": (chat("developer: s", "user: u", "assistant: a"), ()),
    "several turns": (chat("user: u", "assistant: a", "user: v", "assistant: b"), ()),
    "a tool between": (chat("user: u", "assistant: ", "tool: 7", "tool: 8", "assistant: a"), ()),
    "two users": (chat("user: u", "user: v", "assistant: a"), (RoleFault.TWICE,)),
    "two assistants": (chat("user: u", "assistant: a", "assistant: b"), (RoleFault.TWICE,)),
    "system in the middle": (
        chat("user: u", "system: s", "assistant: a"),
        (RoleFault.SYSTEM_LATE,),
    ),
    "assistant first": (chat("system: s", "assistant: a"), (RoleFault.ASSISTANT_FIRST,)),
    "user last": (chat("user: u", "assistant: a", "user: v"), (RoleFault.NO_ANSWER,)),
    "an unknown role": (chat("narrator: n", "user: u", "assistant: a"), (RoleFault.UNKNOWN,)),
    "no messages": ({"messages": []}, (RoleFault.NO_ANSWER,)),
    "a message that is no object": (
        {"messages": ["hi", {"role": "assistant", "content": "a"}]},
        (RoleFault.UNKNOWN,),
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_roles_out_of_order_are_named(name: str) -> None:
    row, expected = ORDERS[name]

    found = of(row)

    assert tuple(fault.kind for fault in found.role_faults) == expected
    assert found.out_of_order.count == bool(expected)


def test_a_chat_in_which_the_user_says_nothing_has_an_empty_input() -> None:
    found = of(chat("system: s", "user: ", "assistant: a"), chat("user: u", "assistant: a"))

    assert found.empty_inputs == Spot(1, (1,))


def test_a_repeated_row_is_a_duplicate_exact_or_but_for_spaces_and_capitals() -> None:
    found = of(pair("q", "a"), pair("q", "a"), pair(" Q ", "A"), pair("r", "a"))

    assert (found.repeats.exact, found.repeats.near, found.repeats.with_twin) == (1, 1, 3)
    assert found.repeats.lines == (2, 3)
    assert found.usable == 2


def test_the_order_of_keys_and_the_spaces_of_json_make_no_difference() -> None:
    found = of('{"prompt":"q","completion":"a"}', '{ "completion": "a", "prompt": "q" }')

    assert found.repeats.exact == 1


def test_columns_that_belong_to_the_input_tell_inputs_apart() -> None:
    rows = [{"question": "q", "passage": text, "answer": text} for text in ("one", "two")]

    assert of(*rows).contradictions.inputs == 0


def test_where_a_text_is_from_does_not_take_its_place() -> None:
    found = of(*({"text": text, "source": "web", "label": text} for text in ("one", "two")))

    assert found.contradictions.inputs == 0
    assert found.usable == 2


def test_columns_that_were_not_compared_are_said_with_a_contradiction() -> None:
    found = of(*({"question": "q", "schema": text, "sql": text} for text in ("one", "two")))

    assert found.contradictions.columns_not_compared == 1
    assert any("may be no contradiction if 1 more column" in line for line in found.lines)


def test_a_formatted_copy_of_the_row_is_not_taken_for_its_input() -> None:
    rows = [
        {"instruction": "q", "output": answer, "text": f"### q\n{answer}"} for answer in ("a", "b")
    ]

    assert of(*rows).contradictions.inputs == 1


def test_one_input_with_two_outputs_is_a_contradiction_with_its_lines() -> None:
    found = of(pair("q", "yes"), pair("r", "yes"), pair("Q", "no"))

    assert (found.contradictions.inputs, found.contradictions.examples) == (1, 2)
    assert found.contradictions.lines == ((1, 3),)


def test_an_empty_output_contradicts_nothing() -> None:
    alone = of(pair("q", "yes"), pair("q", "")).contradictions
    beside = of(pair("q", "yes"), pair("q", ""), pair("q", "no")).contradictions

    assert (alone.inputs, alone.agreement) == (0, 1)
    assert (beside.inputs, beside.examples, beside.agreement) == (1, 2, 0)


def test_the_same_two_outputs_with_the_other_one_chosen_are_a_contradiction() -> None:
    found = of(
        {"prompt": "q", "chosen": "a", "rejected": "b"},
        {"prompt": "q", "chosen": "b", "rejected": "a"},
        {"prompt": "q", "chosen": "c", "rejected": "d"},
    )

    assert (found.contradictions.inputs, found.contradictions.examples) == (1, 2)


def test_a_preference_between_equals_is_none() -> None:
    found = of({"prompt": "q", "chosen": "a", "rejected": " A"}, {"chosen": "b", "rejected": "c"})

    assert found.no_preference == Spot(1, (1,))
    assert found.usable == 1


AGREEMENTS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "two agree": (("a", "a"), 1.0),
    "two differ": (("a", "b"), 0.0),
    "two of three agree": (("a", "a", "b"), 1 / 3),
    "four of five agree": (("a", "a", "a", "a", "b"), 3 / 5),
}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_agreement_is_how_often_two_examples_of_one_input_give_one_output(name: str) -> None:
    outputs, expected = AGREEMENTS[name]

    found = of(*(pair("q", output) for output in outputs))

    assert found.contradictions.agreement == pytest.approx(expected, abs=1e-4)


def disputed(count: int, of_all: int, answer: str = "yes") -> list[dict[str, str]]:
    """Return examples of which `count` have an input that another of them answers otherwise."""
    twice = [pair(f"disputed {n // 2}", f"{answer} {n % 2}") for n in range(count)]
    return [*twice, *pairs(of_all - count)]


QUALITIES: Mapping[str, tuple[Sequence[dict[str, str]], object]] = {
    "nothing wrong": (pairs(100), None),
    "30 % in dispute": (disputed(30, 100), "mixed"),
    "32 % in dispute": (disputed(32, 100), "conflicting"),
    "32 % in dispute over long texts": (
        [{**row, "completion": row["completion"] + " word" * 40} for row in disputed(32, 100)],
        "mixed",
    ),
    "4 % in dispute": (disputed(4, 100), None),
    "5 % duplicates": ([*pairs(95), *pairs(5)], None),
    "6 % duplicates": ([*pairs(94), *pairs(6)], "mixed"),
    "5 % empty": ([*pairs(95), *(pair(f"open {n}", "") for n in range(5))], None),
    "6 % empty": ([*pairs(94), *(pair(f"open {n}", " ") for n in range(6))], "mixed"),
    "no answers": ([{"prompt": f"q {n}"} for n in range(9)] * 2, None),
}


@pytest.mark.parametrize("name", QUALITIES)
def test_quality_is_a_fact_only_where_the_file_shows_a_fault(name: str) -> None:
    rows, expected = QUALITIES[name]

    found = facts(of(*rows))

    assert found.get("examples_quality") == expected
    assert "examples_match" not in found


def test_the_count_that_the_decision_takes_leaves_out_duplicates_and_empty_rows() -> None:
    found = of(*pairs(3), *pairs(2), pair("q", ""))

    assert found.examples == 6
    assert facts(found)["examples_count"] == 3


TOKENS: Mapping[str, tuple[str, int]] = {
    "nothing": ("", 0),
    "one letter": ("a", 1),
    "four letters": ("abcd", 1),
    "five letters": ("abcde", 2),
    "accents": ("éééé", 1),
    "Chinese": ("你好吗", 3),
    "Japanese": ("ひどい", 3),
    "Korean": ("안녕", 2),
    "Cyrillic": ("привет", 3),
    "mixed": ("ab你", 2),
    "an emoji": ("🥶", 1),
}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_are_estimated_from_characters(name: str) -> None:
    text, expected = TOKENS[name]

    assert tokens_in(text) == expected


def test_a_chat_has_the_tokens_of_its_frame_too() -> None:
    size = of(chat("user: abcd", "assistant: abcd")).tokens

    assert size is not None
    assert (size.output, size.total >= 2 + 2 * 3) == (1, True)


def test_the_longest_example_is_named_by_its_line() -> None:
    size = of(pair("q", "a"), pair("q" * 400, "a"), pair("r", "b")).tokens

    assert size is not None
    assert (size.longest, size.longest_line, size.median) == (101, 2, 2)


def test_a_picture_is_not_counted_as_text() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:" + "A" * 40_000}}
    row = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "what is it"}, picture]},
            {"role": "assistant", "content": "a cat"},
        ]
    }

    size = of(row).tokens

    assert size is not None
    assert size.total < 40


def test_labels_are_counted_and_the_rare_and_the_misspelled_are_said() -> None:
    rows = [{"text": f"t {n}", "label": "refund" if n % 4 else "Billing"} for n in range(40)]
    found = of(*rows, {"text": "x", "label": "billing"})

    assert found.labels is not None
    assert found.labels.commonest == (("refund", 30), ("Billing", 10))
    assert (found.labels.distinct, found.labels.rarest, found.labels.spelled_twice) == (3, 1, 1)
    assert any("rarest label has 1 example:" in line for line in found.lines)


def test_a_label_that_cannot_be_printed_is_shown_with_a_mark() -> None:
    found = of(*[{"text": "t", "label": "a\x1b\ud800"}] * 2)

    assert found.labels is not None
    assert found.labels.commonest == (("a\ufffd\ufffd", 2),)


def test_short_answers_that_repeat_are_labels_whatever_their_column_is_called() -> None:
    labelled = of(*(pair(f"q {n}", "yes" if n % 2 else "no") for n in range(20)))

    assert labelled.labels is not None
    assert labelled.labels.distinct == 2
    assert of(*pairs(20)).labels is None


COSTS: Mapping[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pairs": (pair("q", "a"), ("gemini-3.1-flash-lite-tuning", "fireworks-lora-sft")),
    "preferences": ({"prompt": "q", "chosen": "a", "rejected": "b"}, ("fireworks-lora-dpo",)),
    "documents": ({"text": "t"}, ("fireworks-lora-sft",)),
    "inputs without outputs": ({"prompt": "q"}, ()),
}


@pytest.mark.parametrize("name", COSTS)
def test_only_what_can_be_trained_on_has_a_price(name: str) -> None:
    row, expected = COSTS[name]

    priced = of(row).at_prices(MARKET, DAY)

    assert tuple(cost.price for cost in priced.costs) == expected


def test_the_price_is_that_of_three_passes_over_all_tokens() -> None:
    rows = [pair(f"{n:04}" + "q" * 3_996, "a" * 4_000) for n in range(1_000)]

    hosted, own = of(*rows, *rows).at_prices(MARKET, DAY).costs

    assert (hosted.usd, own.usd) == (Decimal(36), Decimal(6))


def test_a_small_job_costs_the_least_that_a_job_costs() -> None:
    _, own = of(pair("q", "a")).at_prices(MARKET, DAY).costs

    assert own.usd == Decimal(3)


def test_a_price_names_its_day_and_says_when_it_is_old() -> None:
    found = of(pair("q", "a"))
    read_on = MARKET.price("fireworks-lora-sft").as_of

    fresh = found.at_prices(MARKET, read_on + timedelta(days=90))
    old = found.at_prices(MARKET, read_on + timedelta(days=91))

    assert [cost.old for cost in (*fresh.costs, *old.costs)] == [False, False, True, True]
    assert any(f"{read_on.isoformat()}: an old one" in line for line in old.lines)


def test_a_file_over_the_limit_is_read_to_the_last_whole_line() -> None:
    row = lines(pair("q" * 100, "a"))

    found = measured("a.jsonl", row * 9, most_bytes=5 * len(row) + 7)

    assert found.broken == ()
    assert found.read_to == found.examples == 5
    assert any("the rows up to line 5." in line for line in found.lines)


def test_rows_over_the_limit_are_not_read_and_that_is_said() -> None:
    whole = measured("a.csv", b"text\n" + b"x\n" * 7, most_rows=7)
    cut = measured("a.csv", b"text\n" + b"x\n" * 8, most_rows=7)

    assert (whole.examples, whole.read_to) == (7, None)
    assert (cut.examples, cut.read_to) == (7, 8)


def test_a_file_of_just_the_limit_is_read_whole() -> None:
    row = lines(pair("q", "a"))

    assert measured("a.jsonl", row, most_bytes=len(row)).read_to is None


SECRETS: Mapping[str, bytes] = {
    "chats": lines(chat(f"user: {SECRET}", f"assistant: {SECRET}")),
    "a label used once": lines(*[{"text": "t", "label": "a"}] * 9, {"text": "u", "label": SECRET}),
    "a long label": lines(*[{"text": "t", "label": SECRET * 9}] * 9),
    "names of columns": lines({SECRET: SECRET, "x": 1}),
    "a name of a role": lines(chat(f"{SECRET}: x", "assistant: a")),
    "a broken line": lines(pair("q", "a"), "{" + SECRET),
    "a table without a header": f"{SECRET},{SECRET} 2\n{SECRET} 3,b\n".encode(),
}


@pytest.mark.parametrize("name", SECRETS)
def test_nothing_of_the_text_is_repeated(name: str) -> None:
    found = measured("a", SECRETS[name]).at_prices(MARKET, DAY)

    assert SECRET not in json.dumps(found.as_json())
    assert SECRET not in "\n".join(found.lines)


@pytest.mark.parametrize("name", SHAPES)
def test_every_measurement_can_be_written_and_said_in_few_lines(name: str) -> None:
    found = of(SHAPES[name][0], "{").at_prices(MARKET, DAY)

    assert json.loads(json.dumps(found.as_json()))["examples"] == 1
    assert 6 <= len(found.lines) <= 20


_WORDS = st.sampled_from(["", "a", "A", "b ", "two  words", "一二", "x" * 90])
_ROWS = st.one_of(
    st.fixed_dictionaries({"prompt": _WORDS, "completion": _WORDS}),
    st.fixed_dictionaries({"text": _WORDS, "label": _WORDS}),
    st.fixed_dictionaries({"prompt": _WORDS, "chosen": _WORDS, "rejected": _WORDS}),
    st.fixed_dictionaries({"text": _WORDS}),
    st.lists(
        st.tuples(st.sampled_from(["system", "user", "assistant", "x"]), _WORDS), max_size=4
    ).map(lambda turns: chat(*(f"{role}: {said}" for role, said in turns))),
    st.sampled_from(["{", "[]", "7"]),
)


def without_lines(shown: object) -> object:
    """Return a measurement's JSON without the numbers of lines."""
    if isinstance(shown, dict):
        kept = {k: v for k, v in shown.items() if k not in {"lines", "longest_line"}}
        return {key: without_lines(value) for key, value in kept.items()}
    if isinstance(shown, list | tuple):
        return [without_lines(item) for item in shown]
    return shown


@given(rows=st.lists(_ROWS, min_size=1, max_size=12), seed=st.integers())
def test_the_order_of_lines_changes_nothing_but_their_numbers(rows: list[Any], seed: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))

    assert without_lines(of(*rows).as_json()) == without_lines(of(*shuffled).as_json())


@given(rows=st.lists(_ROWS, min_size=1, max_size=12))
def test_a_doubled_file_has_twice_the_examples_and_all_are_duplicates(rows: list[Any]) -> None:
    once, twice = of(*rows), of(*rows, *rows)

    assert twice.examples == twice.repeats.with_twin == 2 * once.examples
    assert twice.repeats.count >= once.examples
    assert twice.usable == once.usable
    assert [fault.rows.count for fault in twice.broken] == [2 * f.rows.count for f in once.broken]


_BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet='{}[]",;:\n\r\t abé\ud7ff', max_size=80).map(str.encode),
    st.lists(_ROWS, max_size=5).map(lambda rows: lines(*rows)[:-3]),
)


@example(content=b"\x1c", name="a.csv")
@given(content=_BYTES, name=st.sampled_from(["a.csv", "a.jsonl", "a.json", "", "a.tsv"]))
def test_any_bytes_are_measured_or_refused(content: bytes, name: str) -> None:
    with suppress(BadInput):
        found = measured(name, content).at_prices(MARKET, DAY)

        assert found.lines
        assert json.dumps(found.as_json())
