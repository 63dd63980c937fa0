"""Reminders of a confirmed meeting: a day before, by day, and an hour before.

They are written into the outbox when the meeting is confirmed, for later, in the same transaction;
a meeting that moves or falls away takes them with it in the same transaction. So there is never one
for a meeting that is not, and none is forgotten when workers rest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Reminder:
    """One reminder that is still to come, and the link that it carries.

    It goes out at ``not_before`` and is worthless once ``expires_at`` has come.
    """

    request: Request
    template: str
    link: Callable[[Request], str]
    not_before: datetime
    expires_at: datetime

    def letter(self, template: str, *, event: str, **values: letters.Value) -> Letter:
        """Return the letter of it in the words of ``template``."""
        assert self.request.starts_at is not None
        told: dict[str, letters.Value] = {
            "when": letters.moment_words(self.request.starts_at),
            "short_link": self.link(self.request),
            **values,
        }
        letter = letters.to_citizen(self.request, template, event=event, **told)
        return replace(letter, not_before=self.not_before, expires_at=self.expires_at)


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
    if kind == letters.KIND and pks:
        write_for(confirmed.read(pks))


def write_for(requests: Iterable[Request], *, again: str = "") -> None:
    """Write the reminders of confirmed meetings; ``again`` tells those written once more apart."""
    moment = clock.now()
    test_page = "".join(registry.device_test())
    with links.written_together():
        letters.send(
            _letter(reminder, test_page, again)
            for request in requests
            for reminder in to_come(request, moment)
        )


def to_come(request: Request, moment: datetime) -> Iterator[Reminder]:
    """Yield the reminders of a confirmed meeting that are not past at ``moment``."""
    assert request.starts_at is not None
    starts_at = request.starts_at
    last_hour = hour_reminder_at(starts_at)
    for reminder in (
        Reminder(request, "reminder_day", links.to_withdraw, day_reminder_at(starts_at), last_hour),
        Reminder(request, "reminder_hour", links.to_say_late, last_hour, starts_at),
    ):
        if moment < reminder.not_before < reminder.expires_at:
            yield reminder


def _letter(reminder: Reminder, test_page: str, again: str) -> Letter:
    values = {"test_link": test_page} if reminder.template == "reminder_hour" else {}
    # Each version of the request has its own.
    event = f"{reminder.request.version}{again}"
    return reminder.letter(reminder.template, event=event, **values)


def cancel(kind: str, pk: int) -> None:
    """Take back the reminders of a meeting that will not take place at its time."""
    cancel_all(kind, [pk])


def cancel_all(kind: str, pks: Sequence[int]) -> None:
    """Take back the reminders of several meetings, in as many statements as those of one."""
    if kind == letters.KIND:
        take_back(pks, TEMPLATES)


def take_back(pks: Iterable[int], templates: Iterable[str]) -> None:
    """Take back what waits of ``templates``, and of their private twins, about these meetings."""
    names = [name for template in templates for name in (template, f"{template}_private")]
    ids = [str(pk) for pk in pks]
    outbox.cancel_all(subject_kind=letters.KIND, subject_ids=ids, templates=names)


def move(kind: str, pk: int) -> None:
    """Take back the reminders of the old time and write those of the new one."""
    move_all(kind, [pk])


def move_all(kind: str, pks: Sequence[int]) -> None:
    """Take back the reminders of the old times of several meetings and write the new ones."""
    cancel_all(kind, pks)
    write_all(kind, pks)
