"""Taking a seat, waiting, being let in, leaving: the same for every engine."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.permissions import may_answer
from appointments.services import presence
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from meetings import engines
from meetings.models import Room, Seat
from meetings.services import mailbox_cleaning, rooms

Status = Seat.Status
INSIDE = {str(Status.ADMITTED), str(Status.WAITING)}
# JavaScript counts exactly up to here.
LARGEST_PAGE = 2**53 - 1


class NotYourSeat(Exception):
    """Nobody sits here with that token: for the asker there is no such seat."""


@dataclass(frozen=True)
class Taken:
    """A seat that was taken by one page. ``token`` belongs into the session, nowhere else."""

    seat: Seat
    token: str
    page: int
    room: Room


@on_deadlock
@transaction.atomic
def take(*, seat: Seat, by: User | None) -> Taken:
    """Sit down in ``seat`` from a new page; the page that sat here before is replaced.

    The caller has made sure that it is this person's seat. The office's side is let in at once,
    by its live charge; everybody else waits. Whoever was admitted stays so through a reload; who
    was refused or put out stays outside. Raises :class:`Refused` outside the room's window.
    """
    # The request before the room, as everybody locks who confirms, moves or cancels it.
    Request.objects.select_for_update().get(rooms=seat.room_id)
    row, room, moment = _locked(seat)
    check_open(room, moment)
    if row.is_office and not may_answer(by, room.request.post):
        raise PermissionDenied
    token, page = secrets.token_urlsafe(24), secrets.randbelow(LARGEST_PAGE) + 1
    row.token_digest, row.page, row.seen_at = digest_of(token), page, moment
    row.came_at = row.came_at or moment
    row.save(update_fields=["token_digest", "page", "seen_at", "came_at"])
    mailbox_cleaning.empty_mailbox(row)
    _come_in(row, room, moment, by)
    return Taken(row, token, page, room)


def office_seat(*, room: Room, by: User) -> Seat:
    """Return the seat of the officer ``by`` in ``room``; anybody with a live charge has one."""
    if not may_answer(by, room.request.post):
        raise PermissionDenied
    return _seat_of(room, by, Seat.Kind.OFFICE, str(by), "")


def counter_seat(*, room: Room, by: User, name: str, place: str) -> Seat:
    """Return the seat that the operator ``by`` opens for a walk-in at ``place``.

    The caller has made sure that ``by`` serves there and that the person brought reference and PIN.
    """
    return _seat_of(room, by, Seat.Kind.COUNTER, name, place)


@on_deadlock
@transaction.atomic
def admit(*, seat: Seat, by: User, version: int) -> Seat:
    """Let somebody in from the waiting room, or back in who was refused or put out."""
    row, room, moment = _for_office(seat, by, version)
    check_open(room, moment)
    _check_status(row, {Status.WAITING, Status.REFUSED, Status.REMOVED})
    check_room_for_one_more(room)
    move(row, to=Status.ADMITTED, admitted_at=moment, admitted_by=by)
    record(room, "seat_admitted", at=moment, by=by, data=_told(row))
    rooms.begin(room, at=moment)
    return row


@on_deadlock
@transaction.atomic
def refuse(*, seat: Seat, by: User, version: int) -> Seat:
    """Refuse somebody who waits; they stay refused until the office changes it."""
    row, room, moment = _for_office(seat, by, version)
    _check_status(row, {Status.WAITING})
    move(row, to=Status.REFUSED)
    record(room, "seat_refused", at=moment, by=by, data=_told(row))
    return row


@on_deadlock
@transaction.atomic
def remove(*, seat: Seat, by: User, version: int) -> Seat:
    """Put somebody out who was let in."""
    row, room, moment = _for_office(seat, by, version)
    if row.is_office:
        raise Refused("own_side", _("Nobody of the office is put out of its own meeting."))
    _check_status(row, {Status.ADMITTED})
    move(row, to=Status.REMOVED)
    mailbox_cleaning.empty_mailbox(row)
    record(room, "seat_removed", at=moment, by=by, data=_told(row))
    engine = engines.engine_of(room)
    transaction.on_commit(lambda: engine.remove(row))
    return row


@on_deadlock
@transaction.atomic
def leave(*, seat: Seat, page: int) -> Seat:
    """Hang up. A page that was replaced meanwhile changes nothing."""
    row, room, moment = _locked(seat)
    if row.page != page or row.status not in INSIDE:
        return row
    move(row, to=Status.LEFT, page=None)
    mailbox_cleaning.empty_mailbox(row)
    record(room, "seat_left", at=moment, by=row.user, data=_told(row))
    return row


def inside(*, seat: int, token: str, page: int | None) -> tuple[Seat, datetime]:
    """Return the seat of somebody who is in the room now, with its room locked, and the time.

    In a transaction of the caller. ``page`` None stands for whichever page sits there. Raises
    :class:`NotYourSeat` for any other token than that of the browser that sits there and for an
    officer whose charge has ended, :class:`Refused` for who was not let in, for a page that was
    replaced, and outside the room's window.
    """
    found = Seat.objects.filter(pk=seat, token_digest=digest_of(token)).first()
    if found is None:
        raise NotYourSeat
    row, room, moment = _locked(found)
    if row.token_digest != digest_of(token):
        raise NotYourSeat
    if row.is_office and not (row.user and may_answer(row.user, room.request.post)):
        raise NotYourSeat
    check_open(room, moment)
    if row.status != Status.ADMITTED or page not in {None, row.page}:
        raise Refused("not_admitted", _("The office has not let you in yet."))
    row.room = room
    return row, moment


def check_open(room: Room, moment: datetime) -> None:
    """Refuse what is before the opening or after the closing of ``room``."""
    if room.status == Room.Status.CLOSED or moment >= room.closes_at:
        raise Refused("room_closed", _("This room is closed."))
    if moment < room.opens_at:
        raise Refused(
            "room_not_open", _("The room opens a quarter of an hour before."), until=room.opens_at
        )


def check_room_for_one_more(room: Room) -> None:
    """Refuse more people than the engine of ``room`` carries."""
    inside = Seat.objects.filter(room=room, status=Status.ADMITTED).count()
    if inside >= engines.engine_of(room).max_people:
        raise Refused(
            "room_full",
            _("The room is full. Somebody must leave before another person comes in."),
        )


def digest_of(token: str) -> str:
    """Return what the table holds of a seat's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _come_in(row: Seat, room: Room, moment: datetime, by: User | None) -> None:
    """Bring a seat that was just taken as far as it may come by itself, and note who is there."""
    if row.is_office:
        if row.status != Status.ADMITTED:
            check_room_for_one_more(room)
            move(row, to=Status.ADMITTED, admitted_at=moment)
            record(room, "office_entered", at=moment, by=by, data=_told(row))
        if presence.can_be_seen(room.request, moment):
            presence.office_came(request=room.request, by=by)
        return
    if row.status == Status.EXPECTED or (row.status == Status.LEFT and row.admitted_at is None):
        move(row, to=Status.WAITING, waiting_since=moment)
        record(room, "seat_waits", at=moment, by=by, data=_told(row))
    elif row.status == Status.LEFT:
        check_room_for_one_more(room)
        move(row, to=Status.ADMITTED)
        record(room, "seat_back", at=moment, by=by, data=_told(row))
    came = row.kind in {Seat.Kind.CITIZEN, Seat.Kind.COUNTER}
    if came and presence.can_be_seen(room.request, moment):
        presence.citizen_came(request=room.request, by=by)


