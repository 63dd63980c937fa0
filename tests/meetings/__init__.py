"""Meetings that the tests speak of: confirmed, begun, over, held with something to do."""

from datetime import date, timedelta
from typing import Any

from django.db.models import F

from appointments.models import Action, Hold, Request
from appointments.services import after_meeting, answers
from appointments.services.after_meeting import ToDo
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from officials.models import Post
from tests.booking import sent, slots
from tests.people import Cast

DECISION = "The tehsildar measures the fields anew in the presence of both neighbours."


def confirmed(cast: Cast, citizen: Citizen | None = None, **wish: Any) -> Request:
    """A confirmed meeting with DC Rewari: Asha's, unless it is somebody else's."""
    asked = sent(cast.rewari, citizen or cast.asha, slots(cast.rewari, 1)[0], **wish)
    return answers.confirm(request=asked, by=cast.meera, version=asked.version)


def begun(cast: Cast, since: timedelta = timedelta(seconds=1), **wish: Any) -> Request:
    """Asha's meeting, which began ``since`` ago and lasts a quarter of an hour."""
    return shifted(confirmed(cast, **wish), clock.now() - since)


def shifted(row: Request, starts_at: Any) -> Request:
    """Shift a confirmed meeting to ``starts_at``, with its reminders, as time would."""
    assert row.starts_at is not None
    before = Request.objects.get(pk=row.pk)
    Request.objects.filter(pk=row.pk).update(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15),
        next_reminder_at=(
            before.next_reminder_at - (row.starts_at - starts_at)
            if before.next_reminder_at
            else None
        ),
    )
    Hold.objects.filter(request=row, released_at=None).update(released_at=clock.now())
    row.refresh_from_db()
    return row


def today() -> date:
    return clock.day_of(clock.now())


def to_do(post: Post, days: int = 10, what: str = "Measure the fields anew") -> ToDo:
    """Something that ``post`` is to do in ``days`` days."""
    return ToDo(what, post, today() + timedelta(days=days))


def held(cast: Cast, *wanted: ToDo, by: User | None = None, **wish: Any) -> Request:
    """Asha's meeting, held, with what was decided and what is to be done."""
    row = begun(cast, **wish)
    return after_meeting.record_outcome(
        request=row,
        by=by or cast.meera,
        version=row.version,
        outcome="met",
        decision=DECISION,
        actions=wanted,
    )


def action_of(row: Request) -> Action:
    """The one action that came out of a meeting."""
    return Action.objects.get(outcome__request=row)


def days_pass(action: Action, days: int) -> Action:
    """Shift ``action`` into the past by ``days``, as time would."""
    by = timedelta(days=days)
    Action.objects.filter(pk=action.pk).update(
        by_day=F("by_day") - by, next_reminder_on=F("next_reminder_on") - by
    )
    action.refresh_from_db()
    return action


def sms_to(user: User, template: str) -> int:
    """How many SMS of this template were written to an officer."""
    found = Message.objects.filter(to=user.phone, template__key=template, channel="sms")
    return found.count()
