"""The one clock: the database's.

Neither the browser's nor a worker's clock decides anything. ``Now()`` is the transaction's start;
after waiting for a lock the time is read anew, by ``clock_timestamp()``.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func

IST = ZoneInfo("Asia/Kolkata")


class ClockTimestamp(Func):
    """The database's time at the moment the row is touched, for use in queries and defaults."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def now() -> datetime:
    """Return the database's time at this moment, aware, in UTC. Costs one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Return the day in Asia/Kolkata on which ``moment`` falls."""
    return moment.astimezone(IST).date()


def at(day: date, clock: time) -> datetime:
    """Return the moment at which the wall clock of Asia/Kolkata shows ``clock`` on ``day``."""
    return datetime.combine(day, clock, tzinfo=IST)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the half-open range of ``day`` in Asia/Kolkata; the calendar's last day ends it."""
    start = at(day, time.min)
    if day == date.max:
        return start, at(day, time.max)
    return start, start + timedelta(days=1)
