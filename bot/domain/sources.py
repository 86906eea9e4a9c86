"""The published sources that rules and thresholds rest on, each with how well we know it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from bot.errors import RulebookBroken

# The day on which the web pages below were read. A paper carries its own year and month.
READ = "2026-11-22"


class Mark(Enum):
    """How we came to know what a source says."""

    VERIFIED = "verified"  # read in a copy of the source itself
    QUOTED = "quoted"  # read in a third party that quotes it
    MEMORY = "memory"  # not looked up again: check it before relying on it
    OURS = "ours"  # no source: a choice of ours


@dataclass(frozen=True, slots=True)
class Source:
    """One published source; `date` is the day it was read, or a paper's year and month.

    `address` is empty for our own choices alone.
    """

    id: str
    title: str
    address: str
    date: str
    mark: Mark

    def as_json(self) -> dict[str, str]:
        """Return the contract's form."""
        return {"id": self.id, "title": self.title, "address": self.address, "date": self.date}


def _page(name: str, title: str, address: str, mark: Mark = Mark.VERIFIED) -> Source:
    return Source(name, title, f"https://{address}", READ, mark)


def _paper(name: str, title: str, number: str, mark: Mark = Mark.VERIFIED) -> Source:
    """Return a paper on arXiv, whose numbers begin with year and month."""
    date = f"20{number[:2]}-{number[2:4]}"
    return Source(name, title, f"https://arxiv.org/abs/{number}", date, mark)


