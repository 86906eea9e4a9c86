"""The reader without a model: phrases of eight languages, turned into facts with quotes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from bot.domain.conversation import Denial, Request
from bot.domain.facts import Kind, attribute_named
from bot.domain.problem import Basis, Fact
from bot.reading import cue_answers
from bot.reading.cue_caution import cautious
from bot.reading.cue_findings import Found, findings, settled
from bot.reading.cue_inferences import inferred
from bot.reading.cue_lexicon import Hit, hits, known_languages, languages, lexicon
from bot.reading.cue_moods import Scene, scene
from bot.reading.cue_surmise import surmised, weights
from bot.reading.cue_text import Sentence, sentences, without, without_pasted
from bot.reading.orders import orders_in
from bot.reading.port import Message, Reading

NAME = "cues"
# In a longer message, "why" and "what if" are part of the story, not a request to us.
_LONGEST_REQUEST = 160
_LANGUAGE_SAMPLE = 1500
_MANY_JOBS = 2


class CueReader:
    """Reads a message by its phrases; takes no time, calls nobody, invents nothing."""

    async def ready(self) -> None:
        """Load the phrases of every language and the weights."""
        for language in known_languages():
            lexicon(language)
        weights()

    async def read(self, message: Message) -> Reading:
        """Return what the message says, in facts."""
        return self.read_now(message)

    def read_now(self, message: Message) -> Reading:
        """Return what the message says, in facts.

        A message that holds orders to us opens no gate: its facts are implied at most, and it
        neither denies nor corrects what was said before, nor starts over.
        """
        parts, ordered = _evidence(message.text)
        if not parts:
            return Reading(reader=NAME)
        reading = _reading(_scenes(parts), message)
        return _under_orders(reading) if ordered else reading


def scenes_of(text: str) -> list[Scene]:
    """Return the sentences of a text that are evidence, with the phrases found in each."""
    return _scenes(_evidence(text)[0])


def _scenes(parts: list[Sentence]) -> list[Scene]:
    sample = " ".join(part.folded for part in parts)[:_LANGUAGE_SAMPLE]
    spoken = languages(sample)
    return [scene(part, *hits(part, spoken)) for part in parts]


def _evidence(text: str) -> tuple[list[Sentence], bool]:
    """Return the sentences that are the author's own words to us, and whether some were orders."""
    plain = without_pasted(text)
    parts = list(sentences(plain))
    if not parts:
        return [], False
    plain = plain[: parts[-1].start + len(parts[-1].text)]
    orders = orders_in(plain)
    return (list(sentences(without(plain, orders))), True) if orders else (parts, False)


def _reading(scenes: list[Scene], message: Message) -> Reading:
    said = list(chain.from_iterable(map(findings, scenes)))
    told = [item for item in said if isinstance(item, Found)]
    corrected_from = _corrected_from(scenes)
    found = inferred(settled(_latest(told, corrected_from)), many_jobs=_many_jobs(told))
    if not message.question:
        found = cautious(found, scenes)
        guesses = surmised(scenes, weights(), found)
        # Whoever has said anything of a model's trouble is not taken to speak of something else.
        is_open = not (message.known.facts or _told(found))
        found += [one for one in guesses if is_open or one.name != "topic"]
    length = sum(len(part.sentence.text) for part in scenes)
    replies = cue_answers.answered(message.question, scenes, length)
    found = _with_replies(found, replies, message.question)
    request = _request(scenes, length)
    if topic := _topic(scenes, found, message, request):
        found.append(topic)
    held = {(item.name, item.value) for item in found}
    shrug = bool(message.question) and cue_answers.shrugs(scenes, length)
    return Reading(
        facts=tuple(_fact(item, message) for item in found),
        denials=tuple(
            item
            for item in said
            if isinstance(item, Denial) and (item.name, item.value) not in held
        ),
        corrects=_corrected(found, corrected_from),
        request=request,
        does_not_know=shrug and all(item.name != message.question for item in found),
        reader=NAME,
    )


