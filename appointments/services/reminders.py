"""Reminders of a confirmed meeting: a day before, by day, and an hour before.

They are written into the outbox when the meeting is confirmed, for later, in the same transaction;
a meeting that moves or falls away takes them with it in the same transaction. So there is never one
for a meeting that is not, and none is forgotten when workers rest.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from appointments.models import Request
from appointments.services import letters, links
from esachivalaya.common import clock
from esachivalaya.common.clock import IST
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter

DAY_BEFORE, HOUR_BEFORE = timedelta(days=1), timedelta(hours=1)
# A phone rings for a day-before reminder between these hours; the last one leaves in time.
NOT_BEFORE, NOT_AFTER = time(8), time(19, 45)
TEMPLATES = ("reminder_day", "reminder_hour")


def day_reminder_at(starts_at: datetime) -> datetime:
    """Return when the reminder a day before goes out: 24 hours before, moved into the day."""
    moment = (starts_at - DAY_BEFORE).astimezone(IST)
    return clock.at(moment.date(), min(max(moment.time(), NOT_BEFORE), NOT_AFTER))


def hour_reminder_at(starts_at: datetime) -> datetime:
    """Return when the reminder an hour before goes out."""
    return starts_at - HOUR_BEFORE


def write(kind: str, pk: int) -> None:
    """Write the reminders of a meeting that was just confirmed or moved, those still to come."""
    if kind != letters.KIND:
        return
    request = Request.objects.select_related("post", "citizen__household__user").get(pk=pk)
    if request.status != Request.Status.CONFIRMED or request.starts_at is None:
        return
    starts_at, moment = request.starts_at, clock.now()
    last_hour = hour_reminder_at(starts_at)
    planned: list[tuple[str, Callable[[Request], str], datetime, datetime]] = [
        ("reminder_day", links.to_withdraw, day_reminder_at(starts_at), last_hour),
        ("reminder_hour", links.to_say_late, last_hour, starts_at),
    ]
    letters.send(
        _reminder(request, template, link, not_before, expires_at)
        for template, link, not_before, expires_at in planned
        if moment < not_before < expires_at
    )


def cancel(kind: str, pk: int) -> None:
    """Take back the reminders of a meeting that will not take place at its time."""
    if kind == letters.KIND:
        names = [*TEMPLATES, *(f"{name}_private" for name in TEMPLATES)]
        outbox.cancel(subject_kind=kind, subject_id=str(pk), templates=names)


def move(kind: str, pk: int) -> None:
    """Take back the reminders of the old time and write those of the new one."""
    cancel(kind, pk)
    write(kind, pk)


def _reminder(
    request: Request,
    template: str,
    link: Callable[[Request], str],
    not_before: datetime,
    expires_at: datetime,
) -> Letter:
    """Return one reminder; worthless once ``expires_at`` has come. Each version has its own."""
    assert request.starts_at is not None
    letter = letters.to_citizen(
        request,
        template,
        event=str(request.version),
        when=letters.moment_words(request.starts_at),
        short_link=link(request),
    )
    return replace(letter, not_before=not_before, expires_at=expires_at)
