"""Reminders of a confirmed meeting: a day before, by day, and an hour before.

They are written into the outbox when the meeting is confirmed, for later, in the same transaction;
a meeting that moves or falls away takes them with it in the same transaction. So there is never one
for a meeting that is not, and none is forgotten when workers rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from appointments.models import Request
from appointments.services import confirmed, letters, links
from esachivalaya.common import clock, registry
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
    write_all(kind, [pk])


def write_all(kind: str, pks: Sequence[int]) -> None:
    """Write the reminders of several meetings, in as many statements as those of one."""
    if kind != letters.KIND or not pks:
        return
    requests = confirmed.read(pks)
    moment = clock.now()
    test_page = "".join(registry.device_test())
    with links.written_together():
        letters.send(
            letter for request in requests for letter in _planned(request, moment, test_page)
        )


def _planned(request: Request, moment: datetime, test_page: str) -> Iterator[Letter]:
    assert request.starts_at is not None
    starts_at = request.starts_at
    last_hour = hour_reminder_at(starts_at)
    planned: list[tuple[str, Callable[[Request], str], datetime, datetime]] = [
        ("reminder_day", links.to_withdraw, day_reminder_at(starts_at), last_hour),
        ("reminder_hour", links.to_say_late, last_hour, starts_at),
    ]
    for template, link, not_before, expires_at in planned:
        if moment < not_before < expires_at:
            values: dict[str, letters.Value] = {
                "when": letters.moment_words(starts_at),
                "short_link": link(request),
            }
            if template == "reminder_hour":
                values["test_link"] = test_page
            # Each version of the request has its own; worthless once ``expires_at`` has come.
            event = str(request.version)
            letter = letters.to_citizen(request, template, event=event, **values)
            yield replace(letter, not_before=not_before, expires_at=expires_at)


def cancel(kind: str, pk: int) -> None:
    """Take back the reminders of a meeting that will not take place at its time."""
    cancel_all(kind, [pk])


def cancel_all(kind: str, pks: Sequence[int]) -> None:
    """Take back the reminders of several meetings, in as many statements as those of one."""
    if kind == letters.KIND:
        names = [*TEMPLATES, *(f"{name}_private" for name in TEMPLATES)]
        ids = [str(pk) for pk in pks]
        outbox.cancel_all(subject_kind=kind, subject_ids=ids, templates=names)


def move(kind: str, pk: int) -> None:
    """Take back the reminders of the old time and write those of the new one."""
    move_all(kind, [pk])


def move_all(kind: str, pks: Sequence[int]) -> None:
    """Take back the reminders of the old times of several meetings and write the new ones."""
    cancel_all(kind, pks)
    write_all(kind, pks)
