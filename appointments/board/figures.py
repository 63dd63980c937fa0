"""The figures of the promise board: one month of all offices, or the months of one.

Settled days come from the roll-up, the others are counted as they are. An office with fewer than
five requests in a month shows no figures, and is left out of every sum: so no sum, of whatever
choice of offices, tells anything about it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count as CountRows
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from appointments.board.counting import Count, counted
from appointments.models import PromiseDay, Request
from esachivalaya.common import reading
from esachivalaya.common.clock import at, day_of
from officials.models import Post

# Fewer requests than this are shown only as "under 5": they could point at a person.
SMALL = 5
MONTHS = 12

CLOCK = """
SELECT clock_timestamp(), (SELECT min(created_at) FROM appointments_request),
       ARRAY(SELECT day FROM appointments_settledday
              WHERE day >= %s OR (clock_timestamp() - interval '14 months')::date <= day)
"""


@dataclass(frozen=True)
class Line:
    """One office's month. Shares and times are None where there is nothing or too little to say."""

    post: Post
    month: date
    requests: int
    small: bool
    judged: int
    in_time: int
    share: int | None
    median_hours: float | None
    p95_hours: float | None
    breaches: int
    missed: int
    oldest_open: datetime | None


@dataclass(frozen=True)
class Totals:
    """The sums of the lines that are shown, of one month."""

    month: date
    requests: int
    judged: int
    in_time: int
    breaches: int
    missed: int = 0

    @property
    def share(self) -> int | None:
        """The whole percent answered in time, rounded down."""
        return self.in_time * 100 // self.judged if self.judged else None


@dataclass(frozen=True)
class Board:
    """One month of all offices, and the last months of the State, as they were at ``as_of``."""

    as_of: datetime
    month: date
    first_month: date
    lines: list[Line]
    months: list[Totals]

    @property
    def current(self) -> bool:
        """Whether the month is still going on."""
        return self.month == month_of(day_of(self.as_of))

    @property
    def to_come(self) -> bool:
        """Whether the month has not begun yet."""
        return self.month > month_of(day_of(self.as_of))

    def totals(self, lines: Iterable[Line]) -> Totals:
        """Return the sums of some of the lines."""
        return totals_of(self.month, lines)


def totals_of(month: date, lines: Iterable[Line]) -> Totals:
    """Return the sums of those of ``lines`` that are shown."""
    shown = [line for line in lines if not line.small]
    return Totals(
        month,
        requests=sum(line.requests for line in shown),
        judged=sum(line.judged for line in shown),
        in_time=sum(line.in_time for line in shown),
        breaches=sum(line.breaches for line in shown),
        missed=sum(line.missed for line in shown),
    )


