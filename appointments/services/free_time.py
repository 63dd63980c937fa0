"""A post's free time for many meetings at once: read under its days' locks, then counted here.

For acts that move many at a time. One meeting is moved by :mod:`appointments.services.holds`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from psycopg2.extras import DateTimeTZRange

from appointments.diary import horizon_of, span_of
from appointments.models import Hold
from appointments.services import holds
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.slots import Span, lowest_free_place
from officials.diary import slots_of_posts, slots_on
from officials.models import Post

WEEK = timedelta(days=6)


@dataclass
class _Day:
    """The slots of one locked day, each with its occupied places, and from when one may take it."""

    occupied: dict[Span, set[int]]
    earliest: datetime

    def place_at(self, span: Span, places: int) -> int | None:
        if span.start < self.earliest or span not in self.occupied:
            return None
        return lowest_free_place(self.occupied[span], places)


@dataclass
class FreeTime:
    """What is free of ``post``, day by day as it is asked for.

    A day that was asked for stays locked until the transaction ends, so that what :meth:`take`
    gives away nobody else can have. The Kendras' share and the minimum notice do not bind the
    office; its hours do, and the hour that a person needs between message and meeting.
    """

    post: Post
    moment: datetime
    _days: dict[date, _Day] = field(default_factory=dict)
    _slots: dict[date, list[Span]] = field(default_factory=dict)
    _read: set[date] = field(default_factory=set)

    def at(self, span: Span) -> int | None:
        """Return the lowest free place at exactly ``span``, or None."""
        return self._day(day_of(span.start)).place_at(span, self.post.places)

    def next(self, after: datetime, suits: Callable[[datetime], bool]) -> tuple[Span, int] | None:
        """Return the first free slot at or after ``after`` that suits, and its place, or None.

        Looked for as far ahead of ``after`` as people can book: who had the last bookable day finds
        a time as well.
        """
        day = max(day_of(after), day_of(self.moment))
        last = max(horizon_of(self.post, self.moment), horizon_of(self.post, after))
        while day <= last:
            if self._slots_of(day):
                here = self._day(day)
                for span in here.occupied:
                    if span.start < after or not suits(span.start):
                        continue
                    place = here.place_at(span, self.post.places)
                    if place is not None:
                        return span, place
            day += timedelta(days=1)
        return None

    def take(self, span: Span, place: int) -> None:
        """Count ``span`` as taken at ``place``; the caller writes the hold."""
        self._day(day_of(span.start)).occupied[span].add(place)

    def _slots_of(self, day: date) -> list[Span]:
        if day not in self._read:
            self._slots |= slots_of_posts([self.post], day, day + WEEK)[self.post.pk]
            self._read |= {day + timedelta(days=number) for number in range(7)}
        return self._slots.get(day, [])

    def _day(self, day: date) -> _Day:
        if day not in self._days:
            spans: list[Span] = []
            moment = self.moment
            # A day that waits for a draw is nobody's yet.
            with suppress(Refused):
                moment = holds.lock_day(self.post, day)
                # Read after the wait for the lock: the hours may have changed with the bookings.
                if self.post.active:
                    spans = slots_on(self.post, day)
            taken = Hold.objects.filter(
                post=self.post,
                released_at__isnull=True,
                during__overlap=DateTimeTZRange(*day_bounds(day)),
            ).values_list("place", "during")
            held = [(place, span_of(during)) for place, during in taken]
            self._days[day] = _Day(
                {span: {place for place, other in held if other.overlaps(span)} for span in spans},
                moment + holds.OFFICE_NOTICE,
            )
        return self._days[day]
