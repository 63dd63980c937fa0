"""What a counter is told of today: that an office runs late, that a seat was lost or moved."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from psycopg2.extras import DateTimeTZRange

from appointments.models import Request, RunningLate
from appointments.services import running_late
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, day_bounds, day_of, now
from kendras.models import Kendra, KendraNotice, SeatHold
from officials.models import Post

LATE = KendraNotice.Kind.RUNNING_LATE
SHOWN = 10


@dataclass(frozen=True)
class Shown:
    """A notice with the meetings at this Kendra that it is about, soonest first."""

    notice: KendraNotice
    requests: list[Request]


def office_runs_late(post_id: int, day: date, minutes: int) -> None:
    """Tell every Kendra where somebody waits today for a meeting with that post; for the hook.

    In the transaction of the office's act. What was said before by the same office is done with:
    a counter reads the last word only. A Kendra that was told nothing is not told that the office
    is on time again. As many queries for a thousand Kendras as for one.
    """
    post, moment = Post.objects.get(pk=post_id), now()
    earlier = KendraNotice.objects.filter(kind=LATE, post=post, day=day)
    told = set(earlier.values_list("kendra_id", flat=True))
    waiting = running_late.still_to_come(post, moment=moment, late=_said_before(post, day))
    kendras = _holds(day).filter(request__in=waiting).values_list("desk__kendra_id", flat=True)
    whom = set(kendras) if minutes else set(kendras) & told
    earlier.filter(seen_at__isnull=True).update(seen_at=ClockTimestamp())
    KendraNotice.objects.bulk_create(
        KendraNotice(kendra_id=pk, kind=LATE, day=day, post=post, minutes=minutes)
        for pk in sorted(whom)
    )


def unseen(kendra: Kendra, moment: datetime) -> list[Shown]:
    """Return what nobody at the counter of ``kendra`` has noted yet, newest first; two queries."""
    rows = list(
        KendraNotice.objects.filter(kendra=kendra, seen_at__isnull=True, day__gte=day_of(moment))
        .select_related("post", "request__post", "request__citizen")
        .order_by("-made_at", "-pk")[:SHOWN]
    )
    posts = [row.post_id for row in rows if row.kind == LATE]
    waiting: dict[int, list[Request]] = defaultdict(list)
    if posts:
        today = _holds(day_of(moment)).filter(desk__kendra=kendra, request__post__in=posts)
        still = today.filter(
            request__status=Request.Status.CONFIRMED, request__office_came_at__isnull=True
        )
        for hold in still.select_related("request__citizen").order_by("during", "pk"):
            waiting[hold.request.post_id].append(hold.request)
    return [Shown(row, _about(row, waiting)) for row in rows]


@transaction.atomic
def seen(*, kendra: Kendra, notice: int, by: User) -> bool:
    """Note that ``by`` has read a notice of ``kendra``; False when it has none of that number.

    Who read it first stays; a second time changes nothing.
    """
    rows = KendraNotice.objects.filter(pk=notice, kendra=kendra)
    if rows.filter(seen_at__isnull=True).update(seen_at=ClockTimestamp(), seen_by=by):
        return True
    return rows.exists()


def _about(row: KendraNotice, waiting: dict[int, list[Request]]) -> list[Request]:
    if row.kind == LATE and row.post_id is not None:
        return waiting[row.post_id]
    return [row.request] if row.request is not None else []


def _holds(day: date) -> QuerySet[SeatHold]:
    during = DateTimeTZRange(*day_bounds(day))
    return SeatHold.objects.filter(released_at__isnull=True, during__overlap=during)


def _said_before(post: Post, day: date) -> int:
    """Return what the office had said before its word of now, in minutes.

    Those who wait for a meeting whose time has passed since are told as well.
    """
    said = RunningLate.objects.filter(post=post, day=day).order_by("-id")
    before = list(said.values_list("minutes", flat=True)[:2])
    return before[1] if len(before) > 1 else 0
