"""A post's diary: which slots its hours, exceptions, holidays and leave make on which days.

Slots are computed from one query, whatever the number of posts and days: the page of a post, the
directory and the booking of one slot all read the same rules.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection

from esachivalaya.common.clock import at, day_bounds
from esachivalaya.common.slots import Opening, Span, slots_of
from officials.models import HoursException, Post

ByDay = dict[date, list[Span]]
CLOSE, INSTEAD = HoursException.Kind.CLOSE, HoursException.Kind.INSTEAD

RULES = """
SELECT 'hours' AS kind, post_id, weekday, from_day, until_day, starts, ends, minutes, gap_minutes,
       NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
  FROM officials_hours
 WHERE post_id = ANY(%(posts)s) AND from_day <= %(last)s
   AND (until_day IS NULL OR until_day > %(first)s)
UNION ALL
SELECT kind, post_id, NULL, day, NULL, starts, ends, minutes, gap_minutes, NULL, NULL
  FROM officials_hoursexception
 WHERE post_id = ANY(%(posts)s) AND day BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT 'leave', post_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, starts_at, ends_at
  FROM officials_leave
 WHERE post_id = ANY(%(posts)s) AND NOT link_officer_sits
   AND starts_at < %(end)s AND ends_at > %(start)s
UNION ALL
SELECT 'holiday', NULL, NULL, day, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM officials_holiday
 WHERE closed AND day BETWEEN %(first)s AND %(last)s
"""


class _Rule(NamedTuple):
    """One row of RULES; which columns are filled depends on its kind."""

    kind: str
    post_id: int
    weekday: int
    day: date
    until_day: date | None
    starts: time
    ends: time
    minutes: int
    gap_minutes: int
    starts_at: datetime
    ends_at: datetime

    def on(self, day: date) -> Span:
        return Span(at(day, self.starts), at(day, self.ends))

    def opening(self, day: date) -> Opening:
        return Opening(self.on(day), self.minutes, self.gap_minutes)

    def opens_on(self, day: date) -> bool:
        """Whether these weekly hours are in force on ``day``."""
        return (
            self.weekday == day.weekday()
            and self.day <= day
            and (self.until_day is None or day < self.until_day)
        )


@dataclass
class _Rules:
    """The rules of one post in a range of days."""

    hours: list[_Rule] = field(default_factory=list)
    exceptions: dict[date, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    leaves: list[Span] = field(default_factory=list)

    def slots_on(self, day: date) -> list[Span]:
        of_day = self.exceptions.get(day, [])
        openings = [rule.opening(day) for rule in of_day if rule.kind != CLOSE]
        closures = self.leaves + [rule.on(day) for rule in of_day if rule.kind == CLOSE]
        # Hours met instead of the weekly ones put all of those of the day aside.
        if not any(rule.kind == INSTEAD for rule in of_day):
            openings += [hours.opening(day) for hours in self.hours if hours.opens_on(day)]
        return slots_of(openings, closures) if openings else []


def slots_of_posts(posts: Iterable[Post], first: date, last: date) -> dict[int, ByDay]:
    """Return the slots of each post (by id) on each day from ``first`` to ``last``, both included.

    Days without slots are left out; a holiday closes its day for everyone. Bookings and the
    minimum notice are not looked at here. One query.
    """
    ids = [post.pk for post in posts]
    rules, holidays = _rules_of(ids, first, last)
    days = [
        day
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        if day not in holidays
    ]
    return {pk: {day: slots for day in days if (slots := rules[pk].slots_on(day))} for pk in ids}


class DaysOfPost:
    """The slots of one post from ``first`` to ``last``, each day worked out when it is asked for.

    As :func:`slots_of_posts` has them, for those who look at few of the days. One query.
    """

    def __init__(self, post: Post, first: date, last: date) -> None:
        rules, self._holidays = _rules_of([post.pk], first, last)
        self._rules = rules[post.pk]
        self._first, self._last = first, last
        self._known: dict[date, list[Span]] = {}

    def slots_on(self, day: date) -> list[Span]:
        """Return the slots of ``day``, in order; none on a holiday or outside of the days read."""
        if day not in self._known:
            met = self._first <= day <= self._last and day not in self._holidays
            self._known[day] = self._rules.slots_on(day) if met else []
        return self._known[day]

    def put(self, day: date, slots: list[Span]) -> None:
        """Let ``slots`` be those of ``day``: it was read anew, under its lock."""
        self._known[day] = slots


def slots_on(post: Post, day: date) -> list[Span]:
    """Return the slots of ``post`` on one day, in order."""
    return slots_of_posts([post], day, day)[post.pk].get(day, [])


def _rules_of(ids: list[int], first: date, last: date) -> tuple[dict[int, _Rules], set[date]]:
    rules: dict[int, _Rules] = {pk: _Rules() for pk in ids}
    holidays: set[date] = set()
    limits: dict[str, Any] = {
        "posts": ids,
        "first": first,
        "last": last,
        "start": day_bounds(first)[0],
        "end": day_bounds(last)[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(RULES, limits)
        for rule in map(_Rule._make, cursor.fetchall()):
            if rule.kind == "holiday":
                holidays.add(rule.day)
            elif rule.kind == "hours":
                rules[rule.post_id].hours.append(rule)
            elif rule.kind == "leave":
                rules[rule.post_id].leaves.append(Span(rule.starts_at, rule.ends_at))
            else:
                rules[rule.post_id].exceptions[rule.day].append(rule)
    return rules, holidays
