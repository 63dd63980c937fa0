"""What a district should look into: patterns that an honest queue seldom makes.

Each is a count with the rule that it broke. It accuses nobody: a shared phone of a hamlet looks the
same as a tout's. Names are shown to a supervisor who says why, and that is kept.

Source: domain rules of Kendras, 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, models
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kendras.columns import booked
from kendras.figures import Period
from kendras.models import AssistedBooking, Kendra
from officials.models import District, Post

# So many people behind one number, so many bookings of one operator for one office, and so many of
# them by slip, are looked into; the last two where they are so much of 100 of the operator's.
MANY_NAMES = 5
MANY_FOR_ONE_OFFICE = 10
MANY_ON_PAPER = 20
MOSTLY = 80
# So many patterns of a rule, so many bookings of a pattern and so many Kendras of it are shown.
SHOWN = 100
PLACES_SHOWN = 3

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
# More than an hour before the opening or after the closing, or a day on which the Kendra is closed.
# Counted in intervals: a time of day would start anew at midnight.
_ODD = """(
    (booking.booked_at AT TIME ZONE 'Asia/Kolkata')::time::interval
        NOT BETWEEN kendra.opens::interval - interval '1 hour'
            AND kendra.closes::interval + interval '1 hour'
    OR extract(isodow FROM booking.booked_at AT TIME ZONE 'Asia/Kolkata')::int - 1
        <> ALL (kendra.weekdays)
    OR EXISTS (SELECT 1 FROM officials_holiday AS holiday
                WHERE holiday.closed
                  AND holiday.day = (booking.booked_at AT TIME ZONE 'Asia/Kolkata')::date)
)"""
_PAPER = "consent.kind = 'paper'"
_CODES = "array_agg(DISTINCT kendra.code ORDER BY kendra.code)"


class Kind(models.TextChoices):
    """The rules, in the order of the page."""

    MANY_NAMES = "many_names", _("One mobile number, many people")
    ONE_OFFICE = "one_office", _("One operator, mostly one office")
    ODD_HOURS = "odd_hours", _("Booked outside the Kendra's hours")
    ON_PAPER = "on_paper", _("Nearly always with a slip on paper")


def rule_of(kind: Kind) -> str:
    """Return in a sentence what the rule looks for, and what honest work it may be."""
    match kind:
        case Kind.MANY_NAMES:
            words = _(
                "Bookings of %(count)s people or more with the same mobile number. A phone that a "
                "hamlet shares looks the same."
            )
            return str(words) % {"count": MANY_NAMES}
        case Kind.ONE_OFFICE:
            words = _(
                "%(count)s bookings or more of one operator for one office, which are %(share)s %% "
                "or more of all that they booked."
            )
            return str(words) % {"count": MANY_FOR_ONE_OFFICE, "share": MOSTLY}
        case Kind.ODD_HOURS:
            words = _(
                "Booked more than an hour before the Kendra opens or after it closes, or on a day "
                "on which it is closed. Bookings that waited for the line look the same."
            )
            return str(words)
        case Kind.ON_PAPER:
            words = _(
                "%(count)s bookings or more of one operator with a slip on paper, which are "
                "%(share)s %% or more of all that they booked. Where few have a phone it is so."
            )
            return str(words) % {"count": MANY_ON_PAPER, "share": MOSTLY}


# Each finds: the operator, the number or the post, the Kendras, how many, and of how many.
FOUND = {
    Kind.MANY_NAMES: f"""
        SELECT 0, {_PHONE}, {_CODES}, count(DISTINCT booking.citizen_id), count(*)
        {_BOOKED} AND {_PHONE} <> ''
        GROUP BY {_PHONE} HAVING count(DISTINCT booking.citizen_id) >= %(many_names)s
        ORDER BY 4 DESC, 2 LIMIT {SHOWN}
    """,
    Kind.ONE_OFFICE: f"""
        SELECT operator, post, codes, here, in_all FROM (
            SELECT booking.operator_id AS operator, {_POST} AS post, {_CODES} AS codes,
                   count(*) AS here,
                   sum(count(*)) OVER (PARTITION BY booking.operator_id) AS in_all
            {_BOOKED} GROUP BY booking.operator_id, {_POST}
        ) AS counted
        WHERE here >= %(many_for_one_office)s AND here * 100 >= in_all * %(mostly)s
        ORDER BY here DESC, operator LIMIT {SHOWN}
    """,  # noqa: S608 (put together from our own parts)
    Kind.ODD_HOURS: f"""
        SELECT booking.operator_id, '', {_CODES} FILTER (WHERE {_ODD}),
               count(*) FILTER (WHERE {_ODD}), count(*)
        {_BOOKED} GROUP BY booking.operator_id
        HAVING count(*) FILTER (WHERE {_ODD}) > 0
        ORDER BY 4 DESC, 1 LIMIT {SHOWN}
    """,
    Kind.ON_PAPER: f"""
        SELECT booking.operator_id, '', {_CODES} FILTER (WHERE {_PAPER}),
               count(*) FILTER (WHERE {_PAPER}), count(*)
        {_BOOKED} GROUP BY booking.operator_id
        HAVING count(*) FILTER (WHERE {_PAPER}) >= %(many_on_paper)s
           AND count(*) FILTER (WHERE {_PAPER}) * 100 >= count(*) * %(mostly)s
        ORDER BY 4 DESC, 1 LIMIT {SHOWN}
    """,
}


@dataclass(frozen=True)
class Anomaly:
    """One pattern. ``key`` leads to its bookings and tells no number; ``ending`` is a number's.

    ``office`` and ``places``, the first of ``kendras``, are filled in by :func:`told`.
    """

    kind: Kind
    key: str
    kendras: tuple[str, ...]
    operator: int | None
    post: int | None
    ending: str
    count: int
    of: int
    office: Post | None = None
    places: tuple[Kendra, ...] = ()

    @property
    def elsewhere(self) -> int:
        """At how many Kendras beyond ``places`` it was booked."""
        return len(self.kendras) - len(self.places)


def found_in(district: District, period: Period) -> dict[Kind, list[Anomaly]]:
    """Return what stands out in ``district``, by rule, the largest first; a query for each rule."""
    asked = _asked(district, period)
    found: dict[Kind, list[Anomaly]] = {}
    with connection.cursor() as cursor:
        for kind, statement in FOUND.items():
            cursor.execute(statement, asked)
            found[kind] = [_anomaly(kind, row) for row in cursor.fetchall()]
    return found


def told(found: dict[Kind, list[Anomaly]]) -> dict[Kind, list[Anomaly]]:
    """Return the patterns with their offices and Kendras, in two queries for the whole page."""
    rows = [one for of_kind in found.values() for one in of_kind]
    posts = Post.objects.in_bulk({one.post for one in rows if one.post})
    codes = {code for one in rows for code in one.kendras[:PLACES_SHOWN]}
    places = Kendra.objects.in_bulk(codes, field_name="code")
    return {
        kind: [
            replace(
                one,
                office=posts.get(one.post or 0),
                places=tuple(places[code] for code in one.kendras[:PLACES_SHOWN]),
            )
            for one in of_kind
        ]
        for kind, of_kind in found.items()
    }


def one_of(district: District, period: Period, kind: str, key: str) -> Anomaly | None:
    """Return the pattern of that key, with office and Kendras, if it stands; else None."""
    if kind not in Kind.values:
        return None
    with connection.cursor() as cursor:
        cursor.execute(FOUND[Kind(kind)], _asked(district, period))
        all_of_kind = [_anomaly(Kind(kind), row) for row in cursor.fetchall()]
    chosen = [one for one in all_of_kind if one.key == key]
    return told({Kind(kind): chosen})[Kind(kind)][0] if chosen else None


def bookings_of(
    anomaly: Anomaly, district: District, period: Period
) -> "QuerySet[AssistedBooking]":
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
    return rows.select_related("consent").order_by("-booked_at", "-pk")[:SHOWN]


def _asked(district: District, period: Period) -> dict[str, Any]:
    return {
        **period.asked_of(district),
        "many_names": MANY_NAMES,
        "many_for_one_office": MANY_FOR_ONE_OFFICE,
        "many_on_paper": MANY_ON_PAPER,
        "mostly": MOSTLY,
    }


def _anomaly(kind: Kind, row: Iterable[Any]) -> Anomaly:
    operator, what, codes, count, of = row
    if kind == Kind.MANY_NAMES:
        return Anomaly(kind, _key(what), tuple(codes), None, None, what[-2:], count, of)
    post = what if kind == Kind.ONE_OFFICE else None
    key = f"{operator}-{post}" if post else str(operator)
    return Anomaly(kind, key, tuple(codes), operator, post, "", count, int(of))


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
