"""One team's people, channels, messages and views, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.playground.clock import Clock
from bot.playground.errors import CannotHappen
from bot.playground.views import View, Views, with_block_ids

Kind = Literal["channel", "group", "im"]
Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Team:
    """A team and the app's place in it."""

    id: str
    name: str
    bot_token: str
    bot_user: str = "UBOT"
    bot_id: str = "BBOT"
    app_id: str = "A1"

    @property
    def domain(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True)
class User:
    """A person or the bot; a person of another organisation has another team."""

    id: str
    name: str
    team: str
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class Channel:
    """A channel, or the direct messages between the bot and one person."""

    id: str
    name: str
    kind: Kind = "channel"
    members: frozenset[str] = frozenset()
    is_archived: bool = False
    is_ext_shared: bool = False


@dataclass(frozen=True)
class Message:
    """A message as it stands; `visible_to` makes it ephemeral."""

    channel: str
    user: str
    text: str
    ts: str = ""
    thread_ts: str | None = None
    blocks: Blocks = ()
    attachments: Blocks = ()
    metadata: Mapping[str, Any] | None = None
    bot_id: str | None = None
    subtype: str | None = None
    visible_to: str | None = None
    edited_by: str | None = None
    edited_ts: str | None = None
    reactions: tuple[tuple[str, str], ...] = ()
    files: Blocks = ()

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True)
class Posted:
    """A new message, ephemeral ones included."""

    message: Message


@dataclass(frozen=True)
class Edited:
    """A message whose words, blocks or attachments changed."""

    before: Message
    after: Message


@dataclass(frozen=True)
class Deleted:
    """A message that is gone."""

    message: Message
    ts: str


@dataclass(frozen=True)
class Joined:
    """Someone is now a member of a channel."""

    user: str
    channel: str
    inviter: str | None


@dataclass(frozen=True)
class Left:
    """Someone is no longer a member of a channel."""

    user: str
    channel: str


@dataclass(frozen=True)
class Reacted:
    """Someone put an emoji under a message."""

    message: Message


@dataclass(frozen=True)
class Shown:
    """A view was opened, published or replaced."""

    view: View


@dataclass(frozen=True)
class Closed:
    """A modal is gone."""

    view: View


@dataclass(frozen=True)
class StatusSet:
    """The line under a thread that says what the app is doing; empty when it is cleared."""

    channel: str
    thread_ts: str
    status: str


Change = Posted | Edited | Deleted | Joined | Left | Reacted | Shown | Closed | StatusSet
Listener = Callable[["Workspace", Change], None]


@dataclass(frozen=True)
class Session:
    """An agent's session in a thread."""

    status: str
    title: str | None = None


@dataclass(frozen=True)
class Assistance:
    """What the app says around its messages, by (channel, thread) or by channel."""

    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    prompts: dict[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)


