"""Measures the files that came with a message: fetched, measured, answered, and not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.consultant import Consultant
from bot.domain.conversation import Denial, Statement
from bot.domain.dataset import Measurement
from bot.errors import BadInput, SlackBusy, SlackRefused, SlackUnclear
from bot.slack import replies
from bot.slack.gateway import ELSEWHERE, MOST_FILE_BYTES, Gateway
from bot.slack.render import Reply
from bot.store.arrivals import Arrival, Place, Upload
from bot.store.cases import Case, Cases

FILE = "+file"
"""Sorts right after the message that the file came with, as what a form says does."""

MOST_ROWS = 50_000
"""Rows that are measured: our choice, about a second; the command line reads more."""

AT_ONCE = 2
"""Files that one process holds at a time: our choice, each takes some 100 MB of memory."""

MOST_FETCHES = 3
"""Tries after which a file that does not come is given up, and the person told: our choice."""

_ONLY_THE_BEGINNING = (
    f"I read only the beginning of a large file: {MOST_ROWS:,} rows, or "
    f"{MOST_FILE_BYTES // 1_000_000} MB."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the files of a message showed: our answer, and what it tells the case, if anything."""

    reply: Reply | None = None
    statement: Statement | None = None

    def before(self, reply: Reply) -> Reply:
        """Return another reply with ours before it, where there is one."""
        return replies.both(self.reply, reply) if self.reply else reply


@dataclass(frozen=True, slots=True)
class _One:
    name: str
    reply: Reply
    measurement: Measurement | None = None


class Uploads:
    """Fetches and measures files; of their content nothing outlives the measurement."""

    def __init__(self, *, gateway: Gateway, cases: Cases, consultant: Consultant) -> None:
        self._gateway = gateway
        self._cases = cases
        self._consultant = consultant
        self._room = asyncio.Semaphore(AT_ONCE)

    async def measured(self, case: Case, arrival: Arrival) -> Measured:
        """Return what the files of an arrival show; raises SlackFailed where one may come later."""
        if not arrival.files:
            return Measured()
        found = [await self._one(case.place, file) for file in arrival.files]
        shown = [one.reply for one in found]
        telling = [one for one in found if one.measurement and one.measurement.facts]
        counted = max(telling, key=_usable, default=None)
        if counted is not None and len(telling) > 1:
            shown.append(replies.file_counted(counted.name))
        return Measured(_together(shown), _statement(case, arrival, counted))

    async def _one(self, place: Place, file: Upload) -> _One:
        try:
            async with self._room:
                content = await self._content(place, file)
                measurement = await asyncio.to_thread(
                    self._consultant.measure,
                    file.name,
                    content,
                    most_bytes=MOST_FILE_BYTES,
                    most_rows=MOST_ROWS,
                )
        except BadInput as error:
            return _One(file.name, replies.unmeasured_file(file.name, error.sentence))
        note = _ONLY_THE_BEGINNING if measurement.read_to is not None else ""
        reply = replies.measured_file(file.name, measurement.lines, note)
        return _One(file.name, reply, measurement)

    async def _content(self, place: Place, file: Upload) -> bytes:
        """Return what is in a file; raises BadInput where it will not come, SlackFailed till then.

        To fetch is to read: unlike a post, it may be tried again.
        """
        try:
            return await self._gateway.download(file.address)
        except SlackRefused as refused:
            is_elsewhere = refused.code == ELSEWHERE
            sentence = replies.FILE_ELSEWHERE if is_elsewhere else replies.FILE_REFUSED
            raise BadInput(sentence) from refused
        except (SlackBusy, SlackUnclear) as failed:
            if await self._cases.note_try(place, f"file:{file.id}") < MOST_FETCHES:
                raise
            raise BadInput(replies.FILE_UNREACHED) from failed


def _usable(one: _One) -> int:
    return one.measurement.usable if one.measurement else 0


def _together(shown: Sequence[Reply]) -> Reply:
    first, *rest = shown
    for one in rest:
        first = replies.both(first, one)
    return first


def _statement(case: Case, arrival: Arrival, counted: _One | None) -> Statement | None:
    """Return what a file tells; it takes the place of what the same person's earlier file told."""
    if counted is None or counted.measurement is None:
        return None
    key = arrival.id + FILE
    facts = tuple(
        replace(fact, author=arrival.author, message=key) for fact in counted.measurement.facts
    )
    now = {(fact.name, fact.value) for fact in facts}
    earlier = sorted(
        {
            (fact.name, str(fact.value))
            for one in case.statements
            if one.message.endswith(FILE) and one.message != key and one.author == arrival.author
            for fact in one.facts
            if isinstance(fact.value, str) and (fact.name, fact.value) not in now
        }
    )
    denials = tuple(Denial(name, value) for name, value in earlier)
    return Statement(key, arrival.author, facts, denials)
