"""Takes what waits for a case to its visible answer: reads, decides, shows, and keeps the case.

Each step may be repeated after a crash. A post is made once: first it is noted that it will be
made, then which message it became; everything after that is an edit of that message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.consultant import Consultant, Turn
from bot.domain.conversation import Request, Statement, fold
from bot.domain.decision import Decision
from bot.domain.facts import attribute_named
from bot.domain.problem import Basis, Fact, checked
from bot.errors import (
    BadInput,
    SlackFailed,
    SlackRefused,
    StoreFailed,
    StoreUnreadable,
    TurnFailed,
    UsageError,
)
from bot.reading.port import Message, Reading
from bot.slack import replies
from bot.slack.display import CLOSED, Display
from bot.slack.gateway import Gateway
from bot.slack.render import Reply, case_card, headline
from bot.slack.said import COMMAND
from bot.slack.uploads import FILE, Measured, Uploads
from bot.store.arrivals import Arrival, Kind, Place
from bot.store.aside import Aside
from bot.store.cases import FOR_GOOD, POSTING, Case, Cases
from bot.store.inbox import Inbox, Waiting
from bot.store.leases import Held

_LOG = logging.getLogger(__name__)

MOST_ENDED = 10
"""Processes that may end in a turn before it is set aside: our choice; most were not its fault."""

MOST_TRIES = 5
"""Tries after which a turn is set aside: our choice, about a minute."""

_FORM = "+form"
"""Sorts right after the message that the form came with: what was ticked outweighs its reading."""


class Desk:
    """Takes arrivals, one at a time for a case."""

    def __init__(
        self,
        *,
        consultant: Consultant,
        cases: Cases,
        inbox: Inbox,
        aside: Aside,
        gateway: Gateway,
    ) -> None:
        self._consultant = consultant
        self.cases = cases
        self.inbox = inbox
        self.aside = aside
        self.gateway = gateway
        self._display = Display(gateway, cases)
        self._uploads = Uploads(gateway=gateway, cases=cases, consultant=consultant)

    def headline_of(self, case: Case) -> str:
        """Return the advice of a case in a sentence."""
        return headline(self._decision(case))

    async def take(self, held: Held, *, again: bool = False, outdated: bool = False) -> None:
        """Take all that waits for a case, in order, until it is given back with the last.

        `again` says that a process ended while it took what waits first: a turn that ends every
        process is set aside like one that always fails. `outdated` says that what we showed last
        may be older than what is kept. Raises what keeps it from being taken now.
        """
        try:
            case, waits = self.cases.opened(held), held.first
        except StoreUnreadable:
            await self._all_set_aside(held)
            return
        if outdated and case.card:
            case = await self._show_card(case, self._decision(case))
        while waits is not None:
            case = await self._answered(case, self.inbox.opened(waits), again=again)
            case, waits = await self.cases.commit(case, held, waits.entry)
            again = False

    async def _all_set_aside(self, held: Held) -> None:
        waits = held.first
        while waits is not None:
            _LOG.error("a case cannot be opened: its turn is set aside")
            await self.aside.put(held.place, "unreadable case", "StoreUnreadable", waits.entry)
            waits = await self.cases.drop(held, waits.entry)

    async def _answered(self, case: Case, waiting: Waiting, *, again: bool) -> Case:
        arrival = waiting.arrival
        if arrival is None:
            await self.aside.put(case.place, "unreadable", "StoreUnreadable", waiting.entry)
        elif again and await self._has_ended_too_many(case.place, waiting):
            await self._set_aside(case, arrival, waiting.entry, "ProcessEnded")
        else:
            return await self._taken_or_set_aside(case, arrival, waiting)
        return case

    async def _has_ended_too_many(self, place: Place, waiting: Waiting) -> bool:
        return await self.cases.note_try(place, f"ended:{waiting.entry}") >= MOST_ENDED

    async def _has_failed_too_often(self, place: Place, waiting: Waiting) -> bool:
        return await self.cases.note_try(place, waiting.entry) >= MOST_TRIES

    async def _taken_or_set_aside(self, case: Case, arrival: Arrival, waiting: Waiting) -> Case:
        """Return the case as the arrival leaves it; raises BotError where that is not now."""
        place = case.place
        try:
            return await self._taken(case, arrival)
        except SlackRefused as refused:
            # It would refuse again, so the turn ends here.
            _LOG.warning("slack refused %s for %s", refused.code, place.key)
            if refused.code in CLOSED and arrival.kind is Kind.SAID and not place.is_direct:
                await self._display.tell_in_person(arrival)
        except UsageError:
            _LOG.warning("an arrival of kind %s made no sense", arrival.kind.value)
        except (SlackFailed, StoreFailed):
            raise
        except Exception as error:
            # Whatever it is, it must not keep those behind it waiting for ever.
            if not await self._has_failed_too_often(place, waiting):
                raise TurnFailed("Something of ours failed; it is tried again.") from error
            await self._set_aside(case, arrival, waiting.entry, type(error).__name__)
        return case

    async def _set_aside(self, case: Case, arrival: Arrival, entry: str, error: str) -> None:
        _LOG.error("set aside after too many tries: %s", error)
        await self.aside.put(case.place, arrival.kind.value, error, entry)
        shown = await self.cases.posted(case.place, arrival.id)
        if shown and shown != POSTING:
            await self._display.show(case.place, shown, replies.set_aside())

    async def _taken(self, case: Case, arrival: Arrival) -> Case:
        match arrival.kind:
            case Kind.SAID | Kind.EDITED if case.has_taken(arrival.id, arrival.message):
                # An older copy: an edit of it, or its deletion, came first.
                return case
            case Kind.SAID:
                return (await self._said(case, arrival)).with_taken(arrival.id)
            case Kind.EDITED:
                edited = await self._edited(case, arrival)
                return edited.with_taken(arrival.id, arrival.message)
            case Kind.DELETED:
                return (await self._deleted(case, arrival)).with_taken(arrival.id, FOR_GOOD)
            case Kind.ASKED_BY_COMMAND:
                return await self._asked_by_command(case, arrival)
            case Kind.CHOSE | Kind.DID_NOT_KNOW | Kind.CORRECTED:
                return await self._pressed(case, arrival)

    # --- What was said -------------------------------------------------------------------------

    async def _said(self, case: Case, arrival: Arrival) -> Case:
        opener = "" if case.opener else arrival.author
        case = replace(case, opener=case.opener or arrival.author)
        first = replies.reading()
        shown = await self._display.first(case.place, arrival.id, first, opener=opener)
        files = await self._uploads.measured(case, arrival)
        if not arrival.text and not arrival.facts:
            return await self._without_words(case, arrival, shown, files)
        before = self._decision(case) if case.statements else None
        turn = await self._heard(case, arrival, before)
        if turn.reading.request is not None:
            case = await self._requested(case, arrival, turn, shown, files)
            return await self._noted(case, arrival, files) if files.statement else case
        case = self._with_turn(case, arrival, turn, files)
        # What a form or a file said beside the words is not in the turn's own decision.
        alone = not (arrival.facts or files.statement)
        after = turn.decision if alone else self._decision(case)
        if case.is_new:
            return await self._first_card(case, arrival, shown, files, after)
        return await self._show_answer(case, before, after, shown, turn.reading, files)

    async def _without_words(
        self, case: Case, arrival: Arrival, shown: str, files: Measured
    ) -> Case:
        """Answer files alone, or nothing at all."""
        if files.statement is None:
            words = replies.tell_me_in_words() if files.reply else replies.nothing_to_read()
            reply = files.before(words) if case.is_new else files.reply or words
            await self._display.show(case.place, shown, reply)
            return case
        before = self._decision(case) if case.statements else None
        told = case.with_statement(files.statement)
        after = self._decision(told)
        if told.is_new:
            return await self._first_card(told, arrival, shown, files, after)
        return await self._show_answer(told, before, after, shown, Reading(), files)

    async def _first_card(
        self, case: Case, arrival: Arrival, shown: str, files: Measured, decision: Decision
    ) -> Case:
        """Show a case for the first time; what its files showed stands above the card."""
        if files.reply is not None:
            await self._display.show(case.place, shown, files.reply)
            shown = await self._display.first(case.place, arrival.id + FILE, replies.reading())
        return await self._show_card(replace(case, card=shown), decision)

    async def _noted(self, case: Case, arrival: Arrival, files: Measured) -> Case:
        """Note what a file told beside a question to us, which has been answered already."""
        told = case.with_statement(files.statement) if files.statement else case
        if told.is_new:
            card = await self._display.first(case.place, arrival.id + FILE, replies.reading())
            told = replace(told, card=card)
        return await self._show_card(told, self._decision(told))

    async def _heard(self, case: Case, arrival: Arrival, before: Decision | None) -> Turn:
        pending = before.question.fact if before and before.question else ""
        known = fold(case.statements)
        message = Message(arrival.text, arrival.author, arrival.id, pending, known)
        return await self._consultant.hear(case.statements, message)

    @staticmethod
    def _with_turn(case: Case, arrival: Arrival, turn: Turn, files: Measured) -> Case:
        told = case.with_statement(turn.statements[-1])
        if files.statement:
            told = told.with_statement(files.statement)
        if arrival.facts:
            told = told.with_statement(_form(arrival))
        reading = turn.reading
        return replace(told, reader=reading.reader or case.reader, note=reading.note)

    async def _show_answer(  # noqa: PLR0913, PLR0917 - what was known, is known, and was read
        self,
        case: Case,
        before: Decision | None,
        after: Decision,
        shown: str,
        reading: Reading,
        files: Measured,
    ) -> Case:
        names = await self._names(after)
        asked = before.question if before else None
        read_nothing = not (reading.facts or reading.denials or reading.does_not_know)
        if read_nothing and asked is not None and files.statement is None:
            reply = replies.could_not_read_answer(asked)
        else:
            reply = replies.answered(before, after, names=names, reader=case.reader, note=case.note)
        shown = await self._display.show(case.place, shown, files.before(reply))
        return await self._show_card(replace(case, reply=shown), after)

    # --- What was asked of us ------------------------------------------------------------------

    async def _requested(
        self, case: Case, arrival: Arrival, turn: Turn, shown: str, files: Measured
    ) -> Case:
        now = self._decision(case)
        if turn.reading.request is Request.START_OVER:
            return await self._started_over(case, arrival, shown, files)
        names = await self._names(now)
        supposed = turn.decision
        answer: dict[Request, Callable[[], Reply]] = {
            Request.WHY: lambda: replies.why(now, names=names),
            Request.WHY_NOT: lambda: replies.why_not(now, arrival.text),
            Request.WHAT_IF: lambda: replies.what_if(now, supposed),
            Request.COST: lambda: replies.costs(self._consultant.comparison(now.problem)),
            Request.EXPLAIN: lambda: replies.explain(arrival.text),
            Request.SHOW_RULES: replies.rules_overview,
            Request.HELP: lambda: replies.usage(history=self.gateway.reads_along),
        }
        request = turn.reading.request or Request.HELP
        await self._display.show(case.place, shown, files.before(answer[request]()))
        # A first message that asks us something may tell its problem too.
        if case.is_new and turn.reading.facts and request is not Request.WHAT_IF:
            return self._with_turn(case, arrival, turn, files)
        return case

    async def _started_over(
        self, case: Case, arrival: Arrival, shown: str, files: Measured
    ) -> Case:
        asker = arrival.author
        if asker != case.opener and not await self.gateway.is_admin(asker, case.place.team):
            names = await self.gateway.names([case.opener])
            no = replies.only_opener(names[case.opener])
            await self._display.show(case.place, shown, files.before(no))
            return case
        await self._display.show(case.place, shown, files.before(replies.started_over()))
        return replace(case, statements=(), card="", reply="", note="")

    # --- Edits and deletions -------------------------------------------------------------------

    async def _edited(self, case: Case, arrival: Arrival) -> Case:
        told = {one.message: one for one in case.statements}
        if not told.keys() & {arrival.id, arrival.id + FILE}:
            is_first = case.is_new or not case.has_taken(arrival.id)
            return await self._said(case, arrival) if is_first else case
        # A file alone has said nothing so far; what it showed stays whatever its words become.
        asked = told[arrival.id].asked if arrival.id in told else ""
        rest = case.without_statement(arrival.id)
        message = Message(arrival.text, arrival.author, arrival.id, asked, fold(rest.statements))
        turn = await self._consultant.hear(rest.statements, message)
        now = rest.with_statement(replace(turn.statements[-1], asked=asked))
        return await self._show_card(now, self._decision(now))

    async def _deleted(self, case: Case, arrival: Arrival) -> Case:
        rest = case
        for suffix in ("", FILE, _FORM):
            rest = rest.without_statement(arrival.id + suffix)
        if rest.statements == case.statements or not case.card:
            return rest
        if not rest.statements:
            shown = await self._display.show(case.place, case.card, replies.nothing_left())
            return replace(rest, card=shown)
        return await self._show_card(rest, self._decision(rest))

    # --- Buttons and forms ---------------------------------------------------------------------

    async def _pressed(self, case: Case, arrival: Arrival) -> Case:
        if case.is_new or not case.statements:
            place, gone = case.place, replies.no_such_case()
            await self.gateway.whisper(
                place.channel, arrival.author, gone.text, thread=place.thread
            )
            return case
        before = self._decision(case)
        told = case.with_statement(self._told(case, arrival))
        after = self._decision(told)
        if arrival.message and arrival.message not in {case.card, ""}:
            names = await self._names(after)
            reply = replies.answered(before, after, names=names, reader=case.reader, note="")
            await self._display.show(case.place, arrival.message, reply)
        return await self._show_card(told, after)

    def _told(self, case: Case, arrival: Arrival) -> Statement:
        if arrival.kind is Kind.CORRECTED:
            return _form(arrival)
        pending = Message("", arrival.author, arrival.id, arrival.name)
        if arrival.kind is Kind.DID_NOT_KNOW:
            attribute_named(arrival.name)
            return self._consultant.set_aside(case.statements, pending).statements[-1]
        return self._consultant.confirm(case.statements, pending, arrival.value).statements[-1]

    # --- The command ---------------------------------------------------------------------------

    async def _asked_by_command(self, case: Case, arrival: Arrival) -> Case:
        """Open the DM, and hand what was typed on to the case that begins there."""
        channel = await self.gateway.direct(arrival.author)
        root = await self._display.in_person(case.place, arrival.id, channel, replies.on_it())
        place = Place(case.place.team, channel, root)
        await self.cases.end_post(place, root, root)
        await self.inbox.put(
            replace(arrival, place=place, id=root, kind=Kind.SAID, event=f"{COMMAND}:{arrival.id}"),
            # It was let in already; to refuse it now would keep its own call waiting for itself.
            at_any_rate=True,
        )
        return case

    # --- Showing -------------------------------------------------------------------------------

    async def _show_card(self, case: Case, decision: Decision) -> Case:
        card = case_card(
            decision,
            names=await self._names(decision),
            reader=case.reader,
            note=case.note,
            comparison=self._consultant.comparison(decision.problem),
        )
        return replace(case, card=await self._display.show(case.place, case.card, card))

    async def _names(self, decision: Decision) -> dict[str, str]:
        problem = decision.problem
        conflicts = [fact for conflict in problem.conflicts for fact in conflict.facts]
        return dict(await self.gateway.names([f.author for f in (*problem.facts, *conflicts)]))

    def _decision(self, case: Case) -> Decision:
        return self._consultant.decide(fold(case.statements))


def _form(arrival: Arrival) -> Statement:
    """Return what a form says, as confirmed by its author."""
    facts = tuple(
        Fact(name, checked(attribute_named(name), value), Basis.CONFIRMED, "", arrival.author)
        for name, value in arrival.facts
    )
    key = arrival.id if arrival.kind is Kind.CORRECTED else arrival.id + _FORM
    named = frozenset(fact.name for fact in facts)
    if not facts and not arrival.cleared:
        raise BadInput("A form without facts says nothing.")
    return Statement(
        key,
        arrival.author,
        tuple(replace(fact, message=key) for fact in facts),
        corrects=named,
        cleared=frozenset(arrival.cleared),
    )