def month_of(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month so many months later (earlier, if negative)."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def fresh_board(month: date | None = None) -> Board:
    """Count ``month`` of all offices (this one, without it). Six queries, whatever the number."""
    moment, first_day, settled = _clock(month)
    this_month = month_of(day_of(moment))
    month = month or this_month
    window = [month_after(this_month, -number) for number in reversed(range(MONTHS))]
    start = min(month, window[0])
    live = counted(_unsettled(max(start, first_day), moment, settled), moment)
    of_month = _of_month(month)
    sums = _sums(window[0])
    for (post_id, day), count in live.items():
        if month_of(day) == month:
            of_month[post_id].add(count)
        sums[month_of(day), post_id].add(count)
    missed = _missed(month)
    posts = Post.objects.filter(pk__in={*of_month, *missed}).select_related("district")
    lines = [
        line_of(post, month, of_month[post.pk], missed.get(post.pk, 0))
        for post in posts.order_by("id")
    ]
    return Board(
        as_of=moment,
        month=month,
        first_month=month_of(first_day),
        lines=lines,
        months=[_totals(one, sums) for one in window if one >= month_of(first_day)],
    )


def months_of(post: Post) -> tuple[datetime, list[Line]]:
    """Return the last twelve months of one office, the newest first, and when that was."""
    moment, first_day, settled = _clock(None)
    this_month = month_of(day_of(moment))
    window = [month_after(this_month, -number) for number in range(MONTHS)]
    days = _unsettled(max(window[-1], first_day), moment, settled)
    months: dict[date, Count] = defaultdict(Count)
    for row in PromiseDay.objects.filter(post=post, day__gte=window[-1]):
        months[month_of(row.day)].add(_count_of(row))
    for (post_id, day), count in counted(days, moment, post_id=post.pk).items():
        if post_id == post.pk:
            months[month_of(day)].add(count)
    missed = _missed_by_month(post, window[-1])
    return moment, [
        line_of(post, month, months[month], missed.get(month, 0))
        for month in window
        if month >= month_of(first_day)
    ]


def line_of(post: Post, month: date, count: Count, missed: int) -> Line:
    """Return what is shown of one office's month: next to nothing, if there are few requests."""
    small = count.requests < SMALL
    return Line(
        post=post,
        month=month,
        requests=0 if small else count.requests,
        small=small,
        judged=0 if small else count.judged,
        in_time=0 if small else count.in_time,
        share=None if small else count.share(),
        median_hours=None if small else count.hours(50),
        p95_hours=None if small else count.hours(95),
        breaches=0 if small else count.breaches,
        missed=0 if small else missed,
        oldest_open=None if small else count.oldest_open,
    )


def _clock(month: date | None) -> tuple[datetime, date, set[date]]:
    """Return the time, the day of the first request, and the settled days that may be asked for."""
    with reading.link().cursor() as cursor:
        cursor.execute(CLOCK, [month])
        moment, first, settled = cursor.fetchone()
    return moment, day_of(first or moment), set(settled)


def _unsettled(first: date, moment: datetime, settled: set[date]) -> list[date]:
    length = (day_of(moment) - first).days + 1
    return [day for day in (first + timedelta(days=n) for n in range(length)) if day not in settled]


def _count_of(row: PromiseDay) -> Count:
    return Count(row.requests, row.judged, row.in_time, row.breaches, None, row.tenths)


def _of_month(month: date) -> dict[int, Count]:
    found: dict[int, Count] = defaultdict(Count)
    for row in PromiseDay.objects.filter(day__gte=month, day__lt=month_after(month)):
        found[row.post_id].add(_count_of(row))
    return found


def _sums(first: date) -> dict[tuple[date, int], Count]:
    """Return the settled days since ``first`` by month and post, without times to answer."""
    rows = (
        PromiseDay.objects.filter(day__gte=first)
        .values_list(TruncMonth("day"), "post")
        .annotate(Sum("requests"), Sum("judged"), Sum("in_time"), Sum("breaches"))
    )
    found: dict[tuple[date, int], Count] = defaultdict(Count)
    for month, post_id, *numbers in rows:
        found[month, post_id] = Count(*numbers)
    return found


def _totals(month: date, sums: dict[tuple[date, int], Count]) -> Totals:
    shown = [one for (of, _post), one in sums.items() if of == month and one.requests >= SMALL]
    return Totals(
        month,
        requests=sum(one.requests for one in shown),
        judged=sum(one.judged for one in shown),
        in_time=sum(one.in_time for one in shown),
        breaches=sum(one.breaches for one in shown),
    )


def _missed(month: date) -> dict[int, int]:
    """Return how many meetings of ``month`` each office missed."""
    rows = Request.objects.filter(
        status=Request.Status.MISSED_BY_OFFICE,
        starts_at__gte=at(month, time.min),
        starts_at__lt=at(month_after(month), time.min),
    )
    return dict(rows.values_list("post").annotate(CountRows("pk")))


def _missed_by_month(post: Post, first: date) -> dict[date, int]:
    found: dict[date, int] = defaultdict(int)
    rows = Request.objects.filter(
        post=post,
        status=Request.Status.MISSED_BY_OFFICE,
        starts_at__gte=at(first, time.min),
    )
    for starts_at in rows.values_list("starts_at", flat=True):
        if starts_at is not None:
            found[month_of(day_of(starts_at))] += 1
    return found
