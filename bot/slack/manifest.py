"""The app's manifest: what a workspace is asked for when the app is made from it."""

from __future__ import annotations

from typing import Any

NAME = "should-finetune"
# Mentions, posts, the command, direct messages, the agent view, training files that somebody drops
# into a message, and names for the card.
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "chat:write",
    "commands",
    "files:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
)
# Follow-ups in threads without a mention, edits and deletions in channels (history), and a greeting
# where we are invited (read); all else works without.
OPTIONAL_SCOPES = ("channels:history", "groups:history", "channels:read", "groups:read")
_EVENTS = (
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "message.im",
    "message.channels",
    "message.groups",
)
# At most four (Slack). Each is sent as it stands, so none tells facts that may not be so.
PROMPTS = (
    {
        "title": "Should we fine-tune?",
        "message": "Should we fine-tune our model? Ask me what you need to know.",
    },
    {
        "title": "It makes things up",
        "message": "Our model makes things up. Should we train it, or do something else?",
    },
    {
        "title": "It costs too much",
        "message": "Our model does its job well and costs too much. Should we train a smaller one?",
    },
    {"title": "What can you do?", "message": "help"},
)
_DESCRIPTION = "Tells a team whether to fine-tune a model, or what their problem really is."
_AGENT = (
    "Tell me what your language model does wrong. I say whether to fine-tune or what to do "
    "instead, with reasons, sources and a plan. A model may read your words; fixed rules decide."
)
_LONG = (
    "Mention it, type /should-finetune or write to it. It reads what you wrote into facts, quotes "
    "them back, asks what could change the answer, and decides by rules with sources. A language "
    "model may read your words where the operator has set one; it never decides, and answers can "
    "still be wrong: check them before you spend on them. What is kept are facts with short "
    "quotes, for as long as the operator has set; /should-finetune forget deletes what is yours."
)


def manifest(url: str = "") -> dict[str, Any]:
    """Return the manifest: for Socket Mode, or for HTTP under a public address."""
    address = f"{url.rstrip('/')}/slack/events" if url else ""
    return {
        "display_information": {
            "name": NAME,
            "description": _DESCRIPTION,
            "long_description": _LONG,
        },
        "features": {
            "agent_view": {"agent_description": _AGENT, "suggested_prompts": list(PROMPTS)},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [_command(address)],
        },
        "oauth_config": {
            "scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": _with_address({"bot_events": list(_EVENTS)}, address),
            "interactivity": _with_address({"is_enabled": True}, address),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }


def _command(address: str) -> dict[str, Any]:
    row = {
        "command": f"/{NAME}",
        "description": "Should we fine-tune, or is it something else?",
        "usage_hint": "what goes wrong · help · rules · costs · status · forget",
        "should_escape": False,
    }
    return {**row, "url": address} if address else row


def _with_address(row: dict[str, Any], address: str) -> dict[str, Any]:
    return {**row, "request_url": address} if address else row