_OPENAI = "developers.openai.com/api/docs"
_GOOGLE = "docs.cloud.google.com/gemini-enterprise-agent-platform"
_VENDORS = (
    _page(
        "openai-sft",
        "OpenAI, Supervised fine-tuning",
        f"{_OPENAI}/guides/supervised-fine-tuning",
    ),
    _page(
        "openai-best-practices",
        "OpenAI, Fine-tuning best practices",
        f"{_OPENAI}/guides/fine-tuning-best-practices",
    ),
    _page(
        "openai-dpo",
        "OpenAI, Direct preference optimization",
        f"{_OPENAI}/guides/direct-preference-optimization",
    ),
    _page(
        "openai-rft",
        "OpenAI, Reinforcement fine-tuning",
        f"{_OPENAI}/guides/reinforcement-fine-tuning",
    ),
    _page(
        "openai-model-optimization",
        "OpenAI, Model optimization",
        f"{_OPENAI}/guides/model-optimization",
    ),
    _page("openai-deprecations", "OpenAI, Deprecations", f"{_OPENAI}/deprecations"),
    _page(
        "openai-accuracy",
        "OpenAI, Optimizing LLM accuracy",
        f"{_OPENAI}/guides/optimizing-llm-accuracy",
        Mark.QUOTED,
    ),
    _page(
        "openai-structured-outputs",
        "OpenAI, Introducing structured outputs in the API",
        "openai.com/index/introducing-structured-outputs-in-the-api",
        Mark.QUOTED,
    ),
    _page(
        "microsoft-foundry",
        "Microsoft Foundry, Fine-tuning overview",
        "learn.microsoft.com/azure/foundry/fine-tuning/overview",
    ),
    _page(
        "microsoft-considerations",
        "Microsoft, When to use fine-tuning",
        "github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles/ai-foundry/openai/concepts/"
        "fine-tuning-considerations.md",
    ),
    _page(
        "azure-retirement",
        "Microsoft, Model retirement schedule",
        "github.com/MicrosoftDocs/azure-ai-docs",
    ),
    _page(
        "azure-skills",
        "Microsoft, azure-skills: fine-tuning",
        "github.com/microsoft/azure-skills",
    ),
    _page(
        "azure-rft",
        "Microsoft, Reinforcement fine-tuning",
        "learn.microsoft.com/azure/foundry/openai/how-to/reinforcement-fine-tuning",
    ),
    _page("google-tuning", "Google, Introduction to tuning", f"{_GOOGLE}/models/tuning"),
    _page(
        "google-preference",
        "Google, Preference tuning",
        f"{_GOOGLE}/models/tuning/preference-tuning",
    ),
    _page(
        "google-rl",
        "Google, Reinforcement learning tuning",
        f"{_GOOGLE}/models/tuning/reinforcement-tuning",
    ),
    _page(
        "google-availability",
        "Google, Tuning API: supported models",
        f"{_GOOGLE}/reference/models/tuning",
    ),
    _page(
        "aws-sagemaker",
        "AWS, Foundation model customization",
        "docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-foundation-models-customize.html",
    ),
    _page(
        "nova",
        "AWS, Fine-tuning Amazon Nova models",
        "docs.aws.amazon.com/nova/latest/userguide/customize-fine-tune.html",
    ),
    _page(
        "aws-bedrock",
        "AWS, Customize a model with fine-tuning in Amazon Bedrock",
        "docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html",
    ),
    _page(
        "anthropic-prompting",
        "Anthropic, Prompt engineering overview",
        "platform.claude.com/docs/en/build-with-claude/prompt-engineering/overview",
    ),
    _page(
        "anthropic-agents",
        "Anthropic, Building effective agents",
        "www.anthropic.com/engineering/building-effective-agents",
        Mark.QUOTED,
    ),
    _page(
        "anthropic-long-context",
        "Anthropic, on knowledge bases under 200,000 tokens (Contextual retrieval)",
        "www.anthropic.com/news/contextual-retrieval",
        Mark.QUOTED,
    ),
    _page(
        "anthropic-contextual-retrieval",
        "Anthropic, Introducing contextual retrieval",
        "www.anthropic.com/news/contextual-retrieval",
        Mark.QUOTED,
    ),
    _page("cohere", "Cohere, Fine-tuning (deprecated)", "docs.cohere.com"),
    _page(
        "together",
        "Together AI, Fine-tuning overview",
        "docs.together.ai/docs/fine-tuning/overview",
    ),
    _page(
        "fireworks",
        "Fireworks AI, Fine-tuning overview",
        "docs.fireworks.ai/fine-tuning/managed-finetuning-intro",
    ),
    _page(
        "meta-ft",
        "Meta, To fine-tune or not to fine-tune",
        "ai.meta.com/blog/when-to-fine-tune-llms-vs-other-techniques",
        Mark.QUOTED,
    ),
    _page(
        "hf-course",
        "Hugging Face course 11.3, Supervised fine-tuning",
        "github.com/huggingface/course",
    ),
    _page(
        "databricks", "Databricks, From prompting to pretraining", "www.databricks.com", Mark.MEMORY
    ),
)
_PRACTITIONERS = (
    _page(
        "hamel",
        "Hamel Husain, Is fine-tuning still valuable?",
        "hamel.dev/blog/posts/fine_tuning_valuable.html",
    ),
    _page(
        "hamel-evals",
        "Hamel Husain, Evals FAQ",
        "hamel.dev/blog/posts/evals-faq/",
    ),
    _page("jason-liu", "Jason Liu, writing on RAG and fine-tuning", "github.com/jxnl/blog"),
    _page(
        "applied-llms",
        "What we learned from a year of building with LLMs",
        "applied-llms.org",
        Mark.QUOTED,
    ),
    _page(
        "eugene-yan",
        "Eugene Yan, Patterns for building LLM-based systems",
        "eugeneyan.com/writing/llm-patterns/",
        Mark.QUOTED,
    ),
    _page(
        "huyen",
        "Chip Huyen, AI Engineering, chapters 7 and 8",
        "github.com/chiphuyen/aie-book",
        Mark.QUOTED,
    ),
    _page(
        "fsdl",
        "Full Stack Deep Learning, LLM bootcamp 2023",
        "fullstackdeeplearning.com/llm-bootcamp/",
    ),
    _page(
        "manning-reliable",
        "Building Reliable AI Systems, chapter 5",
        "www.manning.com/books/building-reliable-ai-systems",
    ),
    _page(
        "wshobson-agents",
        "wshobson/agents: choosing a fine-tuning method",
        "github.com/wshobson/agents",
    ),
    Source(
        "landis-koch",
        "Landis and Koch, The measurement of observer agreement",
        "https://doi.org/10.2307/2529310",
        "1977-03",
        Mark.MEMORY,
    ),
)
_PAPERS = (
    _paper("ovadia", "Ovadia et al., Fine-tuning or retrieval?", "2312.05934"),
    _paper(
        "balaguer", "Balaguer et al., RAG vs fine-tuning, a case study on agriculture", "2401.08406"
    ),
    _paper(
        "gekhman",
        "Gekhman et al., Does fine-tuning on new knowledge encourage hallucinations?",
        "2405.05904",
    ),
    _paper("kaplan", "Kaplan, Gekhman et al., Forgetting and overlap", "2604.15574", Mark.QUOTED),
    _paper(
        "soudani", "Soudani et al., Fine tuning vs. RAG for less popular knowledge", "2403.01432"
    ),
    _paper("lima", "LIMA: Less is more for alignment", "2305.11206"),
    _paper("raft", "RAFT: Adapting language models to domain-specific RAG", "2403.10131"),
    _paper("biderman", "Biderman et al., LoRA learns less and forgets less", "2405.09673"),
    _paper(
        "luo-forgetting",
        "Luo et al., Catastrophic forgetting during continual fine-tuning",
        "2308.08747",
    ),
    _paper("qi", "Qi et al., Fine-tuning aligned language models compromises safety", "2310.03693"),
    _paper("liu-lost", "Liu et al., Lost in the middle", "2307.03172"),
    _paper(
        "du-length", "Du et al., Context length alone hurts performance", "2510.05381", Mark.QUOTED
    ),
    _paper("li-long-context", "Li et al., RAG or long-context models?", "2407.16833"),
    _paper(
        "bertsch-many-shot", "Bertsch et al., In-context learning with long context", "2405.00200"
    ),
    _paper("agarwal-many-shot", "Agarwal et al., Many-shot in-context learning", "2404.11018"),
    _paper(
        "gepa", "GEPA: Reflective prompt evolution can outperform RL", "2507.19457", Mark.QUOTED
    ),
    _paper(
        "better-together",
        "Fine-tuning and prompt optimization: better together",
        "2407.10930",
        Mark.QUOTED,
    ),
    _paper(
        "lora-land", "LoRA Land: 310 fine-tuned models that rival GPT-4", "2405.00732", Mark.QUOTED
    ),
    _paper("jsonschemabench", "JSONSchemaBench", "2501.10868", Mark.QUOTED),
    _paper("format-tax", "The format tax", "2606.09410", Mark.QUOTED),
    _paper("participant-access", "Participant-aware access control", "2509.14608"),
    _paper(
        "in-house-translation",
        "Vieira et al., How much data is enough data? Fine-tuning for in-house translation",
        "2409.03454",
    ),
    _paper("longlora", "LongLoRA", "2309.12307", Mark.MEMORY),
    _paper(
        "carlini",
        "Carlini et al., Extracting training data from large language models",
        "2012.07805",
        Mark.MEMORY,
    ),
    _paper("lukas", "Lukas et al., Leakage of personal data", "2302.00539", Mark.MEMORY),
    _page(
        "lora-regret",
        "Thinking Machines, LoRA without regret",
        "thinkingmachines.ai/blog/lora/",
        Mark.QUOTED,
    ),
    _page(
        "on-policy-distillation",
        "Thinking Machines, On-policy distillation",
        "thinkingmachines.ai/blog/on-policy-distillation/",
        Mark.QUOTED,
    ),
)
OUR_CHOICE = Source("our-choice", "our choice", "", READ, Mark.OURS)
SOURCES: tuple[Source, ...] = (*_VENDORS, *_PRACTITIONERS, *_PAPERS, OUR_CHOICE)


@cache
def _by_id() -> dict[str, Source]:
    return {known.id: known for known in SOURCES}


def source(name: str) -> Source:
    """Return the source of that id; raises RulebookBroken where there is none."""
    found = _by_id().get(name)
    if found is None:
        raise RulebookBroken(
            f"no source has the id {name[:60]!r}: add it to bot/domain/sources.py."
        )
    return found