def _many_jobs(told: Iterable[Found]) -> bool:
    """Whether so many different jobs are named that none of them is the one job."""
    return len({item.value for item in told if item.name == "task"}) >= _MANY_JOBS


def _under_orders(reading: Reading) -> Reading:
    return replace(
        reading,
        facts=tuple(
            replace(fact, basis=min(fact.basis, Basis.IMPLIED, key=_rank)) for fact in reading.facts
        ),
        denials=(),
        corrects=frozenset(),
        request=None if reading.request is Request.START_OVER else reading.request,
    )


def _rank(basis: Basis) -> int:
    return basis.rank


def _fact(item: Found, message: Message) -> Fact:
    return Fact(item.name, item.value, item.basis, item.quote, message.author, message.id)


def _hits(scenes: Iterable[Scene], section: str) -> list[tuple[Scene, Hit]]:
    return [(part, hit) for part in scenes for hit in part.hits if hit.row.section == section]


def _corrected_from(scenes: list[Scene]) -> int | None:
    """Return where a correction begins, if there is one."""
    starts = [
        part.sentence.start + hit.start
        for part, hit in _hits(scenes, "replies")
        if hit.row.name == "correction"
    ]
    return min(starts, default=None)


def _latest(found: list[Found], corrected_from: int | None) -> list[Found]:
    """Drop what the same message takes back further down."""
    if corrected_from is None:
        return found
    again = {item.name for item in found if item.at >= corrected_from and _is_replaced(item.name)}
    return [item for item in found if item.at >= corrected_from or item.name not in again]


def _is_replaced(name: str) -> bool:
    """Whether a second value takes the place of the first; sets grow, forms of examples aside."""
    return name == "examples_form" or attribute_named(name).kind is not Kind.MANY


def _corrected(found: list[Found], corrected_from: int | None) -> frozenset[str]:
    if corrected_from is None:
        return frozenset()
    return frozenset(item.name for item in found if item.at >= corrected_from)


def _with_replies(found: list[Found], replies: list[Found], question: str) -> list[Found]:
    """Put answers to the pending question first; what was read of it elsewhere is confirmed."""
    if replies:
        return [*replies, *(item for item in found if item.name != question)]
    return [
        replace(item, basis=Basis.CONFIRMED)
        if item.name == question and item.basis is Basis.STATED
        else item
        for item in found
    ]


def _request(scenes: list[Scene], length: int) -> Request | None:
    if length > _LONGEST_REQUEST:
        return None
    names = [hit.row.name for _, hit in _hits(scenes, "requests")]
    return Request(names[0]) if names else None


def _topic(
    scenes: list[Scene], found: list[Found], message: Message, request: Request | None
) -> Found | None:
    """Return that the message is about something else, where its words leave no doubt.

    That it is about a model is taken for granted and needs no fact.
    """
    about = _hits(scenes, "topic")
    figures = [(part, hit) for part, hit in about if hit.row.name == "figurative"]
    plain = [(part, hit) for part, hit in about if not _within(hit, part, figures)]
    ours = any(hit.row.name in ("domain", "near") for _, hit in plain)
    if ours or request or message.question or message.known.facts or _told(found):
        return None
    elsewhere = [(part, hit) for part, hit in about if hit.row.name in ("elsewhere", "figurative")]
    if not elsewhere:
        return None
    part, hit = elsewhere[0]
    where = part.sentence.start + hit.start
    return Found("topic", "other", Basis.IMPLIED, part.quote(hit.start, hit.end), where)


def _told(found: list[Found]) -> bool:
    """Whether anything but a wish was found."""
    return any(
        item.name != "requested_solution" and item.basis is not Basis.SURMISED for item in found
    )


def _within(hit: Hit, part: Scene, figures: list[tuple[Scene, Hit]]) -> bool:
    """Whether a word is only part of a figure of speech, as in "fine-tune the thermostat"."""
    return hit.row.name != "figurative" and any(
        other is part and figure.start <= hit.start < figure.end for other, figure in figures
    )