def _locked(seat: Seat) -> tuple[Seat, Room, datetime]:
    """Return the seat and its room, locked room first, and the time after the wait."""
    room = (
        Room.objects.select_related("request__post")
        .select_for_update(of=("self",))
        .get(pk=seat.room_id)
    )
    row = Seat.objects.select_for_update().get(pk=seat.pk)
    return row, room, now()


def _for_office(seat: Seat, by: User, version: int) -> tuple[Seat, Room, datetime]:
    row, room, moment = _locked(seat)
    if not may_answer(by, room.request.post):
        raise PermissionDenied
    if row.version != version:
        raise Overtaken(row)
    return row, room, moment


def _check_status(row: Seat, wanted: set[Status]) -> None:
    """Refuse what makes no sense for somebody who is no longer, or not yet, there."""
    if row.status not in wanted:
        raise Refused("not_there", _("This person is not where the list showed them any more."))


def _seat_of(room: Room, by: User, kind: str, name: str, place: str) -> Seat:
    """Return the seat of a signed-in person, made once even when two pages ask at once."""
    wanted = {"room": room, "user": by, "kind": kind}
    found = Seat.objects.filter(**wanted).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Seat.objects.create(**wanted, name=name, place=place)
    except IntegrityError:
        return Seat.objects.get(**wanted)


def _told(row: Seat) -> dict[str, str | int]:
    return {"seat": row.pk, "kind": str(row.kind)}
