"""Turns what Slack sends into arrivals: what was done, by whom, in which case; or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any

from bot.slack.gateway import Identity
from bot.store.arrivals import Arrival, Kind, Place, Upload

COMMAND = "command"
"""Stands for the channel of a case that was opened by the command, until its DM is known."""

MOST_FILES = 3
"""Files of one message that are measured: our choice, what one answer has room for."""

_LONGEST_NAME = 200
_DATA_NAMES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_DATA_TYPES = frozenset({"csv", "tsv", "json", "jsonl", "ndjson"})
_DATA_MEDIA = frozenset(
    {"text/csv", "text/tab-separated-values", "application/json", "application/jsonl"}
)
# Slack keeps a short text that was uploaded as a snippet, and any other file as hosted.
_HELD_BY_SLACK = frozenset({"hosted", "snippet"})
# Slack's kinds of messages that a person wrote; all others are news about messages.
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})


def from_message(team: str, event: Mapping[str, Any], event_id: str, us: str) -> Arrival | None:
    """Return what a message event says to us; None for bots, for us, and for other news."""
    match event.get("subtype") or "":
        case "message_changed":
            return _edited(team, event, event_id, us)
        case "message_deleted":
            return _deleted(team, event, event_id, us)
        case subtype if subtype in _SPOKEN:
            return _said(team, event, event_id, us)
    return None


def _said(team: str, event: Mapping[str, Any], event_id: str, us: str) -> Arrival | None:
    if not _by_a_person(event, us):
        return None
    # A mention comes again when its text is edited: where we may not read along, that is all of it.
    changed = str((event.get("edited") or {}).get("ts") or "")
    return Arrival(
        _place(team, event, str(event["channel"])),
        str(event["ts"]),
        Kind.EDITED if changed else Kind.SAID,
        str(event["user"]),
        event_id,
        plain(str(event.get("text") or ""), us),
        message=changed,
        files=_files(event),
    )


def _edited(team: str, event: Mapping[str, Any], event_id: str, us: str) -> Arrival | None:
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":
        # What opened a thread leaves a stone where it stood.
        return _deleted(team, event, event_id, us)
    text = str(now.get("text") or "")
    # An unfurled link and a new reply are told as changes too; the words are the same then.
    if not _by_a_person(now, us) or text == str(before.get("text") or ""):
        return None
    changed = str((now.get("edited") or {}).get("ts") or event.get("event_ts") or "")
    return Arrival(
        _place(team, now, str(event["channel"])),
        str(now["ts"]),
        Kind.EDITED,
        str(now["user"]),
        event_id,
        plain(text, us),
        message=changed,
        files=_files(now),
    )


def _files(message: Mapping[str, Any]) -> tuple[Upload, ...]:
    """Return the files of a message that may hold examples, by their type or name; a few at most.

    One that lies elsewhere, in a drive say, gets no address: it is never fetched.
    """
    found = (one for one in message.get("files") or () if _may_hold_examples(one))
    return tuple(_upload(one) for one in islice(found, MOST_FILES))


def _may_hold_examples(file: Mapping[str, Any]) -> bool:
    named = str(file.get("name") or file.get("title") or "").lower().endswith(_DATA_NAMES)
    typed = str(file.get("filetype") or "").lower() in _DATA_TYPES
    return named or typed or str(file.get("mimetype") or "").lower() in _DATA_MEDIA


def _upload(file: Mapping[str, Any]) -> Upload:
    is_ours_to_read = file.get("mode") in _HELD_BY_SLACK and not file.get("is_external")
    address = file.get("url_private_download") or file.get("url_private") or ""
    return Upload(
        str(file.get("id") or ""),
        str(file.get("name") or file.get("title") or "")[:_LONGEST_NAME],
        int(file.get("size") or 0),
        str(address) if is_ours_to_read else "",
    )


def _deleted(team: str, event: Mapping[str, Any], event_id: str, us: str) -> Arrival | None:
    before = event.get("previous_message") or {}
    if not _by_a_person(before, us):
        return None
    place = _place(team, before, str(event["channel"]))
    gone = str(event.get("deleted_ts") or before["ts"])
    return Arrival(place, gone, Kind.DELETED, str(before["user"]), event_id)


def _by_a_person(message: Mapping[str, Any], us: str) -> bool:
    if message.get("bot_id") or message.get("bot_profile") or message.get("app_id"):
        return False
    return bool(message.get("ts")) and message.get("user") not in {None, "", us, "USLACKBOT"}


def _place(team: str, message: Mapping[str, Any], channel: str) -> Place:
    return Place(team, channel, str(message.get("thread_ts") or message["ts"]))


def is_outsider(body: Mapping[str, Any], us: Identity) -> bool:
    """Whether whoever did this belongs to another organisation, by what Slack says in it.

    A mention's `team` may be ours even so; who wrote it is in `user_team`. Where nothing is said,
    it is one of us, unless the channel is shared with others.
    """
    is_shared = bool(body.get("is_ext_shared_channel"))
    theirs = _organisations(body)
    if not theirs:
        return is_shared
    if theirs & {us.team, us.enterprise}:
        return False
    # In a channel of our own organisation there are people of its other workspaces.
    return is_shared or not ("event" in body and us.enterprise)


def _organisations(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the workspace, and where it is told the organisation, of whoever did this."""
    event = body.get("event") or {}
    if event:
        said = event.get("message") or event.get("previous_message") or event
        named = [said.get("user_team") or said.get("team") or said.get("source_team")]
    else:
        person = body.get("user") or {}
        enterprise = body.get("enterprise") or {}
        named = [person.get("team_id") or body.get("team_id")]
        named += [enterprise.get("id"), body.get("enterprise_id")]
    return frozenset(str(one) for one in named if one)


