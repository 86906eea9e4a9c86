"""The manifest asks for what we use, in the form and the lengths that Slack takes."""

from __future__ import annotations

import json

import pytest

from bot.slack.manifest import NAME, OPTIONAL_SCOPES, PROMPTS, SCOPES, manifest


@pytest.mark.parametrize("url", ("", "https://bot.example/"))
def test_every_text_has_the_length_that_slack_takes(url: str) -> None:
    document = manifest(url)
    shown = document["display_information"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert all(len(row["command"]) <= 32 for row in document["features"]["slash_commands"])
    assert len(document["features"]["agent_view"]["agent_description"]) <= 300


def test_the_agent_view_suggests_four_prompts_at_most_and_may_be_set() -> None:
    view = manifest()["features"]["agent_view"]

    assert view["suggested_prompts"] == list(PROMPTS)
    assert 1 <= len(PROMPTS) <= 4
    assert all(prompt["title"] and prompt["message"] for prompt in PROMPTS)
    assert "assistant:write" in SCOPES


# What an event needs (Slack's reference); without it the event does not come.
NEEDED = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
}


def test_each_event_has_its_scopes_and_each_optional_scope_is_for_an_event() -> None:
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]
    needed = set().union(*(NEEDED[event] for event in events))

    assert needed <= {*SCOPES, *OPTIONAL_SCOPES}
    assert set(OPTIONAL_SCOPES) <= needed
    assert not {*SCOPES} & {*OPTIONAL_SCOPES}


def test_files_are_read_by_default_and_never_written() -> None:
    assert "files:read" in SCOPES
    assert "files:write" not in {*SCOPES, *OPTIONAL_SCOPES}


def test_over_http_every_address_is_ours_and_socket_mode_is_off() -> None:
    document = manifest("https://bot.example/")

    assert json.dumps(document).count("https://bot.example/slack/events") == 3
    assert not document["settings"]["socket_mode_enabled"]


def test_without_an_address_it_is_for_socket_mode() -> None:
    assert "http" not in json.dumps(manifest()["settings"])
    assert manifest()["settings"]["socket_mode_enabled"]


def test_the_command_is_the_one_that_people_are_told_of() -> None:
    assert [row["command"] for row in manifest()["features"]["slash_commands"]] == [f"/{NAME}"]
