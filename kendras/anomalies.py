"""What a district should look into: patterns that an honest queue seldom makes.

Each is a count with the rule that it broke. It accuses nobody: a shared phone of a hamlet looks the
same as a tout's. Names are shown to a supervisor who says why, and that is kept.

Source: domain rules of Kendras, 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import User
from kendras.columns import booked
from kendras.figures import Period
from kendras.models import AssistedBooking
from officials.models import District, Post

# So many people behind one number, so many bookings of one operator for one office, and so many of
# them by slip, are looked into.
MANY_NAMES = 5
MANY_FOR_ONE_OFFICE = 10
MOSTLY = 80
MANY_ON_PAPER = 20
SHOWN = 100

_BOOKED = """
  FROM kendras_assistedbooking AS booking
  JOIN kendras_kendra AS kendra ON kendra.id = booking.kendra_id
  JOIN kendras_consent AS consent ON consent.id = booking.consent_id
  LEFT JOIN appointments_request AS request ON request.id = booking.request_id
  LEFT JOIN appointments_drawwish AS wish ON wish.id = booking.wish_id
  LEFT JOIN appointments_draw AS draw ON draw.id = wish.draw_id
 WHERE kendra.district_id = %(district)s
   AND booking.booked_at >= %(from)s AND booking.booked_at < %(to)s
"""
_PHONE = "coalesce(request.phone, wish.phone)"
_POST = "coalesce(request.post_id, draw.post_id)"
# An hour before the opening or after the closing, or a day on which the Kendra is closed.
_ODD = """
   ((booking.booked_at AT TIME ZONE 'Asia/Kolkata')::time
        NOT BETWEEN kendra.opens - least(interval '1 hour', kendra.opens::interval)
            AND kendra.closes + least(interval '1 hour', interval '24 hours' - kendra.closes)
    OR extract(isodow FROM booking.booked_at AT TIME ZONE 'Asia/Kolkata')::int - 1
        <> ALL (kendra.weekdays))
"""


class Kind(models.TextChoices):
    """The rules, in the order of the page."""

    MANY_NAMES = "many_names", _("One mobile number, many people")
    ONE_OFFICE = "one_office", _("One operator, mostly one office")
    ODD_HOURS = "odd_hours", _("Booked outside the Kendra's hours")
    ON_PAPER = "on_paper", _("Nearly always with a slip on paper")


FOUND = {
    Kind.MANY_NAMES: f"""
        SELECT 0, {_PHONE}, min(kendra.code), count(DISTINCT booking.citizen_id), count(*)
        {_BOOKED} AND {_PHONE} <> ''
        GROUP BY {_PHONE} HAVING count(DISTINCT booking.citizen_id) >= %(many_names)s
        ORDER BY 4 DESC, 2 LIMIT {SHOWN}
    """,
    Kind.ONE_OFFICE: f"""
        SELECT operator, post, code, here, in_all FROM (
            SELECT booking.operator_id AS operator, {_POST}::text AS post,
                   min(kendra.code) AS code, count(*) AS here,
                   sum(count(*)) OVER (PARTITION BY booking.operator_id) AS in_all
            {_BOOKED} GROUP BY booking.operator_id, {_POST}
        ) AS counted
        WHERE here >= %(many_office)s AND here * 100 >= in_all * %(mostly)s
        ORDER BY here DESC, operator LIMIT {SHOWN}
    """,  # noqa: S608 (put together from our own parts)
    Kind.ODD_HOURS: f"""
        SELECT booking.operator_id, '', min(kendra.code), count(*), count(*)
        {_BOOKED} AND {_ODD}
        GROUP BY booking.operator_id ORDER BY 4 DESC, 1 LIMIT {SHOWN}
    """,
    Kind.ON_PAPER: f"""
        SELECT booking.operator_id, '', min(kendra.code),
               count(*) FILTER (WHERE consent.kind = 'paper'), count(*)
        {_BOOKED} GROUP BY booking.operator_id
        HAVING count(*) FILTER (WHERE consent.kind = 'paper') >= %(many_paper)s
           AND count(*) FILTER (WHERE consent.kind = 'paper') * 100 >= count(*) * %(mostly)s
        ORDER BY 4 DESC, 1 LIMIT {SHOWN}
    """,
}


@dataclass(frozen=True)
class Anomaly:
    """One pattern. ``key`` leads to its bookings and tells no number; ``ending`` is a number's."""

    kind: Kind
    key: str
    kendra_code: str
    operator: int | None
    post: int | None
    ending: str
    count: int
    of: int
    office: Post | None = None
    person: User | None = None

    def named(self, office: Post | None, person: User | None) -> "Anomaly":
        """Return it with the office and the operator that it is about."""
        return replace(self, office=office, person=person)


