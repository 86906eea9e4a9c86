"""What Slack sends when a person uses a command, presses, chooses or submits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.errors import CannotHappen
from bot.playground.payloads import Json, message_json, view_json
from bot.playground.views import View
from bot.playground.workspace import Channel, Message, Workspace

# For each element that keeps a value: where the value stands, and where what it starts with.
_KEPT = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
}
_PLACES = {place for place, _ in _KEPT.values()}
_ONE_OPTION = {"selected_option"}
_OPTIONS = {"selected_options"}
Blocks = Any


@dataclass(frozen=True)
class Element:
    """Something in a block that can be pressed or filled in."""

    block: Mapping[str, Any]
    content: Mapping[str, Any]

    @property
    def block_id(self) -> str:
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        return str(self.content["action_id"])

    @property
    def type(self) -> str:
        return str(self.content["type"])

    @property
    def must_be_filled(self) -> bool:
        return self.block.get("type") == "input" and not self.block.get("optional")


@dataclass(frozen=True)
class Deed:
    """Who did something, in which team, and the trigger id that it gave."""

    workspace: Workspace
    user: str
    trigger_id: str


def elements(blocks: Blocks) -> Iterator[Element]:
    """Yield everything in these blocks that can be pressed or filled in."""
    for block in blocks:
        for content in _with_action_id(block):
            yield Element(block, content)


def _with_action_id(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if "action_id" in node:
            yield node
        for child in node.values():
            yield from _with_action_id(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _with_action_id(child)


def find(blocks: Blocks, action_id: str, value: object = None) -> Element:
    """Return the element of this name; of several buttons the one with this value."""
    named = [found for found in elements(blocks) if found.action_id == action_id]
    fitting = [found for found in named if value in {None, found.content.get("value")}]
    if named and (fitting or named[0].type != "button"):
        return (fitting or named)[0]
    there = ", ".join(found.action_id for found in elements(blocks)) or "nothing"
    raise CannotHappen(f"There is no {action_id!r} with value {value!r} here; there is {there}.")


def chosen(element: Element, value: object) -> Json:
    """Return what an element holds after a person chose or wrote this."""
    key = _KEPT[element.type][0]
    if key in _ONE_OPTION:
        return {key: _option(element, value)}
    if key in _OPTIONS:
        several = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        return {key: [_option(element, one) for one in several]}
    return {key: value}


def _option(element: Element, value: object) -> Mapping[str, Any] | None:
    if value is None:
        return None
    options = list(element.content.get("options", ()))
    for group in element.content.get("option_groups", ()):
        options += group["options"]
    for option in options:
        if option["value"] == value:
            found: Mapping[str, Any] = option
            return found
    there = ", ".join(str(option["value"]) for option in options)
    raise CannotHappen(f"{element.action_id!r} has no option {value!r}; it has {there}.")


def action_json(element: Element, value: object, ts: str) -> Json:
    """Return one action of block_actions."""
    action = {"type": element.type, "action_id": element.action_id, "block_id": element.block_id}
    action["action_ts"] = ts
    if element.type in _KEPT:
        return {**action, **chosen(element, value)}
    if element.type == "overflow":
        return {**action, "selected_option": _option(element, value)}
    if element.type == "feedback_buttons":
        return {**action, **_feedback(element, value)}
    pressed = {key: element.content[key] for key in ("text", "value") if key in element.content}
    return {**action, **pressed}


def _feedback(element: Element, value: object) -> Json:
    for name in ("positive_button", "negative_button"):
        button = element.content.get(name, {})
        if button.get("value") == value:
            return {"text": button.get("text"), "value": value}
    raise CannotHappen(f"{element.action_id!r} has no button with value {value!r}.")


def state_of(blocks: Blocks, values: Mapping[str, Any]) -> Json:
    """Return the state of blocks once a person filled in these values.

    A value is named by its block, by its action, or by both, one inside the other.
    """
    keeping = [element for element in elements(blocks) if element.type in _KEPT]
    _must_be_known(keeping, values)
    state: Json = {}
    for element in keeping:
        held = state.setdefault(element.block_id, {})
        held[element.action_id] = {"type": element.type, **_filled(element, values)}
    return state


def complete_state_of(blocks: Blocks, values: Mapping[str, Any]) -> Json:
    """Return the state of a modal that is submitted; what has to be filled in has to be."""
    state = state_of(blocks, values)
    for element in elements(blocks):
        kept = state.get(element.block_id, {}).get(element.action_id, {})
        if element.must_be_filled and not any(kept[key] for key in kept if key != "type"):
            raise CannotHappen(f"The field {element.block_id!r} has to be filled in.")
    return state


def with_pressed(state: Json, action: Json) -> Json:
    """Return the state of blocks after one of them was chosen from."""
    kept = {key: action[key] for key in ("type", *_PLACES) if key in action}
    if action["type"] not in _KEPT:
        return state
    block = {**state.get(action["block_id"], {}), action["action_id"]: kept}
    return {**state, action["block_id"]: block}


def _must_be_known(keeping: list[Element], values: Mapping[str, Any]) -> None:
    names = {name for element in keeping for name in (element.block_id, element.action_id)}
    if unknown := set(values) - names:
        there = ", ".join(sorted(names)) or "none"
        raise CannotHappen(f"There are no fields {sorted(unknown)}; there are {there}.")


def _filled(element: Element, values: Mapping[str, Any]) -> Json:
    given = values.get(element.block_id, values)
    if not isinstance(given, Mapping):
        return chosen(element, given)
    if element.action_id in given:
        return chosen(element, given[element.action_id])
    key, initial = _KEPT[element.type]
    untouched: Any = [] if key in _OPTIONS else None
    return {key: element.content.get(initial, untouched)}


def command_json(deed: Deed, channel: Channel, said: tuple[str, str], response_url: str) -> Json:
    """Return a slash command and its text as form fields."""
    team = deed.workspace.team
    return {
        "token": "not-a-secret-any-more",
        "team_id": deed.workspace.user(deed.user).team,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": deed.user,
        "user_name": deed.workspace.user(deed.user).name,
        "command": said[0],
        "text": said[1],
        "api_app_id": team.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": deed.trigger_id,
    }


def _interaction(deed: Deed, kind: str) -> Json:
    team, user = deed.workspace.team, deed.workspace.user(deed.user)
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}
    # The team is that of whoever acts; a view says beside it where the app is installed.
    domain = user.team.lower() if deed.workspace.is_outsider(user.id) else team.domain
    return {
        "type": kind,
        "team": {"id": user.team, "domain": domain},
        "user": person,
        "api_app_id": team.app_id,
        "token": "not-a-secret-any-more",
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": deed.trigger_id,
    }


def press_on_message(deed: Deed, message: Message, action: Json, response_url: str) -> Json:
    """Return block_actions for an element of a message."""
    is_ephemeral = message.visible_to is not None
    container: Json = {"type": "message", "message_ts": message.ts}
    container |= {"channel_id": message.channel, "is_ephemeral": is_ephemeral}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    channel = deed.workspace.channel(message.channel)
    pressed = _interaction(deed, "block_actions")
    pressed |= {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": with_pressed(state_of(message.blocks, {}), action)},
        "response_url": response_url,
        "actions": [action],
    }
    if not is_ephemeral:
        # What only one person sees does not travel back.
        pressed["message"] = message_json(deed.workspace, message)
    return pressed


def press_on_view(deed: Deed, view: View, action: Json, values: Mapping[str, Any]) -> Json:
    """Return block_actions for an element of a modal or a home tab, half filled in as it is."""
    state = with_pressed(state_of(view.blocks, values), action)
    pressed = _interaction(deed, "block_actions")
    pressed["container"] = {"type": "view", "view_id": view.id}
    pressed["view"] = view_json(deed.workspace, view, state)
    return {**pressed, "actions": [action]}


def submission(deed: Deed, view: View, state: Json) -> Json:
    """Return view_submission."""
    submitted = _interaction(deed, "view_submission")
    shown = view_json(deed.workspace, view, state)
    return {**submitted, "view": shown, "response_urls": []}


def closing(deed: Deed, view: View) -> Json:
    """Return view_closed."""
    closed = _interaction(deed, "view_closed")
    del closed["trigger_id"]
    return {**closed, "view": view_json(deed.workspace, view), "is_cleared": False}
