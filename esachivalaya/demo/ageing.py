"""Shifting the demo's rows into the past, so that the passing of time can be seen at once.

The clock is never touched. What waits grows old: its due time comes nearer or is over, and the
24-hour rule acts on it with the next sweep. Meetings keep their times, since offices keep their
hours; the audit record, breaches and reminders that went are never changed by anybody.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from appointments import board
from appointments.models import Hold, Offer, Request
from appointments.services import ladder
from esachivalaya.accounts.models import Household, SignInCode
from esachivalaya.notifications.models import Message

LONGEST = timedelta(days=365)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_AGE = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
Status = Request.Status
# These end with the meeting itself, which keeps its time.
AFTER_THE_MEETING = (Status.MET, Status.MISSED_BY_CITIZEN, Status.MISSED_BY_OFFICE)


@dataclass(frozen=True)
class Aged:
    """How many requests wait, and how many of them are overdue now."""

    waiting: int
    overdue: int


def parse_age(text: str) -> timedelta:
    """Return what ``25h``, ``90m`` or ``2d`` means; ValueError with a sentence otherwise."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise ValueError("Write the age as 25h, 90m or 2d.")
    age = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(0) < age <= LONGEST:
        raise ValueError("The age is at least 1m and at most 365d.")
    return age


@transaction.atomic
def age(by: timedelta) -> Aged:
    """Shift every row that tells when something was asked, answered, sent or proved."""
    # A breach carries the due time of its request and cannot be changed: these two stay together.
    shifted = Request.objects.filter(breach__isnull=True)
    pks = list(shifted.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    requests = Request.objects.filter(pk__in=pks)
    requests.exclude(status__in=AFTER_THE_MEETING).update(closed_at=F("closed_at") - by)
    requests.update(
        created_at=F("created_at") - by,
        due_at=F("due_at") - by,
        answered_at=F("answered_at") - by,
        pin_closed_until=F("pin_closed_until") - by,
    )
    Offer.objects.filter(request__in=pks).update(
        offered_at=F("offered_at") - by,
        expires_at=F("expires_at") - by,
        answered_at=F("answered_at") - by,
    )
    Hold.objects.filter(request__in=pks).update(
        taken_at=F("taken_at") - by, released_at=F("released_at") - by
    )
    waiting = list(requests.filter(status=Status.REQUESTED))
    for request in waiting:
        request.next_reminder_at = ladder.first_reminder(request.created_at, request.due_at)
    Request.objects.bulk_update(waiting, ["next_reminder_at"])
    # What was counted by the days of asking is counted anew.
    board.drop()
    _age_messages(by)
    return Aged(len(waiting), Request.objects.overdue().count())


def _age_messages(by: timedelta) -> None:
    """Shift messages, codes and the day on which a number was last proved."""
    Message.objects.update(
        created_at=F("created_at") - by,
        due_at=F("due_at") - by,
        accepted_at=F("accepted_at") - by,
        expires_at=F("expires_at") - by,
    )
    SignInCode.objects.update(
        made_at=F("made_at") - by, expires_at=F("expires_at") - by, used_at=F("used_at") - by
    )
    Household.objects.update(phone_seen_at=F("phone_seen_at") - by, created_at=F("created_at") - by)
