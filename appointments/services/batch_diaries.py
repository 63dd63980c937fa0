"""The diaries that one batch of the 24-hour rule looks into: read once, kept in step with it.

What is read without a lock only proposes a time. Before a time is taken its day is locked and read
anew; from then on nobody else can take time on it, so that what stands here is the truth until the
batch is committed. What somebody frees meanwhile is found by the next batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from psycopg2.extras import DateTimeTZRange

from appointments.diary import Taken, free_of_day, horizon_of, span_of
from appointments.models import Draw, Hold, Request
from appointments.services import holds
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.slots import Span, lowest_free_place
from officials.diary import DaysOfPost, slots_on
from officials.models import Post

# The share of the Kendras does not bind the rule.
CHANNEL = str(Request.Channel.KENDRA)


@dataclass(frozen=True)
class Booked(Taken):
    """One unreleased hold: for whom, why, and at which place."""

    request_id: int
    purpose: str
    place: int


class PostDiary:
    """One post's slots and holds from today to its horizon, or to ``last`` if that is later."""

    def __init__(self, post: Post, *, moment: datetime, last: date) -> None:
        self.post = post
        self.moment = moment
        self._horizon = horizon_of(post, moment)
        self._first = day_of(moment)
        self._slots = DaysOfPost(post, self._first, max(last, self._horizon))
        self._drawn = _days_of_draws(post, self._first, self._horizon)
        # Of the holds only those of the weeks that are looked into: most find a time soon.
        self._booked: dict[date, list[Booked]] = {}
        self._locked: set[date] = set()
        self._let_go: set[tuple[int, str]] = set()
        self._free: dict[tuple[date, str], list[Span]] = {}

    def possible(self, span: Span | None) -> bool:
        """Whether a held time can still take place: not past, not on closed time."""
        if span is None or not self.post.active:
            return False
        if span.start < self.moment + holds.OFFICE_NOTICE:
            return False
        return span in self._slots.slots_on(day_of(span.start))

    def next_free(self, *, channel: str, count: int) -> list[Span]:
        """Return the next free slots for a request that is made by ``channel``."""
        return list(islice(self._all_free(channel), count))

    def book(self, request: Request) -> Booked | None:
        """Take the next free slot that suits ``request`` under the lock of its day, or None.

        A day on which somebody else was quicker is left for the next one that suits.
        """
        for day in self._days():
            if not any(request.suits(span.start) for span in self._free_on(day, CHANNEL)):
                continue
            self._lock(day)
            if not self.post.active:
                return None
            for span in self._free_on(day, CHANNEL):
                if request.suits(span.start):
                    # What it held until now it holds no longer, be it for the next one's sake.
                    self.release(request)
                    return self._take(day, span, request)
        return None

    def release(self, request: Request, *, purpose: str | None = None) -> None:
        """Let go of what ``request`` holds here, of one purpose only if given."""
        purposes = {purpose} if purpose is not None else set(Hold.Purpose.values)
        self._let_go |= {(request.pk, one) for one in purposes}
        for day, booked in self._booked.items():
            if any(one.request_id == request.pk for one in booked):
                self._booked[day] = [
                    one
                    for one in booked
                    if one.request_id != request.pk or one.purpose not in purposes
                ]
                self._forget(day)

    def _take(self, day: date, span: Span, request: Request) -> Booked | None:
        booked = self._booked_on(day)
        place = lowest_free_place(
            (one.place for one in booked if one.span.overlaps(span)), self.post.places
        )
        if place is None:
            return None
        own_phone = request.channel == Request.Channel.OWN_PHONE
        taken = Booked(span, own_phone, request.pk, str(Hold.Purpose.ASKED), place)
        self._booked[day] = [*booked, taken]
        self._forget(day)
        return taken

    def _lock(self, day: date) -> None:
        """Lock the day, once, and read it anew: only now is it certain what it holds."""
        if day in self._locked:
            return
        try:
            self.moment = max(self.moment, holds.lock_day(self.post, day))
            self._slots.put(day, slots_on(self.post, day))
        except Refused:
            # Its times are given by a draw.
            self._slots.put(day, [])
        self._read(day, day)
        self._locked.add(day)
        self._forget(day)

    def _booked_on(self, day: date) -> list[Booked]:
        if day not in self._booked:
            first = day - (day - self._first) % timedelta(days=7)
            self._read(first, first + timedelta(days=6))
        return self._booked[day]

    def _read(self, first: date, last: date) -> None:
        """Read the holds of these days anew; what this batch let go of still stands among them."""
        self._booked |= {first + timedelta(days=n): [] for n in range((last - first).days + 1)}
        for one in _booked(self.post, first, last):
            if (one.request_id, one.purpose) not in self._let_go:
                self._booked[day_of(one.span.start)].append(one)

    def _days(self) -> Iterator[date]:
        """Yield the days on which a time may be free, soonest first."""
        for number in range((self._horizon - self._first).days + 1):
            day = self._first + timedelta(days=number)
            if day not in self._drawn and self._slots.slots_on(day):
                yield day

    def _all_free(self, channel: str) -> Iterator[Span]:
        for day in self._days():
            yield from self._free_on(day, channel)

    def _free_on(self, day: date, channel: str) -> list[Span]:
        known = self._free.get((day, channel))
        if known is None:
            slots = free_of_day(
                self.post,
                self._slots.slots_on(day),
                list(self._booked_on(day)),
                channel=channel,
                moment=self.moment,
            )
            known = self._free[day, channel] = [slot.span for slot in slots]
        return known

    def _forget(self, day: date) -> None:
        for channel in Request.Channel.values:
            self._free.pop((day, channel), None)


def _booked(post: Post, first: date, last: date) -> list[Booked]:
    whole = DateTimeTZRange(day_bounds(first)[0], day_bounds(last)[1])
    rows = Hold.objects.filter(
        post=post, released_at__isnull=True, during__overlap=whole
    ).values_list("during", "own_phone", "request_id", "purpose", "place")
    return [
        Booked(span_of(during), own_phone, request_id, purpose, place)
        for during, own_phone, request_id, purpose, place in rows
    ]


def _days_of_draws(post: Post, first: date, last: date) -> set[date]:
    """Return the days whose times a draw gives: the rule takes none of them."""
    draws = Draw.objects.filter(
        post=post, status=Draw.Status.ANNOUNCED, first_day__lte=last, last_day__gte=first
    )
    return {
        start + timedelta(days=number)
        for start, end in draws.values_list("first_day", "last_day")
        for number in range((end - start).days + 1)
    }