class Workspace:
    """A team's state; whoever listens hears of every change.

    `scopes` are what the team granted to the app, and may change at any time. `revoked` is the
    error code that the team's token gets once it no longer counts.
    """

    def __init__(self, team: Team, clock: Clock, scopes: Iterable[str]) -> None:
        self.team = team
        self.clock = clock
        self.scopes = set(scopes)
        self.revoked: str | None = None
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.assistance = Assistance()
        self.listeners: list[Listener] = []
        self.views = Views(team, clock)
        self.uploads: dict[str, bytes] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        bot = User(team.bot_user, "should-finetune", team.id, is_bot=True)
        self.users[bot.id] = bot

    def tell(self, change: Change) -> None:
        """Let whoever listens know."""
        for listener in self.listeners:
            listener(self, change)

    # People and places

    def add_user(
        self, name: str, *, user_id: str = "", is_admin: bool = False, team: str | None = None
    ) -> User:
        """Add a person; with another team they are a stranger from Slack Connect."""
        known = user_id or self.clock.name("U")
        self.users[known] = User(known, name, team or self.team.id, is_admin)
        return self.users[known]

    def change_user(self, user_id: str, **changes: Any) -> User:  # noqa: ANN401
        """Rename, promote or deactivate a person."""
        self.users[user_id] = replace(self.users[user_id], **changes)
        return self.users[user_id]

    def add_channel(
        self, name: str, *members: str, channel_id: str = "", kind: Kind = "channel"
    ) -> Channel:
        """Add a channel with these members; the bot is one only if it is among them."""
        for member in members:
            self.user(member)
        channel = Channel(
            channel_id or self.clock.name("C"),
            name,
            kind,
            frozenset(members),
            is_ext_shared=any(map(self.is_outsider, members)),
        )
        self.channels[channel.id] = channel
        return channel

    def change_channel(self, channel_id: str, **changes: Any) -> Channel:  # noqa: ANN401
        """Archive, rename or share a channel."""
        self.channels[channel_id] = replace(self.channels[channel_id], **changes)
        return self.channels[channel_id]

    def user(self, user_id: str) -> User:
        """Return a person who has to exist."""
        if user_id not in self.users:
            raise CannotHappen(f"There is no user {user_id!r} in team {self.team.id}.")
        return self.users[user_id]

    def is_outsider(self, user_id: str) -> bool:
        """Whether a person belongs to another organisation."""
        known = self.users.get(user_id)
        return known is not None and known.team != self.team.id

    def channel(self, channel_id: str) -> Channel:
        """Return a channel that has to exist."""
        if channel_id not in self.channels:
            raise CannotHappen(f"There is no channel {channel_id!r} in team {self.team.id}.")
        return self.channels[channel_id]

    def dm_with(self, user_id: str) -> Channel | None:
        """Return the direct messages between the bot and a person, if anyone opened them."""
        known = (c for c in self.channels.values() if c.kind == "im" and user_id in c.members)
        return next(known, None)

    def open_dm(self, user_id: str) -> Channel:
        """Return the direct messages between the bot and a person, opened if need be."""
        self.user(user_id)
        if known := self.dm_with(user_id):
            return known
        members = frozenset({user_id, self.team.bot_user})
        channel = Channel(
            self.clock.name("D"),
            "directmessage",
            "im",
            members,
            is_ext_shared=self.is_outsider(user_id),
        )
        self.channels[channel.id] = channel
        return channel

    def join(self, user_id: str, channel_id: str, inviter: str | None = None) -> None:
        """Make someone a member of a channel."""
        channel = self.channel(channel_id)
        if user_id in channel.members:
            return
        is_shared = channel.is_ext_shared or self.is_outsider(user_id)
        members = channel.members | {user_id}
        self.change_channel(channel_id, members=members, is_ext_shared=is_shared)
        self.tell(Joined(user_id, channel_id, inviter))

    def leave(self, user_id: str, channel_id: str) -> None:
        """Take someone out of a channel."""
        channel = self.channel(channel_id)
        if user_id not in channel.members:
            return
        self.change_channel(channel_id, members=channel.members - {user_id})
        self.tell(Left(user_id, channel_id))

    # Messages

    def post(self, message: Message) -> Message:
        """Add a message, with its own ts and an id for each of its blocks."""
        blocks = with_block_ids(message.blocks, self.clock)
        posted = replace(message, ts=self.clock.ts(), blocks=blocks)
        self._messages.setdefault(posted.channel, {})[posted.ts] = posted
        if posted.bot_id and posted.visible_to is None:
            # Slack takes the status away as soon as the app has said something.
            self.clear_status(posted.channel, posted.thread_ts)
        self.tell(Posted(posted))
        return posted

    def clear_status(self, channel: str, thread_ts: str | None) -> None:
        """Take away what the app said it was doing in a thread."""
        if thread_ts and self.assistance.statuses.pop((channel, thread_ts), None):
            self.tell(StatusSet(channel, thread_ts, ""))

    def edit(self, channel: str, ts: str, editor: str | None, **changes: Any) -> Message:  # noqa: ANN401
        """Change a message; without an editor it is Slack itself, as when a link unfolds."""
        before = self._messages[channel][ts]
        if "blocks" in changes:
            changes["blocks"] = with_block_ids(changes["blocks"], self.clock)
        if editor:
            changes |= {"edited_by": editor, "edited_ts": self.clock.ts()}
        after = replace(before, **changes)
        self._messages[channel][ts] = after
        self.tell(Edited(before, after))
        return after

    def delete(self, channel: str, ts: str) -> None:
        """Take a message away; one with replies leaves a tombstone."""
        gone = self._messages[channel][ts]
        for file in gone.files:
            self.uploads.pop(str(file["id"]), None)
        if not gone.is_reply and len(self.thread(channel, ts)) > 1:
            blank = {"text": "This message was deleted.", "blocks": (), "attachments": ()}
            blank["files"] = ()
            stone = {"subtype": "tombstone", "user": "USLACKBOT", "metadata": None, "bot_id": None}
            self.edit(channel, ts, None, **blank, **stone)
            return
        del self._messages[channel][ts]
        self.tell(Deleted(gone, self.clock.ts()))

    def react(self, channel: str, ts: str, name: str, user: str) -> None:
        """Put an emoji under a message."""
        message = self._messages[channel][ts]
        reacted = replace(message, reactions=(*message.reactions, (name, user)))
        self._messages[channel][ts] = reacted
        self.tell(Reacted(reacted))

    def everything(self) -> tuple[Message, ...]:
        """Return every message of every channel."""
        return tuple(m for of_channel in self._messages.values() for m in of_channel.values())

    def restore(self, messages: Iterable[Message]) -> None:
        """Put messages back as they were, without telling anyone."""
        for message in messages:
            self._messages.setdefault(message.channel, {})[message.ts] = message

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message as it stands, or None when there is none."""
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str) -> tuple[Message, ...]:
        """Return all of a channel's messages in order, replies and ephemerals included."""
        found = self._messages.get(channel, {})
        return tuple(found[ts] for ts in sorted(found))

    def thread(self, channel: str, ts: str) -> tuple[Message, ...]:
        """Return a message and its replies, without ephemerals."""
        heard = (m for m in self.messages(channel) if m.visible_to is None)
        return tuple(m for m in heard if ts in {m.ts, m.thread_ts})

    def ephemerals(self, user_id: str) -> tuple[Message, ...]:
        """Return what one person alone sees."""
        everywhere = (m for channel in self._messages for m in self.messages(channel))
        return tuple(m for m in everywhere if m.visible_to == user_id)

    # Views

    def show(self, view: View) -> View:
        """Tell of a view that was opened, published or replaced."""
        self.tell(Shown(view))
        return view

    def close_view(self, view_id: str) -> None:
        """Take a modal away."""
        if view := self.views.take_away(view_id):
            self.tell(Closed(view))
