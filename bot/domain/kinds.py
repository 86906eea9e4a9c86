"""Which kind of the approach: what plan facts and the form of the examples make of it."""

from __future__ import annotations

from bot.domain import signals as s
from bot.domain.approaches import Approach
from bot.domain.classes import thresholds
from bot.domain.problem import Problem

Direction = tuple[Approach, str | None]


def kind_of(direction: Direction, problem: Problem, state: int, *, rft_open: bool) -> str | None:
    """Return the kind within the approach; plan facts may change it, never the approach.

    `rft_open` says whether anybody offers reinforcement tuning on the day of the decision.
    """
    approach, subkind = direction
    match approach:
        case Approach.RAG:
            subkind = _supply_kind(subkind, problem)
        case Approach.FINE_TUNE:
            subkind = _training_kind(subkind, problem, rft_open=rft_open)
        case Approach.DATA_FIRST if subkind == "collect":
            subkind = _data_kind(problem, state)
        case Approach.SERVING if subkind in {"trim", "cache"}:
            subkind = _serving_kind(subkind, problem)
        case Approach.DISTILL if (s.CLASSIFY & s.VOLUME).holds(state):
            subkind = "classic_classifier"
        case Approach.WORKFLOW if subkind == "actions" and not s.ACT.holds(state):
            subkind = "decompose"
        case _:
            pass
    return subkind


def _supply_kind(subkind: str | None, problem: Problem) -> str | None:
    if problem.values("source_access") & {"retrieval_bad", "retrieval_unmeasured"}:
        return "fix_retrieval"
    tokens = problem.number("corpus_tokens")
    fits = tokens is not None and tokens <= thresholds()["context_tokens"].value
    if subkind == "retrieval" and fits and True not in problem.values("per_user_access"):
        return "long_context"
    return subkind


def _training_kind(subkind: str | None, problem: Problem, *, rft_open: bool) -> str | None:
    form = problem.values("examples_form")
    tokens = problem.number("corpus_tokens")
    if subkind == "cpt_sft" and tokens is not None and tokens < thresholds()["cpt_tokens"].value:
        return "sft"
    if subkind == "cpt_sft" or "pairs" in form:
        return subkind
    if "auto_checkable" in form and rft_open:
        return "rft"
    enough = (problem.number("examples_count") or 0) >= thresholds()["dpo_pairs"].value
    return "dpo" if "preferences" in form and enough else subkind


def _data_kind(problem: Problem, state: int) -> str:
    if problem.values("data_rights") & {"pending", "blocked"}:
        return "clear_rights"
    if s.CONFLICTING.holds(state):
        return "fix_labels"
    if s.WRONG_KIND.holds(state):
        return "right_kind"
    if (s.RAW | s.DOCUMENTS).holds(state) and not s.ANSWERED.holds(state):
        return "make_pairs"
    return "collect"


def _serving_kind(subkind: str, problem: Problem) -> str:
    static = problem.number("prompt_tokens_static") or 0
    dynamic = problem.number("prompt_tokens_dynamic") or 0
    pressed = problem.values("pressure")
    if "volume" in pressed and "latency" not in pressed and not static:
        return "batch"
    return "cache" if static > dynamic else subkind
