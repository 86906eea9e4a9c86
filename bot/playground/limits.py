"""Slack's documented limits: what it would refuse in a message or a view, said as Slack says it.

Each line starts with the error code that Slack answers with. What is not known here is refused as
well: a block or a field that we never send is more likely a slip than a wish.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

MESSAGES = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"})
VIEWS = frozenset({"views.open", "views.update", "views.publish"})

_MOST_BLOCKS = 50
_MOST_BLOCKS_IN_VIEW = 100
_LONGEST_MESSAGE = 40_000
_LONGEST_MARKDOWN = 12_000
_LONGEST_ID = 255
_LONGEST_METADATA = 3_000
_LONGEST_TITLE = 24
_LONGEST_INPUT = 3_000
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")

Json = Mapping[str, Any]
Lines = Iterator[str]


def problems(method: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Slack would refuse in a call of this method; nothing for one without blocks."""
    if method in MESSAGES:
        return tuple(_message(method, payload))
    if method in VIEWS:
        return tuple(f"invalid_arguments: {line}" for line in _view(method, payload))
    return ()


def _message(method: str, payload: Json) -> Lines:
    text, blocks = payload.get("text"), _decoded(payload.get("blocks"))
    if text is not None and not isinstance(text, str):
        yield "invalid_arguments: text is no text"
    elif text is not None and len(text) > _LONGEST_MESSAGE:
        yield f"msg_too_long: text has {len(text)} characters, at most {_LONGEST_MESSAGE}"
    deletes = method == "response_url" and payload.get("delete_original") is True
    if not (text or blocks or payload.get("attachments") or deletes):
        yield "no_text"
    if blocks:
        yield from (f"invalid_blocks: {line}" for line in _blocks(blocks, _MOST_BLOCKS, _SHOWN))
    elif blocks is not None and not isinstance(blocks, list):
        yield "invalid_blocks: blocks is not a list"


def _decoded(value: object) -> object:
    """Return what a form field holds as JSON; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


class Field(NamedTuple):
    """One field: how it is checked, and whether it has to be there."""

    check: Callable[[object, str], Lines]
    required: bool = False


Fields = Mapping[str, Field]


def _object(value: object, place: str, fields: Fields) -> Lines:
    if not isinstance(value, Mapping):
        yield f"{place} is not an object"
        return
    yield from (f"{place}.{name} is unknown" for name in value if name not in fields)
    for name, field in fields.items():
        if value.get(name) is not None:
            yield from field.check(value[name], f"{place}.{name}")
        elif field.required:
            yield f"{place}.{name} is missing"


def _typed(value: object, place: str, kinds: Mapping[str, Fields]) -> Lines:
    """Check an object whose type says which fields it has."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in kinds:
        yield f"{place} has the unknown type {kind!r}"
        return
    yield from _object(value, place, {"type": _ANYTHING, **kinds[kind]})


def _anything(_value: object, _place: str) -> Lines:
    return iter(())


def _text_of(longest: int, shortest: int = 1) -> Callable[[object, str], Lines]:
    def check(value: object, place: str) -> Lines:
        if not isinstance(value, str):
            yield f"{place} is no text"
        elif len(value) < shortest:
            yield f"{place} is empty"
        elif len(value) > longest:
            yield f"{place} has {len(value)} characters, at most {longest}"

    return check


def _number_of(lowest: int, highest: int) -> Callable[[object, str], Lines]:
    def check(value: object, place: str) -> Lines:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not lowest <= int(str(value)) <= highest:
            yield f"{place} is no whole number from {lowest} to {highest}"

    return check


def _choice_of(*allowed: object) -> Callable[[object, str], Lines]:
    def check(value: object, place: str) -> Lines:
        if value not in allowed:
            yield f"{place} is none of {', '.join(map(str, allowed))}"

    return check


def _decimal(value: object, place: str) -> Lines:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        yield f"{place} is no number written as text"


def _list_of(
    check: Callable[[object, str], Lines], most: int, fewest: int = 1
) -> Callable[[object, str], Lines]:
    def check_all(value: object, place: str) -> Lines:
        if not isinstance(value, list | tuple):
            yield f"{place} is not a list"
            return
        if not fewest <= len(value) <= most:
            yield f"{place} has {len(value)} items, from {fewest} to {most}"
        for index, item in enumerate(value):
            yield from check(item, f"{place}[{index}]")

    return check_all


def _text_object(longest: int, *kinds: str) -> Callable[[object, str], Lines]:
    marks = {"plain_text": {"emoji": _FLAG}, "mrkdwn": {"verbatim": _FLAG}}
    body = Field(_text_of(longest), required=True)
    fields = {kind: {"text": body, **marks[kind]} for kind in kinds}
    return lambda value, place: _typed(value, place, fields)


