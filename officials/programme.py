"""One day's programme as rows can hold it: runs of slots, and the time that stays closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from esachivalaya.common.clock import IST, at, day_bounds
from esachivalaya.common.slots import Span
from officials.models import HoursException, Leave, Post

# The longest pause that is still one run of meetings, as for weekly hours.
LONGEST_GAP = timedelta(minutes=120)


@dataclass(frozen=True)
class Run:
    """Meetings of one length that follow one another with the same pause, on one day."""

    starts: time
    ends: time
    minutes: int
    gap_minutes: int

    def row(self, post: Post, day: date) -> HoursException:
        """Return the run as hours that are met instead of the usual ones."""
        return HoursException(
            post=post,
            day=day,
            kind=HoursException.Kind.INSTEAD,
            starts=self.starts,
            ends=self.ends,
            minutes=self.minutes,
            gap_minutes=self.gap_minutes,
        )


def runs_of(slots: Iterable[Span]) -> list[Run]:
    """Return the runs that make exactly ``slots``, which do not overlap."""
    groups: list[list[Span]] = []
    for slot in sorted(slots):
        if groups and _continues(groups[-1], slot):
            groups[-1].append(slot)
        else:
            groups.append([slot])
    return [_run(group) for group in groups]


def closed_on(post: Post, day: date) -> list[Span]:
    """Return the time of ``day`` that no hours open: what an exception closes, and leave."""
    start, end = day_bounds(day)
    closed = HoursException.objects.filter(post=post, day=day, kind=HoursException.Kind.CLOSE)
    leaves = Leave.objects.filter(
        post=post, link_officer_sits=False, starts_at__lt=end, ends_at__gt=start
    )
    return [
        *(
            Span(at(day, starts), at(day, ends))
            for starts, ends in closed.values_list("starts", "ends")
        ),
        *(Span(starts, ends) for starts, ends in leaves.values_list("starts_at", "ends_at")),
    ]


def _continues(group: list[Span], slot: Span) -> bool:
    last = group[-1]
    gap = slot.start - last.end
    if slot.end - slot.start != last.end - last.start or gap > LONGEST_GAP:
        return False
    return len(group) == 1 or gap == group[1].start - group[0].end


def _run(group: list[Span]) -> Run:
    first = group[0]
    gap = group[1].start - first.end if len(group) > 1 else timedelta()
    return Run(
        starts=_clock(first.start),
        ends=_clock(group[-1].end),
        minutes=_minutes(first.end - first.start),
        gap_minutes=_minutes(gap),
    )


def _clock(moment: datetime) -> time:
    return moment.astimezone(IST).time()


def _minutes(length: timedelta) -> int:
    return int(length / timedelta(minutes=1))
