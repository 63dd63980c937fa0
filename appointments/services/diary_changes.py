"""What a change of a post's diary would leave standing on closed time.

Asked by the office's set-up, inside its transaction and after its change: any answer undoes it.
The days are locked as a booking locks them, so that one that commits at the same moment is either
refused or in the list.
"""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.models import Hold
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.references import grouped
from officials.diary import slots_of_posts


def standing_on_closed_time(post_id: int, first: date, last: date) -> list[str]:
    """Return, in words, each booking from ``first`` to ``last`` that its post can no longer keep.

    ``post_id`` 0 stands for every post (a holiday). A booking is kept when its time is still a slot
    and the post still has that many places and can be met.
    """
    _lock_days(post_id, first, last)
    days = DateTimeTZRange(day_bounds(first)[0], day_bounds(last)[1])
    holds = Hold.objects.filter(released_at__isnull=True, during__overlap=days)
    if post_id:
        holds = holds.filter(post=post_id)
    found = list(holds.select_related("request", "post").order_by("during", "post_id"))
    slots = slots_of_posts({hold.post for hold in found}, first, last)
    return [
        _words(hold)
        for hold in found
        if not hold.post.active
        or hold.place > hold.post.places
        or span_of(hold.during) not in slots[hold.post_id].get(_day(hold), [])
    ]


def _lock_days(post_id: int, first: date, last: date) -> None:
    """Wait for the bookings under way on these days, and make later ones wait for this change.

    A day that nobody booked yet gets its row here: a first booking would otherwise slip through.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_diaryday (post_id, day) "
            "SELECT post.id, day::date FROM officials_post AS post, "
            "generate_series(%(first)s::timestamp, %(last)s, '1 day') AS day "
            "WHERE %(post)s IN (0, post.id) ORDER BY post.id, day "
            "ON CONFLICT (post_id, day) DO UPDATE SET day = EXCLUDED.day",
            {"first": first, "last": last, "post": post_id},
        )


def _day(hold: Hold) -> date:
    return day_of(span_of(hold.during).start)


def _words(hold: Hold) -> str:
    told = {
        "when": datetime_long(span_of(hold.during).start),
        "reference": grouped(hold.request.reference),
        "post": hold.post,
    }
    return _("%(when)s: %(reference)s, %(post)s") % told
