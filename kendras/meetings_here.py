"""Today's meetings at the seats of a Kendra, and the seat of a room that its counter opens."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from psycopg2.extras import DateTimeTZRange

from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.references import normalise
from kendras.models import Kendra, SeatHold
from meetings.models import Room, Seat
from meetings.services import seats
from meetings.views.phases import BEFORE, NONE, OPEN, OVER, phase_of

LONGEST_PLACE = 160


@dataclass(frozen=True)
class MeetingHere:
    """A meeting that is attended at a seat of this Kendra today."""

    hold: SeatHold
    request: Request
    room: Room | None
    seat: Seat | None
    phase: str

    @property
    def begins(self) -> datetime:
        found = self.hold.during.lower
        assert found is not None
        return found

    @property
    def can_be_opened(self) -> bool:
        return self.phase in {BEFORE, OPEN}

    @property
    def is_open(self) -> bool:
        return self.phase == OPEN

    @property
    def is_over(self) -> bool:
        return self.phase in {OVER, NONE}


def meetings_of(kendra: Kendra, moment: datetime) -> list[MeetingHere]:
    """Return today's meetings at the seats of ``kendra``, soonest first; three queries."""
    live = Room.objects.exclude(closed_for__in=_ELSEWHERE).order_by("id")
    rooms = live.prefetch_related(
        Prefetch("seats", queryset=_seats_of(kendra), to_attr="of_kendra")
    )
    holds = (
        _holds(kendra, moment)
        .filter(Q(released_at__isnull=True) | Q(request__status__in=_HELD))
        .select_related("desk", "request__post", "request__citizen")
        .prefetch_related(Prefetch("request__rooms", queryset=rooms, to_attr="rooms_here"))
        .order_by("during", "desk__number")
    )
    return [_meeting(hold, moment) for hold in holds]


def seat_held(kendra: Kendra, reference: str, moment: datetime) -> SeatHold | None:
    """Return the seat of ``kendra`` that was taken for the request of this reference today.

    The one held now comes first; one that was given back says what became of the meeting.
    """
    plain = normalise(reference)
    if plain is None:
        return None
    found = _holds(kendra, moment).filter(request__reference=plain)
    holds = found.select_related("desk", "request__post", "request__citizen")
    return holds.filter(released_at__isnull=True).first() or holds.order_by("-pk").first()


def seat_at(kendra: Kendra, room: Room, *, by: User) -> Seat:
    """Return the seat in ``room`` that the counter of ``kendra`` opens for a walk-in.

    It stays the walk-in's when another operator takes over the counter: whom the office let in
    stays in. The caller has made sure that the meeting may be opened here by ``by``.
    """
    found = seat_of(kendra, room)
    if found is not None:
        return found
    name = room.request.citizen.name
    return seats.counter_seat(room=room, by=by, name=name, place=place_of(kendra))


def seat_of(kendra: Kendra, room: Room) -> Seat | None:
    """Return the seat in ``room`` that a counter of ``kendra`` has opened, or None."""
    return _seats_of(kendra).filter(room=room).first()


def place_of(kendra: Kendra) -> str:
    """Return the Kendra as the office reads where somebody sits: its name, and its code."""
    sign = _sign(kendra)
    return f"{kendra.name_hi} · {kendra.name_en}"[: LONGEST_PLACE - len(sign)] + sign


_HELD = [Request.Status.MET, Request.Status.MISSED_BY_CITIZEN, Request.Status.MISSED_BY_OFFICE]
_ELSEWHERE = [Room.ClosedFor.MOVED, Room.ClosedFor.CANCELLED, Room.ClosedFor.REPLACED]


def _sign(kendra: Kendra) -> str:
    return f" ({kendra.code})"


def _seats_of(kendra: Kendra) -> QuerySet[Seat]:
    return Seat.objects.filter(kind=Seat.Kind.COUNTER, place__endswith=_sign(kendra))


def _holds(kendra: Kendra, moment: datetime) -> QuerySet[SeatHold]:
    today = DateTimeTZRange(*day_bounds(day_of(moment)))
    return SeatHold.objects.filter(desk__kendra=kendra, during__overlap=today)


def _meeting(hold: SeatHold, moment: datetime) -> MeetingHere:
    rooms: list[Room] = hold.request.rooms_here  # type: ignore[attr-defined]
    room = rooms[-1] if rooms else None
    own: list[Seat] = room.of_kendra if room else []  # type: ignore[attr-defined]
    # The office may write down what was decided while they still speak; nobody new comes in then.
    held = hold.request.status != Request.Status.CONFIRMED
    phase = OVER if held else phase_of(room, moment)
    return MeetingHere(hold, hold.request, room, own[0] if own else None, phase)
