"""Dialogues: what people do in Slack and what they then see, on every surface, every way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.playground.uploads import Upload
from tests.slack.house import Scene

Steps = list[tuple[Any, ...]]

# Without its first letter: an answer that is still open begins in another way.
RAG = "ring the knowledge to the model"
DATA_FIRST = "ut the data right first"
WIKI = (
    "Our support bot makes things up about refunds. The policy is in our wiki and nothing connects "
    "the bot to it. Should we fine-tune?"
)
OUTSIDER = "only for people of the workspace that installed me"
ARABIC = "\u0631\u0648\u0628\u0648\u062a \u0627\u0644\u062f\u0639\u0645 \u064a\u062e\u062a\u0644\u0642 \u0627\u0644\u0623\u0633\u0639\u0627\u0631"  # noqa: E501


def jsonl(name: str, *rows: tuple[str, str]) -> Upload:
    lines = (json.dumps({"prompt": asked, "completion": answer}) for asked, answer in rows)
    return Upload(name, "\n".join(lines).encode())


CLEAN = jsonl("tickets.jsonl", *((f"Ticket {n}: where is it?", f"On quay {n}.") for n in range(60)))
# Every ticket is answered by one team and then by the other.
AGAINST = jsonl(
    "tickets.jsonl",
    *((f"Ticket {n % 40}", ("billing", "harbour")[n // 40]) for n in range(80)),
)
NO_JSONL = Upload("notes.jsonl", b"\x00\x01\x02 nothing to see")
WORKBOOK = Upload("sheet.csv", b"PK\x03\x04 and more")
LABELS = Upload(
    "*bold* <!channel>.csv",
    b"text,label\n" + b"".join(b"it is %d,<!here>\n" % n for n in range(30)),
)
# A little over what is fetched.
LARGE = Upload(
    "large.jsonl",
    b"".join(
        b'{"prompt": "question %d %s", "completion": "answer %d"}\n' % (n, b"x" * 700, n)
        for n in range(27_000)
    ),
)
DRIVE = Upload("tickets.csv", elsewhere="https://drive.example/tickets.csv")
PICTURE = Upload("screen.png", b"\x89PNG")
TRIAGE = (
    "Our model sorts tickets into teams and gets the team wrong although the instruction is clear. "
    "We tried prompts with examples and they no longer help. It is one narrow job, and the rules "
    "stay the same."
)


DIALOGUES: dict[str, Steps] = {
    "a mention is answered in its thread, with the words that it rests on": [
        ("ann", "mentions", WIKI),
        ("bot", "shows", RAG, "makes things up about refunds", "ann", "Decided"),
        ("bot", "has posted", 1),
    ],
    "a vague mention is asked what goes wrong, and a press sharpens the card in place": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("bot", "shows", "What goes wrong most often?"),
        ("ann", "presses", "Invents facts"),
        ("bot", "shows", RAG, "Invents facts"),
        ("bot", "has posted", 1),
    ],
    "don't know is an answer, and is not asked again": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("ann", "presses", "Don\u2019t know"),
        ("bot", "no longer shows", "What goes wrong most often?"),
        ("bot", "shows", "Where do the right answers come from?"),
    ],
    "the same button pressed twice, at once, is one answer": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("ann", "presses twice", "Invents facts"),
        ("bot", "shows", RAG, "Invents facts"),
        ("bot", "has posted", 1),
    ],
    "a file of another kind alone is asked for words": [
        ("ann", "sends a file", PICTURE),
        ("bot", "shows", "no words"),
        ("bot", "has posted", 1),
        ("bot", "has fetched", 0),
    ],
    "a clean file alone is measured, and opens a case with what it shows": [
        ("ann", "sends a file", CLEAN),
        ("bot", "shows", "tickets.jsonl", "60 examples", "Nothing wrong was found", "To train on"),
        ("bot", "shows", "Inputs with the right answers _(measured)_", "(ann)", "60"),
        ("bot", "has posted", 2),
        ("bot", "has fetched", 1),
    ],
    "a file with words is measured, and the words are read too": [
        ("mina", "writes to us with a file", CLEAN, WIKI),
        ("bot", "shows", "60 examples: inputs with their outputs"),
        ("bot", "shows", RAG, "makes things up about refunds", "_(measured)_"),
        ("bot", "has posted", 2),
    ],
    "a file in a thread gets one reply, and the card follows": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ben", "replies with a file", CLEAN),
        ("bot", "shows", "60 examples: inputs", "Noted: examples: inputs with the right answers"),
        ("bot", "shows", RAG, "_(measured)_", "(ben)"),
        ("bot", "has posted", 2),
    ],
    "a file that contradicts itself changes the answer to its data": [
        ("ann", "mentions", TRIAGE),
        ("bot", "has posted", 1),
        ("ann", "replies with a file", AGAINST),
        ("bot", "shows", "40 inputs with different outputs", "experts disagree"),
        ("bot", "shows", DATA_FIRST, "_(measured)_"),
        ("bot", "has posted", 2),
    ],
    "a mended file takes the place of the one before it": [
        ("ann", "mentions", TRIAGE),
        ("ann", "replies with a file", AGAINST),
        ("bot", "shows", DATA_FIRST, "_(measured)_"),
        ("ann", "replies with a file", CLEAN),
        ("bot", "shows", "60 examples: inputs", "No longer counted"),
        ("bot", "no longer shows", "People disagree"),
        ("bot", "has posted", 3),
    ],
    "what is measured outweighs what is said before and after": [
        ("ann", "mentions", f"{WIKI} We have 900 labelled examples."),
        ("bot", "has posted", 1),
        ("ann", "replies with a file", CLEAN),
        ("bot", "shows", RAG, "60 _(measured)_"),
        ("ben", "replies", "We have 500 labelled examples."),
        ("bot", "has posted", 3),
        ("bot", "no longer shows", "isagree"),
        ("bot", "shows", RAG, "60 _(measured)_"),
    ],
    "of several files the one with the most usable examples counts": [
        ("ann", "sends files", AGAINST, CLEAN, NO_JSONL),
        ("bot", "shows", "60 examples", "80 examples", "Of several files", "binary"),
        ("bot", "has posted", 2),
        ("bot", "has fetched", 3),
    ],
    "a file that is no jsonl is told so, and the words count": [
        ("ann", "sends a file", NO_JSONL, WIKI),
        ("bot", "shows", "notes.jsonl", "The file is binary, not text"),
        ("bot", "shows", RAG, "makes things up about refunds"),
        ("bot", "has posted", 2),
    ],
    "a file alone that cannot be measured is told so, and words are asked for": [
        ("ann", "sends a file", WORKBOOK),
        ("bot", "shows", "sheet.csv", "save the sheet as CSV", "in a few sentences"),
        ("bot", "has posted", 1),
    ],
    "a file that is too large is measured as far as it is read": [
        ("mina", "writes to us with a file", LARGE),
        ("bot", "shows", "too large to be read whole", "only the beginning"),
        ("bot", "has posted", 2),
    ],
    "a file that lies elsewhere is not fetched": [
        ("ann", "sends a file", DRIVE, WIKI),
        ("bot", "shows", "tickets.csv", "does not lie with Slack"),
        ("bot", "shows", RAG),
        ("bot", "has fetched", 0),
        ("bot", "has posted", 2),
    ],
    "without the scope the words are answered, and the admin is named": [
        ("ann", "takes back", "files:read"),
        ("ann", "sends a file", CLEAN, WIKI),
        ("bot", "shows", "tickets.jsonl", "files:read"),
        ("bot", "shows", RAG),
        ("bot", "has posted", 2),
        ("ann", "grants", "files:read"),
    ],
    "a file that does not come at first is fetched again": [
        ("bot", "fails to fetch", 2),
        ("ann", "sends a file", CLEAN),
        ("bot", "shows", "60 examples"),
        ("bot", "has posted", 2),
        ("bot", "has fetched", 3),
    ],
    "a file that never comes is given up, and the words are answered": [
        ("bot", "fails to fetch", 3),
        ("ann", "sends a file", CLEAN, WIKI),
        ("bot", "shows", "could not get it"),
        ("bot", "shows", RAG),
        ("bot", "has posted", 2),
    ],
    "the same file told of three times is measured once": [
        ("bot", "will hear of it three times"),
        ("ann", "sends a file", CLEAN),
        ("bot", "shows", "60 examples"),
        ("bot", "has posted", 2),
        ("bot", "has fetched", 1),
    ],
    "names of files and labels never become commands to slack": [
        ("ann", "sends a file", LABELS),
        ("bot", "shows", "30 examples", "&lt;!here&gt;", "&lt;!channel&gt;"),
        ("bot", "no longer shows", "<!here>"),
        ("bot", "no longer shows", "<!channel>"),
        ("bot", "no longer shows", "*bold*"),
    ],
    "a message that is deleted takes what its file showed with it": [
        ("mina", "writes to us", WIKI),
        ("mina", "replies with a file", CLEAN),
        ("bot", "shows", RAG, "_(measured)_"),
        ("mina", "deletes"),
        ("bot", "no longer shows", "_(measured)_"),
        ("bot", "has posted", 2),
    ],
    "an edit of the words leaves what the file showed": [
        ("mina", "writes to us with a file", CLEAN),
        ("bot", "has posted", 2),
        ("mina", "edits", WIKI),
        ("bot", "shows", RAG, "makes things up about refunds", "60 _(measured)_"),
        ("bot", "has posted", 2),
        ("bot", "has fetched", 1),
    ],
    "a question to us with a file is answered, and the file counts": [
        ("ann", "sends a file", CLEAN, "what is LoRA?"),
        ("bot", "shows", "60 examples", "Low-rank adaptation"),
        ("bot", "shows", "_(measured)_"),
        ("bot", "has posted", 2),
    ],
    "what was decided is decided anew by whoever corrects it": [
        ("ann", "mentions", WIKI),
        ("bot", "shows", "Decided", RAG),
        ("ben", "presses", "Correct"),
        ("ben", "submits", {"fact:answer_source": ["in_the_input"]}),
        ("bot", "shows", "It is all in the input", "(ben)"),
        ("bot", "no longer shows", "*Decided.*"),
        ("bot", "has posted", 1),
    ],
    "somebody else may answer, with their name on it": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("ben", "presses", "Invents facts"),
        ("bot", "shows", RAG, "ben"),
    ],
    "a follow-up with a mention gets a short reply and moves the card": [
        ("ann", "mentions", WIKI),
        ("bot", "shows", RAG),
        ("ann", "replies", "We measure with 200 test cases, 71 % accuracy."),
        ("bot", "shows", "Noted"),
        ("bot", "has posted", 2),
    ],
    "a second person who says otherwise is shown beside the first": [
        ("ann", "mentions", "Our bot drafts replies. Nobody will maintain a tuned model here."),
        ("bot", "has posted", 1),
        ("ben", "replies", "We have an ML team that would retrain it."),
        ("bot", "has posted", 2),
        ("bot", "shows", "ann", "ben", "isagree"),
    ],
    "without the history scope a follow-up needs a mention": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ann", "says without a mention", "And it is slow."),
        ("bot", "has posted", 1),
    ],
    "why is answered from the rules": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ann", "replies", "why?"),
        ("bot", "shows", "does not reach the model when it answers"),
        ("bot", "has posted", 2),
    ],
    "help is answered with what can be done": [
        ("ann", "mentions", "help"),
        ("bot", "shows", "/should-finetune", "mention me each time"),
        ("bot", "has posted", 1),
    ],
    "help says that a thread needs no mention where we read along": [
        ("ann", "grants", "channels:history"),
        ("ann", "mentions", "help"),
        ("bot", "shows", "no need to mention me again"),
        ("bot", "has posted", 1),
        ("ann", "takes back", "channels:history"),
    ],
    "only the opener starts over": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ben", "replies", "start over"),
        ("bot", "shows", "ann"),
        ("bot", "has posted", 2),
        ("ann", "replies", "start over"),
        ("bot", "shows", "tarted over"),
        ("bot", "has posted", 3),
    ],
    "an admin of the workspace starts over what somebody else opened": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ben", "is made an admin"),
        ("ben", "replies", "start over"),
        ("bot", "shows", "tarted over"),
        ("bot", "has posted", 2),
    ],
    "an admin of another organisation is no admin here": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("eve", "comes from another organisation"),
        ("eve", "is made an admin"),
        ("eve", "replies", "start over"),
        ("bot", "shows", "Only ann or a workspace admin"),
        ("bot", "no longer shows", "tarted over"),
        ("bot", "has posted", 2),
    ],
    "somebody of another organisation opens nothing, and is told so alone": [
        ("eve", "comes from another organisation"),
        ("eve", "mentions", WIKI),
        ("eve", "sees alone", OUTSIDER),
        ("bot", "has posted", 0),
    ],
    "somebody of another organisation is told once, also where we read the channel": [
        ("ann", "grants", "channels:history"),
        ("eve", "comes from another organisation"),
        ("eve", "mentions", WIKI),
        ("eve", "sees alone", OUTSIDER),
        ("eve", "saw alone", 1),
        ("bot", "has posted", 0),
        ("ann", "takes back", "channels:history"),
    ],
    "somebody of another organisation adds facts in a thread that one of us opened": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("eve", "comes from another organisation"),
        ("eve", "replies", "We measure with 200 test cases, 71 % accuracy."),
        ("bot", "shows", "Noted", "200"),
        ("bot", "shows", RAG, "(eve)"),
        ("bot", "has posted", 2),
        ("eve", "saw alone", 0),
    ],
    "somebody of another organisation answers and corrects, with their name on it": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("eve", "comes from another organisation"),
        ("eve", "presses", "Invents facts"),
        ("bot", "shows", RAG, "(eve)"),
        ("eve", "presses", "Correct"),
        ("eve", "is shown a form", ""),
        ("eve", "submits", {"fact:source_access": "retrieval_bad"}),
        ("bot", "shows", "Search finds the wrong things"),
        ("bot", "has posted", 1),
    ],
    "somebody of another organisation who writes to us is told where they may": [
        ("eve", "writes to us", WIKI),
        ("eve", "sees alone", OUTSIDER),
        ("bot", "has posted", 0),
    ],
    "somebody of another organisation is neither greeted nor shown a home": [
        ("eve", "opens our messages"),
        ("eve", "opens our home"),
        ("eve", "is shown no home"),
        ("bot", "suggests nothing"),
        ("bot", "has posted", 0),
    ],
    "a command of somebody of another organisation opens and forgets nothing": [
        ("eve", "comes from another organisation"),
        ("eve", "types what slack would not send", WIKI),
        ("eve", "is told", OUTSIDER),
        ("eve", "types what slack would not send", "forget"),
        ("eve", "is told", OUTSIDER),
        ("bot", "has posted", 0),
    ],
    "who opens our messages first is greeted once, and prompts are suggested": [
        ("mina", "opens our messages"),
        ("bot", "shows", "Hello"),
        ("bot", "suggests", "Should we fine-tune?"),
        ("mina", "opens our messages"),
        ("bot", "has posted", 1),
    ],
    "where no prompt may be suggested, the greeting and the turn come all the same": [
        ("bot", "may suggest nothing"),
        ("mina", "opens our messages"),
        ("bot", "shows", "Hello"),
        ("bot", "suggests nothing"),
        ("mina", "writes to us", WIKI),
        ("bot", "shows", RAG),
    ],
    "somebody else who joins a channel is not greeted": [
        ("ann", "grants", "channels:read"),
        ("eve", "comes from another organisation"),
        ("bot", "has posted", 0),
        ("ann", "takes back", "channels:read"),
    ],
    "invited to a channel we greet it once": [
        ("ann", "grants", "channels:read"),
        ("ann", "makes a channel without us"),
        ("ann", "invites us"),
        ("bot", "shows", "Mention me (@should-finetune)"),
        ("bot", "has posted", 1),
        ("ann", "removes us"),
        ("ann", "invites us"),
        ("bot", "has posted", 1),
        ("ann", "takes back", "channels:read"),
    ],
    "where we may not read channels nobody tells us of the invitation": [
        ("ann", "makes a channel without us"),
        ("ann", "invites us"),
        ("bot", "has posted", 0),
        ("ann", "mentions", WIKI),
        ("bot", "shows", RAG),
    ],
    "the home tab leaves it to slack to name the channel": [
        ("ann", "mentions", WIKI),
        ("bot", "has posted", 1),
        ("ann", "opens our home"),
        ("ann", "is shown its channel at home"),
    ],
    "a text in the form is a fact, and is taken back where it is emptied": [
        ("ann", "mentions", WIKI),
        ("ann", "presses", "Correct"),
        ("ann", "submits", {"fact:language_domain": "Frisian maritime law"}),
        ("bot", "shows", RAG, "Frisian maritime law", "(ann)"),
        ("ben", "presses", "Correct"),
        ("ben", "submits", {"fact:language_domain": None}),
        ("bot", "no longer shows", "Frisian maritime law"),
        ("bot", "has posted", 1),
    ],
    "a wish in the form is noted and changes no answer": [
        ("ann", "mentions", WIKI),
        ("ann", "presses", "Correct"),
        ("ann", "submits", {"fact:requested_solution": "a model that is tuned at once"}),
        ("bot", "shows", RAG, "Decided", "a model that is tuned at once"),
        ("bot", "has posted", 1),
    ],
    "the form corrects what was understood": [
        ("ann", "mentions", WIKI),
        ("ann", "presses", "Correct"),
        ("ann", "is shown a form", ""),
        ("ann", "submits", {"fact:source_access": "retrieval_bad"}),
        ("bot", "shows", "Search finds the wrong things"),
        ("bot", "has posted", 1),
    ],
    "a number that is none is told in the form, which stays open": [
        ("ann", "mentions", WIKI),
        ("ann", "presses", "Correct"),
        ("ann", "submits", {"fact:pass_rate": "140"}),
        ("ann", "is told in the form", "100"),
    ],
    "a direct message is a case of its own": [
        ("mina", "writes to us", WIKI),
        ("bot", "shows", RAG),
        ("mina", "replies", "We look at some outputs by hand."),
        ("bot", "has posted", 2),
    ],
    "an edit of the first message moves the card, and posts nothing": [
        ("mina", "writes to us", "Our bot is slow."),
        ("bot", "has posted", 1),
        ("mina", "edits", WIKI),
        ("bot", "shows", RAG, "makes things up about refunds"),
        ("bot", "has posted", 1),
    ],
    "an edit to forty thousand emoji is survived": [
        ("mina", "writes to us", WIKI),
        ("bot", "shows", RAG),
        ("mina", "edits", "\U0001f6f6" * 40_000),
        ("bot", "no longer shows", "makes things up about refunds"),
        ("bot", "has posted", 1),
    ],
    "a message that is deleted takes its facts with it": [
        ("mina", "writes to us", WIKI),
        ("bot", "shows", RAG),
        ("mina", "deletes"),
        ("bot", "no longer shows", "makes things up about refunds"),
    ],
    "the command with a text is answered at once and goes on in a DM": [
        ("ann", "types", WIKI),
        ("ann", "is told", "On it"),
        ("ann", "goes to the dm"),
        ("bot", "shows", RAG, "makes things up about refunds"),
        ("bot", "has posted", 1),
    ],
    "the command alone opens a form, and the form opens a case": [
        ("ben", "types", ""),
        ("ben", "is shown a form", "fine-tune"),
        (
            "ben",
            "submits",
            {
                "problem": "Our bot makes up berths.",
                "fact:answer_source": ["reference_material"],
                "fact:examples_count": "120",
            },
        ),
        ("ben", "goes to the dm"),
        ("bot", "shows", RAG, "120"),
    ],
    "the command says how it is used": [("ann", "types", "help"), ("ann", "is told", "help")],
    "the command shows the rules": [("ann", "types", "rules"), ("ann", "is told", "rule")],
    "the command tells how we are": [("ann", "types", "status"), ("ann", "is told", "cue reader")],
    "what was forgotten is gone, and a press on it is told so": [
        ("ann", "mentions", "Should we fine-tune our model?"),
        ("bot", "has posted", 1),
        ("ann", "types", "forget"),
        ("ann", "presses", "Invents facts"),
        ("ann", "sees alone", "no longer"),
    ],
    "a mention with nothing in it is asked for the problem": [
        ("ann", "mentions", ""),
        ("bot", "shows", "what"),
        ("bot", "has posted", 1),
    ],
    "forty thousand characters are read": [
        ("ann", "mentions", f"{WIKI} {'The harbour is large and full of boats. ' * 990}"),
        ("bot", "shows", "makes things up about refunds"),
        ("bot", "has posted", 1),
    ],
    "an emoji is no problem": [("ann", "mentions", "\U0001f937"), ("bot", "has posted", 1)],
    "arabic is answered": [("ann", "mentions", ARABIC), ("bot", "has posted", 1)],
    "a block of code alone is answered": [
        ("ann", "mentions", "```\nfor x in y: print(x)\n```"),
        ("bot", "has posted", 1),
    ],
    "what people write is never a live mention or a link of theirs": [
        (
            "ann",
            "mentions",
            "It makes things up: it says &lt;!channel&gt; and <https://evil.example|our policy>.",
        ),
        ("bot", "has posted", 1),
        ("bot", "no longer shows", "<!channel>"),
        ("bot", "no longer shows", "<https://evil"),
    ],
}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("steps", DIALOGUES.values(), ids=DIALOGUES)
async def test_dialogue(scene: Scene, steps: Steps) -> None:
    await scene.play(steps)
