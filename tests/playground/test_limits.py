"""What Slack's documentation forbids is refused with Slack's code, and what it allows is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.playground.limits import problems

Block = dict[str, Any]


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str = "hello", **more: object) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str = "Press", action_id: str = "a", **more: object) -> Block:
    return {"type": "button", "text": plain(label), "action_id": action_id, **more}


def actions(*elements: Block, **more: object) -> Block:
    return {"type": "actions", "elements": list(elements), **more}


def option(value: str = "v", label: str = "Label", **more: object) -> Block:
    return {"text": plain(label), "value": value, **more}


def options(count: int) -> list[Block]:
    return [option(str(number)) for number in range(count)]


def select(**more: object) -> Block:
    return {"type": "static_select", "action_id": "s", "options": options(2), **more}


def several(**more: object) -> Block:
    return {"type": "multi_static_select", "action_id": "m", "options": options(3), **more}


def typed(**more: object) -> Block:
    return {"type": "plain_text_input", "action_id": "t", **more}


def number(**more: object) -> Block:
    return {"type": "number_input", "action_id": "n", "is_decimal_allowed": True, **more}


def asked(element: Block, label: str = "Label", **more: object) -> Block:
    return {"type": "input", "label": plain(label), "element": element, **more}


def confirm(**more: object) -> Block:
    texts = {"title": plain("Sure?"), "text": plain("Really?")}
    return {**texts, "confirm": plain("Yes"), "deny": plain("No"), **more}


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def markdown(text: str) -> Block:
    return {"type": "markdown", "text": text}


def boxes(count: int, **more: object) -> Block:
    return {"type": "checkboxes", "action_id": "c", "options": options(count), **more}


def radio(count: int, **more: object) -> Block:
    return {"type": "radio_buttons", "action_id": "r", "options": options(count), **more}


def modal(*blocks: Block, **more: object) -> Block:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


def posted(*blocks: Any) -> tuple[str, ...]:  # noqa: ANN401 -- a block may be anything at all
    return problems("chat.postMessage", {"text": "hello", "blocks": list(blocks)})


# Blocks at their largest, which Slack takes.
ALLOWED: Mapping[str, tuple[Block, ...]] = {
    "no blocks at all": (),
    "fifty blocks": tuple(section() for _ in range(50)),
    "a section of 3,000 characters": (section("a" * 3_000),),
    "a section of ten fields": ({"type": "section", "fields": [mrkdwn("a" * 2_000)] * 10},),
    "a section with a button": (section(accessory=button()),),
    "a header of 150 characters": (header("a" * 150),),
    "markdown of 12,000 characters in all": (markdown("a" * 6_000), markdown("b" * 6_000)),
    "context of ten elements": (context(*[mrkdwn("a")] * 10),),
    "context with an image": (
        context({"type": "image", "image_url": "https://a.org/b.png", "alt_text": "b"}),
    ),
    "twenty-five buttons": (actions(*(button(action_id=str(place)) for place in range(25))),),
    "a button of 75 characters with a value of 2,000": (
        actions(button("a" * 75, "b" * 255, value="c" * 2_000, style="danger")),
    ),
    "a dangerous button that asks first": (actions(button(confirm=confirm(style="danger"))),),
    "the same action id in two blocks": (actions(button()), actions(button())),
    "a menu of 100": (actions(select(options=options(100), placeholder=plain("a" * 150))),),
    "a menu with a choice made": (actions(select(initial_option=option("1"))),),
    "a menu of long options": (actions(select(options=[option("v" * 150, "a" * 75)])),),
    "several chosen": (
        actions(several(initial_options=[option("0"), option("2")], max_selected_items=2)),
    ),
    "ten boxes and ten radio buttons": (actions(boxes(10), radio(10)),),
    "a divider": ({"type": "divider", "block_id": "a" * 255},),
    "inputs of all kinds": (
        asked(typed(max_length=3_000, multiline=True), "a" * 2_000, hint=plain("why")),
        asked(number(initial_value="12.5", min_value="0"), optional=True),
        asked(select()),
        asked(several()),
        asked(boxes(1)),
        asked(radio(1)),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_slack_takes_passes(name: str) -> None:
    assert posted(*ALLOWED[name]) == ()


# Blocks that Slack refuses, and where.
REFUSED: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "fifty-one blocks": (tuple(section() for _ in range(51)), "51 blocks, at most 50"),
    "an unknown block": (({"type": "banner"},), "blocks[0] has the unknown type 'banner'"),
    "a block without a type": (({},), "blocks[0] has the unknown type None"),
    "a block that is no object": (("text",), "blocks[0] has the unknown type None"),
    "an unknown field": ((section(txt="a"),), "blocks[0].txt is unknown"),
    "a section without text or fields": (({"type": "section"},), "neither text nor fields"),
    "an empty section": ((section(""),), "blocks[0].text.text is empty"),
    "a section of 3,001": ((section("a" * 3_001),), "has 3001 characters, at most 3000"),
    "a text that is no object": (({"type": "section", "text": "a"},), "unknown type None"),
    "a text of an unknown type": (
        ({"type": "section", "text": {"type": "html", "text": "a"}},),
        "blocks[0].text has the unknown type 'html'",
    ),
    "verbatim on plain text": (
        ({"type": "section", "text": {**plain("a"), "verbatim": True}},),
        "blocks[0].text.verbatim is unknown",
    ),
    "eleven fields": (
        ({"type": "section", "fields": [mrkdwn("a")] * 11},),
        "blocks[0].fields has 11 items, from 1 to 10",
    ),
    "a field of 2,001": (
        ({"type": "section", "fields": [mrkdwn("a" * 2_001)]},),
        "blocks[0].fields[0].text has 2001",
    ),
    "a header of 151": ((header("a" * 151),), "blocks[0].text.text has 151"),
    "a header in mrkdwn": (
        ({"type": "header", "text": mrkdwn("a")},),
        "blocks[0].text has the unknown type 'mrkdwn'",
    ),
    "a header without text": (({"type": "header"},), "blocks[0].text is missing"),
    "markdown of 12,001": ((markdown("a" * 12_001),), "has 12001 characters, at most 12000"),
    "markdown too long in all": (
        (markdown("a" * 6_000), markdown("a" * 6_001)),
        "markdown blocks have 12001 characters in all",
    ),
    "context of eleven": ((context(*[mrkdwn("a")] * 11),), "has 11 items, from 1 to 10"),
    "context of none": ((context(),), "has 0 items, from 1 to 10"),
    "a button in context": ((context(button()),), "has the unknown type 'button'"),
    "an image without words": (
        (context({"type": "image", "image_url": "https://a.org"}),),
        "alt_text is missing",
    ),
    "twenty-six buttons": (
        (actions(*(button(action_id=str(place)) for place in range(26))),),
        "has 26 items, from 1 to 25",
    ),
    "no buttons": ((actions(),), "has 0 items, from 1 to 25"),
    "an action id twice in a block": (
        (actions(button(), button()),),
        "blocks[0] holds the action_id 'a' more than once",
    ),
    "an action id of 256": ((actions(button(action_id="a" * 256)),), "action_id has 256"),
    "a block id twice": (
        (section(block_id="b"), section(block_id="b")),
        "blocks holds the block_id 'b' more than once",
    ),
    "a block id of 256": ((section(block_id="b" * 256),), "block_id has 256"),
    "a button of 76": ((actions(button("a" * 76)),), "text.text has 76 characters, at most 75"),
    "a button without text": (
        (actions({"type": "button", "action_id": "a"}),),
        "elements[0].text is missing",
    ),
    "a value of 2,001": ((actions(button(value="a" * 2_001)),), "value has 2001"),
    "an empty value": ((actions(button(value="")),), "value is empty"),
    "an unknown style": ((actions(button(style="green")),), "style is none of primary, danger"),
    "a question of 301 before a press": (
        (actions(button(confirm=confirm(text=plain("a" * 301)))),),
        "confirm.text.text has 301",
    ),
    "a question without a way out": (
        (actions(button(confirm={**confirm(), "deny": None})),),
        "confirm.deny is missing",
    ),
    "a question with a title of 101": (
        (actions(button(confirm=confirm(title=plain("a" * 101)))),),
        "confirm.title.text has 101",
    ),
    "a yes of 31": (
        (actions(button(confirm=confirm(confirm=plain("a" * 31)))),),
        "confirm.confirm.text has 31",
    ),
    "a menu of 101": ((actions(select(options=options(101))),), "options has 101 items"),
    "a menu of none": ((actions(select(options=[])),), "options has 0 items"),
    "an option of 76": ((actions(select(options=[option("v", "a" * 76)])),), "text.text has 76"),
    "an option's value of 151": (
        (actions(select(options=[option("v" * 151)])),),
        "options[0].value has 151",
    ),
    "an option's description of 76": (
        (actions(select(options=[option(description=plain("a" * 76))])),),
        "options[0].description.text has 76",
    ),
    "a placeholder of 151": ((actions(select(placeholder=plain("a" * 151))),), "has 151"),
    "a choice that is not there": (
        (actions(select(initial_option=option("9"))),),
        "starts with an option that is not among its options",
    ),
    "a choice with another label": (
        (actions(select(initial_option=option("1", "Other"))),),
        "starts with an option that is not among its options",
    ),
    "choices of which one is not there": (
        (actions(several(initial_options=[option("0"), option("9")])),),
        "starts with an option that is not among its options",
    ),
    "an empty list of choices": (
        (actions(several(initial_options=[])),),
        "initial_options has 0 items",
    ),
    "more choices than allowed": (
        (actions(several(initial_options=options(2), max_selected_items=1)),),
        "starts with more options than may be selected",
    ),
    "eleven boxes": ((actions(boxes(11)),), "options has 11 items, from 1 to 10"),
    "eleven radio buttons": ((actions(radio(11)),), "options has 11 items, from 1 to 10"),
    "an input without an element": (
        ({"type": "input", "label": plain("a")},),
        "blocks[0].element is missing",
    ),
    "an input without a label": (({"type": "input", "element": typed()},), "label is missing"),
    "a label of 2,001": ((asked(typed(), "a" * 2_001),), "label.text has 2001"),
    "a button as an input": ((asked(button()),), "element has the unknown type 'button'"),
    "a text of more than 3,000": (
        (asked(typed(max_length=3_001)),),
        "max_length is no whole number from 1 to 3000",
    ),
    "a number that may or may not be decimal": (
        (asked({"type": "number_input", "action_id": "n"}),),
        "is_decimal_allowed is missing",
    ),
    "a number that is none": ((asked(number(initial_value="many")),), "is no number"),
    "a number that is not written as text": ((asked(number(initial_value=3)),), "is no number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_refuses_is_named_with_its_place(name: str) -> None:
    blocks, expected = REFUSED[name]
    found = posted(*blocks)
    assert len(found) == 1, found
    assert found[0].startswith("invalid_blocks: ")
    assert expected in found[0]


# method, payload -> what is said, by its start
MESSAGES: Mapping[str, tuple[str, Block, tuple[str, ...]]] = {
    "a text is enough": ("chat.postMessage", {"text": "a"}, ()),
    "blocks are enough": ("chat.update", {"blocks": [section()]}, ()),
    "blocks may come as JSON": ("chat.update", {"blocks": json.dumps([section()])}, ()),
    "nothing is too little": ("chat.postMessage", {}, ("no_text",)),
    "an empty text is too little": ("chat.update", {"text": "", "blocks": []}, ("no_text",)),
    "a whisper needs words too": ("chat.postEphemeral", {"user": "U1"}, ("no_text",)),
    "an answer needs words too": ("response_url", {"replace_original": True}, ("no_text",)),
    "a deletion needs no words": ("response_url", {"delete_original": True}, ()),
    "40,000 characters": ("chat.postMessage", {"text": "a" * 40_000}, ()),
    "40,001 characters": ("chat.postMessage", {"text": "a" * 40_001}, ("msg_too_long: ",)),
    "a text that is none": ("chat.postMessage", {"text": 3}, ("invalid_arguments: ",)),
    "blocks that are no list": ("chat.update", {"text": "a", "blocks": "{"}, ("invalid_blocks: ",)),
    "blocks that are one block": (
        "chat.update",
        {"text": "a", "blocks": section()},
        ("invalid_blocks: ",),
    ),
    "a call without blocks is not ours to judge": ("users.info", {"user": "U1"}, ()),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str) -> None:
    method, payload, expected = MESSAGES[name]
    found = problems(method, payload)
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True))


def published(*blocks: Block) -> Block:
    return {"type": "home", "blocks": list(blocks)}


# method, view -> what is wrong, or nothing
VIEWS: Mapping[str, tuple[str, Any, str]] = {
    "a form": ("views.open", modal(asked(typed()), submit=plain("Ask"), close=plain("No")), ""),
    "a hundred blocks": ("views.update", modal(*[section()] * 100), ""),
    "a home tab": ("views.publish", published(section()), ""),
    "a form as JSON": ("views.open", json.dumps(modal(section())), ""),
    "a form at its largest": (
        "views.open",
        modal(
            section(),
            title=plain("a" * 24),
            private_metadata="a" * 3_000,
            callback_id="a" * 255,
        ),
        "",
    ),
    "no view": ("views.open", None, "view is missing"),
    "a view of an unknown type": ("views.update", {"type": "tab"}, "unknown type 'tab'"),
    "a hundred and one blocks": (
        "views.open",
        modal(*[section()] * 101),
        "101 blocks, at most 100",
    ),
    "a title of 25": ("views.open", modal(title=plain("a" * 25)), "view.title.text has 25"),
    "no title": ("views.open", {"type": "modal", "blocks": []}, "view.title is missing"),
    "a submit of 25": ("views.open", modal(submit=plain("a" * 25)), "view.submit.text has 25"),
    "a close of 25": ("views.open", modal(close=plain("a" * 25)), "view.close.text has 25"),
    "metadata of 3,001": (
        "views.open",
        modal(private_metadata="a" * 3_001),
        "view.private_metadata has 3001",
    ),
    "a callback id of 256": (
        "views.open",
        modal(callback_id="a" * 256),
        "view.callback_id has 256",
    ),
    "an input and no way to submit": (
        "views.open",
        modal(asked(typed())),
        "view.submit is missing",
    ),
    "markdown in a view": ("views.open", modal(markdown("a")), "unknown type 'markdown'"),
    "a title on the home tab": (
        "views.publish",
        {**published(section()), "title": plain("a")},
        "view.title is unknown",
    ),
    "a form as the home tab": ("views.publish", modal(section()), "view.type has to be home"),
    "the home tab as a form": ("views.open", published(section()), "view.type has to be modal"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views(name: str) -> None:
    method, view, expected = VIEWS[name]
    found = problems(method, {"view": view})
    assert all(line.startswith("invalid_arguments: ") for line in found)
    if expected:
        assert any(expected in line for line in found), found
    else:
        assert found == ()