def _element(*kinds: str) -> Callable[[object, str], Lines]:
    """Check one of these elements; they are looked up late, for they are defined below."""

    def check(value: object, place: str) -> Lines:
        yield from _typed(value, place, {kind: _ELEMENTS[kind] for kind in kinds})
        if isinstance(value, Mapping):
            yield from _chosen(value, place)

    return check


def _chosen(element: Json, place: str) -> Lines:
    """What is chosen from the start has to be among the options, as a whole object."""
    options = element.get("options")
    if not isinstance(options, list):
        return
    first = element.get("initial_option")
    several = element.get("initial_options")
    given = [*([first] if first else []), *(several if isinstance(several, list) else [])]
    if any(option not in options for option in given):
        yield f"{place} starts with an option that is not among its options"
    if len(given) > element.get("max_selected_items", len(given)):
        yield f"{place} starts with more options than may be selected"


def _confirm(value: object, place: str) -> Lines:
    yield from _object(value, place, _CONFIRM)


def _option(value: object, place: str) -> Lines:
    yield from _object(value, place, _OPTION)


def _marked_option(value: object, place: str) -> Lines:
    yield from _object(value, place, _MARKED_OPTION)


_FLAG = Field(_choice_of(True, False))  # noqa: FBT003 -- the two values that a flag may have
_ANYTHING = Field(_anything)
_ID = Field(_text_of(_LONGEST_ID))
_BOTH = ("plain_text", "mrkdwn")
_PLAIN_75 = _text_object(75, "plain_text")
_STYLE = Field(_choice_of("primary", "danger"))
_CONFIRM: Fields = {
    "title": Field(_text_object(100, "plain_text"), required=True),
    "text": Field(_text_object(300, *_BOTH), required=True),
    "confirm": Field(_text_object(30, "plain_text"), required=True),
    "deny": Field(_text_object(30, "plain_text"), required=True),
    "style": _STYLE,
}
_OPTION: Fields = {
    "text": Field(_PLAIN_75, required=True),
    "value": Field(_text_of(150), required=True),
    "description": Field(_PLAIN_75),
}
_MARKED_OPTION: Fields = {
    **_OPTION,
    "text": Field(_text_object(75, *_BOTH), required=True),
    "description": Field(_text_object(75, *_BOTH)),
}
_INTERACTIVE: Fields = {"action_id": _ID, "confirm": Field(_confirm)}
_FOCUSED: Fields = {**_INTERACTIVE, "focus_on_load": _FLAG}
_PLACEHOLDER: Fields = {"placeholder": Field(_text_object(150, "plain_text"))}
_OPTIONS = Field(_list_of(_option, 100), required=True)
_TEN_OPTIONS = Field(_list_of(_marked_option, 10), required=True)
_ELEMENTS: Mapping[str, Fields] = {
    "button": {
        **_INTERACTIVE,
        "text": Field(_PLAIN_75, required=True),
        "value": Field(_text_of(2_000)),
        "url": Field(_text_of(3_000)),
        "style": _STYLE,
        "accessibility_label": Field(_text_of(75)),
    },
    "static_select": {
        **_FOCUSED,
        **_PLACEHOLDER,
        "options": _OPTIONS,
        "initial_option": Field(_option),
    },
    "multi_static_select": {
        **_FOCUSED,
        **_PLACEHOLDER,
        "options": _OPTIONS,
        "initial_options": Field(_list_of(_option, 100)),
        "max_selected_items": Field(_number_of(1, 100)),
    },
    "checkboxes": {
        **_FOCUSED,
        "options": _TEN_OPTIONS,
        "initial_options": Field(_list_of(_marked_option, 10)),
    },
    "radio_buttons": {
        **_FOCUSED,
        "options": _TEN_OPTIONS,
        "initial_option": Field(_marked_option),
    },
    "plain_text_input": {
        **_FOCUSED,
        **_PLACEHOLDER,
        "initial_value": Field(_text_of(_LONGEST_INPUT, 0)),
        "multiline": _FLAG,
        "min_length": Field(_number_of(0, _LONGEST_INPUT)),
        "max_length": Field(_number_of(1, _LONGEST_INPUT)),
        "dispatch_action_config": _ANYTHING,
    },
    "number_input": {
        **_FOCUSED,
        **_PLACEHOLDER,
        "is_decimal_allowed": Field(_FLAG.check, required=True),
        "initial_value": Field(_decimal),
        "min_value": Field(_decimal),
        "max_value": Field(_decimal),
        "dispatch_action_config": _ANYTHING,
    },
    "image": {
        "image_url": Field(_text_of(3_000), required=True),
        "alt_text": Field(_text_of(2_000), required=True),
    },
}
_CHOOSERS = ("static_select", "multi_static_select", "checkboxes", "radio_buttons")
_BLOCK: Fields = {"block_id": _ID}
_EVERYWHERE: Mapping[str, Fields] = {
    "divider": _BLOCK,
    "header": {**_BLOCK, "text": Field(_text_object(150, "plain_text"), required=True)},
    "section": {
        **_BLOCK,
        "text": Field(_text_object(3_000, *_BOTH)),
        "fields": Field(_list_of(_text_object(2_000, *_BOTH), 10)),
        "accessory": Field(_element("button", "image", *_CHOOSERS)),
        "expand": _FLAG,
    },
    "context": {
        **_BLOCK,
        "elements": Field(
            _list_of(
                lambda value, place: _typed(value, place, _IN_CONTEXT),
                10,
            ),
            required=True,
        ),
    },
    "actions": {
        **_BLOCK,
        "elements": Field(_list_of(_element("button", *_CHOOSERS), 25), required=True),
    },
    "input": {
        **_BLOCK,
        "label": Field(_text_object(2_000, "plain_text"), required=True),
        "element": Field(_element("plain_text_input", "number_input", *_CHOOSERS), required=True),
        "hint": Field(_text_object(2_000, "plain_text")),
        "optional": _FLAG,
        "dispatch_action": _FLAG,
    },
}
_TEXT_IN_CONTEXT = Field(_text_of(3_000), required=True)
_IN_CONTEXT: Mapping[str, Fields] = {
    "image": _ELEMENTS["image"],
    "mrkdwn": {"text": _TEXT_IN_CONTEXT, "verbatim": _FLAG},
    "plain_text": {"text": _TEXT_IN_CONTEXT, "emoji": _FLAG},
}
# Markdown is for messages alone.
_SHOWN: Mapping[str, Fields] = {
    **_EVERYWHERE,
    "markdown": {**_BLOCK, "text": Field(_text_of(_LONGEST_MARKDOWN), required=True)},
}


