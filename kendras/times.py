"""Free times of an office as the counter shows them: each with whether a seat is free here then."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count

from appointments import diary
from appointments.models import Category, Draw, Request
from appointments.services.refusals import Refused
from appointments.views.draw_wishes import announced
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.slots import Span
from kendras.models import Kendra
from kendras.services import seats
from officials.models import Post

DAYS_SHOWN = 3
# The commonest field of an office is that of its last so many requests.
LOOKED_BACK = 200


@dataclass(frozen=True)
class SeatTime:
    """One free time of the office, and whether a seat of the Kendra is free then."""

    span: Span
    seat: bool

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return diary.slot_value(self.span)


@dataclass(frozen=True)
class Times:
    """Some days of free times. ``chosen`` is ticked: what was chosen, else the first with a seat.

    ``later`` is the day with which the next page begins, ``first`` whether this is the first one.
    """

    post: Post
    days: list[tuple[date, list[SeatTime]]]
    chosen: str
    later: str
    first: bool
    # Each with what the form sends for taking part in it.
    draws: list[tuple[str, Draw]] = field(default_factory=list)


def times_of(
    kendra: Kendra, post: Post, *, start: str = "", accessible: bool = False, chosen: str = ""
) -> Times:
    """Return free times of ``post`` from the day ``start`` on, for people at ``kendra``.

    The Kendras' share is open here. The number of queries does not grow with times, seats or
    bookings. What is free now is asked again under lock when it is booked.
    """
    moment = now()
    slots = diary.free_slots(post, channel=Request.Channel.KENDRA, moment=moment)
    days = sorted(slots)
    free = {day: [slot.span for slot in slots[day]] for day in days}
    wanted = _day(start, moment)
    begin = next((place for place, day in enumerate(days) if wanted is None or day >= wanted), 0)
    shown, after = days[begin : begin + DAYS_SHOWN], days[begin + DAYS_SHOWN :]
    span = diary.parse_slot(chosen)
    stands = span is not None and span in free.get(day_of(span.start), ())
    if stands and span is not None and day_of(span.start) not in shown:
        shown = sorted([*shown, day_of(span.start)])
    seated = _seated(kendra, [one for day in shown for one in free[day]], accessible)
    if stands or chosen == "any" or chosen.startswith("draw-"):
        ticked = chosen
    else:
        near = [one for day in shown for one in free[day]]
        first = next((one for one in near if seated[one]), None)
        if first is None and after:
            # No seat on the days that are shown: it is worth looking further.
            seated |= _seated(kendra, [one for day in after for one in free[day]], accessible)
            first = next((one for day in after for one in free[day] if seated[one]), None)
            shown = [*shown, day_of(first.start)] if first else shown
        first = first or next(iter(near), None)
        ticked = diary.slot_value(first) if first else "any"
    return Times(
        post=post,
        days=[(day, [SeatTime(one, seated[one]) for one in free[day]]) for day in shown],
        chosen=ticked,
        later=str(after[0]) if after else "",
        first=begin == 0,
        draws=[(f"draw-{draw.pk}", draw) for draw in announced(post)],
    )


def alternatives(kendra: Kendra, refusal: Refused, *, accessible: bool) -> list[SeatTime]:
    """Return the next free times that a refusal brought, each with whether a seat is free then."""
    spans: list[Span] = list(getattr(refusal, "alternatives", []))
    if not spans:
        return []
    seated = _seated(kendra, spans, accessible)
    return [SeatTime(span, seated[span]) for span in spans]


def _seated(kendra: Kendra, spans: list[Span], accessible: bool) -> dict[Span, bool]:
    """Return whether a seat is free in each of ``spans``."""
    free = seats.free_seats(kendra=kendra, spans=spans, accessible=accessible)
    return {span: bool(free.get(span)) for span in spans}


def usual_category(post: Post) -> Category | None:
    """Return the field to which most of the office's requests belong; else the last of the list."""
    lately = Request.objects.filter(post=post).order_by("-pk").values("pk")[:LOOKED_BACK]
    usual = Category.objects.filter(
        pk__in=Request.objects.filter(pk__in=lately)
        .values("category_id")
        .annotate(many=Count("pk"))
        .order_by("-many", "category_id")
        .values("category_id")[:1]
    ).first()
    return usual or Category.objects.order_by("-position", "-pk").first()


def _day(text: str, moment: datetime) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is None or day >= day_of(moment) else None
