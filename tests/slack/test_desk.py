"""The desk over a real store and a Slack on localhost: turns that fail, get lost, or repeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from bot.consultant import Consultant
from bot.domain.conversation import fold
from bot.domain.problem import Basis, Fact
from bot.errors import BadInput, SlackBusy, SlackRevoked, SlackUnclear, StoreContended, TurnFailed
from bot.market.loader import load_market
from bot.playground import uploads
from bot.playground.faults import Delayed, Dropped, Failed, RateLimited, Refused
from bot.playground.slack import LocalSlack
from bot.playground.uploads import FETCHED, file_json
from bot.reading.port import Message, Reading
from bot.slack import replies
from bot.slack.desk import MOST_ENDED, MOST_TRIES, Desk
from bot.slack.gateway import Gateway, slack_client
from bot.slack.uploads import MOST_FETCHES
from bot.store.arrivals import Arrival, Kind, Place, Upload
from bot.store.aside import Aside
from bot.store.cases import Cases
from bot.store.connect import connected, settled
from bot.store.inbox import Inbox
from bot.store.keys import case_key
from bot.store.sealing import Seal
from tests.chaos.patience import seen
from tests.holding import taken_over, waiting_in
from tests.redis_servers import RedisServer
from tests.slack.house import text_of

WIKI = Reading(
    (
        Fact("symptoms", "made_up_facts"),
        Fact("answer_source", "reference_material"),
        Fact("source_access", "none"),
    )
)


NAME = "heron-merger.jsonl"
SECRET = "the merger is called heron"
CONTENT = b"".join(
    b'{"prompt": "question %d", "completion": "%s %d"}\n' % (n, SECRET.encode(), n)
    for n in range(60)
)


class Broken(Exception):
    """A defect of ours that nobody foresaw."""


@dataclass
class Script:
    """A reader that gives what it is told to, and fails as often as it is told to."""

    fails: int = 0
    asked: list[Message] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)

    async def ready(self) -> None:
        """Nothing to load."""

    async def read(self, message: Message) -> Reading:
        self.asked.append(message)
        if self.fails > 0:
            self.fails -= 1
            raise Broken
        return self.readings.get(message.text, WIKI)


@dataclass
class Room:
    """A desk with all that it stands on."""

    slack: LocalSlack
    desk: Desk
    reader: Script
    redis: Redis

    async def put(self, **changes: object) -> Arrival:
        """Let somebody mention us, and keep it as the listener would."""
        ann = self.slack.workspace.add_user("ann").id
        channel = self.slack.workspace.add_channel("room", ann, "UBOT").id
        ts = await self.slack.say(ann, channel, "<@UBOT> it invents berths")
        arrival = Arrival(Place("T1", channel, ts), ts, Kind.SAID, ann, text="it invents berths")
        arrival = replace(arrival, **changes)  # type: ignore[arg-type]
        await self.desk.inbox.put(arrival)
        return arrival

    async def put_with_file(self, content: bytes, text: str = "it invents berths") -> Arrival:
        """Let somebody put a file into a message to us, and keep it as the listener would."""
        ann = self.slack.workspace.add_user("ann").id
        channel = self.slack.workspace.add_channel("room", ann, "UBOT").id
        ts = await self.slack.say(ann, channel, text)
        shown = file_json(self.slack.workspace, self.slack.site, ann, uploads.Upload(NAME, content))
        address = str(shown["url_private_download"])
        file = Upload(str(shown["id"]), NAME, len(content), address)
        place = Place("T1", channel, ts)
        arrival = Arrival(place, ts, Kind.SAID, ann, text=text, files=(file,))
        await self.desk.inbox.put(arrival)
        return arrival

    async def take(self, place: Place, *, again: bool = False, outdated: bool = False) -> None:
        """Take what waits as a worker does to whom nobody else is at it."""
        held = await taken_over(self.redis, place)
        await self.desk.take(held, again=again, outdated=outdated)

    def shown(self, place: Place) -> list[str]:
        return [text_of(one) for one in self.slack.answers(place.channel, place.thread)]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    with TemporaryDirectory(prefix="sf-") as folder, RedisServer(Path(folder)) as server:
        async with (
            LocalSlack() as slack,
            slack_client(slack.bot_token, slack.url) as client,
            connected(server.url) as redis,
        ):
            seal = Seal([Fernet.generate_key().decode()])
            reader = Script()
            desk = Desk(
                consultant=Consultant(
                    reader=reader, market=load_market(), today=lambda: date(2026, 11, 23)
                ),
                cases=Cases(redis, seal, days=90),
                inbox=Inbox(redis, seal),
                aside=Aside(redis),
                gateway=Gateway(client),
            )
            assert isinstance(redis, Redis)
            yield Room(slack, desk, reader, redis)


async def test_a_turn_that_fails_is_tried_again_and_answered_once(room: Room) -> None:
    arrival = await room.put()
    room.reader.fails = 2
    for _ in range(2):
        with pytest.raises(TurnFailed):
            await room.take(arrival.place)

    await room.take(arrival.place)

    (shown,) = room.shown(arrival.place)
    assert "Bring the knowledge to the model" in shown


async def test_a_turn_that_always_fails_is_set_aside_and_the_person_is_told(room: Room) -> None:
    arrival = await room.put()
    room.reader.fails = MOST_TRIES
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TurnFailed):
            await room.take(arrival.place)

    await room.take(arrival.place)

    (shown,) = room.shown(arrival.place)
    (row,) = await room.desk.aside.rows()
    assert "set it aside" in shown
    assert (row.place, row.kind, row.error) == (arrival.place, "said", "Broken")
    assert await waiting_in(room.desk.inbox, arrival.place) == ()


async def test_what_was_set_aside_can_be_put_back_and_is_then_answered(room: Room) -> None:
    arrival = await room.put()
    room.reader.fails = MOST_TRIES
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TurnFailed):
            await room.take(arrival.place)
    await room.take(arrival.place)
    (row,) = await room.desk.aside.rows()

    await room.desk.aside.retry(row.id)
    await room.take(arrival.place)

    assert "Bring the knowledge to the model" in "".join(room.shown(arrival.place))
    assert await room.desk.aside.rows() == ()


@pytest.mark.parametrize("name", ("1-1", "", "all", "1;2"))
async def test_what_is_not_set_aside_cannot_be_put_back(room: Room, name: str) -> None:
    with pytest.raises(BadInput, match="bot inbox"):
        await room.desk.aside.retry(name)


async def test_one_that_fails_for_good_does_not_hold_up_the_next(room: Room) -> None:
    arrival = await room.put()
    room.reader.fails = MOST_TRIES
    await room.desk.inbox.put(replace(arrival, id="9999999999.000100", text="and it is slow"))
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TurnFailed):
            await room.take(arrival.place)

    await room.take(arrival.place)

    assert [one.text for one in room.reader.asked][-1] == "and it is slow"
    assert await waiting_in(room.desk.inbox, arrival.place) == ()


async def test_a_turn_in_which_every_process_ends_is_set_aside(room: Room) -> None:
    arrival = await room.put()
    (waiting,) = await waiting_in(room.desk.inbox, arrival.place)
    for _ in range(MOST_ENDED - 1):
        await room.desk.cases.note_try(arrival.place, f"ended:{waiting.entry}")

    await room.take(arrival.place, again=True)

    (row,) = await room.desk.aside.rows()
    assert row.error == "ProcessEnded"
    assert room.reader.asked == []


async def test_a_turn_in_which_one_process_ended_is_answered(room: Room) -> None:
    arrival = await room.put()

    await room.take(arrival.place, again=True)

    assert len(room.shown(arrival.place)) == 1


async def test_whoever_was_held_up_before_its_post_finds_the_answer_of_another(room: Room) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    answered = (await room.desk.cases.load(arrival.place)).card

    shown = await room.desk._display.first(arrival.place, arrival.id, replies.reading())

    assert shown == answered
    assert len(room.shown(arrival.place)) == 1


async def test_what_was_posted_by_whoever_was_held_up_in_its_post_is_taken_back(
    room: Room,
) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    answered = (await room.desk.cases.load(arrival.place)).card
    where = (arrival.place.channel, arrival.place.thread)

    shown = await room.desk._display._posted(
        arrival.place, arrival.id, "", where, replies.reading()
    )

    assert shown == answered
    assert len(room.shown(arrival.place)) == 1


async def test_an_older_edit_that_comes_again_changes_nothing(room: Room) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    edit = replace(arrival, kind=Kind.EDITED, event="", text="newer", message="2.0")
    for one in (edit, replace(edit, text="older", message="1.0")):
        await room.desk.inbox.put(one)
        await room.take(arrival.place)

    assert [one.text for one in room.reader.asked] == [arrival.text, "newer"]


async def test_what_was_deleted_before_it_was_read_is_not_read(room: Room) -> None:
    first = await room.put()
    await room.take(first.place)
    late = replace(first, id="9999999999.000100", event="", text="and it is slow")
    await room.desk.inbox.put(replace(late, kind=Kind.DELETED, text=""))
    await room.desk.inbox.put(late)
    await room.take(first.place)

    assert [one.text for one in room.reader.asked] == [first.text]
    assert len(room.shown(first.place)) == 1


async def test_a_case_that_cannot_be_opened_sets_its_turn_aside(room: Room) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    await settled(room.desk.cases._store.hset(case_key(arrival.place), "case", "garbage"))
    await room.desk.inbox.put(replace(arrival, id="2", event=""))

    await room.take(arrival.place)

    (row,) = await room.desk.aside.rows()
    assert row.kind == "unreadable case"
    assert await waiting_in(room.desk.inbox, arrival.place) == ()


async def test_a_command_that_was_let_in_is_answered_however_much_waits(room: Room) -> None:
    arrival = await room.put(kind=Kind.ASKED_BY_COMMAND)
    room.desk.inbox._most_due = "0"

    await room.take(arrival.place)

    direct = await room.slack.dm(arrival.author)
    assert len(room.slack.answers(direct)) == 1


async def test_an_edit_that_overtakes_its_message_is_what_counts(room: Room) -> None:
    arrival = await room.put(kind=Kind.EDITED, text="and it is slow", message="9.9")
    await room.take(arrival.place)
    await room.desk.inbox.put(replace(arrival, kind=Kind.SAID, text="and it is late", message=""))
    await room.take(arrival.place)

    assert [one.text for one in room.reader.asked] == ["and it is slow"]
    assert len(room.shown(arrival.place)) == 1


async def test_what_no_key_of_ours_opens_is_set_aside(room: Room) -> None:
    arrival = await room.put()
    stranger = Inbox(room.desk.inbox._store, Seal([Fernet.generate_key().decode()]))
    await stranger.put(replace(arrival, id="2", place=replace(arrival.place, thread="7.7")))

    await room.take(replace(arrival.place, thread="7.7"))

    (row,) = await room.desk.aside.rows()
    assert row.kind == "unreadable"


async def test_an_answer_of_slack_that_was_lost_leaves_one_line_and_one_answer(
    room: Room,
) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", Dropped(), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)

    await room.take(arrival.place)

    answers = [one for one in room.shown(arrival.place) if "Bring the knowledge" in one]
    assert len(answers) == 1


async def test_with_the_history_scope_not_even_a_line_stays_behind(room: Room) -> None:
    room.slack.workspace.scopes.update({"channels:history"})
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", Dropped(), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)

    await room.take(arrival.place)

    (shown,) = room.shown(arrival.place)
    assert "Bring the knowledge" in shown


async def test_an_edit_that_failed_is_done_again(room: Room) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.update", Failed(502), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)

    await room.take(arrival.place)

    (shown,) = room.shown(arrival.place)
    assert "Bring the knowledge" in shown


async def test_a_rate_limit_says_how_long_to_wait(room: Room) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", RateLimited(3), times=1)

    with pytest.raises(SlackBusy) as busy:
        await room.take(arrival.place)

    assert busy.value.seconds == 3


@pytest.mark.parametrize("code", ("is_archived", "channel_not_found", "not_in_channel"))
async def test_a_channel_that_will_never_take_an_answer_is_not_tried_for_ever(
    room: Room, code: str
) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", Refused(code), times=1)

    await room.take(arrival.place)

    assert await waiting_in(room.desk.inbox, arrival.place) == ()
    posts = room.slack.journal.calls("chat.postMessage")
    assert [one.arguments["channel"] for one in posts[:1]] == [arrival.place.channel]
    direct = await room.slack.dm(arrival.author)
    (told,) = room.slack.answers(direct)
    assert "I cannot write in" in told.text


async def test_whoever_can_be_told_nowhere_ends_the_turn_all_the_same(room: Room) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", Refused("is_archived"), times=1)
    room.slack.faults.on_call("conversations.open", Refused("user_disabled"), times=1)

    await room.take(arrival.place)

    assert await waiting_in(room.desk.inbox, arrival.place) == ()


async def test_while_our_token_is_revoked_the_turn_waits(room: Room) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.postMessage", Refused("token_revoked"), times=1)

    with pytest.raises(SlackRevoked):
        await room.take(arrival.place)
    await room.take(arrival.place)

    assert len(room.shown(arrival.place)) == 1


async def test_an_answer_of_ours_that_was_deleted_is_posted_anew_once(room: Room) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    room.slack.faults.on_call("chat.update", Refused("message_not_found"), times=1)
    await room.desk.inbox.put(replace(arrival, id="9999999999.000100", text="and it is slow"))

    await room.take(arrival.place)

    case = await room.desk.cases.load(arrival.place)
    ours = [one.ts for one in room.slack.answers(arrival.place.channel, arrival.place.thread)]
    assert ours[0] == case.card
    assert ours[-1] == case.reply
    assert len(ours) == 3
    assert len(case.statements) == 2


async def test_a_card_that_was_deleted_is_posted_anew_and_edited_from_then_on(room: Room) -> None:
    arrival = await room.put()
    await room.take(arrival.place)
    first = (await room.desk.cases.load(arrival.place)).card
    room.slack.faults.on_call("chat.update", Refused("message_not_found"), times=1)
    press = replace(arrival, kind=Kind.CHOSE, name="breadth", value="open", message=first)
    for number in range(2):
        await room.desk.inbox.put(replace(press, id=f"{number}", event=f"press {number}"))
        await room.take(arrival.place)

    case = await room.desk.cases.load(arrival.place)
    ours = [one.ts for one in room.slack.answers(arrival.place.channel, arrival.place.thread)]
    assert ours == [first, case.card]


async def test_blocks_that_slack_refuses_are_shown_as_text(room: Room) -> None:
    arrival = await room.put()
    room.slack.faults.on_call("chat.update", Refused("invalid_blocks"), times=1)

    await room.take(arrival.place)

    (message,) = room.slack.answers(arrival.place.channel, arrival.place.thread)
    assert "Bring the knowledge" in message.text


async def test_two_who_take_the_same_turn_at_once_give_one_answer(room: Room) -> None:
    arrival = await room.put()

    outcomes = await asyncio.gather(
        room.take(arrival.place), room.take(arrival.place), return_exceptions=True
    )

    assert [one for one in outcomes if one and not isinstance(one, StoreContended)] == []
    shown = [one for one in room.shown(arrival.place) if "Bring the knowledge" in one]
    assert len(shown) >= 1


async def test_who_was_held_up_leaves_the_card_as_another_made_it_meanwhile(room: Room) -> None:
    arrival = await room.put()
    room.reader.readings["it is slow"] = Reading((Fact("symptoms", "too_slow"),))
    room.slack.faults.on_call("chat.update", Delayed(1.0), times=1)
    held_up = asyncio.create_task(room.take(arrival.place))
    assert await seen(lambda: bool(room.shown(arrival.place)))
    now = replace(arrival, kind=Kind.EDITED, text="it is slow", message="9", event="edit")
    await room.desk.inbox.put(now)
    await room.take(arrival.place)
    (message,) = room.slack.answers(arrival.place.channel, arrival.place.thread)

    with pytest.raises(StoreContended):
        await held_up
    await room.take(arrival.place, outdated=True)

    assert "Bring the knowledge" not in message.text
    (now_shown,) = room.slack.answers(arrival.place.channel, arrival.place.thread)
    assert now_shown.text == message.text
    assert len(room.slack.journal.calls("chat.update")) == 4


async def test_a_turn_with_a_file_that_is_repeated_tells_the_same_once(room: Room) -> None:
    arrival = await room.put_with_file(CONTENT)
    room.slack.faults.on_call("chat.update", Failed(502), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)
    # The measurement is shown, and the post for the card is made, when the process ends again.
    room.slack.faults.on_call("chat.update", Delayed(0), times=1)
    room.slack.faults.on_call("chat.update", Failed(502), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)

    await room.take(arrival.place)

    measured, card = room.shown(arrival.place)
    words, file = (await room.desk.cases.load(arrival.place)).statements
    assert "60 examples" in measured
    assert "Bring the knowledge" in card
    assert (words.message, file.message) == (arrival.id, f"{arrival.id}+file")
    assert {fact.value for fact in file.facts} == {"pairs", 60.0}
    assert {(f.basis, f.author, f.quote) for f in file.facts} == {
        (Basis.MEASURED, arrival.author, "")
    }
    assert len(room.slack.journal.calls(FETCHED)) == 3


async def test_nothing_of_a_file_is_kept_or_logged(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    # What Slack's client would write at this level is kept from the logs where we start.
    caplog.set_level(logging.DEBUG, logger="bot")
    arrival = await room.put_with_file(CONTENT)
    room.slack.faults.on_call(FETCHED, Failed(502), times=1)
    with pytest.raises(SlackUnclear):
        await room.take(arrival.place)
    await room.take(arrival.place)

    case = await room.desk.cases.load(arrival.place)
    for told in (repr(case), repr(room.shown(arrival.place))):
        assert SECRET not in told
    assert NAME not in repr(case)
    for never in (SECRET, NAME, room.slack.bot_token, "files-pri"):
        assert never not in caplog.text


async def test_a_file_that_never_comes_does_not_hold_up_the_case(room: Room) -> None:
    arrival = await room.put_with_file(CONTENT)
    room.slack.faults.on_call(FETCHED, Failed(502), times=None)
    for _ in range(MOST_FETCHES - 1):
        with pytest.raises(SlackUnclear):
            await room.take(arrival.place)

    await room.take(arrival.place)

    told, card = room.shown(arrival.place)
    assert "could not get it" in told
    assert "Bring the knowledge" in card
    assert await waiting_in(room.desk.inbox, arrival.place) == ()


async def test_a_rate_limit_on_a_file_says_how_long_to_wait(room: Room) -> None:
    arrival = await room.put_with_file(CONTENT)
    room.slack.faults.on_call(FETCHED, RateLimited(3), times=1)

    with pytest.raises(SlackBusy) as busy:
        await room.take(arrival.place)

    assert busy.value.seconds == 3


async def test_a_form_outweighs_what_the_file_of_the_same_person_showed(room: Room) -> None:
    arrival = await room.put_with_file(CONTENT)
    await room.take(arrival.place)
    corrected = replace(
        arrival,
        id="9999999999.000100",
        event="V1",
        kind=Kind.CORRECTED,
        text="",
        files=(),
        facts=(("examples_count", "45"),),
    )
    await room.desk.inbox.put(corrected)

    await room.take(arrival.place)

    problem = fold((await room.desk.cases.load(arrival.place)).statements)
    assert (problem.number("examples_count"), problem.conflicts) == (45.0, ())
