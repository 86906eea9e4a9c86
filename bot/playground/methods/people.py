"""auth.test, users.info and reactions.add."""

from __future__ import annotations

from bot.playground.errors import Refusal
from bot.playground.methods.call import Call, Method
from bot.playground.payloads import Json, user_json


def _test(call: Call) -> Json:
    team = call.workspace.team
    return {
        "url": f"{call.place.site}/",
        "team": team.name,
        "user": call.workspace.users[team.bot_user].name,
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def _user(call: Call) -> Json:
    if call.text("user") not in call.workspace.users:
        raise Refusal("user_not_found")
    return {"user": user_json(call.workspace, call.text("user"))}


def _react(call: Call) -> Json:
    channel = call.channel_of_bot()
    message = call.message(channel, "timestamp")
    reaction = (call.text("name").strip(":"), call.workspace.team.bot_user)
    if not reaction[0]:
        raise Refusal("invalid_name")
    if reaction in message.reactions:
        raise Refusal("already_reacted")
    call.workspace.react(channel.id, message.ts, *reaction)
    return {}


METHODS = {
    "auth.test": Method(_test),
    "users.info": Method(_user, ("user",), "users:read"),
    "reactions.add": Method(_react, ("channel", "name", "timestamp"), "reactions:write"),
}
