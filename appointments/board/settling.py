"""The roll-up of the promise board: days that are over and judged are counted once, for good.

Nothing moves a request's created, due or answered time once its day is settled; only the demo's
ageing does, and drops the roll-up. What an office missed later is counted by its meetings.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min

from appointments.board.counting import counted
from appointments.models import PromiseDay, Request, SettledDay
from appointments.models.requests import PROMISE
from esachivalaya.common.clock import day_of, now

# A request that was made in a day's last moment may be committed a little later.
AFTER_MIDNIGHT = timedelta(hours=1)
DAYS_AT_ONCE = 31

UNSETTLED = """
SELECT one::date FROM generate_series(%s::date, %s::date, interval '1 day') AS one
 WHERE NOT EXISTS (SELECT FROM appointments_settledday s WHERE s.day = one::date)
 ORDER BY 1 LIMIT %s
"""


def roll_up(*, limit: int = DAYS_AT_ONCE) -> int:
    """Settle up to ``limit`` days whose requests are all judged, the oldest first; return how many.

    Each day in a transaction of its own. The cost follows the days that are not settled. Safe to
    run twice, at once or one after the other: a day is settled by one of them.
    """
    moment = now()
    first = Request.objects.aggregate(first=Min("created_at"))["first"]
    if first is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, [day_of(first), _last_judged(moment), limit])
        days = [day for (day,) in cursor.fetchall()]
    return sum(_settle(day, moment) for day in days)


@transaction.atomic
def drop() -> int:
    """Forget what was rolled up, because requests were shifted in time; return how many days.

    The board counts these days anew until the next sweep settles them again.
    """
    PromiseDay.objects.all().delete()
    dropped, _by_model = SettledDay.objects.all().delete()
    return dropped


@transaction.atomic
def _settle(day: date, moment: datetime) -> bool:
    with connection.cursor() as cursor:
        # Waits for whoever is settling the same day, and finds it done.
        cursor.execute(
            "INSERT INTO appointments_settledday (day) VALUES (%s) ON CONFLICT DO NOTHING", [day]
        )
        if not cursor.rowcount:
            return False
    PromiseDay.objects.bulk_create(
        PromiseDay(
            post_id=post_id,
            day=day,
            requests=count.requests,
            judged=count.judged,
            in_time=count.in_time,
            breaches=count.breaches,
            tenths=count.tenths,
        )
        for (post_id, _day), count in counted([day], moment).items()
    )
    return True


def _last_judged(moment: datetime) -> date:
    """Return the last day of which no request can be waiting any more.

    What waits was made within the 24 hours before its due time.
    """
    due = Request.objects.waiting().aggregate(first=Min("due_at"))["first"]
    waits_since = moment if due is None else min(due - PROMISE, moment)
    return day_of(waits_since - AFTER_MIDNIGHT) - timedelta(days=1)
