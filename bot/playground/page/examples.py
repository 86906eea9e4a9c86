"""Problems to begin with, for whoever opens the page and has none at hand."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A problem in the words of somebody who has it."""

    title: str
    hint: str
    text: str


EXAMPLES: tuple[Example, ...] = (
    Example(
        "A support bot invents refund rules",
        "The policy changes every month",
        "Our support bot invents refund rules: it promises 60 days, and our policy document says "
        "30. The policy changes every month, it is in our help centre, and the bot has no "
        "retrieval. Should we fine-tune it?",
    ),
    Example(
        "Labelling works, and costs too much",
        "A big model, 4 million calls a month",
        "GPT-4 sorts our support tickets into 40 categories and it works well: 96% correct on a "
        "test set of 1,000 tickets. But 4 million calls a month cost us $38,000, which is too "
        "expensive, although the 2,000-token prompt is always the same. We logged 60,000 of its "
        "answers, checked by people. Should we distill it into a smaller model?",
    ),
    Example(
        "Rewriting in the style of the house",
        "900 approved pairs at hand",
        "We rewrite product descriptions in our house style, always the same job. The tone is "
        "inconsistent, although the style guide is in the prompt with ten examples; after weeks "
        "of prompt work 70% pass our test set of 200 cases. The style has not changed in two "
        "years. We have 900 pairs of drafts and approved rewrites, checked by our editors. Is "
        "fine-tuning worth it now?",
    ),
)
