"""The rooms of an office's day: whose meeting is when, and who waits since when and from where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from appointments.models import Request
from appointments.permissions import posts_of
from esachivalaya.common.clock import day_bounds, day_of
from meetings.models import Room, Seat
from meetings.querysets import PRESENT_FOR

Status = Seat.Status


@dataclass(frozen=True)
class Guest:
    """Somebody who is not of the office, and what can be done about them now."""

    seat: Seat
    # Their page was heard of a moment ago.
    here: bool

    @property
    def can_be_admitted(self) -> bool:
        return self.seat.status in {Status.WAITING, Status.REFUSED, Status.REMOVED}

    @property
    def can_be_refused(self) -> bool:
        return bool(self.seat.status == Status.WAITING)

    @property
    def can_be_removed(self) -> bool:
        return bool(self.seat.status == Status.ADMITTED)


@dataclass(frozen=True)
class RoomOfDay:
    """A room with those of its guests who have come."""

    room: Room
    request: Request
    guests: list[Guest]
    open: bool

    @property
    def waiting(self) -> int:
        return sum(guest.seat.status == Status.WAITING for guest in self.guests)


def rooms_of_day(user: Any, *, moment: datetime, post: str = "") -> list[RoomOfDay]:
    """Return today's rooms of the posts that ``user`` acts for, in order.

    Two queries, however many rooms and guests there are. What was cancelled or moved is left out.
    """
    start, end = day_bounds(day_of(moment))
    rooms = (
        Room.objects.filter(request__post__in=posts_of(user))
        .filter(starts_at__gte=start, starts_at__lt=end)
        .exclude(closed_for__in=[Room.ClosedFor.CANCELLED, Room.ClosedFor.MOVED])
        .exclude(closed_for=Room.ClosedFor.REPLACED)
        .select_related("request__citizen", "request__post")
        .prefetch_related(Prefetch("seats", queryset=_guests(), to_attr="guests"))
        .order_by("starts_at", "id")
    )
    if post:
        rooms = rooms.filter(request__post__code=post.replace("\0", ""))
    return [_room_of_day(room, moment) for room in rooms]


def next_room(room: Room, *, moment: datetime) -> Room | None:
    """Return the room of the same post that comes next today, closed ones left out."""
    rooms = Room.objects.live().filter(request__post=room.request.post_id)
    return (
        rooms.filter(starts_at__gt=room.starts_at, starts_at__lt=day_bounds(day_of(moment))[1])
        .select_related("request__citizen")
        .order_by("starts_at", "id")
        .first()
    )


def ahead_of(room: Room) -> int:
    """Return how many meetings of the same office come before that of ``room`` and are not over."""
    before = Room.objects.live().filter(request__post=room.request.post_id)
    confirmed = before.filter(request__status=Request.Status.CONFIRMED)
    return confirmed.filter(starts_at__lt=room.starts_at).count()


def guests_of(room: Room, *, moment: datetime) -> list[Guest]:
    """Return those of ``room`` who are not of the office, the longest wait first."""
    return [_guest(seat, moment) for seat in _guests().filter(room=room)]


def _guests() -> Any:
    return Seat.objects.exclude(kind=Seat.Kind.OFFICE).order_by("waiting_since", "id")


def _room_of_day(room: Room, moment: datetime) -> RoomOfDay:
    seats: list[Seat] = room.guests  # type: ignore[attr-defined]
    come = [_guest(seat, moment) for seat in seats if seat.status != Status.EXPECTED]
    return RoomOfDay(room, room.request, come, room.is_open(moment))


def _guest(seat: Seat, moment: datetime) -> Guest:
    return Guest(seat, bool(seat.seen_at and seat.seen_at > moment - PRESENT_FOR))
