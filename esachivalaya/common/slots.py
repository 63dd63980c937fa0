"""Slots are computed, never stored: one mechanism for posts, Kendra seats and plasma beds.

A slot is a half-open time range. Each moment is offered once even when opening hours overlap,
touching is not overlapping, and the last slot never overruns its hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter


@dataclass(frozen=True, order=True)
class Span:
    """A half-open range of time: ``start`` belongs to it, ``end`` does not."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, order=True)
class Opening:
    """Hours that are open: meetings of ``minutes`` with ``gap`` minutes between them."""

    span: Span
    minutes: int
    gap: int = 0


def slots_of(openings: Iterable[Opening], closures: Sequence[Span] = ()) -> list[Span]:
    """Return the slots of ``openings``, in order, without those that touch closed time.

    Closed time removes the slots it overlaps; it does not shift the others, so that closing an
    hour never moves a booked meeting. Where openings overlap, the earlier one's slots stand and
    later ones take only what is left.
    """
    taken: list[Span] = []
    for opening in sorted(openings):
        length, step = (
            timedelta(minutes=opening.minutes),
            timedelta(minutes=opening.minutes + opening.gap),
        )
        start = opening.span.start
        # Only other openings' slots can be in the way: one's own follow one another.
        others = tuple(taken)
        while start + length <= opening.span.end:
            slot = Span(start, start + length)
            if others:
                clash = next((other for other in others if other.overlaps(slot)), None)
                if clash is not None:
                    start = clash.end
                    continue
            taken.append(slot)
            start += step
    if closures:
        taken = [slot for slot in taken if not any(closed.overlaps(slot) for closed in closures)]
    # No two of them overlap: their beginnings alone put them in order.
    return sorted(taken, key=attrgetter("start"))


def lowest_free_place(occupied: Iterable[int], places: int) -> int | None:
    """Return the lowest place of 1 to ``places`` that is not ``occupied``, or None."""
    taken = set(occupied)
    return next((place for place in range(1, places + 1) if place not in taken), None)
