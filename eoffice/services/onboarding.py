"""Which departments work in e-Office since when, in which wave, and how their old paper follows."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from eoffice.models import Classification, Desk, File, Onboarding
from eoffice.services import activity
from esachivalaya.common.clock import IST, at, day_of
from officials.models import Charge, Department

# Who did something in so many days is active.
ACTIVE_DAYS = 30


@dataclass(frozen=True)
class Joining:
    """One department: its wave and day, who works there, its old paper files."""

    department: Department
    wave: str
    starts_on: date
    desks: int
    people: int
    active: int
    old_files: int | None
    joined: int
    joined_by: date | None

    @property
    def share(self) -> int | None:
        """Whole percent of the old paper files that are joined; None where nobody counted them."""
        return min(self.joined * 100 // self.old_files, 100) if self.old_files else None


def departments(today: date) -> list[Joining]:
    """Return the departments that have a day, the earliest first: a fixed number of queries.

    Old paper files are those that were opened with their old number; confidential ones are left
    out. They are counted since the department's first day and before.
    """
    desks = _by_department(
        Desk.objects.filter(closed_at__isnull=True), "section__department", Count("pk")
    )
    people = _by_department(
        Charge.objects.live().filter(
            post__desk__isnull=False, post__desk__closed_at__isnull=True, user__is_active=True
        ),
        "post__desk__section__department",
        Count("user", distinct=True),
    )
    joined = _by_department(_old_files(), "section__department", Count("pk"))
    done = activity.between(today - timedelta(days=ACTIVE_DAYS - 1), today, by=["department"])
    rows = Onboarding.objects.select_related("department").order_by(
        "starts_on", "department__name_en"
    )
    return [
        Joining(
            department=row.department,
            wave=row.wave or row.department.eoffice_wave,
            starts_on=row.starts_on,
            desks=desks.get(row.pk, 0),
            people=people.get(row.pk, 0),
            active=done.of("department", row.pk).people,
            old_files=row.old_files,
            joined=joined.get(row.pk, 0),
            joined_by=row.old_files_by,
        )
        for row in rows
    ]


def joined_by_month(first: date) -> dict[date, int]:
    """Return how many old paper files were joined in each month from that of ``first`` on."""
    starts = at(first.replace(day=1), time.min)
    month = TruncMonth("item__made_at", tzinfo=IST)
    rows = _old_files().filter(item__made_at__gte=starts).annotate(month=month)
    found = rows.order_by("month").values_list("month").annotate(number=Count("pk"))
    return {day_of(moment): number for moment, number in found}


def _old_files() -> QuerySet[File]:
    return File.objects.exclude(old_number="").filter(
        item__classification__lt=Classification.CONFIDENTIAL
    )


def not_yet() -> int:
    """Return how many departments have no day yet."""
    return Department.objects.filter(onboarding__isnull=True).count()


def _by_department(rows: Any, column: str, number: Count) -> dict[int, int]:
    return dict(rows.order_by().values_list(column).annotate(number=number))
