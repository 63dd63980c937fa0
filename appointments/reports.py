"""How an office answers, in figures: what comes in, how long it takes, what becomes of it.

For an office its own requests, by live charge; for a superior the posts that report to it; for the
State all posts. Figures only: nothing here names a person or tells what a request is about, and a
private request stands in no category and with no service.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.permissions import posts_of, reads_reports
from appointments.querysets import RequestQuerySet
from esachivalaya.common import reading
from esachivalaya.common.clock import ClockTimestamp, day_bounds
from officials.models import Post

Status = Request.Status
# Fewer than this could point at a person, where somebody reads who has no business with them.
SMALL = 5


class Scope(models.TextChoices):
    """Whose figures."""

    OFFICE = "office", _("My offices")
    BELOW = "below", _("Offices that report to mine")
    STATE = "state", _("The whole State")


class Took(models.TextChoices):
    """How long an answer took; each ends where the next begins."""

    UNDER_6 = "under_6", _("Under 6 hours")
    UNDER_12 = "under_12", _("6 to 12 hours")
    UNDER_24 = "under_24", _("12 to 24 hours")
    LONGER = "longer", _("24 hours or longer")


LIMITS = ((Took.UNDER_6, 6), (Took.UNDER_12, 12), (Took.UNDER_24, 24))


@dataclass(frozen=True)
class Filters:
    """What a report looks at; days are those on which a request was made, both included."""

    first: date
    last: date
    post: str = ""
    department: str = ""
    district: str = ""
    category: str = ""
    service: str = ""
    channel: str = ""
    status: str = ""

    def told(self) -> dict[str, str]:
        """Return what was chosen, for the record."""
        return {name: str(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Group:
    """The figures of one value of one column, or of everything."""

    requests: int = 0
    judged: int = 0
    in_time: int = 0
    breaches: int = 0
    rated: int = 0
    stars: float | None = None

    @property
    def share(self) -> int | None:
        """Whole percent answered in time, rounded down; None when nothing is judged yet."""
        return self.in_time * 100 // self.judged if self.judged else None


@dataclass
class Report:
    """All figures, by column and value; ``None`` as a value is what has none."""

    total: Group = Group()
    by: dict[str, dict[Any, Group]] = field(default_factory=dict)


# The columns by which requests are counted.
COLUMNS = (
    "post_id",
    "shown_category",
    "shown_service",
    "district",
    "channel",
    "took",
    "status",
)


def scopes_of(user: Any) -> list[Scope]:
    """Return whose figures ``user`` may read, the nearest first."""
    found = []
    if posts_of(user):
        found.append(Scope.OFFICE)
        if Post.objects.filter(reports_to__in=posts_of(user)).exists():
            found.append(Scope.BELOW)
    if reads_reports(user):
        found.append(Scope.STATE)
    return found


def posts_in(user: Any, scope: Scope) -> models.QuerySet[Post]:
    """Return the posts whose figures a report of that scope holds, closed ones included."""
    if scope == Scope.STATE:
        return Post.objects.all() if reads_reports(user) else Post.objects.none()
    held = Post.objects.held_by(user)
    if scope == Scope.BELOW:
        return Post.objects.filter(reports_to__in=held).exclude(pk__in=held)
    return held


def rows_of(user: Any, scope: Scope, filters: Filters) -> RequestQuerySet:
    """Return the requests that a report counts. Their content is for the office alone."""
    start, end = day_bounds(filters.first)[0], day_bounds(filters.last)[1]
    rows = Request.objects.filter(
        post__in=posts_in(user, scope).order_by().values("pk"),
        created_at__gte=start,
        created_at__lt=end,
    )
    for name, column in (
        ("post", "post__code"),
        ("department", "post__department__code"),
        ("district", "citizen__district_code"),
        ("channel", "channel"),
        ("status", "status"),
    ):
        value = getattr(filters, name)
        if value:
            rows = rows.filter(**{column: value})
    # Where only one category or service is asked for, a private request would show its own.
    if filters.category:
        rows = rows.filter(category__code=filters.category, private=False)
    if filters.service:
        rows = rows.filter(service__code=filters.service, private=False)
    return rows


def report_of(rows: RequestQuerySet) -> Report:
    """Count ``rows`` by every column at once: one query, one pass, whatever their number.

    Judged is what was answered or is overdue; what the citizen took back is neither. An answer is
    in time when it came before the due time and no breach stands against it.
    """
    answered = Q(answered_at__isnull=False) & ~Q(status=Status.WITHDRAWN)
    overdue = Q(status=Status.REQUESTED, due_at__lte=ClockTimestamp())
    kept = answered & Q(answered_at__lt=F("due_at"), breach__isnull=True)
    counted = (
        rows.order_by()
        .annotate(
            shown_category=Case(When(private=True, then=None), default=F("category_id")),
            shown_service=Case(When(private=True, then=None), default=F("service_id")),
            district=F("citizen__district_code"),
            took=took(answered),
            judged=answered | overdue,
            in_time=kept,
            breached=Q(breach__isnull=False),
            stars=F("rating__stars"),
        )
        .values(*COLUMNS, "judged", "in_time", "breached", "stars")
    )
    sql, values = counted.query.sql_with_params()
    return reading.report(partial(_counted, sql, values))


def _counted(sql: str, values: tuple[Any, ...]) -> Report:
    names = ", ".join(COLUMNS)
    with reading.link().cursor() as cursor:
        # Rows that differ in no column are counted first, by as many processes as there are; what
        # is left to be counted column by column is some thousand lines instead of a million.
        # Only names of this module and SQL that Django composed, with its values apart.
        cursor.execute(
            f"SELECT GROUPING({names}), {names}, "  # noqa: S608
            "coalesce(sum(asked), 0)::bigint, coalesce(sum(judged), 0)::bigint, "
            "coalesce(sum(in_time), 0)::bigint, coalesce(sum(breached), 0)::bigint, "
            "coalesce(sum(rated), 0)::bigint, sum(stars)::float / nullif(sum(rated), 0)::float "
            f"FROM (SELECT {names}, count(*) AS asked, "
            "count(*) FILTER (WHERE judged) AS judged, "
            "count(*) FILTER (WHERE in_time) AS in_time, "
            "count(*) FILTER (WHERE breached) AS breached, "
            "count(stars) AS rated, sum(stars) AS stars "
            f"FROM ({sql}) AS counted GROUP BY {names}) AS alike "
            f"GROUP BY GROUPING SETS ((), {', '.join(f'({name})' for name in COLUMNS)})",
            values,
        )
        return _read(cursor.fetchall())


def took(answered: Q) -> Case:
    """Return how long the answer took, as a value of :class:`Took`; nothing without an answer."""
    within = (
        When(
            answered & Q(answered_at__lt=F("created_at") + timedelta(hours=hours)),
            then=Value(str(value)),
        )
        for value, hours in LIMITS
    )
    return Case(
        *within,
        When(answered, then=Value(str(Took.LONGER))),
        default=None,
        output_field=models.CharField(),
    )


def _read(rows: Iterable[tuple[Any, ...]]) -> Report:
    report = Report(by={name: {} for name in COLUMNS})
    for which, *rest in rows:
        values, figures = rest[: len(COLUMNS)], Group(*rest[len(COLUMNS) :])
        # A bit for each column, the first one highest; 0 where the row is grouped by it.
        by = next(
            (
                place
                for place in range(len(COLUMNS))
                if not which & (1 << (len(COLUMNS) - 1 - place))
            ),
            None,
        )
        if by is None:
            report.total = figures
        else:
            report.by[COLUMNS[by]][values[by]] = figures
    return report


def default_days(today: date) -> tuple[date, date]:
    """Return the thirty days up to and with ``today``."""
    return today - timedelta(days=29), today


def hours_between(start: datetime, end: datetime) -> float:
    """Return the hours from ``start`` to ``end``, to a hundredth."""
    return round((end - start).total_seconds() / 3600, 2)


@dataclass(frozen=True)
class Told:
    """A count as somebody may read it: the number itself, or the range that hides it."""

    value: float
    low: int
    high: int

    @property
    def exact(self) -> bool:
        return self.low == self.high


def exactly(counts: list[int]) -> list[Told]:
    """Return the counts as they are, for the office and its superior."""
    return [Told(count, count, count) for count in counts]


def hidden(counts: list[int]) -> list[Told]:
    """Return the counts of one breakdown for a reader who must not recognise anybody.

    1 to 4 become "under 5". If one alone is hidden, the total would tell it: then the next smallest
    is told in a range of five as well. A range is drawn by its middle, so that no bar tells more.
    """
    small = [place for place, count in enumerate(counts) if 0 < count < SMALL]
    ranged = set(small)
    if len(small) == 1:
        others = [place for place, count in enumerate(counts) if count >= SMALL]
        ranged |= set(sorted(others, key=lambda place: counts[place])[:1])
    return [
        _range(count) if place in ranged else Told(count, count, count)
        for place, count in enumerate(counts)
    ]


def _range(count: int) -> Told:
    if count < SMALL:
        return Told(SMALL / 2, 1, SMALL - 1)
    low = count // SMALL * SMALL
    return Told(low + (SMALL - 1) / 2, low, low + SMALL - 1)
