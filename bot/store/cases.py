"""The cases: what was said in each, and which of our messages show it, kept for RETENTION_DAYS.

A case is its statements, never its texts; what is decided follows from them and is not kept. A
commit replaces the case and takes an arrival from the inbox in one step, and only where nobody
else has written since it was read. What waits next comes with it; where nothing does, the case is
given back with the call that led to it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bot.domain.conversation import Denial, Statement
from bot.domain.problem import Basis, Fact
from bot.errors import StoreContended, StoreTooNew, StoreUnreadable
from bot.store.arrivals import Place, place_named
from bot.store.connect import Store, reached, settled
from bot.store.due import GROUP
from bot.store.group_writer import GroupWriter, no_replicas
from bot.store.inbox import Sealed, sealed_in
from bot.store.keys import (
    ASIDE,
    case_key,
    due_key,
    greeted_key,
    inbox_key,
    lease_key,
    opened_key,
    posts_key,
    waiting_key,
)
from bot.store.leases import LEASE_MS, Held
from bot.store.sealing import Seal

SCHEMA = 1
"""The form in which a case is kept; tests/store/golden holds each form that ever was."""

POSTING = "?"
"""Kept before a post whose outcome is not known yet."""

FOR_GOOD = "~"
"""Later than any edit: the message was deleted."""

_MOST_TAKEN = 30
"""Messages known as taken at most: our choice, more than come while one is on its way again."""

_LARGEST_STEP = 1 << 30
"""Our choice: eight million commits until Lua, which has 53 bits for a number, would round one."""

_DAY = 86_400
_POSTS_SECONDS = 2 * _DAY

# Takes an entry out and returns the next; where there is none, the case is given back. Whoever lost
# the lease leaves what waits, and the call, which may be the same one, to whoever has it now.
_TAKE_OUT = """
redis.call('XDEL', KEYS[1], ARGV[1])
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[3] then return {} end
local rest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
if #rest > 0 then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[6])
  return rest
end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('XACK', KEYS[4], ARGV[4], ARGV[5])
redis.call('XDEL', KEYS[4], ARGV[5])
return rest
"""

_COMMIT = f"""
local version = redis.call('HGET', KEYS[5], 'version') or '0'
if version ~= ARGV[7] then return -1 end
redis.call('HSET', KEYS[5], 'version', ARGV[8], 'case', ARGV[9])
redis.call('EXPIRE', KEYS[5], ARGV[10])
{_TAKE_OUT}
"""

_BEGIN_POST = """
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
local noted = redis.call('HGET', KEYS[1], ARGV[1])
if noted then return noted end
redis.call('HSET', KEYS[1], ARGV[1], '?')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return ''
"""

_END_POST = """
local noted = redis.call('HGET', KEYS[1], ARGV[1])
if noted and noted ~= '?' then return noted end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return ARGV[2]
"""

_FORGET = """
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[5], ARGV[2])
redis.call('HSET', KEYS[1], 'version', version + 1)
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One consultation: who opened it, what was said, and where our messages are.

    `card` is the message that shows the case, `reply` the newest other one. `version` tells
    whether somebody else has written since. `taken` are the newest messages that were taken, each
    with its last edit, by which what was overtaken by an edit or a deletion is known.
    """

    place: Place
    version: int = 0
    opener: str = ""
    statements: tuple[Statement, ...] = ()
    card: str = ""
    reply: str = ""
    reader: str = ""
    note: str = ""
    opened: float = 0.0
    taken: tuple[tuple[str, str], ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether nothing was shown yet."""
        return not self.card

    def with_statement(self, statement: Statement) -> Case:
        """Return the case with one more statement, in place of one of the same message."""
        kept = tuple(one for one in self.statements if one.message != statement.message)
        return replace(self, statements=(*kept, statement))

    def with_taken(self, message: str, edited: str = "") -> Case:
        """Return the case with one more message known as taken, as it was after that edit."""
        rest = tuple(one for one in self.taken if one[0] != message)
        return replace(self, taken=(*rest, (message, edited))[-_MOST_TAKEN:])

    def has_taken(self, message: str, edited: str = "") -> bool:
        """Whether a message was taken as it was after that edit, or after a later one."""
        return any(one == message and edited <= last for one, last in self.taken)

    def without_statement(self, message: str) -> Case:
        """Return the case without what one message told."""
        kept = tuple(one for one in self.statements if one.message != message)
        return replace(self, statements=kept)