def mentions(text: str, us: str) -> bool:
    """Whether a message names us."""
    return f"<@{us}>" in text or f"<@{us}|" in text


def plain(text: str, us: str) -> str:
    """Return a message as people read it: our name away, links and names as they are shown."""
    text = _ours(us).sub("", text)
    text = _link().sub(lambda match: match["label"] or match["target"], text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.strip()


@cache
def _ours(us: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(us)}(?:\|[^>]*)?>[:,]?")


@cache
def _link() -> re.Pattern[str]:
    return re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")


def from_press(team: str, body: Mapping[str, Any], action: Mapping[str, Any]) -> Arrival | None:
    """Return what a pressed answer says; None where the message belongs to no channel."""
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    if not message.get("ts") or not channel or not action.get("action_ts"):
        return None
    name, value = _answer(action)
    return Arrival(
        _place(team, message, channel),
        str(action["action_ts"]),
        Kind.CHOSE if value else Kind.DID_NOT_KNOW,
        str(body["user"]["id"]),
        name=name,
        value=value,
        message=str(message["ts"]),
    )


def _answer(action: Mapping[str, Any]) -> tuple[str, str]:
    """Return which fact was answered and how; no value for "don't know"."""
    kind, _, rest = str(action.get("action_id") or "").partition(":")
    named = rest.partition(":")[0]
    if kind == "unknown":
        return named, ""
    given = str((action.get("selected_option") or {}).get("value") or action.get("value") or "")
    try:
        document = json.loads(given)
    except ValueError:
        return named, given
    if isinstance(document, dict):
        return str(document.get("fact") or named), str(document.get("value") or "")
    return named, given


def from_command(team: str, body: Mapping[str, Any], text: str) -> Arrival:
    """Return what was typed after the command; its case is opened in a DM by whoever takes it."""
    trigger = str(body["trigger_id"]).replace(":", ".")
    place = Place(team, COMMAND, trigger)
    return Arrival(place, trigger, Kind.ASKED_BY_COMMAND, str(body["user_id"]), text=text)
