"""What a Kendra adds to a request's own pages: where it was asked for, and which seat is kept."""

from typing import Any

from django.utils.translation import gettext as _

from appointments.diary import span_of
from appointments.models import Request
from appointments.services.letters import KIND
from appointments.services.timeline import TimelineEntry
from esachivalaya.common.formats import datetime_long
from kendras.models import AssistedBooking, KendraNotice, SeatHold

OPEN = [Request.Status.REQUESTED, Request.Status.CONFIRMED]
LOST = KendraNotice.Kind.SEAT_LOST


def timeline(kind: str, pk: int) -> list[Any]:
    """Return where the request was asked for and the seat that is kept, or was lost.

    Says the Kendra by name and the operator by nothing: the office reads who it was in the record.
    """
    if kind != KIND:
        return []
    bookings = AssistedBooking.objects.filter(request=pk).select_related("kendra")
    found = [
        TimelineEntry(
            at=booking.booked_at,
            title=_("Asked for at a Kendra"),
            words=str(booking.kendra),
            tone="info",
        )
        for booking in bookings
    ]
    seat = _seat(pk)
    return [*found, seat] if seat else found


def _seat(pk: int) -> TimelineEntry | None:
    hold = (
        SeatHold.objects.filter(request=pk, released_at__isnull=True)
        .select_related("desk__kendra")
        .first()
    )
    if hold is not None:
        told = {
            "kendra": str(hold.desk.kendra),
            "seat": hold.desk.number,
            "when": datetime_long(span_of(hold.during).start),
        }
        return TimelineEntry(
            at=hold.taken_at,
            title=_("A seat is kept at a Kendra"),
            words=_("%(kendra)s, seat %(seat)s, %(when)s.") % told,
            tone="done",
        )
    lost = (
        KendraNotice.objects.filter(request=pk, kind=LOST, request__status__in=OPEN)
        .select_related("kendra")
        .order_by("-made_at")
        .first()
    )
    if lost is None:
        return None
    return TimelineEntry(
        at=lost.made_at,
        title=_("No seat is free at the Kendra"),
        words=_("%(kendra)s. You can join on a phone or a computer, or ask for another time.")
        % {"kendra": lost.kendra},
        tone="refused",
    )