def _blocks(blocks: object, most: int, kinds: Mapping[str, Fields]) -> Lines:
    if not isinstance(blocks, list | tuple):
        yield "blocks is not a list"
        return
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, at most {most}"
    for index, block in enumerate(blocks):
        yield from _typed(block, f"blocks[{index}]", kinds)
    known = [block for block in blocks if isinstance(block, Mapping)]
    for index, block in enumerate(blocks):
        if isinstance(block, Mapping):
            yield from _block_as_a_whole(block, f"blocks[{index}]")
    yield from _doubles("block_id", [block.get("block_id") for block in known], "blocks")
    yield from _markdown_in_all(
        [len(str(b.get("text"))) for b in known if b.get("type") == "markdown"]
    )


def _markdown_in_all(lengths: Sequence[int]) -> Lines:
    """One block that is too long was named already."""
    if len(lengths) > 1 and sum(lengths) > _LONGEST_MARKDOWN:
        in_all = f"{sum(lengths)} characters in all"
        yield f"markdown blocks have {in_all}, at most {_LONGEST_MARKDOWN}"


def _block_as_a_whole(block: Json, place: str) -> Lines:
    if block.get("type") == "section" and not block.get("text") and not block.get("fields"):
        yield f"{place} has neither text nor fields"
    elements = block.get("elements")
    if block.get("type") == "actions" and isinstance(elements, list | tuple):
        held = [element for element in elements if isinstance(element, Mapping)]
        yield from _doubles("action_id", [element.get("action_id") for element in held], place)


def _doubles(key: str, ids: Sequence[object], place: str) -> Lines:
    given = [name for name in ids if isinstance(name, str)]
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield f"{place} holds the {key} {name!r} more than once"


def _view(method: str, payload: Json) -> Lines:
    view = _decoded(payload.get("view"))
    if not isinstance(view, Mapping):
        yield "view is missing, or not an object"
        return
    if method == "views.publish" and view.get("type") != "home":
        yield "view.type has to be home"
    if method == "views.open" and view.get("type") != "modal":
        yield "view.type has to be modal"
    yield from _typed(view, "view", _VIEWS)
    yield from _blocks(view.get("blocks"), _MOST_BLOCKS_IN_VIEW, _EVERYWHERE)
    if view.get("type") == "modal" and _has_input(view) and not view.get("submit"):
        yield "view.submit is missing, and there is an input"


def _has_input(view: Json) -> bool:
    blocks = view.get("blocks")
    held = blocks if isinstance(blocks, list | tuple) else []
    return any(isinstance(block, Mapping) and block.get("type") == "input" for block in held)


_ANY_VIEW: Fields = {
    "blocks": Field(_anything, required=True),
    "private_metadata": Field(_text_of(_LONGEST_METADATA, 0)),
    "callback_id": Field(_text_of(_LONGEST_ID, 0)),
    "external_id": Field(_text_of(_LONGEST_ID, 0)),
}
_SHORT = _text_object(_LONGEST_TITLE, "plain_text")
_VIEWS: Mapping[str, Fields] = {
    "home": _ANY_VIEW,
    "modal": {
        **_ANY_VIEW,
        "title": Field(_SHORT, required=True),
        "submit": Field(_SHORT),
        "close": Field(_SHORT),
        "clear_on_close": _FLAG,
        "notify_on_close": _FLAG,
        "submit_disabled": _FLAG,
    },
}
