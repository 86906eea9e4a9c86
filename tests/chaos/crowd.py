"""People who write to us, many at once: each thread has its own marks, from a seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from bot.playground.errors import CannotHappen
from bot.playground.interactions import elements
from bot.playground.slack import LocalSlack
from tests.chaos.ledger import Kind, Ledger, Turn, edit_name
from tests.chaos.patience import seen

FIRST = "Our bot makes things up about order {}."
FOLLOW_UPS = (
    "For {} nobody measures the quality.",
    "We have 300 examples labelled by experts for batch {}.",
    "Answers are too slow in lane {}.",
    "The tone is wrong in letter {}.",
    "It ignores the format in form {}.",
)
"""Each tells a fact of its own, so that none takes another's place, in whatever order they come."""

QUESTION = "answer:answer_source"
"""What is asked after FIRST, and never told by a follow-up."""

_THREADS_IN_A_CHANNEL = 5


@dataclass(frozen=True, slots=True)
class Script:
    """What happens in one thread."""

    follow_ups: int
    at_once: bool
    edits: bool
    presses: bool

    @property
    def turns(self) -> int:
        return 1 + self.follow_ups + self.edits + self.presses


def scripts(turns: int, chance: random.Random) -> list[Script]:
    """Return threads that hold so many turns, or a few more."""
    made: list[Script] = []
    while sum(script.turns for script in made) < turns:
        made.append(
            Script(
                follow_ups=chance.choice((0, 1, 1, 2, 3)),
                at_once=chance.random() < 0.5,
                edits=chance.random() < 0.2,
                presses=chance.random() < 0.2,
            )
        )
    return made


@dataclass
class Crowd:
    """Plays scripts in channels of one workspace and tells the ledger what was done."""

    slack: LocalSlack
    ledger: Ledger
    _count: int = 0
    _places: list[tuple[str, str]] = field(default_factory=list)

    async def play(self, script: Script) -> None:
        """Play one thread to its end."""
        number = self._count
        self._count += 1
        code = f"K{number:05d}"
        channel, ann = self._place(number)
        root = await self._say(channel, ann, FIRST.format(code), code, None, mention=True)
        if script.at_once or await seen(lambda: bool(self.ledger.shown(root))):
            await self._follow_up(script, channel, ann, root, code)
        if script.edits:
            await self._edit(channel, ann, root, code)
        if script.presses:
            await self._press(channel, root, code)
        await seen(lambda: self.ledger.is_settled(root))

    async def _follow_up(
        self, script: Script, channel: str, ann: str, root: str, code: str
    ) -> None:
        for place, text in enumerate(FOLLOW_UPS[: script.follow_ups]):
            mark = f"{code}F{place}"
            # Without a mention it is for us only once we are in the thread, which people see.
            await self._say(channel, ann, text.format(mark), mark, root, mention=script.at_once)
            await asyncio.sleep(0)

    async def _say(
        self, channel: str, who: str, text: str, mark: str, root: str | None, *, mention: bool
    ) -> str:
        said = f"<@UBOT> {text}" if mention else text
        ts = await self.slack.say(who, channel, said, root)
        self.ledger.expect(Turn(ts, root or ts, Kind.SAID, mark, who))
        return ts

    async def _edit(self, channel: str, ann: str, root: str, code: str) -> None:
        if not await seen(lambda: root in self.ledger.acknowledged):
            return
        mark = f"{code}E"
        await self.slack.edit(ann, channel, root, "<@UBOT> " + FIRST.format(f"{code} of {mark}"))
        message = self.slack.message(channel, root)
        assert message is not None
        name = edit_name(root, message.edited_ts or "")
        self.ledger.expect(Turn(name, root, Kind.EDITED, mark, ann))

    async def _press(self, channel: str, root: str, code: str) -> None:
        """Answer the card's question, if it asks the one that no follow-up answers."""
        who = self.slack.workspace.add_user(f"{code}P").id
        await self.slack.invite(who, channel)
        await seen(lambda: self._choice(root) is not None or self.ledger.is_settled(root))
        if (choice := self._choice(root)) is None:
            return
        message, action = choice
        value = '{"fact": "answer_source", "value": "reference_material"}'
        try:
            answer = await self.slack.press(who, channel, message, action, value)
        except CannotHappen:
            # The card was edited meanwhile and asks something else: nobody pressed anything.
            return
        if answer.ok:
            turn = Turn(f"{root} pressed", root, Kind.PRESSED, f"({code}P)", who)
            self.ledger.expect(turn)
            self.ledger.acknowledged.add(turn.name)

    def _choice(self, root: str) -> tuple[str, str] | None:
        for shown in self.ledger.shown(root):
            for element in elements(shown.message.blocks):
                if element.action_id in {QUESTION, f"{QUESTION}:reference_material"}:
                    return shown.message.ts, element.action_id
        return None

    def _place(self, number: int) -> tuple[str, str]:
        """Return the channel of a thread and who writes there: not too many threads in one."""
        while len(self._places) <= number // _THREADS_IN_A_CHANNEL:
            ann = self.slack.workspace.add_user(f"ann-{len(self._places)}").id
            name = f"storm-{len(self._places)}"
            self._places.append((self.slack.workspace.add_channel(name, ann, "UBOT").id, ann))
        return self._places[-1]
