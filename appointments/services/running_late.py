"""The office runs late today: one act, and everybody who still waits for a meeting is told."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.models import Request, RunningLate
from appointments.permissions import may_answer
from appointments.services import letters
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import registry
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications.services import Letter
from officials.models import Post
from officials.services.records import lock_post, record_on_post

# What an office may say, in minutes; 0 says that it is on time again.
MINUTES = (15, 30, 45, 60, 90, 0)


@on_deadlock
@transaction.atomic
def say(*, post: Post, minutes: int, by: User) -> int:
    """Say that ``post`` runs late by ``minutes`` today; return how many citizens are told.

    Everybody whose confirmed meeting of today is still to come is told once for each act; saying
    the same again tells nobody. It holds until midnight.
    """
    if minutes not in MINUTES:
        raise Refused("minutes", _("Choose by how much the office runs late."), field="minutes")
    post = lock_post(post.pk)
    if not may_answer(by, post):
        raise PermissionDenied
    moment = now()
    before = minutes_of(post, moment=moment)
    if minutes == before:
        return 0
    day = day_of(moment)
    said = RunningLate.objects.create(post=post, day=day, minutes=minutes, said_by=by)
    record_on_post(
        post,
        "running_late" if minutes else "on_time_again",
        at=moment,
        by=by,
        data={"day": str(day), "minutes": minutes},
    )
    waiting = list(still_to_come(post, moment=moment, late=before))
    letters.send(_letter(row, said) for row in waiting)
    registry.running_late(post.pk, day, minutes)
    return len(waiting)


def minutes_of(post: Post, *, moment: datetime) -> int:
    """Return by how many minutes ``post`` says that it runs late on the day of ``moment``."""
    said = RunningLate.objects.filter(post=post, day=day_of(moment)).order_by("-id")
    return said.values_list("minutes", flat=True).first() or 0


def late_for(row: Request, *, moment: datetime) -> int:
    """Return by how many minutes the office runs late for the meeting of ``row``, today only."""
    if row.status != Request.Status.CONFIRMED or row.starts_at is None or row.ends_at is None:
        return 0
    if day_of(row.starts_at) != day_of(moment) or row.office_came_at is not None:
        return 0
    late = minutes_of(row.post, moment=moment)
    return late if moment < row.ends_at + timedelta(minutes=late) else 0


def still_to_come(post: Post, *, moment: datetime, late: int = 0) -> QuerySet[Request]:
    """Return the confirmed meetings of today that are not over and to which nobody came yet.

    With ``late``, the minutes said before, also those whose time has passed while they wait.
    """
    return (
        Request.objects.filter(
            post=post,
            status=Request.Status.CONFIRMED,
            ends_at__gt=moment - timedelta(minutes=late),
            starts_at__gte=day_bounds(day_of(moment))[0],
            starts_at__lt=day_bounds(day_of(moment))[1],
            office_came_at__isnull=True,
        )
        .select_related("post", "citizen__household__user")
        .order_by("starts_at", "id")
    )


def _letter(row: Request, said: RunningLate) -> Letter:
    """Return what one citizen is told; worthless once their meeting would be over."""
    assert row.starts_at is not None
    assert row.ends_at is not None
    late = timedelta(minutes=said.minutes)
    letter = letters.to_citizen(
        row,
        "office_runs_late" if said.minutes else "office_on_time",
        event=str(said.pk),
        minutes=str(said.minutes),
        when=letters.moment_words(row.starts_at + late),
    )
    return replace(letter, expires_at=row.ends_at + late)
