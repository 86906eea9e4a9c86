"""Makes what we say visible, once: a post is noted before and after, and all that follows is edits.

What somebody deleted of ours is posted anew, and where a channel takes nothing any more, whoever
asked is told in person.
"""

from __future__ import annotations

import logging

from bot.errors import SlackRefused
from bot.slack import replies
from bot.slack.gateway import Gateway
from bot.slack.render import Reply
from bot.store.arrivals import Arrival, Place
from bot.store.cases import POSTING, Cases

_LOG = logging.getLogger(__name__)

# Slack's words for a message that it will not show as it is; its text alone may still be shown.
_UNSHOWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long"})
# Slack's words for a message of ours that is no longer there, or may no longer be edited.
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# Slack's words for a channel or thread that takes nothing from us, now or later.
CLOSED = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
    }
)


class Display:
    """Posts and edits for one case at a time."""

    def __init__(self, gateway: Gateway, cases: Cases) -> None:
        self._gateway = gateway
        self._cases = cases

    async def first(self, place: Place, turn: str, reply: Reply, *, opener: str = "") -> str:
        """Return our message in a case's thread for a turn; it is posted where there is none."""
        noted = await self._cases.begin_post(place, turn, opener=opener)
        return await self._posted(place, turn, noted, (place.channel, place.thread), reply)

    async def in_person(self, place: Place, turn: str, channel: str, reply: Reply) -> str:
        """Return our message for a turn in a direct conversation, outside any thread."""
        noted = await self._cases.begin_post(place, turn)
        return await self._posted(place, turn, noted, (channel, None), reply)

    async def _posted(
        self, place: Place, turn: str, noted: str, where: tuple[str, str | None], reply: Reply
    ) -> str:
        """Post, but for what is there already; a post whose fate is unknown is looked for."""
        channel, thread = where
        if noted == POSTING:
            noted = await self._gateway.find(channel, thread, turn) or ""
        message = noted or await self._gateway.post(
            channel, reply.text, reply.blocks, thread=thread, turn=turn
        )
        counts = await self._cases.end_post(place, turn, message)
        if counts != message:
            # Another process took us for dead and posted too: what nobody will edit goes.
            await self._gateway.take_back(channel, message)
        return counts

    async def show(self, place: Place, message: str, reply: Reply) -> str:
        """Show a reply in a message of ours; return where it stands, which may be a new one."""
        try:
            await self._edit(place, message, reply)
        except SlackRefused as refused:
            if refused.code not in _GONE:
                raise
            again = await self.first(place, f"again:{message}", replies.reading())
            await self._edit(place, again, reply)
            return again
        return message

    async def tell_in_person(self, arrival: Arrival) -> None:
        """Tell whoever wrote where nothing can be posted, in a direct message, once."""
        told = replies.cannot_answer_there(arrival.place.channel)
        try:
            channel = await self._gateway.direct(arrival.author)
            await self.in_person(arrival.place, f"person:{arrival.id}", channel, told)
        except SlackRefused as refused:
            _LOG.warning("nor can its author be told: %s", refused.code)

    async def _edit(self, place: Place, message: str, reply: Reply) -> None:
        try:
            await self._gateway.edit(place.channel, message, reply.text, reply.blocks)
        except SlackRefused as refused:
            if refused.code not in _UNSHOWABLE:
                raise
            _LOG.error("slack would not show the blocks of %s: %s", place.key, refused.code)
            await self._gateway.edit(place.channel, message, reply.text)
