"""Rooms live and end with the appointment: planned when it is confirmed, closed with it."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.permissions import may_answer
from appointments.services import confirmed
from appointments.services.letters import KIND
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record, record_all, subject_of
from esachivalaya.common import many_rows
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from meetings import engines
from meetings.models import ChatLine, Room, Seat, SharedPaper, Signal
from meetings.models.rooms import CLOSES_AFTER, OPENS_BEFORE
from meetings.services import companions, mailbox_cleaning

Status, For = Room.Status, Room.ClosedFor
BATCH = 50


def appointment_confirmed(kind: str, pk: int) -> None:
    """Plan the room of an appointment that was just confirmed."""
    appointments_confirmed(kind, [pk])


def appointments_confirmed(kind: str, pks: Sequence[int]) -> None:
    """Plan the rooms of appointments, in as many statements as that of one."""
    if kind == KIND:
        plan_all(pks)


def appointment_moved(kind: str, pk: int) -> None:
    """Close the room of the old time and plan one for the new time."""
    appointments_moved(kind, [pk])


def appointments_moved(kind: str, pks: Sequence[int]) -> None:
    """Close the rooms of the old times and plan those of the new ones."""
    if kind == KIND:
        _close_live(pks, For.MOVED)
        plan_all(pks, moved=True)


def appointment_cancelled(kind: str, pk: int) -> None:
    """Close the room of an appointment that is none any more."""
    appointments_cancelled(kind, [pk])


def appointments_cancelled(kind: str, pks: Sequence[int]) -> None:
    """Close the rooms of appointments that are none any more; who would have joined is told."""
    if kind == KIND:
        companions.tell_cancelled(_close_live(pks, For.CANCELLED))


def plan(request: Request, *, engine: engines.Engine | None = None) -> Room | None:
    """Plan the room of a confirmed ``request``; None when it has one or is not confirmed."""
    found = plan_all([request.pk], engine=engine)
    return found[0] if found else None


def plan_all(
    pks: Sequence[int], *, engine: engines.Engine | None = None, moved: bool = False
) -> list[Room]:
    """Plan the rooms of confirmed requests that have none, with the seats of those who come.

    A room's name is 128 random bits and never the reference. Who joins the citizen and gave a
    number is sent a link of their own; ``moved`` says that they had one for another time.
    """
    live = Room.objects.filter(request__in=pks).exclude(status=Status.CLOSED)
    served = set(live.values_list("request", flat=True))
    requests = confirmed.read([pk for pk in pks if pk not in served])
    if not requests:
        return []
    prefetch_related_objects(requests, "companions")
    chosen = (engine or engines.chosen()).name
    rooms = [_planned(request, chosen) for request in requests]
    many_rows.insert(rooms)
    seats = [seat for room in rooms for seat in _seats_of(room)]
    many_rows.insert(seats)
    acts = [_act(room, "room_planned", data={"ref": room.request.reference}) for room in rooms]
    record_all(acts, at=now())
    companions.tell(seats, moved=moved)
    return rooms


def _planned(request: Request, engine: str) -> Room:
    assert request.starts_at is not None
    assert request.ends_at is not None
    return Room(
        name=f"m-{secrets.token_hex(16)}",
        request=request,
        engine=engine,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        opens_at=request.starts_at - OPENS_BEFORE,
        closes_at=request.ends_at + CLOSES_AFTER,
    )


def _seats_of(room: Room) -> list[Seat]:
    """The seats of the citizen and of those who join; the office's are made as they come."""
    joining = Seat.Kind.COMPANION
    return [
        Seat(room=room, kind=Seat.Kind.CITIZEN, name=room.request.citizen.name),
        *(
            Seat(room=room, kind=joining, name=one.name, companion=one)
            for one in room.request.companions.all()
        ),
    ]


@on_deadlock
@transaction.atomic
def close(*, room: Room, for_: str, by: User | None = None) -> Room:
    """Close ``room`` for the reason ``for_``; closing it again changes nothing.

    Everybody in it is put out and nothing of the signalling, the chat or the shared paper is left.
    """
    row = Room.objects.select_for_update().get(pk=room.pk)
    if row.status == Status.CLOSED:
        return row
    return _close_all([row], for_, now(), by)[0]


