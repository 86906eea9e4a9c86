"""The methods of the Web API that an app of ours may call."""

from __future__ import annotations

from collections.abc import Mapping

from bot.playground.methods import assistance, chat, conversations, people, views
from bot.playground.methods.call import Method

METHODS: Mapping[str, Method] = {
    **people.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **views.METHODS,
    **assistance.METHODS,
}
