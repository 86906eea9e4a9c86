"""Adds what a careful colleague would take for granted, and drops what another fact explains."""

from __future__ import annotations

from types import MappingProxyType

from bot.domain.problem import Basis
from bot.reading.cue_findings import Found

# Where a job of this kind takes its answers from, when nothing else is said.
_SOURCE_OF = MappingProxyType(
    {
        "classify": "in_the_input",
        "extract": "in_the_input",
        "transform": "in_the_input",
        "translate": "in_the_input",
        "answer_from_material": "reference_material",
    }
)
_INPUT_IS_THE_MATERIAL = frozenset({"classify", "extract", "transform", "translate"})
_ONE_JOB = frozenset({"classify", "extract"})


def inferred(found: list[Found], *, many_jobs: bool = False) -> list[Found]:
    """Return the facts with those that follow from the job; of `many_jobs` less follows."""
    task = next((item for item in found if item.name == "task"), None)
    if task is None:
        return found
    kept = [item for item in found if not _explained(item, task)]
    names = {item.name for item in kept}
    source = _SOURCE_OF.get(str(task.value))
    if source == "reference_material" and "symptoms" not in names:
        # Questions alone do not say that the material is missing.
        source = None
    if source and "answer_source" not in names:
        kept.append(Found("answer_source", source, Basis.IMPLIED, task.quote, task.at))
    if many_jobs and "breadth" not in names:
        kept.append(Found("breadth", "open", Basis.SURMISED, task.quote, task.at))
    elif task.value in _ONE_JOB and "breadth" not in names:
        kept.append(Found("breadth", "one_narrow", Basis.IMPLIED, task.quote, task.at))
    return kept


def _explained(item: Found, task: Found) -> bool:
    """Whether documents that are merely mentioned are the input of the job, not its source."""
    return (
        task.value in _INPUT_IS_THE_MATERIAL
        and item.name == "answer_source"
        and item.value == "reference_material"
        and item.basis is Basis.IMPLIED
    )