def found_in(district: District, period: Period) -> dict[Kind, list[Anomaly]]:
    """Return what stands out in ``district``, by rule, the largest first; a query for each rule."""
    asked = _asked(district, period)
    found: dict[Kind, list[Anomaly]] = {}
    with connection.cursor() as cursor:
        for kind, statement in FOUND.items():
            cursor.execute(statement, asked)
            found[kind] = [_anomaly(kind, row) for row in cursor.fetchall()]
    return found


def one_of(district: District, period: Period, kind: str, key: str) -> Anomaly | None:
    """Return the anomaly of that key if it still stands, else None."""
    if kind not in Kind.values:
        return None
    with connection.cursor() as cursor:
        cursor.execute(FOUND[Kind(kind)], _asked(district, period))
        all_of_kind = [_anomaly(Kind(kind), row) for row in cursor.fetchall()]
    return next((one for one in all_of_kind if one.key == key), None)


def bookings_of(
    anomaly: Anomaly, district: District, period: Period
) -> "models.QuerySet[AssistedBooking]":
    """Return the bookings behind ``anomaly``, newest first; whoever reads them has said why."""
    asked = period.asked_of(district)
    rows = booked().filter(
        kendra__district=district, booked_at__gte=asked["from"], booked_at__lt=asked["to"]
    )
    match anomaly.kind:
        case Kind.MANY_NAMES:
            rows = rows.filter(pk__in=_with_number(anomaly, district, period))
        case Kind.ONE_OFFICE:
            of_post = Q(request__post=anomaly.post) | Q(request=None, wish__draw__post=anomaly.post)
            rows = rows.filter(of_post, operator=anomaly.operator)
        case Kind.ON_PAPER:
            rows = rows.filter(operator=anomaly.operator, consent__kind="paper")
        case Kind.ODD_HOURS:
            rows = rows.filter(operator=anomaly.operator, pk__in=_at_odd_hours(district, period))
    return rows.order_by("-booked_at", "-pk")[:SHOWN]


def _asked(district: District, period: Period) -> dict[str, Any]:
    return {
        **period.asked_of(district),
        "many_names": MANY_NAMES,
        "many_office": MANY_FOR_ONE_OFFICE,
        "many_paper": MANY_ON_PAPER,
        "mostly": MOSTLY,
    }


def _anomaly(kind: Kind, row: Iterable[Any]) -> Anomaly:
    operator, what, code, count, of = row
    if kind == Kind.MANY_NAMES:
        return Anomaly(kind, _key(what), code, None, None, what[-2:], int(count), int(of))
    post = int(what) if kind == Kind.ONE_OFFICE else None
    key = f"{operator}-{what}" if post else str(operator)
    return Anomaly(kind, key, code, operator, post, "", int(count), int(of))


def _key(phone: str) -> str:
    """Return what stands for a number in an address: nobody reads the number out of it."""
    return salted_hmac("kendras.anomaly", phone, algorithm="sha256").hexdigest()[:24]


def _with_number(anomaly: Anomaly, district: District, period: Period) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT booking.id, {_PHONE} {_BOOKED} AND {_PHONE} LIKE %(ending)s",
            {**period.asked_of(district), "ending": f"%{anomaly.ending}"},
        )
        return [pk for pk, phone in cursor.fetchall() if _key(phone) == anomaly.key]


def _at_odd_hours(district: District, period: Period) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT booking.id {_BOOKED} AND {_ODD}", period.asked_of(district))
        return [pk for (pk,) in cursor.fetchall()]
