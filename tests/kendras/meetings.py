"""Meetings that are attended at a Kendra's seat, as the tests speak of them."""

from datetime import timedelta
from typing import Any

from psycopg2.extras import DateTimeTZRange

from appointments.models import Request
from appointments.services import answers
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.models import Kendra, SeatHold
from meetings.models import Room
from meetings.models.rooms import CLOSES_AFTER, OPENS_BEFORE
from officials.models import Post
from tests.at_a_kendra import booked, request_of, slot
from tests.meetings import shifted
from tests.people import Cast

LASTS = timedelta(minutes=15)


def meeting_here(
    kendra: Kendra,
    by: User,
    cast: Cast,
    *,
    begins_in: timedelta = timedelta(0),
    post: Post | None = None,
    place: int = 0,
    **fields: Any,
) -> Request:
    """A confirmed meeting booked at the counter, with its seat, that begins ``begins_in`` from now.

    ``place``: that of its free time before it is shifted, so that several differ.
    """
    office = post or cast.rewari
    fields.setdefault("slot", slot(office, place))
    row = request_of(booked(kendra, by, office, **fields))
    row = answers.confirm(request=row, by=cast.meera, version=row.version)
    return moved_to(row, clock.now() + begins_in)


def moved_to(row: Request, begins: Any) -> Request:
    """Shift a meeting with its room and its seat, as time would."""
    row = shifted(row, begins)
    ends = begins + LASTS
    SeatHold.objects.filter(request=row, released_at=None).update(
        during=DateTimeTZRange(begins, ends)
    )
    Room.objects.filter(request=row).update(
        starts_at=begins,
        ends_at=ends,
        opens_at=begins - OPENS_BEFORE,
        closes_at=ends + CLOSES_AFTER,
    )
    return row
