"""Rewriting one day of a post: its meetings at other times than the usual hours make them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from esachivalaya.accounts.models import User
from esachivalaya.common.slots import Span
from officials.models import HoursException, Post
from officials.permissions import may_change_diary
from officials.programme import runs_of
from officials.services.records import record_on_post, values_of

# What is rewritten; closed time stays closed.
REWRITTEN = (HoursException.Kind.ADD, HoursException.Kind.INSTEAD)


@transaction.atomic
def rewrite_day(
    *,
    post: Post,
    day: date,
    slots: Sequence[Span],
    by: User,
    at: datetime,
    act: str,
    data: dict[str, Any],
) -> list[HoursException]:
    """Have ``post`` meet people on ``day`` at exactly ``slots``, instead of its usual hours.

    The weekly hours do not count on that day any more, and what was added to it is part of
    ``slots``; what is closed on it stays closed. The caller has locked ``post`` and the day, moves
    what stands on the old times in the same transaction, and asks what is left then. Recorded on
    the post with the rows before and after.
    """
    if not may_change_diary(by, post):
        raise PermissionDenied("Only who acts for a post changes its diary.")
    of_day = HoursException.objects.filter(post=post, day=day, kind__in=REWRITTEN)
    was = [values_of(row) for row in of_day]
    of_day.delete()
    written = HoursException.objects.bulk_create(run.row(post, day) for run in runs_of(slots))
    told = {**data, "day": str(day), "was": was, "rows": [values_of(row) for row in written]}
    record_on_post(post, act, at=at, by=by, data=told)
    return written
