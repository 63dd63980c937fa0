"""The record that the load keeps of what it was told, held against what the database has."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection

from appointments.diary import slot_value
from esachivalaya.common.slots import Span


@dataclass(frozen=True)
class Booking:
    """One booking: of an operator at a Kendra, with an office at a time ("" for any), and a seat.

    ``slot`` is its first and last moment, as the counter's form writes them.
    """

    operator: int
    kendra: str
    post: str
    slot: str
    seat: bool


@dataclass(frozen=True)
class Told:
    """What the answer to one press was: the booking that was asked for, and its reference."""

    key: str
    reference: str
    asked: Booking


BOOKED = """
SELECT request.reference, assisted.operator_id, kendra.code, post.code,
       lower(hold.during), upper(hold.during), seat.id IS NOT NULL,
       lower(seat.during), upper(seat.during)
  FROM kendras_assistedbooking AS assisted
  JOIN kendras_kendra AS kendra ON kendra.id = assisted.kendra_id
  JOIN appointments_request AS request ON request.id = assisted.request_id
  JOIN officials_post AS post ON post.id = request.post_id
  LEFT JOIN appointments_hold AS hold ON hold.request_id = request.id AND hold.released_at IS NULL
  LEFT JOIN kendras_seathold AS seat ON seat.request_id = request.id AND seat.released_at IS NULL
"""
# Each counts pairs, or rows, of which there must be none.
DOUBLES = {
    "slots": """
        SELECT count(*) FROM appointments_hold a JOIN appointments_hold b
            ON a.post_id = b.post_id AND a.id < b.id AND a.during && b.during
         WHERE a.released_at IS NULL AND b.released_at IS NULL
    """,
    "requests": """
        SELECT count(*) FROM appointments_request a JOIN appointments_request b
            ON a.post_id = b.post_id AND a.id < b.id
           AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
         WHERE a.status IN ('requested', 'confirmed') AND b.status IN ('requested', 'confirmed')
    """,
    "seats": """
        SELECT count(*) FROM kendras_seathold a JOIN kendras_seathold b
            ON a.desk_id = b.desk_id AND a.id < b.id AND a.during && b.during
         WHERE a.released_at IS NULL AND b.released_at IS NULL
    """,
    "keys": """
        SELECT (SELECT count(*) FROM kendras_assistedbooking)
             - (SELECT count(*) FROM common_sentform
                 WHERE form = 'kendras.booking' AND result <> '')
    """,
}
DESKS = """
SELECT kendra.code, count(*) FROM kendras_desk AS desk
  JOIN kendras_kendra AS kendra ON kendra.id = desk.kendra_id WHERE desk.active GROUP BY 1
"""


def in_database() -> tuple[dict[str, Booking], dict[str, int], dict[str, int]]:
    """Return the bookings by reference, the pairs that SQL finds, and the seats of each Kendra."""
    doubles = {}
    with connection.cursor() as cursor:
        cursor.execute(BOOKED)
        there = {}
        for reference, operator, kendra, post, start, end, seat, from_, until in cursor.fetchall():
            # A seat at another time than the meeting is no seat of it.
            kept = seat and (from_, until) == (start, end)
            slot = slot_value(Span(start, end)) if start else ""
            there[reference] = Booking(operator, kendra, post, slot, kept)
        for name, question in DOUBLES.items():
            cursor.execute(question)
            (doubles[name],) = cursor.fetchone()
        cursor.execute(DESKS)
        desks = dict(cursor.fetchall())
    return there, doubles, desks


def compared(
    told: Iterable[Told],
    there: Mapping[str, Booking],
    doubles: Mapping[str, int],
    desks: Mapping[str, int],
) -> dict[str, object]:
    """Hold the record of the load against the database.

    ``lost``: answered with a reference, but this operator's booking with this office, time and seat
    is not there. ``double_booked``: what SQL finds twice; keys that were told two references;
    bookings that nobody was told of; and by the record alone: one time of an office told to two, or
    more seats of a Kendra at one time than it has.
    """
    told = list(told)
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    by_reference: dict[str, Booking] = {}
    for one in told:
        by_key[one.key].add(one.reference)
        by_reference[one.reference] = one.asked
    found = {
        **{f"{name}_in_database": number for name, number in doubles.items()},
        "keys_told_twice": sum(len(references) - 1 for references in by_key.values()),
        "never_told": len(there.keys() - by_reference.keys()),
        "slots_told_twice": _slots_twice(by_reference.values()),
        "seats_told_twice": _seats_too_many(by_reference.values(), desks),
    }
    return {
        "bookings_told": len(by_reference),
        "double_booked": sum(found.values()),
        "doubles": found,
        "lost": sum(there.get(name) != asked for name, asked in by_reference.items()),
    }


def _slots_twice(bookings: Iterable[Booking]) -> int:
    """Count pairs of neighbours that overlap among the times told of one office."""
    by_post: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in bookings:
        if one.slot:
            start, _mark, end = one.slot.partition("/")
            by_post[one.post].append((start, end))
    return sum(
        second[0] < first[1]
        for spans in by_post.values()
        for first, second in pairwise(sorted(spans))
    )


def _seats_too_many(bookings: Iterable[Booking], desks: Mapping[str, int]) -> int:
    taken = Counter((one.kendra, one.slot) for one in bookings if one.seat and one.slot)
    return sum(max(0, count - desks.get(kendra, 0)) for (kendra, _slot), count in taken.items())
