"""Figures that must be zero: a run in which one is not has failed, and ends as one that failed."""

from collections.abc import Mapping
from typing import Any

# Each says in docs/benchmarks.md that its goal is 0.
ZEROS = (
    "lost",
    "double_booked",
    "double_moved",
    "duplicates",
    "duplicate_messages",
    "broken_chains",
    "wrong",
    "steady_lost",
    "steady_duplicates",
    "errors",
    "errors_5xx",
    "scarce_5xx",
    "admit_failures",
    "parts_ended_by_themselves",
)


def not_zero(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``figures`` that must be zero and are not."""
    return {name: figures[name] for name in ZEROS if figures.get(name)}
