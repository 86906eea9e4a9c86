"""views.*: open modals, change them, and publish home tabs."""

from __future__ import annotations

from bot.playground.errors import Refusal
from bot.playground.methods.call import Call, Method
from bot.playground.payloads import Json, view_json
from bot.playground.views import View, ViewRefused


def _open(call: Call) -> Json:
    view = _content(call, "modal")
    user = call.place.triggers.use(call.text("trigger_id"), call.workspace.team.id)
    return _shown(call, call.workspace.views.open_modal(user, view))


def _update(call: Call) -> Json:
    by_name = call.workspace.views.by_external_id(call.text("external_id"))
    known = call.workspace.views.find(call.text("view_id")) or by_name
    if known is None:
        raise Refusal("not_found")
    content = _content(call, known.kind)
    return _shown(call, call.workspace.views.update(known, content, _hash(call)))


def _publish(call: Call) -> Json:
    content = _content(call, "home")
    user = call.text("user_id")
    if user not in call.workspace.users:
        raise Refusal("user_not_found")
    return _shown(call, call.workspace.views.publish(user, content, _hash(call)))


def _content(call: Call, kind: str) -> Json:
    view = call.document("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", "view must be an object [json-pointer:/view]")
    if view.get("type") != kind:
        raise Refusal("invalid_arguments", f"type must be {kind} [json-pointer:/view/type]")
    call.check_limits({**call.arguments, "view": view})
    return view


def _hash(call: Call) -> str | None:
    return call.text("hash") or None


def _shown(call: Call, view: View) -> Json:
    return {"view": view_json(call.workspace, call.workspace.show(view))}


def _refusing(run: Method) -> Method:
    """Let what the store of views refuses reach the app under Slack's code."""

    def guarded(call: Call) -> Json:
        try:
            return run.run(call)
        except ViewRefused as refused:
            raise Refusal(refused.code) from None

    return Method(guarded, run.required, run.scope)


METHODS = {
    "views.open": _refusing(Method(_open, ("trigger_id", "view"))),
    "views.update": _refusing(Method(_update, ("view",))),
    "views.publish": _refusing(Method(_publish, ("user_id", "view"))),
}
