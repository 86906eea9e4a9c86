"""Prompts are files: loaded, checked, filled, and known by a digest of all that the model sees."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bot.domain.facts import VOCABULARY, Attribute, Kind, by_name
from bot.domain.problem import FactValue, Problem, tidy
from bot.errors import BadInput
from bot.reading.folding import readable
from bot.reading.port import Message
from bot.reading.schema import answer_schema

EXTRACT_FACTS = "extract_facts"
# About 4,000 tokens of English. Of a longer message the beginning and the end are sent: people
# open with the problem and close with the question, and paste in between.
MOST_SENT = 16_000
SENT_FROM_START = 11_000
SHORTEST_FENCE = 12
# What the section for a message is filled with.
_TOLD = frozenset({"question", "known", "fence", "message"})

Sections = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt ready for use: `system` is the same for every message, so providers cache it."""

    name: str
    purpose: str
    system: str
    digest: str
    message: str
    repair: str

    def for_message(self, message: Message) -> list[dict[str, str]]:
        """Return the model's messages for one message of a person."""
        text = _sent(message.text)
        fence = _fence(text)
        values = {
            "question": _question(message.question),
            "known": _known(message.known),
            "fence": fence,
            "message": text,
        }
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": Template(self.message).substitute(values)},
        ]

    def for_repair(self, fault: str) -> str:
        """Return what the model is told about an answer that can't be used."""
        return Template(self.repair).substitute(fault=fault)


def has_words(text: str) -> bool:
    """Whether there is anything to read: a message of dots or emoji is not worth a call."""
    return any(char.isalnum() for char in text)


def prompts_folder() -> Path:
    """Return prompts/ beside the package: in a checkout, and where a wheel puts it."""
    return Path(__file__).resolve().parents[2] / "prompts"


def load_prompt(
    folder: Path | None = None,
    name: str = EXTRACT_FACTS,
    vocabulary: tuple[Attribute, ...] = VOCABULARY,
) -> Prompt:
    """Read prompts/<name>.md and fill in the vocabulary; raises BadInput, naming the file."""
    path = (folder or prompts_folder()) / f"{name}.md"
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the prompt {path.name} cannot be read: is prompts/ in place?") from error
    front, sections = _parts(path.name, source)
    rendered = rendered_vocabulary(vocabulary)
    return Prompt(
        name,
        front["purpose"],
        _checked(name, sections["system"], {"vocabulary"}).substitute(vocabulary=rendered),
        digest_of(source, rendered, answer_schema(vocabulary)),
        _checked(name, sections["message"], _TOLD).template,
        _checked(name, sections["repair"], {"fault"}).template,
    )


def digest_of(*parts: object) -> str:
    """Return 12 hex digits that change whenever any part does."""
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def rendered_vocabulary(vocabulary: tuple[Attribute, ...] = VOCABULARY) -> str:
    """Return the vocabulary as the model reads it, compactly: every character is sent each time."""
    return "\n".join(_rendered(attribute) for attribute in vocabulary)


def _rendered(attribute: Attribute) -> str:
    shape = {
        Kind.ONE: "",
        Kind.MANY: " (several)",
        Kind.NUMBER: _unit(attribute),
        Kind.YES_NO: " (true, false)",
        Kind.TEXT: " (text)",
    }[attribute.kind]
    trap = f" Trap: {attribute.trap}." if attribute.trap else ""
    values = "; ".join(
        f"{value.name} ({value.meaning})" if value.meaning else value.name
        for value in attribute.values
    )
    line = f"{attribute.name}{shape}: {attribute.meaning}{trap}"
    return f"{line}\n  {values}" if values else line


def _unit(attribute: Attribute) -> str:
    told = attribute.unit in f"{attribute.name} {attribute.meaning}".lower()
    return " (number)" if told or not attribute.unit else f" (number, {attribute.unit})"


def _parts(name: str, source: str) -> tuple[dict[str, str], Sections]:
    """Split a file into its front matter and its sections."""
    opened, front, body = (*source.split("---\n", 2), "", "")[:3]
    matter = dict(re.findall(r"^(\w+):\s*(.+)$", front, re.MULTILINE))
    if opened or not {"purpose", "placeholders"} <= set(matter):
        raise BadInput(f"{name} must open with front matter that names purpose and placeholders.")
    first, *rest = re.split(r"^<!-- (\w+) -->\n", body, flags=re.MULTILINE)
    sections = {"system": first.strip(), **_pairs(rest)}
    if missing := {"message", "repair"} - set(sections):
        raise BadInput(f"{name} lacks the section {', '.join(sorted(missing))}.")
    declared = {word.strip() for word in matter["placeholders"].split(",")}
    used = {word for text in sections.values() for word in Template(text).get_identifiers()}
    if declared != used:
        odd = ", ".join(sorted(declared ^ used))
        raise BadInput(f"{name}: the placeholders in its front matter and text differ: {odd}.")
    return matter, sections


def _pairs(rest: list[str]) -> dict[str, str]:
    return {name: text.strip() for name, text in zip(rest[::2], rest[1::2], strict=True)}


def _checked(name: str, text: str, given: AbstractSet[str]) -> Template:
    """Return a section as a template that can be filled with just what is given."""
    template = Template(text)
    if not template.is_valid():
        raise BadInput(f"the prompt {name} has a stray $: write $$ for a dollar sign.")
    if missing := set(template.get_identifiers()) - given:
        raise BadInput(f"the prompt {name} has no value for {', '.join(sorted(missing))}.")
    return template


def _question(name: str) -> str:
    attribute = by_name().get(name)
    if attribute is None:
        return "none"
    return f"{attribute.name} ({attribute.question or attribute.meaning})"


def _known(problem: Problem) -> str:
    """Return names and values only, and no texts: those are words of people, not of ours."""
    shown = [
        f"{fact.name}={_told(fact.value)}"
        for fact in problem.facts
        if (attribute := by_name().get(fact.name)) and attribute.kind is not Kind.TEXT
    ]
    return ", ".join(shown) or "nothing"


def _told(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(tidy(value))


def _sent(text: str) -> str:
    """Return what is sent of a message: without control characters, cut in the middle."""
    text = readable(text).strip()
    if len(text) <= MOST_SENT:
        return text
    left_out = len(text) - MOST_SENT
    end = text[-(MOST_SENT - SENT_FROM_START) :]
    return f"{text[:SENT_FROM_START]}\n[… {left_out} characters left out …]\n{end}"


def _fence(text: str) -> str:
    """Return a line of = that the message can't hold: one longer than its longest."""
    longest = max((len(run) for run in re.findall(r"=+", text)), default=0)
    return "=" * max(SHORTEST_FENCE, longest + 1)
