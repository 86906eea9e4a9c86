"""The only way out to Slack: each call is made once, and its outcome has a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.errors import SlackBusy, SlackFailed, SlackRefused, SlackRevoked, SlackUnclear
from bot.slack.pace import Pace

SECONDS = 10
"""How long one call to Slack may take: our choice."""

MOST_FILE_BYTES = 20_000_000
"""What is fetched of a file: our choice, some 20,000 chats of a page."""

FILE_SECONDS = 30.0
"""How long the whole of a file may take: our choice, 20 MB at 5 Mbit/s and the way there."""

ELSEWHERE = "file_elsewhere"
"""Our word for a file that does not lie where Slack keeps files; our token goes nowhere else."""

SENT_AWAY = "file_redirected"
"""Our word for a file in whose place Slack asks to log in: we may not read it."""

TURN = "should_finetune_turn"
"""The event type of our messages' metadata, by which a post whose answer was lost is found."""

NOBODY = "somebody"
"""How people are called whose name Slack does not tell."""

_READS_ALONG = "channels:history"
_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500
_FIRST_ERROR = 400
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_FILES_OF_SLACK = URL("https://files.slack.com")
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_CHUNK = 65_536
_WAIT = 1.0
_NAMES_KEPT = 10_000
# Slack says of these that some of what was asked may have been done.
_UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

# With these the whole workspace has shut us out, whatever we ask for.
_REVOKED = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)

Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in a workspace; `enterprise` is the organisation that it belongs to, if any."""

    team: str
    user: str
    bot: str
    name: str
    enterprise: str = ""


@asynccontextmanager
async def slack_client(token: str, url: str = "") -> AsyncIterator[AsyncWebClient]:
    """Open a client with one shared session and no retries of its own."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        base = url or AsyncWebClient.BASE_URL
        yield AsyncWebClient(
            token=token, base_url=base, session=session, timeout=SECONDS, retry_handlers=[]
        )


