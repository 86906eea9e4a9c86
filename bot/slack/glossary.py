"""The terms of this field that we explain, in our words, and how people write them."""

from __future__ import annotations

import re
from typing import NamedTuple

_MOST_TERMS = 3


class Term(NamedTuple):
    """A term that we explain: its name, how it is written, what it is."""

    name: str
    sign: str
    meaning: str


# More special terms come first.
GLOSSARY: tuple[Term, ...] = (
    Term(
        "continued pretraining",
        r"continued pre.?train\w*|\bcpt\b|domain.adaptive pre.?train\w*",
        "Letting a model go on reading plain text of a field or language before it is tuned on "
        "examples. It takes a lot of text, and teaches a language rather than a task.",
    ),
    Term(
        "RFT",
        r"\brft\b|\bgrpo\b|reinforcement (?:fine.?tun\w*|learning)",
        "Reinforcement fine-tuning: the model tries answers, a grader scores each, and training "
        "makes the well-scored ones likelier. It needs a grader that cannot be fooled and a model "
        "that succeeds now and then.",
    ),
    Term(
        "DPO",
        r"\bdpo\b|direct preference optimi[sz]ation|preference tuning",
        "Direct preference optimisation: training on pairs of a better and a worse answer to the "
        "same input, without a separate reward model. It suits tone and judgement.",
    ),
    Term(
        "LoRA",
        r"\bq?lora\b|low.rank adapt\w*|\bpeft\b",
        "Low-rank adaptation: the weights stay as they are, and a small set of added weights is "
        "trained. That takes far less memory than training all of them, and the result is a small "
        "file that can be swapped or merged in.",
    ),
    Term(
        "distillation",
        r"distil\w*|destill\w*|蒸馏|蒸留",
        "A large model's answers train a small one for one job, which then costs less and answers "
        "faster. The provider's terms have to allow it, and both are compared on the same test.",
    ),
    Term(
        "RAG",
        r"\brag\b|retriev\w*",
        "Retrieval-augmented generation: passages are searched for when a question comes in and "
        "given to the model with it. Answers can be current and name their source. The search is "
        "measured apart from the answer.",
    ),
    Term(
        "prompt caching",
        r"(?:prompt|context).cach\w*|\bcach(?:e|es|ed|ing)\b",
        "The provider keeps its work on the beginning of a prompt that repeats exactly, and "
        "charges less for it next time. So what never changes stands first. It expires in time.",
    ),
    Term(
        "few-shot examples",
        r"few.?shot|many.?shot|in.context learning|examples in the prompt",
        "Worked examples in the prompt. No weight changes, and it can be tried within a day; it "
        "makes every prompt longer.",
    ),
    Term(
        "evals",
        r"\bevals?\b|\bevaluat\w*|test.?sets?|held.?out|golden set",
        "A fixed set of cases with a score, kept apart from what is trained on. Without one, "
        "nobody can tell whether a change helped.",
    ),
    Term(
        "embeddings",
        r"embedding\w*|vector search|semantic search",
        "Texts as lists of numbers, such that texts of like meaning lie close together: for "
        "search, grouping and simple classifiers. Names and codes are better found by keyword.",
    ),
    Term(
        "quantisation",
        r"quanti[sz]\w*|\bgguf\b|\b[48].?bit\b",
        "Keeping a model's weights in fewer bits each, such as 4 rather than 16. It takes less "
        "memory, often runs faster, and can be a little worse: test again on the same cases.",
    ),
    Term(
        "the format of examples",
        r"\bjsonl\b|format\w* (?:the |my |our )?(?:data|examples)|(?:data|examples?) format",
        "Most providers take one example a line, as JSON: the messages as they are sent in use, "
        "and the wanted answer last. Keep the very instructions and form of production.",
    ),
    Term(
        "fine-tuning",
        r"fine.?tun\w*|\bsft\b|微调|ファインチューニング|파인튜닝",
        "Training a model further on examples of your own. It teaches behaviour (form, style, "
        "judgement in one job), and is a poor store of facts, above all of those that change.",
    ),
)


def terms_in(text: str) -> tuple[Term, ...]:
    """Find terms, each in what the ones before it left: "continued pretraining" names one."""
    found: list[Term] = []
    for term in GLOSSARY:
        text, times = re.subn(term.sign, " ", text, flags=re.IGNORECASE)
        if times:
            found.append(term)
    return tuple(found[:_MOST_TERMS])
