"""Counting requests for the promise board: what is counted, and how times become percentiles."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from esachivalaya.common import reading
from esachivalaya.common.clock import at

# Answers are counted by the tenth of an hour that they took; the last place is "24 h or longer".
LONGEST = 240

# One row per post, day and length of the answer. The office that owed an answer keeps its breach,
# also where the request was handed to another one then. Judged is what was answered or is overdue;
# what the citizen took back before is neither. In time is what was answered before the due time.
COUNTED = """
WITH asked AS (
    SELECT COALESCE(b.post_id, r.post_id) AS post_id, days.day, r.created_at, r.status,
           r.due_at, b.id IS NOT NULL AS breached,
           CASE WHEN r.status <> 'withdrawn' THEN r.answered_at END AS answered_at
      FROM unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
           AS days (day, starts, ends)
      JOIN appointments_request r ON r.created_at >= days.starts AND r.created_at < days.ends
      LEFT JOIN appointments_breach b ON b.request_id = r.id
     WHERE %(post)s::bigint IS NULL OR %(post)s IN (r.post_id, b.post_id)
)
SELECT post_id, day,
       CASE WHEN answered_at IS NOT NULL THEN
           LEAST(floor(extract(epoch FROM answered_at - created_at) / 360), %(longest)s)::int
       END AS tenth,
       count(*),
       count(*) FILTER (WHERE answered_at IS NOT NULL
                           OR (status = 'requested' AND due_at <= %(moment)s)),
       count(*) FILTER (WHERE answered_at < due_at AND NOT breached),
       count(*) FILTER (WHERE breached),
       min(created_at) FILTER (WHERE status = 'requested')
  FROM asked
 GROUP BY 1, 2, 3
"""


@dataclass
class Count:
    """The requests of one office in some days."""

    requests: int = 0
    judged: int = 0
    in_time: int = 0
    breaches: int = 0
    oldest_open: datetime | None = None
    tenths: list[int] = field(default_factory=list)

    def add(self, other: "Count") -> None:
        """Add what ``other`` counted."""
        self.requests += other.requests
        self.judged += other.judged
        self.in_time += other.in_time
        self.breaches += other.breaches
        self.add_tenths(other.tenths)
        known = [one for one in (self.oldest_open, other.oldest_open) if one is not None]
        self.oldest_open = min(known, default=None)

    def add_tenths(self, others: list[int]) -> None:
        """Add answers that were counted by the tenths of an hour that they took."""
        if len(others) > len(self.tenths):
            self.tenths, others = others[:], self.tenths
        for place, number in enumerate(others):
            if number:
                self.tenths[place] += number

    def share(self) -> int | None:
        """Return the whole percent answered in time, rounded down: 99.9 is not yet "all"."""
        return self.in_time * 100 // self.judged if self.judged else None

    def hours(self, percent: int) -> float | None:
        """Return within how many hours so many of a hundred answers came, None without any."""
        wanted = -(-sum(self.tenths) * percent // 100)
        if not wanted:
            return None
        for place, number in enumerate(self.tenths):
            wanted -= number
            if wanted <= 0:
                return place / 10
        raise AssertionError("A share of the answers is more than all of them.")


ByPostAndDay = dict[tuple[int, date], Count]


def counted(days: Iterable[date], moment: datetime, *, post_id: int | None = None) -> ByPostAndDay:
    """Count the requests that were made on ``days``, by post and day, as they are at ``moment``.

    One query; its cost follows the requests of these days.
    """
    days = sorted(days)
    if not days:
        return {}
    asked: dict[str, Any] = {
        "days": days,
        "starts": [at(day, time.min) for day in days],
        "ends": [at(day + timedelta(days=1), time.min) for day in days],
        "moment": moment,
        "longest": LONGEST,
        "post": post_id,
    }
    found: ByPostAndDay = {}
    with reading.link().cursor() as cursor:
        cursor.execute(COUNTED, asked)
        for post, day, tenth, requests, judged, in_time, breaches, oldest in cursor.fetchall():
            tenths = [0] * tenth + [requests] if tenth is not None else []
            found.setdefault((post, day), Count()).add(
                Count(requests, judged, in_time, breaches, oldest, tenths)
            )
    return found