class Committed(NamedTuple):
    """A case as it is kept now, and what waits next in it."""

    case: Case
    next: Sealed | None


class Cases:
    """Loads and commits cases."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        *,
        days: int,
        replicas: Callable[[], int] = no_replicas,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        # What is noted of a post has to outlive a server, or another would post again.
        self._notes = GroupWriter(store, replicas=replicas)
        self._seal = seal
        self._seconds = days * _DAY
        self._clock = clock

    async def load(self, place: Place) -> Case:
        """Return the case at a place, a new one where there is none."""
        async with reached():
            version, sealed = await settled(self._store.hmget(case_key(place), ["version", "case"]))
        return self._case(place, int(version or 0), sealed or "")

    def opened(self, held: Held) -> Case:
        """Return the case that is held, a new one where there is none.

        Raises StoreUnreadable, and StoreTooNew where a newer version kept it.
        """
        return self._case(held.place, held.version, held.case)

    def _case(self, place: Place, version: int, sealed: str) -> Case:
        if not sealed:
            return Case(place, version, opened=self._clock())
        return replace(_case_from(place, self._seal.open(sealed)), version=version)

    async def commit(self, case: Case, held: Held, entry: str) -> Committed:
        """Keep the case and take an arrival out of its inbox; the last one gives the case back.

        All or nothing is done. Raises StoreContended where the case was written meanwhile.
        """
        keys = (*_keys_to_take_out(held), case_key(case.place))
        kept = replace(case, version=_version_after(case.version))
        sealed = self._seal.close(json.dumps(_document(case), ensure_ascii=False))
        changed = (str(case.version), str(kept.version), sealed, str(self._seconds))
        given = (*_given_to_take_out(held, entry), *changed)
        async with reached():
            rest = await settled(self._store.eval(_COMMIT, len(keys), *keys, *given))
        if isinstance(rest, int):
            raise StoreContended("This case was changed at the same moment; it is taken again.")
        return Committed(kept, sealed_in(rest))

    async def drop(self, held: Held, entry: str) -> Sealed | None:
        """Take an arrival out of an inbox, the case left as it is; return what waits next."""
        keys, given = _keys_to_take_out(held), _given_to_take_out(held, entry)
        async with reached():
            return sealed_in(await settled(self._store.eval(_TAKE_OUT, len(keys), *keys, *given)))

    async def posted(self, place: Place, arrival: str) -> str:
        """Return our message for an arrival, POSTING where it may or may not exist, or nothing."""
        async with reached():
            return str(await settled(self._store.hget(posts_key(place), arrival)) or "")

    async def begin_post(self, place: Place, arrival: str, *, opener: str = "") -> str:
        """Note that we are about to post for an arrival, and who opened the case where it is new.

        Return what was noted before: our message, POSTING where it may or may not exist, or
        nothing. The opener is noted before anything is shown: they may forget what they opened.
        """
        keys = (posts_key(place), opened_key(place.team, opener))
        opened = (place.key if opener else "", f"{self._clock():.3f}", str(self._seconds))
        given = (arrival, str(_POSTS_SECONDS), *opened)
        return str(await self._notes.run(_BEGIN_POST, keys, given))

    async def end_post(self, place: Place, arrival: str, message: str) -> str:
        """Note which message a post became.

        Return which one counts: an earlier one, where another process posted one meanwhile.
        """
        given = (arrival, message, str(_POSTS_SECONDS))
        return str(await self._notes.run(_END_POST, (posts_key(place),), given))

    async def note_try(self, place: Place, entry: str) -> int:
        """Note that an entry could not be taken; return how often that was so."""
        async with reached():
            tries = await settled(self._store.hincrby(posts_key(place), f"tries:{entry}", 1))
            await settled(self._store.expire(posts_key(place), _POSTS_SECONDS))
        return int(tries)

    async def opened_by(self, team: str, user: str) -> tuple[Place, ...]:
        """Return the cases that somebody opened, the newest first."""
        async with reached():
            keys = await settled(self._store.zrevrange(opened_key(team, user), 0, -1))
        return tuple(place_named(key) for key in keys)

    async def forget(self, team: str, user: str) -> int:
        """Delete the cases that somebody opened; return how many.

        For a day it stays known that there was one: no turn under way brings it back.
        """
        places = await self.opened_by(team, user)
        async with reached():
            for place in places:
                keys = (*_keys_of(place), opened_key(team, user))
                await settled(self._store.eval(_FORGET, len(keys), *keys, str(_DAY), place.key))
            await self._forget_aside({place.key for place in places})
        return len(places)

    async def _forget_aside(self, places: Collection[str]) -> None:
        """Delete what was set aside of these cases as well."""
        for entry, row in await settled(self._store.xrange(ASIDE)) if places else ():
            if row["place"] in places:
                await settled(self._store.xdel(ASIDE, entry))

    async def first_time(self, team: str, whom: str) -> bool:
        """Whether this is the first contact with somebody; only the first call says so."""
        async with reached():
            key = greeted_key(team, whom)
            return bool(await settled(self._store.set(key, "1", nx=True, ex=self._seconds)))


def _version_after(version: int) -> int:
    """Return a version that nobody else will write, who also read this one.

    A server that takes over may lack the last commits: the next one there must not be taken for
    one of those.
    """
    return version + 1 + secrets.randbelow(_LARGEST_STEP)


def _keys_to_take_out(held: Held) -> tuple[str, ...]:
    place = held.place
    return inbox_key(place), waiting_key(place.team), lease_key(place), due_key(place.team)


def _given_to_take_out(held: Held, entry: str) -> tuple[str, ...]:
    return entry, held.place.key, held.mark, GROUP, held.call.entry, str(LEASE_MS)


def _keys_of(place: Place) -> tuple[str, str, str, str]:
    return case_key(place), inbox_key(place), posts_key(place), waiting_key(place.team)


def _document(case: Case) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "opener": case.opener,
        "statements": [_statement_document(one) for one in case.statements],
        "card": case.card,
        "reply": case.reply,
        "reader": case.reader,
        "note": case.note,
        "opened": case.opened,
        "taken": case.taken,
    }


def _case_from(place: Place, text: str) -> Case:
    """Build a case from its form at rest; raises StoreTooNew or StoreUnreadable."""
    try:
        document = json.loads(text)
        if document["schema"] > SCHEMA:
            raise StoreTooNew("A newer version of us keeps this case; it will answer there.")
        return _case_of(place, document)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreUnreadable("What is kept of a case has no form that we know.") from error


def _case_of(place: Place, document: Mapping[str, Any]) -> Case:
    return Case(
        place,
        opener=document["opener"],
        statements=tuple(_statement_from(one) for one in document["statements"]),
        card=document["card"],
        reply=document["reply"],
        reader=document["reader"],
        note=document["note"],
        opened=document["opened"],
        # Cases that were kept before there were any have none.
        taken=tuple((one, last) for one, last in document.get("taken", ())),
    )


def _statement_document(statement: Statement) -> dict[str, Any]:
    return {
        "message": statement.message,
        "author": statement.author,
        "facts": [
            [one.name, one.value, one.basis.value, one.quote, one.author, one.message]
            for one in statement.facts
        ],
        "denials": [[one.name, one.value, one.quote] for one in statement.denials],
        "corrects": sorted(statement.corrects),
        "asked": statement.asked,
        "set_aside": sorted(statement.set_aside),
        "cleared": sorted(statement.cleared),
    }


def _statement_from(document: Mapping[str, Any]) -> Statement:
    return Statement(
        document["message"],
        document["author"],
        tuple(
            Fact(name, value, Basis(basis), quote, author, message)
            for name, value, basis, quote, author, message in document["facts"]
        ),
        tuple(Denial(*row) for row in document["denials"]),
        frozenset(document["corrects"]),
        document["asked"],
        frozenset(document["set_aside"]),
        frozenset(document["cleared"]),
    )
