"""Ranking of departments and districts: a score of two figures, both told beside it.

Score = 60 × (stays that ended within seven days ÷ stays that ended) + 40 × (pending for thirty days
or less ÷ pending). A stay ends when what lies at a desk is sent on, put in a file, or closed; one
that was pulled back unread is none. Where nothing is pending, the second part is full. With fewer
than twenty ended stays there is no place: so little says nothing about an office. Equal scores have
the same place. Confidential papers are not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eoffice.services.activity import Activity
from eoffice.services.pendency import Pendency

OF_TIME, OF_AGE = 60, 40
LEAST_STAYS = 20


@dataclass(frozen=True)
class Ranked:
    """One department or district; ``place`` and ``score`` are None where there is too little."""

    key: Any
    stays: int
    in_time: int
    pending: int
    recent: int
    score: float | None
    place: int | None = None


def score_of(*, stays: int, in_time: int, pending: int, recent: int) -> float | None:
    """Return the score, to a tenth; None with too few stays."""
    if stays < LEAST_STAYS:
        return None
    fresh = recent / pending if pending else 1
    return round(OF_TIME * in_time / stays + OF_AGE * fresh, 1)


def ranked(column: str, keys: Iterable[Any], done: Activity, lies: Pendency) -> list[Ranked]:
    """Return ``keys`` by their place, those without one behind."""
    found = []
    for key in keys:
        sums, pending = done.of(column, key), lies.of(column, key)
        figures = {
            "stays": sums["stays"],
            "in_time": sums["stays_in_time"],
            "pending": pending.all,
            "recent": pending.all - pending.old,
        }
        found.append(Ranked(key, score=score_of(**figures), **figures))
    scores = sorted((one.score for one in found if one.score is not None), reverse=True)
    placed = [
        Ranked(**{**vars(one), "place": scores.index(one.score) + 1})
        if one.score is not None
        else one
        for one in found
    ]
    return sorted(placed, key=lambda one: (one.place is None, one.place or 0, -one.stays))