@on_deadlock
@transaction.atomic
def end(*, room: Room, by: User) -> Room:
    """End the meeting for everybody, by a live charge of its post; ending it again changes nothing.

    Not before the room opens: whoever does not want a meeting cancels it, so that the citizen is
    told.
    """
    row = Room.objects.select_related("request__post").select_for_update(of=("self",))
    found = row.get(pk=room.pk)
    if not may_answer(by, found.request.post):
        raise PermissionDenied
    if found.status == Status.CLOSED:
        return found
    moment = now()
    if moment < found.opens_at:
        raise Refused(
            "room_not_open",
            _("The room is not open yet. To call the meeting off, cancel it."),
            until=found.opens_at,
        )
    return _close_all([found], For.ENDED, moment, by)[0]


@on_deadlock
@transaction.atomic
def replace(*, room: Room, engine: engines.Engine | None = None) -> Room | None:
    """Give the appointment of a ``room`` that failed its check a new one, with everybody's seats.

    ``engine`` carries the new one, else the chosen one. None when the room is not planned any more.
    """
    # The request before the room, as everybody locks who confirms, moves or cancels it.
    request = Request.objects.select_for_update().get(pk=room.request_id)
    row = Room.objects.select_for_update().get(pk=room.pk)
    if row.status != Status.PLANNED:
        return None
    _close_all([row], For.REPLACED, now(), None)
    return plan(request, engine=engine)


def begin(room: Room, *, at: datetime) -> None:
    """Note that the meeting is in progress: the office and somebody else are in the room."""
    if room.status == Status.PLANNED:
        move(room, to=Status.OPEN)
    if room.status == Status.OPEN:
        move(room, to=Status.IN_PROGRESS, began_at=at)
        record(room, "room_began", at=at)


def sweep() -> int:
    """Close rooms whose time is over, plan those that are missing, drop old signals.

    Safe to run twice at once. Returns how many rooms were closed or planned.
    """
    mailbox_cleaning.remove_old()
    done = 0
    while closed := _close_due():
        done += closed
    return done + _plan_missing()


@on_deadlock
@transaction.atomic
def _close_due() -> int:
    due = (
        Room.objects.due_to_close()
        .select_for_update(skip_locked=True)
        .order_by("closes_at", "id")[:BATCH]
    )
    return len(_close_all(list(due), For.TIME, now(), None))


@on_deadlock
@transaction.atomic
def _plan_missing() -> int:
    """Plan rooms for confirmed appointments that have none: confirmed before rooms were."""
    live = Room.objects.filter(request=OuterRef("pk")).exclude(status=Status.CLOSED)
    rows = (
        Request.objects.filter(
            ~Exists(live), status=Request.Status.CONFIRMED, ends_at__gt=ClockTimestamp()
        )
        .exclude(rooms__closed_for=For.ENDED)
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    return len(plan_all([row.pk for row in rows]))


def _close_live(pks: Sequence[int], for_: str) -> list[Room]:
    rows = Room.objects.filter(request__in=pks).exclude(status=Status.CLOSED)
    return _close_all(list(rows.select_for_update().order_by("id")), for_, now(), None)


def _close_all(rooms: list[Room], for_: str, moment: datetime, by: User | None) -> list[Room]:
    """Close locked ``rooms`` that are not closed, in as many statements as one.

    Whose page is open keeps its seat's token, so that it learns why nobody is here any more.
    """
    if not rooms:
        return rooms
    told = {"status": Status.CLOSED, "closed_at": moment, "closed_for": for_, "closed_by": by}
    Room.objects.filter(pk__in=[room.pk for room in rooms]).update(version=F("version") + 1, **told)
    for room in rooms:
        for name, value in told.items():
            setattr(room, name, value)
    inside = [Seat.Status.ADMITTED, Seat.Status.WAITING]
    Seat.objects.filter(room__in=rooms, status__in=inside).update(
        status=Seat.Status.LEFT, version=F("version") + 1
    )
    for passing in (Signal, ChatLine, SharedPaper):
        passing.objects.filter(room__in=rooms).delete()
    acts = [_act(room, "room_closed", by=by, data={"reason": for_}) for room in rooms]
    record_all(acts, at=moment)
    transaction.on_commit(lambda: _engines_close(rooms))
    return rooms


def _engines_close(rooms: list[Room]) -> None:
    for room in rooms:
        engines.engine_of(room).close(room)


def _act(room: Room, act: str, *, by: User | None = None, data: dict[str, str]) -> Act:
    kind, subject_id = subject_of(room)
    actor = by.pk if by else None
    return Act(kind, subject_id, act, actor, data=data, new=act == "room_planned")
