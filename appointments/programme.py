"""What shifting a post's programme would do: who moves from when to when, and who cannot.

Nothing is changed here. The office reads the plan first; its fingerprint comes back with the
decision, so that what is done is what was read.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.models import Bump, Draw, Hold, Request
from appointments.models.requests import BEFORE_SLOT
from appointments.services.holds import OFFICE_NOTICE
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.slots import Span
from officials.diary import slots_on
from officials.models import Post
from officials.programme import closed_on

LEAST, MOST = 15, 480

# Why a meeting cannot move, in words for the office.
OBSTACLES: dict[str, Any] = {
    "bumped": _("Your office moved this one before. Nobody is moved twice."),
    "closed": _("The office is closed at the new time."),
    "near": _("The new time is less than an hour away: the citizen could not read of it."),
    "before_due": _("Its answer may come later than the new time allows."),
}


@dataclass(frozen=True)
class Shift:
    """What the office wishes: everything of a day from a moment on, so many minutes later."""

    post: Post
    since: datetime
    minutes: int

    @property
    def day(self) -> date:
        return day_of(self.since)

    @property
    def delta(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def of(self, span: Span) -> Span:
        """Return where ``span`` comes to lie."""
        return Span(span.start + self.delta, span.end + self.delta)


@dataclass(frozen=True)
class Affected:
    """One held time: from when to when it moves, or the code of why it cannot."""

    hold: Hold
    before: Span
    after: Span
    obstacle: str = ""

    @property
    def request(self) -> Request:
        return self.hold.request

    @property
    def offered(self) -> bool:
        return bool(self.hold.purpose == Hold.Purpose.OFFERED)

    @property
    def why(self) -> Any:
        return OBSTACLES.get(self.obstacle, "")


@dataclass(frozen=True)
class Plan:
    """Everything that a shift changes: the day's new slots and each held time."""

    shift: Shift
    slots: list[Span]
    affected: list[Affected]

    @property
    def moving(self) -> list[Affected]:
        return [one for one in self.affected if not one.obstacle]

    @property
    def stuck(self) -> list[Affected]:
        """What people asked for and cannot have an hour later: each has to be decided about."""
        return [one for one in self.affected if one.obstacle and not one.offered]

    @property
    def taken_back(self) -> list[Affected]:
        """Offers that cannot move with the rest; their requests go on."""
        stuck = {one.request.pk for one in self.stuck}
        offers = [one for one in self.affected if one.obstacle and one.offered]
        return [one for one in offers if one.request.pk not in stuck]

    @property
    def fingerprint(self) -> str:
        """Return what the page was shown by: other bookings, states or hours make another one."""
        told = [str(self.slots)]
        told += [
            f"{one.hold.pk}:{one.request.pk}:{one.request.version}:{one.after}:{one.obstacle}"
            for one in self.affected
        ]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def plan_of(shift: Shift, *, moment: datetime) -> Plan:
    """Return what ``shift`` would do at ``moment``; :class:`Refused` when it cannot be at all."""
    if not LEAST <= abs(shift.minutes) <= MOST:
        raise Refused("minutes", _("A programme is shifted by 15 to 480 minutes."), field="minutes")
    if shift.since <= moment:
        raise Refused("past", _("This time has passed. Choose a later one."), field="since")
    _refuse_draw(shift)
    slots = slots_on(shift.post, shift.day)
    moved = [shift.of(slot) for slot in slots if slot.start >= shift.since]
    _check_day(shift, moved)
    holds = _holds(shift)
    going = [hold for hold in holds if span_of(hold.during).start >= shift.since]
    staying = [span_of(hold.during) for hold in holds if hold not in going]
    _check_way(staying, [shift.of(span_of(hold.during)) for hold in going])
    # Free time gives way to the meetings that stay, and usual time to what was moved onto it.
    moved = [slot for slot in moved if not _in(slot, staying)]
    stay = [slot for slot in slots if slot.start < shift.since and not _in(slot, moved)]
    closed = closed_on(shift.post, shift.day)
    open_ = {slot for slot in moved if not _in(slot, closed)}
    bumped = set(
        Bump.objects.filter(request__in={hold.request_id for hold in going}).values_list(
            "request_id", flat=True
        )
    )
    affected = [_affected(hold, shift, open_, bumped, moment) for hold in going]
    return Plan(shift, sorted([*stay, *moved]), affected)


def _refuse_draw(shift: Shift) -> None:
    """Refuse a day that waits for its draw: who is drawn gets the times that were announced."""
    days = {"first_day__lte": shift.day, "last_day__gte": shift.day}
    draw = Draw.objects.filter(post=shift.post, status=Draw.Status.ANNOUNCED, **days).first()
    if draw is not None:
        raise Refused(
            "draw",
            gettext(
                "The times of this day are given by a draw, which is held on %(when)s. "
                "After that the programme can be shifted, with whoever was drawn."
            )
            % {"when": datetime_long(draw.draws_at)},
            field="since",
        )


def _check_day(shift: Shift, moved: list[Span]) -> None:
    if not moved:
        raise Refused("nothing", _("No meeting hours begin at or after this time."), field="since")
    if any(day_of(slot.start) != shift.day or day_of(slot.end) != shift.day for slot in moved):
        raise Refused(
            "past_midnight",
            _("The programme would run past midnight. Choose fewer minutes."),
            field="minutes",
        )


def _check_way(staying: list[Span], moved: list[Span]) -> None:
    """Refuse to lay meetings over those before them, which stay."""
    if any(_in(span, moved) for span in staying):
        raise Refused(
            "in_the_way",
            _(
                "Meetings before this time would be in the way. "
                "Choose fewer minutes, or an earlier time to shift from."
            ),
            field="minutes",
        )


def _holds(shift: Shift) -> list[Hold]:
    start, end = day_bounds(shift.day)
    found = list(
        Hold.objects.filter(
            post=shift.post,
            released_at__isnull=True,
            during__overlap=DateTimeTZRange(start, end),
            request__status__in=[Request.Status.REQUESTED, Request.Status.CONFIRMED],
        )
        .select_related("request__citizen__household__user")
        .order_by("during", "place")
    )
    # One request may have two times here, its own and one on offer: it stays one row.
    rows: dict[int, Request] = {}
    for hold in found:
        hold.request = rows.setdefault(hold.request_id, hold.request)
    return found


def _affected(
    hold: Hold, shift: Shift, open_: set[Span], bumped: set[int], moment: datetime
) -> Affected:
    before = span_of(hold.during)
    after, row, obstacle = shift.of(before), hold.request, ""
    offered = hold.purpose == Hold.Purpose.OFFERED
    waiting = row.status == Request.Status.REQUESTED
    row.post = shift.post
    if row.pk in bumped and not offered:
        obstacle = "bumped"
    elif after not in open_:
        obstacle = "closed"
    elif after.start < moment + OFFICE_NOTICE:
        obstacle = "near"
    elif waiting and not offered and after.start - BEFORE_SLOT < row.due_at:
        obstacle = "before_due"
    return Affected(hold, before, after, obstacle)


def _in(span: Span, others: list[Span]) -> bool:
    return any(span.overlaps(other) for other in others)
