"""How the Kendras of a district work, in figures: nothing here names a person.

Days are days of Asia/Kolkata, both ends included, and count by when something was booked.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from esachivalaya.common import reading
from esachivalaya.common.clock import day_bounds
from esachivalaya.common.formats import datetime_short
from esachivalaya.common.spreadsheets import UTF8_MARK, safe
from kendras.models import Kendra
from officials.models import District

# A Kendra that booked nothing for so many days is called silent.
SILENT_DAYS = 14

_IN_PERIOD = """
   AND booking.booked_at >= %(from)s AND booking.booked_at < %(to)s
"""
_WANTED = "kendra.district_id = %(district)s AND (%(kind)s = '' OR kendra.kind = %(kind)s)"
OF_KENDRAS = f"""
SELECT kendra.id,
       count(booking.id),
       count(booking.id) FILTER (WHERE booking.seat_wanted),
       count(booking.id) FILTER (WHERE request.status = 'met'),
       count(booking.id) FILTER (WHERE request.status = 'missed_by_citizen'),
       count(booking.id) FILTER (WHERE request.status = 'missed_by_office'),
       count(booking.id) FILTER (WHERE consent.kind = 'paper'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY booking.took_s),
       (SELECT max(last.booked_at) FROM kendras_assistedbooking AS last
         WHERE last.kendra_id = kendra.id)
  FROM kendras_kendra AS kendra
  LEFT JOIN kendras_assistedbooking AS booking
    ON booking.kendra_id = kendra.id
       {_IN_PERIOD}
  LEFT JOIN kendras_consent AS consent ON consent.id = booking.consent_id
  LEFT JOIN appointments_request AS request ON request.id = booking.request_id
 WHERE {_WANTED}
 GROUP BY kendra.id
"""  # noqa: S608 (put together from our own parts)
_BOOKED = f"""
  FROM kendras_assistedbooking AS booking
  JOIN kendras_kendra AS kendra ON kendra.id = booking.kendra_id
 WHERE {_WANTED} {_IN_PERIOD}
"""
OF_HOURS = f"""
SELECT extract(hour FROM booking.booked_at AT TIME ZONE 'Asia/Kolkata')::int, count(*)
       {_BOOKED}
 GROUP BY 1 ORDER BY 1
"""  # noqa: S608 (as above)
TOOK = f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY booking.took_s) {_BOOKED}"


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
    here: int
    met: int
    missed_by_citizen: int
    missed_by_office: int
    on_paper: int
    took_s: int | None
    last_booked: datetime | None
    silent: bool


@dataclass(frozen=True)
class Figures:
    """A district's Kendras in some days; ``took_s`` is the median of all their bookings."""

    lines: list[Line]
    hours: dict[int, int]
    took_s: int | None

    def total(self, name: str) -> int:
        """Return the sum of one figure over all Kendras."""
        return sum(int(getattr(line, name)) for line in self.lines)

    @property
    def silent(self) -> list[Line]:
        """Kendras in service that have booked nothing lately."""
        return [line for line in self.lines if line.silent]

    def by_hour(self) -> list[tuple[int, int]]:
        """Return (hour, bookings) from the first hour with a booking to the last, none left out."""
        if not self.hours:
            return []
        return [
            (hour, self.hours.get(hour, 0)) for hour in range(min(self.hours), max(self.hours) + 1)
        ]

    def by_kind(self) -> list[tuple[str, int, int]]:
        """Return (kind, Kendras, bookings) of each kind that the district has."""
        found: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            kendras, bookings = found.get(line.kendra.kind, (0, 0))
            found[line.kendra.kind] = (kendras + 1, bookings + line.bookings)
        return [(kind, *found[kind]) for kind in Kendra.Kind.values if kind in found]


def figures_of(district: District, period: Period, *, moment: datetime, kind: str = "") -> Figures:
    """Return the figures of the district's Kendras, of one ``kind`` if given, the busiest first.

    Four queries, however many Kendras.
    """
    return reading.report(lambda: _figures_of(district, period, moment, kind))


def _figures_of(district: District, period: Period, moment: datetime, kind: str) -> Figures:
    asked = {**period.asked_of(district), "kind": kind}
    with reading.link().cursor() as cursor:
        cursor.execute(OF_KENDRAS, asked)
        counted = cursor.fetchall()
        cursor.execute(OF_HOURS, asked)
        hours = dict(cursor.fetchall())
        cursor.execute(TOOK, asked)
        took_s = _whole(cursor.fetchone()[0])
    kendras = Kendra.objects.in_bulk([pk for pk, *_rest in counted])
    lines = [_line(kendras[pk], found, moment) for pk, *found in counted]
    lines.sort(key=lambda line: (-line.bookings, line.kendra.code))
    return Figures(lines, hours, took_s)


def _line(kendra: Kendra, found: Iterable[Any], moment: datetime) -> Line:
    bookings, here, met, by_citizen, by_office, on_paper, took, last = found
    silent = kendra.active and (last is None or last < moment - timedelta(days=SILENT_DAYS))
    return Line(
        kendra=kendra,
        bookings=bookings,
        here=here,
        met=met,
        missed_by_citizen=by_citizen,
        missed_by_office=by_office,
        on_paper=on_paper,
        took_s=_whole(took),
        last_booked=last,
        silent=silent,
    )


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def as_csv(lines: Iterable[Line]) -> str:
    """Return the lines as a file for a spreadsheet, in the reader's language."""
    file = io.StringIO()
    file.write(UTF8_MARK)
    writer = csv.writer(file)
    writer.writerow(
        [
            _("Code"),
            _("Kendra"),
            _("Kind"),
            _("Block"),
            _("Bookings"),
            _("To attend at the Kendra"),
            _("Meetings held"),
            _("Missed by the citizen"),
            _("Missed by the office"),
            _("With a slip on paper"),
            _("Seconds to the slip, median"),
            _("Last booking"),
            _("Silent"),
        ]
    )
    for line in lines:
        cells = [
            line.kendra.code,
            line.kendra,
            line.kendra.get_kind_display(),
            line.kendra.block,
            line.bookings,
            line.here,
            line.met,
            line.missed_by_citizen,
            line.missed_by_office,
            line.on_paper,
            line.took_s,
            datetime_short(line.last_booked) if line.last_booked else "",
            _("yes") if line.silent else _("no"),
        ]
        writer.writerow([safe(cell) for cell in cells])
    return file.getvalue()
