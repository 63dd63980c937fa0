"""Beds of a bank: which slots are free, and taking one under the lock of the bank's day.

The same mechanism as the diaries of offices: slots are computed from hours, a taken one is a row
that the database's exclusion constraint guards.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.clock import at, day_bounds, day_of, now
from esachivalaya.common.slots import Opening, Span, lowest_free_place, slots_of
from officials.models import Holiday
from plasma.models import Bank, BankClosure, BankHours, BedHold, Pledge

# A donor needs so long to get there.
NOTICE = timedelta(hours=2)


@dataclass(frozen=True)
class FreeBed:
    """A slot that can be booked, and how many beds are free in it."""

    span: Span
    beds_left: int


def slots_on(bank: Bank, day: date) -> list[Span]:
    """Return the slots of ``bank`` on ``day``, taken or not."""
    return _slots(bank, day, day).get(day, [])


def free_slots(
    bank: Bank, *, first: date | None = None, last: date | None = None
) -> dict[date, list[FreeBed]]:
    """Return the free slots of ``bank`` by day within its horizon; days without one are left out.

    Four queries and the time, however many days and bookings there are.
    """
    if not bank.active:
        return {}
    moment = now()
    start = max(first or day_of(moment), day_of(moment))
    end = min(last or _horizon(bank, moment), _horizon(bank, moment))
    found: dict[date, list[FreeBed]] = {}
    if end < start:
        return found
    slots = _slots(bank, start, end)
    busy = _busy(bank, start, end)
    for day, spans in slots.items():
        free = [
            FreeBed(span, bank.beds - taken)
            for span in spans
            if span.start >= moment + NOTICE
            and (taken := sum(held.overlaps(span) for held, _place in busy[day])) < bank.beds
        ]
        if free:
            found[day] = free
    return found


def take(*, pledge: Pledge, bank: Bank, span: Span) -> tuple[BedHold, datetime]:
    """Hold a bed of ``bank`` for ``span``, in the caller's transaction; return it and the time.

    Raises :class:`SlotTaken` when no bed is free any more (the caller adds other times),
    :class:`Refused` for a time that is none of the bank's slots, too near or too far.
    """
    day = day_of(span.start)
    lock_days(bank, [day])
    # Read after the wait: beds and hours may have changed.
    bank = Bank.objects.get(pk=bank.pk)
    moment = now()
    if not bank.active or span not in _slots(bank, day, day).get(day, []):
        raise Refused(
            "not_a_slot",
            _("The bank takes nobody at this time. Please choose another."),
            field="slot",
        )
    if span.start < moment + NOTICE or day > _horizon(bank, moment):
        raise Refused(
            "notice", _("This time cannot be booked now. Please choose another."), field="slot"
        )
    taken = [place for held, place in _busy(bank, day, day)[day] if held.overlaps(span)]
    place = lowest_free_place(taken, bank.beds)
    if place is None:
        raise SlotTaken
    hold = BedHold(
        bank=bank,
        place=place,
        during=DateTimeTZRange(span.start, span.end),
        pledge=pledge,
        taken_at=moment,
    )
    try:
        with transaction.atomic():
            hold.save(force_insert=True)
    except IntegrityError as problem:
        if "bed_hold_no_double_booking" in str(problem):
            raise SlotTaken from problem
        raise
    return hold, moment


def lock_days(bank: Bank, days: Sequence[date]) -> None:
    """Lock the beds of ``bank`` on ``days``, in their order, for the caller's transaction."""
    with connection.cursor() as cursor:
        for day in sorted(days):
            cursor.execute(
                "INSERT INTO plasma_bedday (bank_id, day) VALUES (%s, %s) "
                "ON CONFLICT (bank_id, day) DO UPDATE SET day = EXCLUDED.day",
                [bank.pk, day],
            )


def free(pledge: Pledge, *, moment: datetime) -> None:
    """Free the bed that ``pledge`` holds, if it holds one. It makes nothing scarcer: no lock."""
    BedHold.objects.filter(pledge=pledge, released_at__isnull=True).update(released_at=moment)


def _horizon(bank: Bank, moment: datetime) -> date:
    return day_of(moment) + timedelta(days=bank.horizon_days)


def _slots(bank: Bank, first: date, last: date) -> dict[date, list[Span]]:
    hours: dict[int, list[BankHours]] = defaultdict(list)
    for one in BankHours.objects.filter(bank=bank):
        hours[int(one.weekday)].append(one)
    holidays = set(
        Holiday.objects.filter(closed=True, day__range=(first, last)).values_list("day", flat=True)
    )
    closed = _closed(bank, first, last)
    found: dict[date, list[Span]] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day not in holidays and (spans := _of_day(bank, day, hours[day.weekday()], closed)):
            found[day] = spans
    return found


def _closed(bank: Bank, first: date, last: date) -> list[Span]:
    rows = BankClosure.objects.filter(
        bank=bank,
        lifted_at__isnull=True,
        ends_at__gt=day_bounds(first)[0],
        starts_at__lt=day_bounds(last)[1],
    )
    return [Span(starts, ends) for starts, ends in rows.values_list("starts_at", "ends_at")]


def _of_day(
    bank: Bank, day: date, hours: Sequence[BankHours], closed: Sequence[Span]
) -> list[Span]:
    openings = [
        Opening(Span(at(day, one.opens), at(day, one.closes)), bank.slot_minutes) for one in hours
    ]
    return slots_of(openings, closed)


def _busy(bank: Bank, first: date, last: date) -> dict[date, list[tuple[Span, int]]]:
    whole = DateTimeTZRange(day_bounds(first)[0], day_bounds(last)[1])
    held = BedHold.objects.filter(bank=bank, released_at__isnull=True, during__overlap=whole)
    found: dict[date, list[tuple[Span, int]]] = defaultdict(list)
    for during, place in held.values_list("during", "place"):
        span = span_of(during)
        found[day_of(span.start)].append((span, place))
    return found
