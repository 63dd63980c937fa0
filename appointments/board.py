"""The promise board: how each office keeps the 24-hour promise this month. Nothing personal."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Aggregate, Count, DurationField, F, Min, Q

from appointments.models import Breach, Request
from esachivalaya.common.clock import at, day_of, now
from officials.models import Post

KEPT_SECONDS = 60
# Fewer requests than this are shown only as "under 5": they could point at a person.
SMALL = 5
Status = Request.Status


class Percentile(Aggregate):
    """The value below which a share of the rows lies (PostgreSQL's percentile_cont)."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: ClassVar[Any] = DurationField()

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=float(share), **extra)


@dataclass(frozen=True)
class Line:
    """One office's month. Shares and times are None where there is nothing or too little to say."""

    post: Post
    requests: int
    small: bool
    share: int | None
    median_hours: float | None
    p95_hours: float | None
    breaches: int
    oldest_open: datetime | None


@dataclass(frozen=True)
class Board:
    """The whole board, as it was at ``as_of``."""

    as_of: datetime
    lines: list[Line]
    requests: int
    share: int | None
    breaches: int


_lock = threading.Lock()
_kept: dict[str, tuple[float, Board]] = {}


def board() -> Board:
    """Return the board, at most a minute old; kept in this process, so no cache has to live."""
    kept = _kept.get("board")
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    with _lock:
        kept = _kept.get("board")
        if kept is None or time.monotonic() - kept[0] >= KEPT_SECONDS:
            kept = (time.monotonic(), fresh_board())
            _kept["board"] = kept
    return kept[1]


def forget() -> None:
    """Make the next board anew."""
    _kept.clear()


def fresh_board() -> Board:
    """Count the month of Asia/Kolkata so far. Four queries, whatever the number of requests."""
    moment = now()
    first = at(day_of(moment).replace(day=1), datetime.min.time())
    counted = {row["post"]: row for row in _counted(first, moment)}
    breaches = dict(
        Breach.objects.filter(due_at__gte=first).values_list("post").annotate(number=Count("pk"))
    )
    ids = {*counted, *breaches}
    posts = Post.objects.filter(pk__in=ids, active=True).order_by("id")
    lines = [_line(post, counted.get(post.pk, {}), breaches.get(post.pk, 0)) for post in posts]
    judged = sum(row["judged"] for row in counted.values())
    in_time = sum(row["in_time"] for row in counted.values())
    return Board(
        as_of=moment,
        lines=lines,
        requests=sum(row["requests"] for row in counted.values()),
        share=_percent(in_time, judged),
        breaches=sum(breaches.values()),
    )


def _counted(first: datetime, moment: datetime) -> Any:
    """Count the requests made since ``first``, and what has been open for longest, by post.

    Judged is what was answered or is overdue; what the citizen took back before is neither. An
    answer is in time when it came before the due time and no breach stands against it.
    """
    month = Q(created_at__gte=first)
    answered = month & Q(answered_at__isnull=False) & ~Q(status=Status.WITHDRAWN)
    overdue = month & Q(status=Status.REQUESTED, due_at__lte=moment)
    in_time = answered & Q(answered_at__lt=F("due_at"), breach__isnull=True)
    took = F("answered_at") - F("created_at")
    waiting = Q(status=Status.REQUESTED)
    return (
        Request.objects.filter(month | waiting)
        .values("post")
        .annotate(
            requests=Count("pk", filter=month),
            judged=Count("pk", filter=answered | overdue),
            in_time=Count("pk", filter=in_time),
            median=Percentile(took, 0.5, filter=answered),
            p95=Percentile(took, 0.95, filter=answered),
            oldest=Min("created_at", filter=waiting),
        )
    )


def _line(post: Post, row: dict[str, Any], breaches: int) -> Line:
    requests = row.get("requests", 0)
    small = requests < SMALL
    return Line(
        post=post,
        requests=requests,
        small=small,
        share=None if small else _percent(row["in_time"], row["judged"]),
        median_hours=None if small else _hours(row["median"]),
        p95_hours=None if small else _hours(row["p95"]),
        breaches=breaches,
        oldest_open=None if small else row.get("oldest"),
    )


def _percent(part: int, whole: int) -> int | None:
    """Return whole percent, rounded down: 99.9 is not yet "all"."""
    return part * 100 // whole if whole else None


def _hours(length: timedelta | None) -> float | None:
    return round(length.total_seconds() / 3600, 1) if length is not None else None
