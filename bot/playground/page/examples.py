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
        "The answers change every month",
        "Our support bot makes up refund rules. It tells people that they have 60 days when the "
        "policy says 30, and the policy changes about once a month. It lives in our help centre, "
        "which the bot does not read yet. The boss says we should fine-tune it on the policy. "
        "Should we?",
    ),
    Example(
        "Labelling works, and costs too much",
        "A big model, four million calls a month",
        "We label support tickets with one of 40 categories. A large model gets 96% right on our "
        "test set of 1,000 tickets, and that is enough for us. But it is 4 million calls a month "
        "with the same 2,000-token prompt each time, and the bill is $38,000. We have kept 60,000 "
        "of its checked answers. Can we train a smaller model to do this job?",
    ),
    Example(
        "Rewriting in the style of the house",
        "900 approved pairs at hand",
        "We rewrite product descriptions in our house style. The editors keep fixing the same "
        "things: sentence length, the tone, which words we never use. We have a 6-page style guide "
        "in the prompt with ten examples and tried for weeks; it still passes only 70% of our "
        "checks. The style has not changed in two years. We have 900 pairs of draft and approved "
        "text. Is fine-tuning worth it now?",
    ),
)
