"""The answer's form: strict by OpenAI's rules, and nothing outside the vocabulary gets through."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from bot.domain.conversation import Request
from bot.domain.facts import VOCABULARY, Kind, by_name
from bot.domain.problem import Basis
from bot.errors import ReaderAnsweredBadly
from bot.reading.schema import Claim, answer_schema, expressions, parse_answer, response_format
from tests.model_server import strict_faults

PROPER = {
    "quote": "sort mail",
    "fact": "task=classify",
    "detail": None,
    "basis": "stated",
    "holds": True,
    "corrects": False,
}


def answer(*facts: object, **more: object) -> dict[str, Any]:
    return {"facts": list(facts), "request": "none", "does_not_know": False, **more}


def proper(**changes: object) -> dict[str, object]:
    return {**PROPER, **changes}


def test_the_schema_keeps_openais_strict_rules() -> None:
    assert list(strict_faults(answer_schema())) == []
    assert response_format()["json_schema"]["strict"] is True


def test_the_rules_that_the_model_server_enforces_find_a_broken_schema() -> None:
    broken = answer_schema()
    broken["properties"]["facts"]["items"]["required"].remove("quote")
    broken["properties"]["request"]["default"] = "none"
    assert len(list(strict_faults(broken))) == 2


def test_every_fact_and_every_value_can_be_expressed() -> None:
    known = set(expressions())
    for attribute in VOCABULARY:
        if attribute.kind in {Kind.ONE, Kind.MANY}:
            assert {f"{attribute.name}={value.name}" for value in attribute.values} <= known
        elif attribute.kind is Kind.YES_NO:
            assert {f"{attribute.name}=true", f"{attribute.name}=false"} <= known
        else:
            assert attribute.name in known
    assert "topic=other" in known


def test_an_unknown_value_is_outside_the_schema() -> None:
    jsonschema.validate(answer(PROPER), answer_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer(proper(fact="task=philosophise")), answer_schema())


@pytest.mark.parametrize("request_", list(Request))
def test_every_request_can_be_expressed_and_is_read(request_: Request) -> None:
    document = answer(request=request_.value)
    jsonschema.validate(document, answer_schema())
    assert parse_answer(document).request is request_


READ = {
    "a named value": (PROPER, Claim("task", "classify", "sort mail")),
    "a yes": (proper(fact="must_cite=true"), Claim("must_cite", value=True, quote="sort mail")),
    "a no": (proper(fact="must_cite=false"), Claim("must_cite", value=False, quote="sort mail")),
    "a denied yes is a no": (
        proper(fact="must_cite=true", holds=False),
        Claim("must_cite", value=False, quote="sort mail"),
    ),
    "a number": (
        proper(fact="examples_count", detail="2000"),
        Claim("examples_count", 2000.0, "sort mail"),
    ),
    "a number with separators": (
        proper(fact="examples_count", detail="1,200,000"),
        Claim("examples_count", 1_200_000.0, "sort mail"),
    ),
    "a percentage": (
        proper(fact="pass_rate", detail="82 %"),
        Claim("pass_rate", 82.0, "sort mail"),
    ),
    "a number given as one": (
        proper(fact="pass_rate", detail=82),
        Claim("pass_rate", 82.0, "sort mail"),
    ),
    "a text": (proper(fact="currency", detail="EUR"), Claim("currency", "EUR", "sort mail")),
    "a text left in the quote": (
        proper(fact="requested_solution"),
        Claim("requested_solution", "sort mail", "sort mail"),
    ),
    "a value left in the detail": (
        proper(fact="task", detail="classify"),
        Claim("task", "classify", "sort mail"),
    ),
    "a denial": (proper(holds=False), Claim("task", "classify", "sort mail", holds=False)),
    "a correction": (proper(corrects=True), Claim("task", "classify", "sort mail", corrects=True)),
    "an unknown basis is the weakest": (
        proper(basis="confirmed"),
        Claim("task", "classify", "sort mail", Basis.IMPLIED),
    ),
}


@pytest.mark.parametrize(("item", "claim"), READ.values(), ids=READ)
def test_a_claim_is_read(item: object, claim: Claim) -> None:
    read = parse_answer(answer(item))
    assert read.claims == (claim,)
    assert read.dropped == 0


DROPPED = {
    "no object": "task=classify",
    "no fact": {"quote": "sort mail"},
    "an unknown name": proper(fact="shoe_size=42"),
    "an unknown value": proper(fact="task=philosophise"),
    "a name without its value": proper(fact="task"),
    "a number without digits": proper(fact="examples_count", detail="many"),
    "a number that is none": proper(fact="examples_count", detail="nan"),
    "a negative number": proper(fact="examples_count", detail="-3"),
    "a share above all": proper(fact="pass_rate", detail="130"),
    "a quote of the wrong type": proper(quote=7),
    "holds of the wrong type": proper(holds="no"),
    "corrects of the wrong type": proper(corrects=1),
    "a fact of the wrong type": proper(fact=["task=classify"]),
}


@pytest.mark.parametrize("item", DROPPED.values(), ids=DROPPED)
def test_what_is_not_of_the_form_is_dropped_and_counted(item: object) -> None:
    read = parse_answer(answer(item, PROPER))
    assert [claim.name for claim in read.claims] == ["task"]
    assert read.dropped == 1


def test_keys_that_nobody_agreed_on_are_left_out_and_counted() -> None:
    read = parse_answer(answer(proper(confidence=0.9), verdict="fine_tune"))
    assert len(read.claims) == 1
    assert read.dropped == 2


def test_an_endless_answer_is_cut() -> None:
    read = parse_answer(answer(*[PROPER] * 5000))
    assert len(read.claims) == 200
    assert read.dropped == 4800


TEXTS = {
    "bare": "{}",
    "in a code fence": "```json\n{}\n```",
    "after some talk": "Here is the answer:\n{}\nI hope it helps.",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_json_is_found_in_text(text: str) -> None:
    assert parse_answer(text.replace("{}", json.dumps(answer(PROPER)))).claims


NOT_OF_THE_FORM: dict[str, object] = {
    "prose": "I would fine-tune.",
    "nothing": "",
    "half a document": '{"facts": [{"quote": "we',
    "a list": [PROPER],
    "none": None,
    "a number": 3,
    "facts missing": {"request": "none"},
    "facts as an object": {"facts": {"task": "classify"}},
    "facts as text": {"facts": "task=classify"},
    "nested too deeply": "{" + '"a":[' * 100_000,
    "brackets the wrong way round": "} {",
    "an endless number": '{"facts": ' + "9" * 10_000 + "}",
}


@pytest.mark.parametrize("given", NOT_OF_THE_FORM.values(), ids=NOT_OF_THE_FORM)
def test_another_form_is_an_error_that_says_what_was_wrong(given: object) -> None:
    with pytest.raises(ReaderAnsweredBadly) as caught:
        parse_answer(given)
    assert caught.value.sentence.endswith(".")


def test_names_and_enum_values_are_those_of_the_vocabulary() -> None:
    for expression in expressions():
        assert expression.partition("=")[0] in by_name()
