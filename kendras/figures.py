"""How the Kendras of a district work, in figures: nothing here names a person.

Days are days of Asia/Kolkata, both ends included, and count by when something was booked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from esachivalaya.common.clock import day_bounds
from kendras.models import Kendra
from officials.models import District

# A Kendra that booked nothing for so many days is called silent.
SILENT_AFTER = timedelta(days=14)

OF_KENDRAS = """
SELECT kendra.id,
       count(booking.id),
       count(booking.id) FILTER (WHERE request.status = 'met'),
       count(booking.id) FILTER (
           WHERE request.status IN ('missed_by_citizen', 'missed_by_office')
       ),
       count(booking.id) FILTER (WHERE booking.seat_wanted),
       count(booking.id) FILTER (WHERE consent.kind = 'paper'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY booking.took_s),
       (SELECT max(last.booked_at) FROM kendras_assistedbooking AS last
         WHERE last.kendra_id = kendra.id)
  FROM kendras_kendra AS kendra
  LEFT JOIN kendras_assistedbooking AS booking
    ON booking.kendra_id = kendra.id
   AND booking.booked_at >= %(from)s AND booking.booked_at < %(to)s
  LEFT JOIN kendras_consent AS consent ON consent.id = booking.consent_id
  LEFT JOIN appointments_request AS request ON request.id = booking.request_id
 WHERE kendra.district_id = %(district)s
 GROUP BY kendra.id
"""
OF_HOURS = """
SELECT extract(hour FROM booking.booked_at AT TIME ZONE 'Asia/Kolkata')::int, count(*)
  FROM kendras_assistedbooking AS booking
  JOIN kendras_kendra AS kendra ON kendra.id = booking.kendra_id
 WHERE kendra.district_id = %(district)s
   AND booking.booked_at >= %(from)s AND booking.booked_at < %(to)s
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Period:
    """Some days, both ends included."""

    first: date
    last: date

    def asked_of(self, district: District) -> dict[str, Any]:
        """Return what the statements ask with."""
        return {
            "district": district.pk,
            "from": day_bounds(self.first)[0],
            "to": day_bounds(self.last)[1],
        }


@dataclass(frozen=True)
class Line:
    """The figures of one Kendra. ``took_s``: from the first key to the slip, the median."""

    kendra: Kendra
    bookings: int
    met: int
    missed: int
    here: int
    on_paper: int
    took_s: int | None
    last_booked: datetime | None
    silent: bool


@dataclass(frozen=True)
class Figures:
    """A district's Kendras in some days."""

    lines: list[Line]
    hours: list[tuple[int, int]]

    @property
    def bookings(self) -> int:
        """Bookings of all Kendras."""
        return sum(line.bookings for line in self.lines)

    @property
    def met(self) -> int:
        """Meetings that were held."""
        return sum(line.met for line in self.lines)

    @property
    def missed(self) -> int:
        """Meetings to which one side did not come."""
        return sum(line.missed for line in self.lines)

    @property
    def silent(self) -> list[Line]:
        """Kendras in service that have booked nothing lately."""
        return [line for line in self.lines if line.silent]

    def by_kind(self) -> list[tuple[str, int, int]]:
        """Return (kind, Kendras, bookings) of each kind that the district has."""
        found: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            kendras, bookings = found.get(line.kendra.kind, (0, 0))
            found[line.kendra.kind] = (kendras + 1, bookings + line.bookings)
        return [(kind, *found[kind]) for kind in Kendra.Kind.values if kind in found]


def figures_of(district: District, period: Period, *, moment: datetime) -> Figures:
    """Return the figures of ``district``, busiest Kendras first; three queries."""
    kendras = {kendra.pk: kendra for kendra in Kendra.objects.filter(district=district)}
    asked = period.asked_of(district)
    with connection.cursor() as cursor:
        cursor.execute(OF_KENDRAS, asked)
        lines = [_line(kendras[pk], found, moment) for pk, *found in cursor.fetchall()]
        cursor.execute(OF_HOURS, asked)
        hours = list(cursor.fetchall())
    lines.sort(key=lambda line: (-line.bookings, line.kendra.code))
    return Figures(lines, hours)


def _line(kendra: Kendra, found: Iterable[Any], moment: datetime) -> Line:
    bookings, met, missed, here, on_paper, took, last = found
    silent = kendra.active and (last is None or last < moment - SILENT_AFTER)
    took_s = None if took is None else round(took)
    return Line(kendra, bookings, met, missed, here, on_paper, took_s, last, silent)


def rows_of(figures: Figures) -> Iterator[list[Any]]:
    """Yield the lines as rows of a file, in the order of its headings."""
    for line in figures.lines:
        yield [
            line.kendra.code,
            str(line.kendra),
            line.kendra.get_kind_display(),
            line.kendra.block,
            line.bookings,
            line.here,
            line.met,
            line.missed,
            line.on_paper,
            line.took_s,
            line.last_booked,
            line.silent,
        ]
