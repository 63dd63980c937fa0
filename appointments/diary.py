"""Free time: what of a post's slots can still be asked for, by whom.

Taken time, the minimum notice, the horizon, the Kendras' share and days that wait for a draw are
applied here; whether a slot can be had is decided again, under the lock of its day, when the
request is sent.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import Min
from psycopg2.extras import DateTimeTZRange, Range

from appointments.models import Request
from esachivalaya.common.clock import IST, day_of, now
from esachivalaya.common.slots import Span
from officials.diary import slots_of_posts
from officials.models import Post

# Until a day before a slot, a share of the day is kept for the Kendras.
KENDRA_SHARE_ENDS = timedelta(hours=24)


@dataclass(frozen=True)
class FreeSlot:
    """A slot that can be asked for, and how many meetings it still has room for."""

    span: Span
    places_left: int


@dataclass(frozen=True)
class Taken:
    """One unreleased hold, as far as counting needs it."""

    span: Span
    own_phone: bool


@dataclass
class OfPost:
    """What is taken of one post's time, and the days that wait for a draw: not to be had by now."""

    holds: dict[date, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    drawn: set[date] = field(default_factory=set)

    def of(self, day: date) -> list[Taken]:
        """Return what is taken on ``day``."""
        return self.holds.get(day, [])


def own_phone_limit(post: Post, slots_of_day: int) -> int:
    """Return how many holds from own phones a day of ``slots_of_day`` slots takes at most.

    Its places less the Kendras' share, the share rounded up (domain rule: 30 percent by default).
    """
    places = slots_of_day * post.places
    return places - ceil(places * post.kendra_share_percent / 100)


def free_slots(
    post: Post,
    *,
    channel: str,
    first: date | None = None,
    last: date | None = None,
    moment: datetime | None = None,
    notice: timedelta | None = None,
) -> dict[date, list[FreeSlot]]:
    """Return the free slots of ``post`` by day, from ``first`` to ``last`` within its horizon.

    ``channel`` decides whether the Kendras' share is open. Days without a free slot are left out.
    ``moment`` is the database's time where the caller has read it already, ``notice`` replaces the
    post's minimum notice (the office may set a time sooner).
    """
    moment = moment or now()
    today = day_of(moment)
    start = max(first or today, today)
    end = min(last or today + timedelta(days=post.horizon_days), horizon_of(post, moment))
    if end < start:
        return {}
    slots = slots_of_posts([post], start, end)[post.pk]
    taken = _taken([post.pk], slots)[post.pk]
    return {
        day: free
        for day, spans in slots.items()
        if day not in taken.drawn
        and (
            free := free_of_day(
                post, spans, taken.of(day), channel=channel, moment=moment, notice=notice
            )
        )
    }


def free_in_draw(post: Post, first: date, last: date, *, moment: datetime) -> list[FreeSlot]:
    """Return the free slots of days that are given by a draw, soonest first.

    As the draw itself sees them: whatever the horizon, and without the Kendras' share, since own
    phones and Kendras stand in one draw.
    """
    slots = slots_of_posts([post], first, last)[post.pk]
    taken = _taken([post.pk], slots)[post.pk]
    kendra = Request.Channel.KENDRA
    return [
        slot
        for day in sorted(slots)
        for slot in free_of_day(post, slots[day], taken.of(day), channel=kendra, moment=moment)
    ]


def free_of_day(
    post: Post,
    spans: list[Span],
    taken: list[Taken],
    *,
    channel: str,
    moment: datetime,
    notice: timedelta | None = None,
) -> list[FreeSlot]:
    """Return what is free of one day's ``spans`` at ``moment``, given what is taken."""
    # On the slots' own clock: moments of two zones are compared far more slowly.
    moment = moment.astimezone(IST)
    earliest = moment + (notice or timedelta(hours=post.minimum_notice_hours))
    share_open = channel == Request.Channel.KENDRA or sum(
        hold.own_phone for hold in taken
    ) < own_phone_limit(post, len(spans))
    free = []
    for span, busy in zip(spans, _places_taken(spans, taken), strict=True):
        if span.start < earliest:
            continue
        if not share_open and span.start - moment > KENDRA_SHARE_ENDS:
            continue
        if busy < post.places:
            free.append(FreeSlot(span, post.places - busy))
    return free


def _places_taken(spans: list[Span], taken: list[Taken]) -> list[int]:
    """Return how many of ``taken`` overlap each of a day's slots, which never overlap."""
    starts = [span.start for span in spans]
    counts = [0] * len(spans)
    for hold in taken:
        # The slot in which the hold begins, if there is one, and those that begin within it.
        begins, ends = hold.span.start.astimezone(IST), hold.span.end.astimezone(IST)
        place = bisect_right(starts, begins) - 1
        if place >= 0 and spans[place].end > begins:
            counts[place] += 1
        for later in range(place + 1, bisect_left(starts, ends)):
            counts[later] += 1
    return counts


def next_free(
    post: Post, *, channel: str, count: int = 3, after: datetime | None = None
) -> list[Span]:
    """Return the next ``count`` free slots of ``post`` that begin at or after ``after``."""
    moment = now()
    first = max(day_of(after or moment), day_of(moment))
    found: list[Span] = []
    # A week at a time: most often the first one has enough, and many ask at once in a rush.
    while len(found) < count and first <= horizon_of(post, moment):
        last = first + timedelta(days=6)
        week = free_slots(post, channel=channel, first=first, last=last, moment=moment)
        spans = [slot.span for day in sorted(week) for slot in week[day]]
        found += [span for span in spans if after is None or span.start >= after]
        first = last + timedelta(days=1)
    return found[:count]


def next_free_of(posts: Iterable[Post], *, channel: str, days: int = 7) -> dict[int, Span | None]:
    """Return the next free slot of each post within ``days``, in a constant number of queries."""
    posts = list(posts)
    moment = now()
    today = day_of(moment)
    by_post = slots_of_posts(posts, today, today + timedelta(days=days))
    all_days: dict[date, list[Span]] = defaultdict(list)
    for slots in by_post.values():
        for day, spans in slots.items():
            all_days[day] += spans
    taken = _taken([post.pk for post in posts], all_days)
    found: dict[int, Span | None] = {}
    for post in posts:
        found[post.pk] = None
        for day, spans in by_post[post.pk].items():
            if day > horizon_of(post, moment):
                break
            if day in taken[post.pk].drawn:
                continue
            free = free_of_day(post, spans, taken[post.pk].of(day), channel=channel, moment=moment)
            if free:
                found[post.pk] = free[0].span
                break
    return found


def span_of(during: "Range[datetime]") -> Span:
    """Return a bounded range of the database as a span; holds have no other (a constraint)."""
    if during.lower is None or during.upper is None:
        raise ValueError("The range has no end.")
    return Span(during.lower, during.upper)


def horizon_of(post: Post, moment: datetime) -> date:
    """Return the last day that can be booked at ``moment``."""
    return day_of(moment) + timedelta(days=post.horizon_days)


# Both in one question: the page of a post and the directory ask it for every visitor.
_TAKEN = """
SELECT post_id, lower(during), upper(during), own_phone, NULL, NULL
  FROM appointments_hold
 WHERE post_id = ANY(%(posts)s) AND released_at IS NULL AND during && %(whole)s
UNION ALL
SELECT post_id, NULL, NULL, NULL, first_day, last_day
  FROM appointments_draw
 WHERE post_id = ANY(%(posts)s) AND status = 'announced'
   AND first_day <= %(last)s AND last_day >= %(first)s
"""


def _taken(ids: list[int], slots: dict[date, list[Span]]) -> dict[int, OfPost]:
    found: dict[int, OfPost] = {pk: OfPost() for pk in ids}
    spans = [span for day in slots.values() for span in day]
    if not spans:
        return found
    whole = DateTimeTZRange(min(span.start for span in spans), max(span.end for span in spans))
    asked: dict[str, Any] = {"posts": ids, "whole": whole, "first": min(slots), "last": max(slots)}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, asked)
        for post_id, start, end, own_phone, first, last in cursor.fetchall():
            if start is None:
                days = (last - first).days + 1
                found[post_id].drawn |= {first + timedelta(days=n) for n in range(days)}
            else:
                found[post_id].holds[day_of(start)].append(Taken(Span(start, end), own_phone))
    return found


def oldest_waiting() -> datetime | None:
    """Return the due time of the request that waits longest, or None."""
    moment: datetime | None = Request.objects.waiting().aggregate(first=Min("due_at"))["first"]
    return moment


_SLOT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})/(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})", re.ASCII)


def slot_value(span: Span) -> str:
    """Return a slot as the value of a form field: start and end in Asia/Kolkata."""
    start, end = span.start.astimezone(IST), span.end.astimezone(IST)
    return f"{start:%Y-%m-%dT%H:%M}/{end:%Y-%m-%dT%H:%M}"


def parse_slot(text: str) -> Span | None:
    """Return the slot that :func:`slot_value` wrote, or None for anything else."""
    match = _SLOT.fullmatch(text)
    if match is None:
        return None
    try:
        start, end = (datetime.fromisoformat(part).replace(tzinfo=IST) for part in match.groups())
    except ValueError:
        return None
    # Days at the ends of the calendar have no day before or after them.
    return Span(start, end) if start < end and 2000 <= start.year < 2200 else None
