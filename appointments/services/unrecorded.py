"""Meetings that are over and of which nobody recorded the outcome.

A day after its end a meeting's office is reminded in the morning, once a day and three times at
most, in one message for all of them; then the post it reports to hears of it. The time of the next
step stands in the request from the moment it is confirmed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import time, timedelta

from django.db import connection, transaction
from django.db.models import Count

from appointments.models import Request
from appointments.services import action_letters, letters
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common.clock import at, day_of, now
from esachivalaya.common.retry import on_deadlock
from officials.models import Post

MORNING = time(8)
DAY = timedelta(days=1)
REMINDED, ESCALATED = "outcome_reminded", "outcome_escalated"
MOST_REMINDERS = 3
BATCH = 500
# The first eight in the morning at which 24 hours have passed since the end: with 16 hours more
# than 24, what falls after eight is on the next day.
SCHEDULE = """
UPDATE appointments_request
   SET next_reminder_at = (
       date_trunc('day', (ends_at + interval '40 hours' - interval '1 microsecond')
                         AT TIME ZONE 'Asia/Kolkata') + interval '8 hours'
   ) AT TIME ZONE 'Asia/Kolkata'
 WHERE id = ANY(%(ids)s) AND status = 'confirmed'
"""


def schedule(kind: str, pk: int) -> None:
    """Set the first reminder of a meeting that was confirmed or moved."""
    schedule_all(kind, [pk])


def schedule_all(kind: str, ids: Sequence[int]) -> None:
    """Set the first reminder of many meetings, as :func:`schedule` does for one."""
    if kind != letters.KIND:
        return
    with connection.cursor() as cursor:
        cursor.execute(SCHEDULE, {"ids": list(ids)})


def sweep() -> int:
    """Take the next step of every meeting whose time for it has come; return how many.

    Safe to run twice at once: each meeting is taken by one sweep, and each person has one message a
    day for each office, whichever sweep writes it.
    """
    total = 0
    while done := _batch():
        total += done
    return total


@on_deadlock
@transaction.atomic
def _batch() -> int:
    moment = now()
    due = list(
        Request.objects.filter(status=Request.Status.CONFIRMED, next_reminder_at__lte=moment)
        .select_related("post__reports_to")
        .order_by("next_reminder_at", "id")
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    if not due:
        return 0
    told = _reminders_of(due)
    tomorrow = at(day_of(moment) + DAY, MORNING)
    office: dict[Post, int] = defaultdict(int)
    above: dict[Post, int] = defaultdict(int)
    acts = []
    for row in due:
        again = told.get(str(row.pk), 0) < MOST_REMINDERS
        row.next_reminder_at = tomorrow if again else None
        (office if again else above)[row.post] += 1
        act = REMINDED if again else ESCALATED
        acts.append(Act(*subject_of(row), act, post_code=row.post.code))
    Request.objects.bulk_update(due, ["next_reminder_at"])
    record_all(acts, at=moment)
    letters.send(action_letters.unrecorded(office, above, moment))
    return len(due)


def _reminders_of(rows: Iterable[Request]) -> dict[str, int]:
    """Return how often the office was reminded of each, by the audit record; one query."""
    kind = letters.KIND
    entries = Entry.objects.filter(
        subject_kind=kind, subject_id__in=[str(row.pk) for row in rows], act=REMINDED
    )
    return dict(entries.values_list("subject_id").annotate(Count("pk")))
