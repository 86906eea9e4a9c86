"""What Slack sends becomes an arrival, or nothing: people's words do, news and bots do not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.gateway import Identity
from bot.slack.said import (
    MOST_FILES,
    from_command,
    from_message,
    from_press,
    is_outsider,
    mentions,
    plain,
)
from bot.store.arrivals import Arrival, Kind, Place, Upload

US = "UBOT"
SAID: dict[str, Any] = {
    "type": "message",
    "user": "U1",
    "channel": "C1",
    "ts": "1700000000.000100",
    "text": "<@UBOT> it invents berths",
}


def read(event: dict[str, Any]) -> Arrival | None:
    return from_message("T1", event, "Ev1", US)


def test_a_message_opens_a_case_at_its_own_time_stamp() -> None:
    arrival = read(SAID)

    assert arrival is not None
    assert arrival.place == Place("T1", "C1", "1700000000.000100")
    assert (arrival.kind, arrival.author, arrival.text) == (Kind.SAID, "U1", "it invents berths")


def test_a_reply_belongs_to_the_case_of_its_thread() -> None:
    arrival = read({**SAID, "ts": "1700000009.000100", "thread_ts": "1700000000.000100"})

    assert arrival is not None
    assert arrival.place.thread == "1700000000.000100"
    assert arrival.id == "1700000009.000100"


def changed(now: str, before: str, **more: object) -> dict[str, Any]:
    message = {**SAID, "text": now, "edited": {"ts": "1700000050.000000"}, **more}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "message": message,
        "previous_message": {**SAID, "text": before},
    }


def test_an_edit_names_the_message_and_its_own_time() -> None:
    arrival = read(changed("it invents piers", "it invents berths"))

    assert arrival is not None
    assert (arrival.kind, arrival.id, arrival.message, arrival.text) == (
        Kind.EDITED,
        "1700000000.000100",
        "1700000050.000000",
        "it invents piers",
    )


def test_a_deletion_names_the_message_that_is_gone() -> None:
    event = {
        "subtype": "message_deleted",
        "channel": "C1",
        "deleted_ts": SAID["ts"],
        "previous_message": SAID,
    }

    arrival, said = read(event), read(SAID)

    assert arrival is not None
    assert said is not None
    assert (arrival.kind, arrival.id) == (Kind.DELETED, "1700000000.000100")
    assert (arrival.place, arrival.takes_back) == (said.place, said.taken_back_by)


NOT_FOR_US: dict[str, dict[str, Any]] = {
    "another bot": {**SAID, "bot_id": "B7"},
    "another app": {**SAID, "app_id": "A7"},
    "our own message": {**SAID, "user": US},
    "Slackbot": {**SAID, "user": "USLACKBOT"},
    "nobody": {name: value for name, value in SAID.items() if name != "user"},
    "news that somebody joined": {**SAID, "subtype": "channel_join"},
    "a link that was unfurled": changed("same", "same"),
    "our own edit": changed("new", "old", user=US),
    "an edit by a bot": changed("new", "old", bot_id="B7"),
    "a deletion of ours": {
        "subtype": "message_deleted",
        "channel": "C1",
        "previous_message": {**SAID, "user": US},
    },
}


@pytest.mark.parametrize("event", NOT_FOR_US.values(), ids=NOT_FOR_US)
def test_what_is_not_for_us_is_nothing(event: dict[str, Any]) -> None:
    assert read(event) is None


FILE: dict[str, Any] = {
    "id": "F1",
    "name": "pairs.jsonl",
    "filetype": "text",
    "mimetype": "text/plain",
    "mode": "hosted",
    "size": 1200,
    "url_private": "https://files.slack.com/files-pri/T1-F1/pairs.jsonl",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/pairs.jsonl",
}
ADDRESS = FILE["url_private_download"]
BARE = {name: value for name, value in FILE.items() if name != "url_private_download"}

# what Slack says of a file -> where we would fetch it; None where it is no file for us
FILES: dict[str, tuple[dict[str, Any], str | None]] = {
    "JSONL by its name": (FILE, ADDRESS),
    "capitals": ({**FILE, "name": "PAIRS.JSONL"}, ADDRESS),
    "CSV by its type": ({**FILE, "name": "pairs", "filetype": "csv"}, ADDRESS),
    "JSON by its medium": ({**FILE, "name": "x", "mimetype": "application/json"}, ADDRESS),
    "a name that is only a title": ({**FILE, "name": None, "title": "a.csv"}, ADDRESS),
    "a short text, which Slack keeps as a snippet": ({**FILE, "mode": "snippet"}, ADDRESS),
    "one address alone": (BARE, FILE["url_private"]),
    "a file in a drive": ({**FILE, "mode": "external", "is_external": True}, ""),
    "a file that says it is hosted and lies elsewhere": ({**FILE, "is_external": True}, ""),
    "a file that Slack does not show yet": ({**FILE, "mode": "file_access"}, ""),
    "a file without an address": ({**BARE, "url_private": None}, ""),
    "a picture": ({**FILE, "name": "a.png", "filetype": "png", "mimetype": "image/png"}, None),
    "a file of nothing known": ({"id": "F1", "mode": "tombstone"}, None),
}


@pytest.mark.parametrize(("file", "address"), FILES.values(), ids=FILES)
def test_files_that_may_hold_examples_come_with_the_message(
    file: dict[str, Any], address: str | None
) -> None:
    arrival = read({**SAID, "subtype": "file_share", "text": "", "files": [file]})

    assert arrival is not None
    assert [one.address for one in arrival.files] == ([] if address is None else [address])


def test_a_file_is_its_id_name_size_and_address() -> None:
    arrival = read({**SAID, "files": [FILE]})

    assert arrival is not None
    assert arrival.files == (Upload("F1", "pairs.jsonl", 1200, ADDRESS),)


def test_of_many_files_the_first_few_are_taken() -> None:
    arrival = read({**SAID, "files": [{"mode": "hosted", "id": "F0"}, *[FILE] * 9]})

    assert arrival is not None
    assert len(arrival.files) == MOST_FILES


def test_an_edit_carries_the_files_that_the_message_has() -> None:
    arrival = read(changed("it invents piers", "it invents berths", files=[FILE]))

    assert arrival is not None
    assert len(arrival.files) == 1


@pytest.mark.parametrize(
    ("sent", "shown"),
    (
        ("<@UBOT>", ""),
        ("<@UBOT|should-finetune>: hello", "hello"),
        (
            "see <https://a.example/x|the page> &amp; <https://b.example>",
            "see the page & https://b.example",
        ),
        ("a &lt; b", "a < b"),
        ("<#C1|general> <!here>", "general !here"),
    ),
)
def test_text_is_read_as_people_see_it(sent: str, shown: str) -> None:
    assert plain(sent, US) == shown


def test_our_name_is_known_with_and_without_its_label() -> None:
    assert mentions("hi <@UBOT>", US)
    assert mentions("hi <@UBOT|sf>", US)
    assert not mentions("hi <@UBOTTER>", US)


PRESSED = {
    "user": {"id": "U2"},
    "channel": {"id": "C1"},
    "message": {"ts": "1700000001.000100", "thread_ts": "1700000000.000100"},
}

ANSWERS: dict[str, tuple[dict[str, Any], Kind, str, str]] = {
    "a button": (
        {
            "action_id": "answer:breadth:open",
            "value": '{"fact":"breadth","value":"open"}',
            "action_ts": "5",
        },
        Kind.CHOSE,
        "breadth",
        "open",
    ),
    "a choice from a list": (
        {
            "action_id": "answer:symptoms",
            "selected_option": {"value": '{"fact":"symptoms","value":"too_slow"}'},
            "action_ts": "5",
        },
        Kind.CHOSE,
        "symptoms",
        "too_slow",
    ),
    "don't know": (
        {"action_id": "unknown:breadth", "action_ts": "5"},
        Kind.DID_NOT_KNOW,
        "breadth",
        "",
    ),
    "a value of no known form": (
        {"action_id": "answer:breadth", "value": "open", "action_ts": "5"},
        Kind.CHOSE,
        "breadth",
        "open",
    ),
}


@pytest.mark.parametrize(("action", "kind", "name", "value"), ANSWERS.values(), ids=ANSWERS)
def test_a_press_says_which_fact_is_what(
    action: dict[str, Any], kind: Kind, name: str, value: str
) -> None:
    arrival = from_press("T1", PRESSED, action)

    assert arrival is not None
    assert (arrival.kind, arrival.name, arrival.value) == (kind, name, value)
    assert arrival.place.thread == "1700000000.000100"
    assert (arrival.author, arrival.id, arrival.message) == ("U2", "5", "1700000001.000100")


@pytest.mark.parametrize("missing", ("message", "channel"))
def test_a_press_from_nowhere_is_nothing(missing: str) -> None:
    body = {name: value for name, value in PRESSED.items() if name != missing}

    assert from_press("T1", body, {"action_id": "answer:breadth", "action_ts": "5"}) is None


def test_a_command_waits_for_its_dm_under_its_trigger() -> None:
    arrival = from_command("T1", {"trigger_id": "12.34.ab", "user_id": "U1"}, "our bot rambles")

    assert arrival.place == Place("T1", "command", "12.34.ab")
    assert (arrival.kind, arrival.text) == (Kind.ASKED_BY_COMMAND, "our bot rambles")


IDENTITY = Identity("T1", US, "BBOT", "should-finetune")
ON_GRID = Identity("T1", US, "BBOT", "should-finetune", "E1")


def event(**said: object) -> dict[str, Any]:
    """Return an event of a channel that is shared with another organisation."""
    return {"event": {"type": "message", **said}, "is_ext_shared_channel": True}


def press(team: str, enterprise: str = "") -> dict[str, Any]:
    whole = {"id": enterprise} if enterprise else None
    return {"type": "block_actions", "user": {"id": "U1", "team_id": team}, "enterprise": whole}


# who it is, what Slack sent, who we are
OURS: dict[str, tuple[dict[str, Any], Identity]] = {
    "a message of our team": (event(team="T1"), IDENTITY),
    "a mention of our team": (event(type="app_mention", team="T1"), IDENTITY),
    "a message under our organisation's name": (event(team="T1", user_team="E1"), ON_GRID),
    "a message of another workspace of our organisation": (
        {**event(team="T2"), "is_ext_shared_channel": False},
        ON_GRID,
    ),
    "an edit of our own": (event(message={"team": "T1"}), IDENTITY),
    "a message that says nothing, in a channel of ours": ({"event": {"user": "U1"}}, IDENTITY),
    "a press": (press("T1"), IDENTITY),
    "a press from another workspace of our organisation": (press("T2", "E1"), ON_GRID),
    "a press that does not say from where": ({"user": {"id": "U1"}}, IDENTITY),
    "a command": ({"command": "/x", "user_id": "U1", "team_id": "T1"}, IDENTITY),
}
OUTSIDERS: dict[str, tuple[dict[str, Any], Identity]] = {
    "a message of their team": (event(team="T9"), IDENTITY),
    "a mention, whose team is ours": (
        event(type="app_mention", team="T1", user_team="T9", source_team="T9"),
        IDENTITY,
    ),
    "a mention under their organisation's name": (
        event(type="app_mention", team="T1", user_team="E9"),
        ON_GRID,
    ),
    "an edit": (event(message={"team": "T9"}, previous_message={"team": "T9"}), IDENTITY),
    "a deletion": (event(previous_message={"team": "T9"}), IDENTITY),
    "a message in a DM": ({"event": {"type": "message", "team": "T9"}}, IDENTITY),
    "a message that says nothing, in a shared channel": (event(user="U9"), IDENTITY),
    "a press": (press("T9"), IDENTITY),
    "a press of another organisation": (press("T9", "E9"), ON_GRID),
    "a command": ({"command": "/x", "user_id": "U9", "team_id": "T9"}, IDENTITY),
}


@pytest.mark.parametrize(("body", "us"), OURS.values(), ids=OURS)
def test_people_of_our_organisation_are_no_outsiders(body: dict[str, Any], us: Identity) -> None:
    assert not is_outsider(body, us)


@pytest.mark.parametrize(("body", "us"), OUTSIDERS.values(), ids=OUTSIDERS)
def test_people_of_another_organisation_are_outsiders(body: dict[str, Any], us: Identity) -> None:
    assert is_outsider(body, us)
