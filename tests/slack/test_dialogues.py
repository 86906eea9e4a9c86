"""Dialogues: what people do in Slack and what they then see, on every surface, every way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack.house import Scene

Steps = list[tuple[Any, ...]]

RAG = "Bring the knowledge to the model"
WIKI = (
    "Our support bot makes things up about refunds. The policy is in our wiki and nothing connects "
    "the bot to it. Should we fine-tune?"
)
ARABIC = "\u0631\u0648\u0628\u0648\u062a \u0627\u0644\u062f\u0639\u0645 \u064a\u062e\u062a\u0644\u0642 \u0627\u0644\u0623\u0633\u0639\u0627\u0631"  # noqa: E501

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
    "a file alone is asked for words": [
        ("ann", "sends a file"),
        ("bot", "shows", "no words"),
        ("bot", "has posted", 1),
    ],
    "what was decided is decided anew by whoever corrects it": [
        ("ann", "mentions", WIKI),
        ("bot", "shows", "Decided", RAG),
        ("ben", "presses", "Correct"),
        ("ben", "submits", {"fact:answer_source": ["in_the_input"]}),
        ("bot", "no longer shows", RAG),
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
        ("bot", "shows", "/should-finetune"),
        ("bot", "has posted", 1),
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
