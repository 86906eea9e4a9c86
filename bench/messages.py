"""What people write in the bench: situations of tests/cases, with readings that a model gave."""

from __future__ import annotations

import hashlib
import hmac
import html
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.evaluation.cases import load_cases
from bot.reading.port import Message
from bot.reading.prompts import load_prompt
from bot.reading.recordings import load_answers, request_of

TEAM, NEIGHBOUR, US, APP = "T0BENCH", "T0NEXT", "UBOT", "A0BENCH"
SECRET = "of-the-bench"

_CASES = Path(__file__).parents[1] / "tests" / "cases"
_FILES = ("own_check.jsonl", "own_tune.jsonl", "own_tune_2.jsonl")
# Neither vowels, which make words, nor the two that a name is put together with.
_LETTERS = "bcdfghjkmnprstvwxz"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody wrote, and the answer that a strong model gave when asked for its facts."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention of us, by a person of its own, that opens a thread of its own."""

    user: str
    channel: str
    ts: str
    text: str
    name: str

    @property
    def event(self) -> str:
        """The id of the event that brings it."""
        return f"Ev{self.ts.replace('.', '')}"


@cache
def situations() -> tuple[Situation, ...]:
    """Return the situations that a reading is recorded of, as many as a model's answers differ."""
    prompt, answers = load_prompt(), load_answers(_CASES / "recordings.jsonl")
    found = []
    for name in _FILES:
        for case in load_cases(_CASES / name):
            digest = request_of(Message(case.text), prompt)["digest"]
            if digest in answers:
                found.append(Situation(case.text, json.dumps(answers[digest])))
    if not found:
        raise SystemExit("No reading is recorded for the prompt as it is now: see tests/cases.")
    return tuple(found)


def mentions(count: int, *, people: int = 0) -> Iterator[Mention]:
    """Yield mentions that are all new, each by a person in a channel of their own.

    With `people`, so many persons say them in turn, each in their channel.
    """
    texts = itertools.cycle(enumerate(situations()))
    for number in itertools.islice(_NUMBERS, count):
        place, situation = next(texts)
        whom = number % people if people else number
        name = f"q{_in_letters(place)}y{_in_letters(number)}q"
        text = html.escape(situation.text, quote=False)
        yield Mention(
            user=f"U{whom:09d}",
            channel=f"C{whom:09d}",
            ts=f"{int(time.time())}.{number:06d}",
            text=f"<@{US}> {text} ({name})",
            name=name,
        )


def reading_of(name: str) -> str:
    """Return the recorded answer for a message of that name."""
    place = 0
    for letter in reversed(name.removeprefix("q").partition("y")[0]):
        place = place * len(_LETTERS) + _LETTERS.index(letter)
    return situations()[place].answer


def _in_letters(number: int) -> str:
    """Return a number in letters, so that no reader takes it for a figure."""
    found = ""
    while number or not found:
        number, digit = divmod(number, len(_LETTERS))
        found += _LETTERS[digit]
    return found


def event_body(mention: Mention, *, team: str = TEAM) -> bytes:
    """Return the body of the event that Slack sends for a mention, with all that it carries."""
    words = [
        {"type": "user", "user_id": US},
        {"type": "text", "text": mention.text.removeprefix(f"<@{US}>")},
    ]
    blocks = [
        {
            "type": "rich_text",
            "block_id": "b1",
            "elements": [{"type": "rich_text_section", "elements": words}],
        }
    ]
    event = {
        "user": mention.user,
        "type": "app_mention",
        "ts": mention.ts,
        "client_msg_id": "6cf7b6a0-5b9c-4ab4-9d5f-0fd7c6e5a4b1",
        "text": mention.text,
        "team": team,
        "blocks": blocks,
        "channel": mention.channel,
        "event_ts": mention.ts,
    }
    envelope = {
        "token": "unused",
        "team_id": team,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": mention.event,
        "event_time": int(float(mention.ts)),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": US,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6ImFwcF9tZW50aW9uIiwidGlkIjoiVDBCRU5DSCJ9",
    }
    return json.dumps(envelope).encode()


def request(body: bytes) -> bytes:
    """Return the whole HTTP request that brings a body, signed as Slack signs."""
    now = str(int(time.time()))
    mark = hmac.new(SECRET.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256)
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Signature: v0={mark.hexdigest()}\r\nX-Slack-Request-Timestamp: {now}\r\n\r\n"
    )
    return head.encode() + body


def requests(said: Sequence[Mention], *, team: str = TEAM) -> list[bytes]:
    """Return the signed requests that bring these mentions, made before the clock runs."""
    return [request(event_body(one, team=team)) for one in said]
