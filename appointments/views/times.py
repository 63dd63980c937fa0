"""Free times as the slot picker shows them, a week's worth of days at a time."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appointments import diary
from appointments.models import Request
from esachivalaya.common.clock import day_of
from esachivalaya.common.slots import Span
from officials.models import Post

DAYS_SHOWN = 7


@dataclass(frozen=True)
class Times:
    """Some days with free times; ``earlier`` and ``later`` are the days to begin the next page."""

    days: list[dict[str, Any]]
    earlier: str
    later: str


def times_of(post: Post, *, start: str = "", moment: datetime | None = None) -> Times:
    """Return the free times of ``post`` for people with their own phone, from the day ``start``.

    Days without a free time are left out, so a page never shows an empty week. Three queries.
    """
    free = diary.free_slots(post, channel=Request.Channel.OWN_PHONE, moment=moment)
    days = sorted(free)
    wanted = _day(start)
    first = next((i for i, day in enumerate(days) if wanted is None or day >= wanted), 0)
    shown = days[first : first + DAYS_SHOWN]
    later = days[first + DAYS_SHOWN : first + DAYS_SHOWN + 1]
    return Times(
        days=[{"date": day, "slots": [_entry(slot.span) for slot in free[day]]} for day in shown],
        earlier=str(days[max(first - DAYS_SHOWN, 0)]) if first else "",
        later=str(later[0]) if later else "",
    )


def is_free(post: Post, span: Span) -> bool:
    """Whether ``span`` is among the free times now; the booking itself asks again under lock."""
    day = day_of(span.start)
    free = diary.free_slots(post, channel=Request.Channel.OWN_PHONE, first=day, last=day)
    return any(slot.span == span for slot in free.get(day, []))


def entries(spans: list[Span]) -> list[dict[str, Any]]:
    """Return single free times, as after one was taken away."""
    return [_entry(span) for span in spans]


def _entry(span: Span) -> dict[str, Any]:
    return {
        "value": diary.slot_value(span),
        "starts_at": span.start,
        "ends_at": span.end,
        "free": True,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
