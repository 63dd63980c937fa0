"""The desk: what waits, what is overdue, what is on today, for the posts one acts for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest

from appointments.forms.changes import KeyForm
from appointments.models import CallBack, Offer, Request
from appointments.permissions import posts_of
from appointments.querysets import RequestQuerySet
from esachivalaya.common import clock

# Rows of each list on the desk; the rest is one link away.
SHOWN = 15
# How far ahead the desk looks for meetings.
AHEAD = timedelta(days=7)


def desk(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Return the office's part of the desk, or None for somebody without a live charge.

    Six queries, however many posts, requests and meetings there are; one more for calls to make.
    """
    posts = posts_of(request.user)
    if not posts:
        return None
    chosen = next((post for post in posts if post.code == request.GET.get("post", "")), None)
    mine = Request.objects.visible_to(request.user)
    if chosen is not None:
        mine = mine.filter(post=chosen)
    now = clock.now()
    today = clock.day_bounds(clock.day_of(now))
    meetings = list(
        mine.filter(status=Request.Status.CONFIRMED)
        .filter(starts_at__gte=today[0], starts_at__lt=today[1] + AHEAD)
        .select_related("post", "citizen")
        .order_by("starts_at", "id")[: 2 * SHOWN]
    )
    figures = _figures(mine, now, today)
    return "admin/appointments/desk.html", {
        "posts": posts,
        "chosen": chosen,
        "now": now,
        "figures": figures,
        "waiting": mine.waiting()
        .select_related("post", "citizen")
        .order_by("due_at", "id")[:SHOWN],
        "offers": Offer.objects.filter(status=Offer.Status.OPEN, request__in=mine)
        .select_related("request__post", "request__citizen")
        .order_by("expires_at", "id")[:SHOWN],
        "call_backs": _call_backs(mine) if figures["call_backs"] else [],
        "key_form": KeyForm(),
        "today": [row for row in meetings if row.starts_at and row.starts_at < today[1]],
        "next": [row for row in meetings if row.starts_at and row.starts_at >= today[1]][:SHOWN],
    }


def _call_backs(mine: RequestQuerySet) -> list[CallBack]:
    """Who asked to be called back, the longest wait first."""
    wishes = CallBack.objects.filter(done_at=None, request__in=mine)
    return list(
        wishes.select_related("request__post", "request__citizen").order_by("asked_at", "id")[
            :SHOWN
        ]
    )


def _figures(
    mine: RequestQuerySet, now: datetime, today: tuple[datetime, datetime]
) -> dict[str, int]:
    """Count in one query; overdue is judged now, whether or not a sweep has run."""

    def rows(**condition: Any) -> Count:
        # A request may have several offers behind it: it is one request all the same.
        return Count("pk", filter=Q(**condition), distinct=True)

    waiting, confirmed = Request.Status.REQUESTED, Request.Status.CONFIRMED
    return mine.aggregate(
        waiting=rows(status=waiting),
        overdue=rows(status=waiting, due_at__lte=now),
        offered=rows(status=waiting, offers__status=Offer.Status.OPEN),
        today=rows(status=confirmed, starts_at__gte=today[0], starts_at__lt=today[1]),
        call_backs=rows(call_backs__isnull=False, call_backs__done_at=None),
        unrecorded=rows(status=confirmed, ends_at__lte=now),
    )
