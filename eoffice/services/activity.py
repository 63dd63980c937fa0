"""What was done in some days, summed by department, section, district, day, desk or person.

From the roll-up, and as it is for the days that are not counted yet: one statement, one moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eoffice.services import counting
from esachivalaya.common import reading

# A figure with confidential papers in it is told only where they are at least so many.
SMALL = 5
_BY = {
    "department": "section.department_id",
    "section": "desk.section_id",
    "district": "post.district_id",
    "desk": "told.desk_id",
    "person": "told.by_id",
    "day": "told.day",
    "month": "date_trunc('month', told.day)::date",
}


@dataclass(frozen=True)
class Sums:
    """The counts of one value of one column, by the names of ``counting.COUNTS``."""

    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(counting.COUNTS, 0))
    # Persons who did something.
    people: int = 0

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    @property
    def made(self) -> int:
        """Receipts diarised, files made, old paper files joined."""
        return self["receipts"] + self["files"] + self["joined"]

    @property
    def moved(self) -> int:
        """Marked and returned."""
        return self["sent"] + self["returned"]

    @property
    def share_in_time(self) -> int | None:
        """Whole percent of the stays that ended within seven days, rounded down."""
        return self["stays_in_time"] * 100 // self["stays"] if self["stays"] else None


@dataclass
class Activity:
    """Sums without confidential papers; ``total`` holds them where they are not too few."""

    total: Sums = field(default_factory=Sums)
    by: dict[str, dict[Any, Sums]] = field(default_factory=dict)

    def of(self, column: str, value: Any) -> Sums:
        """Return the sums of one value; zeros where nothing was done."""
        return self.by[column].get(value, Sums())


def between(
    first: date,
    last: date,
    *,
    by: Sequence[str],
    desks: Sequence[int] | None = None,
    department: int | None = None,
) -> Activity:
    """Sum what was done from ``first`` to ``last``, both included: two queries.

    ``by`` names columns of this module; ``desks`` and ``department`` narrow. What was done with
    confidential papers is in no group, and in the total of the whole State alone.
    """
    days = counting.uncounted(first, last)
    values = counting.asked(days, desks)
    values |= {"first": first, "last": last, "department": department}
    with reading.link().cursor() as cursor:
        cursor.execute(_statement(by), values)
        rows = cursor.fetchall()
    return _read(rows, by, with_confidential=desks is None and department is None)


def _statement(by: Sequence[str]) -> str:
    names = ", ".join(f"({_BY[name]})" for name in by)
    sets = ", ".join(["(confidential)", *(f"(confidential, ({_BY[name]}))" for name in by)])
    sums = ", ".join(f"sum({name})::bigint" for name in counting.COUNTS)
    grouping = f"GROUPING({names}), {names}" if by else "0"
    # Only names of these two modules: every value stands apart.
    return f"""
    WITH told AS (
        SELECT {counting.COLUMNS} FROM eoffice_deskday
         WHERE day BETWEEN %(first)s AND %(last)s AND day <> ALL(%(days)s::date[])
           AND (%(desks)s::bigint[] IS NULL OR desk_id = ANY(%(desks)s))
        UNION ALL ({counting.COUNTED}))
    SELECT confidential, {grouping}, {sums}, count(DISTINCT by_id)
      FROM told
      JOIN eoffice_desk desk ON desk.post_id = told.desk_id
      JOIN officials_section section ON section.id = desk.section_id
      JOIN officials_post post ON post.id = told.desk_id
     WHERE %(department)s::bigint IS NULL OR section.department_id = %(department)s
     GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608


def _read(
    rows: Sequence[tuple[Any, ...]], by: Sequence[str], *, with_confidential: bool
) -> Activity:
    found = Activity(by={name: {} for name in by})
    totals: dict[bool, Sums] = {False: Sums(), True: Sums()}
    for confidential, which, *rest in rows:
        values, counts, people = rest[: len(by)], rest[len(by) : -1], rest[-1]
        sums = Sums(dict(zip(counting.COUNTS, map(int, counts), strict=True)), people)
        # A bit for each column, the first one highest; 0 where the row is grouped by it.
        place = next(
            (one for one in range(len(by)) if not which & (1 << (len(by) - 1 - one))), None
        )
        if place is None:
            totals[confidential] = sums
        elif not confidential:
            found.by[by[place]][values[place]] = sums
    found.total = totals[False]
    if with_confidential and totals[True]["acts"] >= SMALL:
        found.total = _together(*totals.values())
    return found


def _together(one: Sums, other: Sums) -> Sums:
    """Return both; persons are those of the first, since one may have done both."""
    return Sums({name: one[name] + other[name] for name in counting.COUNTS}, one.people)
