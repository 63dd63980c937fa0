"""The desk's part about the day of meetings and what follows from them."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from appointments.admin.to_do import line_of
from appointments.models import Action, Request
from appointments.permissions import posts_of
from esachivalaya.common import clock

SHOWN = 8
DAY = timedelta(days=1)


def desk(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Return what follows from meetings, or None for somebody without a live charge.

    Three queries, however much there is, and one for each of the two lists that is not empty.
    """
    posts = posts_of(request.user)
    if not posts:
        return None
    held = {post.pk for post in posts}
    now = clock.now()
    today = clock.day_of(now)
    figures = _figures(held, today)
    own = Action.objects.to_do_by(request.user).unfinished()
    below = Action.objects.below(request.user).gone_wrong(today)
    return "admin/appointments/meeting_desk.html", {
        "posts": posts,
        "figures": figures,
        "unrecorded": Request.objects.visible_to(request.user)
        .filter(status=Request.Status.CONFIRMED, ends_at__lte=now - DAY)
        .select_related("post", "citizen")
        .order_by("ends_at", "id")[:SHOWN],
        "to_do": _lines(own, held, today) if figures["to_do"] else [],
        "below": _lines(below, held, today) if figures["below"] else [],
    }


def _figures(held: set[int], today: date) -> dict[str, int]:
    """Count in one query what these posts are to do, and what went wrong below them."""
    ours = Q(post__in=held, status__in=[Action.Status.OPEN, Action.Status.NOT_DONE])
    late = Q(by_day__lt=today)
    not_done = Q(status=Action.Status.NOT_DONE)
    wrong = not_done | Q(status=Action.Status.OPEN, by_day__lt=today)
    below = Q(post__reports_to__in=held) & wrong
    return Action.objects.filter(ours | below).aggregate(
        to_do=Count("pk", filter=ours),
        overdue=Count("pk", filter=ours & late),
        not_done=Count("pk", filter=ours & not_done),
        below=Count("pk", filter=below),
    )


def _lines(rows: QuerySet[Action], held: set[int], today: date) -> list[dict[str, Any]]:
    related = ("post__reports_to", "outcome__request__citizen__household", "outcome__request__post")
    found = rows.select_related(*related).order_by("by_day", "id")[:SHOWN]
    return [line_of(row, held, today) for row in found]
