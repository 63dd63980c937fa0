"""Seats of a Kendra: which are free when, and taking one under the lock of the Kendra's day.

A seat is taken after the official's slot, in the same transaction: ``SeatDay`` is the last lock.
What becomes of it when the meeting changes is in ``seat_follows``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import free_slots, span_of
from appointments.models import Request
from appointments.services.refusals import Refused
from esachivalaya.common.clock import at, day_of
from esachivalaya.common.slots import Span
from kendras.models import Desk, Kendra, SeatHold
from officials.models import Holiday, Post

LOCK_DAYS = """
INSERT INTO kendras_seatday (kendra_id, day)
SELECT * FROM unnest(%s::bigint[], %s::date[]) AS wanted (kendra_id, day)
 ORDER BY kendra_id, day
ON CONFLICT (kendra_id, day) DO UPDATE SET day = EXCLUDED.day
"""
ALTERNATIVES = 3


class SeatTaken(Refused):
    """No seat can be had at that time; at ``alternatives`` both slot and seat are free."""

    def __init__(self, rule: str, words: object, *, alternatives: Sequence[Span] = ()) -> None:
        super().__init__(rule, words, field="slot")
        self.alternatives = list(alternatives)


@dataclass
class Seating:
    """The seats of one Kendra around some times: its desks, hours, holidays and what is taken."""

    kendra: Kendra
    desks: list[Desk]
    holidays: frozenset[date]
    taken: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))

    def is_open(self, span: Span) -> bool:
        """Whether the Kendra is in service and open for all of ``span``."""
        day = day_of(span.start)
        hours = Span(at(day, self.kendra.opens), at(day, self.kendra.closes))
        return (
            self.kendra.active
            and day.weekday() in self.kendra.weekdays
            and day not in self.holidays
            and hours.contains(span)
        )

    def free(self, span: Span, *, accessible: bool) -> list[Desk]:
        """Return the free desks for ``span``, best first.

        Whoever needs no accessible one gets an ordinary one while there is one, so that the
        accessible ones stay free for those who do.
        """
        if not self.is_open(span):
            return []
        found = [
            desk
            for desk in self.desks
            if (desk.accessible or not accessible)
            and not any(taken.overlaps(span) for taken in self.taken[desk.pk])
        ]
        return sorted(found, key=lambda desk: (desk.accessible and not accessible, desk.number))


def free_seats(*, kendra: Kendra, spans: Iterable[Span], accessible: bool) -> dict[Span, int]:
    """Return how many seats of ``kendra`` are free at each of ``spans``; 0 when it is closed.

    Only those that a wheelchair can reach when ``accessible``. Three queries however many spans.
    """
    spans = list(spans)
    if not spans:
        return {}
    seating = seatings_of({kendra.pk: kendra}, spans)[kendra.pk]
    return {span: len(seating.free(span, accessible=accessible)) for span in spans}


def free_times(
    *, kendra: Kendra, post: Post, accessible: bool, moment: datetime | None = None
) -> list[Span]:
    """Return the times within the horizon of ``post`` at which slot and seat are both free."""
    slots = free_slots(post, channel=Request.Channel.KENDRA, moment=moment)
    spans = [slot.span for day in sorted(slots) for slot in slots[day]]
    free = free_seats(kendra=kendra, spans=spans, accessible=accessible)
    return [span for span in spans if free[span]]


def alternatives_to(wanted: Span, *, kendra: Kendra, post: Post, accessible: bool) -> list[Span]:
    """Return the times nearest to ``wanted`` at which slot and seat are both free, in order."""
    free = free_times(kendra=kendra, post=post, accessible=accessible)
    nearest = sorted(free, key=lambda span: abs(span.start - wanted.start))
    return sorted(nearest[:ALTERNATIVES])


def take(
    *, request: Request, kendra: Kendra, span: Span, accessible: bool, moment: datetime
) -> SeatHold:
    """Take a seat of ``kendra`` for ``span``, inside the transaction that took the slot.

    Guarantees: the Kendra is in service and open then, and the seat is nobody else's at commit.
    Raises :class:`SeatTaken` without alternatives, which the caller adds outside the transaction.
    """
    lock_days([(kendra.pk, day_of(span.start))])
    seating = seatings_of(kendras_now([kendra.pk]), [span])[kendra.pk]
    if not seating.is_open(span):
        raise SeatTaken(
            "kendra_closed",
            _("The Kendra is closed at this time. Please choose a time when it is open."),
        )
    free = seating.free(span, accessible=accessible)
    if not free:
        raise SeatTaken(
            "seat_taken",
            _("No seat of the Kendra is free at this time. Please choose another time."),
        )
    hold = SeatHold(
        desk=free[0],
        during=DateTimeTZRange(span.start, span.end),
        request=request,
        taken_at=moment,
    )
    try:
        with transaction.atomic():
            hold.save(force_insert=True)
    except IntegrityError as problem:
        if "seat_hold_no_double_booking" in str(problem):
            raise SeatTaken(
                "seat_taken",
                _("No seat of the Kendra is free at this time. Please choose another time."),
            ) from problem
        raise
    return hold


def lock_days(days: Iterable[tuple[int, date]]) -> None:
    """Lock these days of Kendras, (kendra id, day), in one order for everybody."""
    wanted = sorted(set(days))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DAYS, [[pk for pk, _day in wanted], [day for _pk, day in wanted]])


def kendras_now(pks: Iterable[int]) -> dict[int, Kendra]:
    """Return Kendras as they are now: their hours may have changed while one waited."""
    return Kendra.objects.in_bulk(set(pks))


def seatings_of(kendras: dict[int, Kendra], spans: Sequence[Span]) -> dict[int, Seating]:
    """Return the seats of ``kendras`` around ``spans``, in three queries."""
    desks = defaultdict(list)
    for desk in Desk.objects.filter(kendra__in=kendras, active=True).order_by("number"):
        desks[desk.kendra_id].append(desk)
    days = {day_of(span.start) for span in spans}
    closed = Holiday.objects.filter(closed=True, day__gte=min(days), day__lte=max(days))
    holidays = frozenset(closed.values_list("day", flat=True))
    found = {pk: Seating(kendra, desks.get(pk, []), holidays) for pk, kendra in kendras.items()}
    whole = DateTimeTZRange(min(span.start for span in spans), max(span.end for span in spans))
    held = SeatHold.objects.filter(
        desk__kendra__in=kendras, released_at__isnull=True, during__overlap=whole
    ).values_list("desk__kendra_id", "desk_id", "during")
    for kendra_id, desk_id, during in held:
        found[kendra_id].taken[desk_id].append(span_of(during))
    return found
