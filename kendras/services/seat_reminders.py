"""Reminders of a meeting that is attended at a Kendra: they say where, the others how to join.

They stand in for those of the appointments, so that each event has one message. The confirmation
says no place: the walk-in took it home on the slip.
"""

from collections.abc import Iterable, Mapping, Sequence

from appointments.models import Request
from appointments.services import letters, links, reminders
from esachivalaya.common.clock import now

# By the reminder for which it stands in.
TEMPLATES = {"reminder_day": "kendra_reminder_day", "reminder_hour": "kendra_reminder_hour"}


def write(placed: Sequence[tuple[Request, Mapping[str, letters.Value]]]) -> None:
    """Let the reminders of confirmed meetings say the place; in as many statements for many.

    Each comes with what is told of its place: seat, and Kendra where that may be told.
    """
    if not placed:
        return
    moment = now()
    pks = [request.pk for request, _place in placed]
    reminders.take_back(pks, [*TEMPLATES, *TEMPLATES.values()])
    with links.written_together():
        letters.send(
            reminder.letter(
                TEMPLATES[reminder.template],
                # The seat may change while the meeting stays as it is.
                event=f"{request.version}:{moment:%Y%m%dT%H%M%S%f}",
                **place,
            )
            for request, place in placed
            for reminder in reminders.to_come(request, moment)
        )


def take_back(pks: Sequence[int]) -> None:
    """Take back what says a place at which nobody is expected any more."""
    if pks:
        reminders.take_back(pks, TEMPLATES.values())


def write_without_place(requests: Iterable[Request]) -> None:
    """Let confirmed meetings that lost their seat have the usual reminders again."""
    reminders.write_for(requests, again=f":{now():%Y%m%dT%H%M%S%f}")