class Gateway:
    """Posts and edits in Slack, and looks up what a card needs."""

    def __init__(self, client: AsyncWebClient, pace: Pace | None = None) -> None:
        self._client = client
        self._pace = pace or Pace()
        self._names: dict[str, str] = {}
        self._scopes = ""

    @property
    def reads_along(self) -> bool:
        """Whether what people say in our threads reaches us without a mention, as last told."""
        return _READS_ALONG in self._scopes.split(",")

    async def identity(self) -> Identity:
        """Return who we are; the one call that is made at the start."""
        found = await _called(self._client.auth_test)
        self._note_scopes(found)
        enterprise = str(found.get("enterprise_id") or "")
        return Identity(
            found["team_id"], found["user_id"], found["bot_id"], found["user"], enterprise
        )

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Blocks = (),
        *,
        thread: str | None = None,
        turn: str = "",
    ) -> str:
        """Post a message; return its time stamp. Never tried again here: it may have been done."""
        metadata = {"event_type": TURN, "event_payload": {"turn": turn}} if turn else None
        sent = await self._paced(
            self._client.chat_postMessage,
            channel,
            thread_ts=thread,
            text=text,
            blocks=list(blocks) or None,
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(sent["ts"])

    async def edit(self, channel: str, message: str, text: str, blocks: Blocks = ()) -> None:
        """Put this text and these blocks in place of a message of ours; harmless when repeated."""
        await self._paced(
            self._client.chat_update, channel, ts=message, text=text, blocks=list(blocks)
        )

    async def take_back(self, channel: str, message: str) -> None:
        """Delete a message of ours that says nothing; where that fails, it stays."""
        with suppress(SlackFailed):
            await self._paced(self._client.chat_delete, channel, ts=message)

    async def find(self, channel: str, thread: str | None, turn: str) -> str | None:
        """Return our message for a turn, in a thread or not, where a scope lets us look."""
        look = {"channel": channel, "include_all_metadata": True, "limit": 200}
        try:
            if thread is None:
                page = await _called(self._client.conversations_history, **look)
            else:
                page = await _called(self._client.conversations_replies, ts=thread, **look)
        except SlackRefused:
            return None
        for message in page["messages"]:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("turn") == turn:
                return str(message["ts"])
        return None

    async def whisper(
        self, channel: str, user: str, text: str, blocks: Blocks = (), *, thread: str | None = None
    ) -> None:
        """Show something to one person in a channel, or in a thread of it."""
        await self._paced(
            self._client.chat_postEphemeral,
            channel,
            user=user,
            text=text,
            blocks=list(blocks) or None,
            thread_ts=thread,
        )

    async def direct(self, user: str) -> str:
        """Return the channel in which we and somebody talk alone."""
        opened = await _called(self._client.conversations_open, users=user)
        return str(opened["channel"]["id"])

    async def open_modal(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a modal; the trigger that somebody's press gave us lives for three seconds."""
        await _called(self._client.views_open, trigger_id=trigger, view=dict(view))

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Show somebody their App Home."""
        await _called(self._client.views_publish, user_id=user, view=dict(view))

    async def suggest(self, channel: str, prompts: Sequence[Mapping[str, str]]) -> None:
        """Suggest what to write first in a DM; naming a thread would make Slack do nothing."""
        await _called(
            self._client.assistant_threads_setSuggestedPrompts,
            channel_id=channel,
            prompts=[dict(prompt) for prompt in prompts],
        )

    async def download(
        self, address: str, *, most: int = MOST_FILE_BYTES, seconds: float = FILE_SECONDS
    ) -> bytes:
        """Return a file that lies with Slack, and of a larger one a byte more than `most`.

        Raises SlackRefused for any other place, before our token is shown to it, and where Slack
        sends us to another: that is how it says that we may not read the file.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._fetched(self._safe(address), most + 1, seconds)
        except aiohttp.ClientConnectorError as error:
            raise SlackBusy(_WAIT) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnclear("Slack gave no file that can be read.") from error

    async def _fetched(self, address: URL, most: int, seconds: float) -> bytes:
        session = self._client.session
        if session is None:
            raise SlackUnclear("There is no session to fetch a file with.")
        # What is packed could be far larger unpacked.
        headers = {"Authorization": f"Bearer {self._client.token}", "Accept-Encoding": "identity"}
        # Instead of the session's own limit, which is for calls.
        limit = aiohttp.ClientTimeout(total=seconds)
        for _ in range(_MOST_REDIRECTS):
            async with session.get(
                address, headers=headers, allow_redirects=False, timeout=limit
            ) as answer:
                if answer.status not in _REDIRECTS:
                    _check_file(answer)
                    return await _first_bytes(answer.content, most)
                to = address.join(URL(answer.headers.get("Location", "")))
                address = self._safe(str(to), otherwise=SENT_AWAY)
        raise SlackUnclear("Slack sent us from place to place for a file.")

    def _safe(self, address: str, *, otherwise: str = ELSEWHERE) -> URL:
        """Return an address where Slack keeps files; raises SlackRefused for any other."""
        base = URL(self._client.base_url)
        is_slack = base.host == URL(AsyncWebClient.BASE_URL).host
        home = _FILES_OF_SLACK if is_slack else base.origin()
        try:
            found = URL(address)
            same_place = found.origin() == home and not (found.user or found.password)
        except ValueError as error:
            raise SlackRefused(otherwise) from error
        if not same_place or not (home.scheme == "https" or home.host in _THIS_MACHINE):
            raise SlackRefused(otherwise)
        return found

    async def link(self, channel: str, message: str) -> str:
        """Return the address of a message, or nothing where Slack gives none."""
        try:
            found = await _called(
                self._client.chat_getPermalink, channel=channel, message_ts=message
            )
        except SlackFailed:
            return ""
        return str(found["permalink"])

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """Return how people are called; "somebody" where Slack does not tell."""
        unknown = [user for user in dict.fromkeys(users) if user and user not in self._names]
        if len(self._names) + len(unknown) > _NAMES_KEPT:
            self._names.clear()
        for user in unknown:
            if person := await self._person(user):
                self._names[user] = _name_in(person)
        return {user: self._names.get(user, NOBODY) for user in users}

    async def is_admin(self, user: str, team: str) -> bool:
        """Whether somebody runs the workspace; no where Slack does not tell."""
        person = await self._person(user)
        return person.get("team_id") == team and bool(
            person.get("is_admin") or person.get("is_owner")
        )

    async def is_outsider(self, user: str, us: Identity) -> bool:
        """Whether somebody belongs to another organisation; no where Slack does not tell."""
        person = await self._person(user)
        theirs = str((person.get("enterprise_user") or {}).get("enterprise_id") or "")
        is_ours = person.get("team_id") == us.team or bool(theirs and theirs == us.enterprise)
        return bool(person.get("team_id")) and not is_ours

    async def _paced(
        self, method: Callable[..., Any], channel: str, **given: object
    ) -> AsyncSlackResponse:
        """Make one call in a channel, held back where Slack asked for it there."""
        name = method.__name__
        await self._pace.wait(name, channel)
        try:
            answer = await _called(method, channel=channel, **given)
        except SlackBusy as busy:
            self._pace.hold(name, channel, busy.seconds)
            raise
        self._note_scopes(answer)
        return answer

    def _note_scopes(self, answer: AsyncSlackResponse) -> None:
        """Note what our token may do: Slack says so each time, and an admin may change it."""
        self._scopes = str(answer.headers.get("x-oauth-scopes") or self._scopes)

    async def _person(self, user: str) -> Mapping[str, Any]:
        """Return what Slack tells of somebody: their id alone where it will not, nothing today."""
        try:
            found = await _called(self._client.users_info, user=user)
        except SlackRefused:
            return {"id": user}
        except SlackFailed:
            return {}
        person: Mapping[str, Any] = found["user"]
        return person


def _check_file(answer: aiohttp.ClientResponse) -> None:
    """Raise what an answer says, unless it is a file: a page is Slack's way to ask who we are."""
    if answer.status == _TOO_MANY:
        raise SlackBusy(_seconds(answer.headers))
    if answer.status >= _FIRST_SERVER_ERROR:
        raise SlackUnclear("Slack failed on its side.")
    if answer.status >= _FIRST_ERROR or answer.content_type == "text/html":
        raise SlackRefused(f"file_{answer.status}")


async def _first_bytes(content: aiohttp.StreamReader, most: int) -> bytes:
    held = bytearray()
    async for chunk in content.iter_chunked(_CHUNK):
        held += chunk[: most - len(held)]
        if len(held) >= most:
            break
    return bytes(held)


def _name_in(person: Mapping[str, Any]) -> str:
    profile = person.get("profile") or {}
    called = profile.get("display_name") or person.get("real_name") or person.get("name")
    return str(called or NOBODY)


async def _called(method: Callable[..., Any], **given: object) -> AsyncSlackResponse:
    """Make one call; raise what became of it in our own words."""
    try:
        answer: AsyncSlackResponse = await method(**given)
    except SlackApiError as error:
        raise _named(error) from error
    except aiohttp.ClientConnectorError as error:
        # Nobody was reached, so nothing was done.
        raise SlackBusy(_WAIT) from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise SlackUnclear("Slack gave no answer that can be read.") from error
    return answer


def _named(error: SlackApiError) -> SlackFailed:
    answer = error.response
    if not isinstance(answer, AsyncSlackResponse):
        return SlackUnclear("Slack gave no answer that can be read.")
    code = str(answer.data.get("error") or "") if isinstance(answer.data, dict) else ""
    if answer.status_code == _TOO_MANY or code == "ratelimited":
        return SlackBusy(_seconds(answer.headers))
    if answer.status_code >= _FIRST_SERVER_ERROR or code in _UNCLEAR or not code:
        return SlackUnclear("Slack failed on its side.")
    return SlackRevoked(code) if code in _REVOKED else SlackRefused(code)


def _seconds(headers: Mapping[str, Any]) -> float:
    """Return how long Slack asks us to wait; a header may come as a list of one."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            first = str(value[0] if isinstance(value, list) else value)
            return float(first) if first.replace(".", "", 1).isdigit() else _WAIT
    return _WAIT
