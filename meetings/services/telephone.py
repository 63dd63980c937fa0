"""The telephone fallback: when picture and sound fail, the meeting takes place by phone.

The officer's own phone and the person's are called and meet in a conference that is named by the
room. The person presses a key first: so an answering machine hears nothing of the office, and
nobody speaks to whoever picked up by chance.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.permissions import may_answer
from appointments.services import presence
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.idempotency import AlreadySent, claim, digest_of
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications import calls
from meetings.models import Call, Room, Seat
from meetings.services.seats import check_open

FORM = "meeting-call"
# Ringing somebody again and again helps nobody.
MOST_CALLS = 6
Side, Status = Call.Side, Call.Status
# What the provider tells of a call, in our words.
TOLD = {
    "initiated": Status.ASKED,
    "queued": Status.ASKED,
    "ringing": Status.RINGING,
    "in-progress": Status.ANSWERED,
    "answered": Status.ANSWERED,
    "completed": Status.ENDED,
    "busy": Status.FAILED,
    "no-answer": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}


@dataclass(frozen=True)
class Asked:
    """A call that was asked for; ``new`` says that it was just now, by this key."""

    call: Call
    new: bool


def ring(*, seat: Seat, by: User, key: str) -> Asked:
    """Call the phone of the person of ``seat`` and that of ``by``, once for each ``key``.

    The asking is written first and dialled after it is committed: a key that comes again, from two
    pages or from a page that lost its answer, rings nobody a second time. Raises
    :class:`Refused` where there is nothing to dial.
    """
    asked = ask(seat=seat, by=by, key=key)
    if asked.new:
        dial(asked.call)
    return asked


@on_deadlock
@transaction.atomic
def ask(*, seat: Seat, by: User, key: str) -> Asked:
    """Write down that both sides are to be called; nothing is dialled yet."""
    rows = Room.objects.select_related("request__post", "request__citizen__household")
    room = rows.select_for_update(of=("self",)).get(pk=seat.room_id)
    if not may_answer(by, room.request.post):
        raise PermissionDenied
    try:
        claimed = claim(
            principal=f"user:{by.pk}", form=FORM, key=key, digest=digest_of({"seat": seat.pk})
        )
    except AlreadySent as earlier:
        return Asked(Call.objects.get(pk=int(earlier.result)), new=False)
    moment = now()
    check_open(room, moment)
    _check_phones(room, seat, by)
    call = Call.objects.create(room=room, seat=seat, by=by)
    claimed.finish(str(call.pk))
    record(room, "phone_called", at=moment, by=by, data={"seat": seat.pk, "call": call.pk})
    return Asked(call, new=True)


def dial(call: Call) -> bool:
    """Dial the officer, then the person; return whether both may ring. To be called once a call.

    Not inside a transaction: it waits for the provider. Whoever cannot be dialled is written down
    as not reached, and where the officer cannot be, nobody else is disturbed.
    """
    numbers = [(Side.OFFICE, call.by.phone), (Side.GUEST, phone_of(call.seat))]
    for number, (side, phone) in enumerate(numbers):
        placed = calls.place(
            to=phone,
            says_at=_address("call-words", call, side),
            told_at=_address("called", call, side),
        )
        if isinstance(placed, calls.NotPlaced):
            for left, _phone in numbers[number:]:
                _move(call.pk, left, Status.FAILED, placed.problem)
            return False
        _remember(call.pk, side, placed.call_id)
    return True


@on_deadlock
@transaction.atomic
def told(*, call: Call, side: str, call_id: str, word: str) -> bool:
    """Write down what the provider tells of one side; return whether that was news.

    It may be told late, twice, or of another call: then nothing changes.
    """
    status = TOLD.get(word)
    if status is None or not _is_of(call, side, call_id):
        return False
    return _move(call.pk, side, status, word)


@on_deadlock
@transaction.atomic
def pressed(*, call: Call) -> None:
    """The person has pressed the key: a citizen who does is there, though nobody sees them.

    Where nothing can be noted any more, as when the office has recorded the outcome meanwhile, the
    call goes on all the same.
    """
    if call.seat.kind != Seat.Kind.CITIZEN:
        return
    request = Request.objects.select_for_update().get(pk=call.room.request_id)
    moment = now()
    if call.room.is_open(moment) and presence.can_be_seen(request, moment):
        presence.citizen_came(request=request, by=None)


def phone_of(seat: Seat) -> str:
    """Return the present number of the person of ``seat``, "" when they have none of their own."""
    if seat.kind == Seat.Kind.COMPANION and seat.companion is not None:
        return seat.companion.phone
    if seat.kind != Seat.Kind.CITIZEN:
        return ""
    citizen = seat.room.request.citizen
    return "" if citizen.left_at else citizen.household.phone or ""


def possible(room: Room) -> bool:
    """Whether the office can have somebody called from ``room`` at all."""
    return bool(settings.MEETING_CALLS) and room.status != Room.Status.CLOSED


def _check_phones(room: Room, seat: Seat, by: User) -> None:
    if not settings.MEETING_CALLS:
        raise Refused("no_calls", _("This portal calls no telephones. Please dial the number."))
    if seat.is_office or not phone_of(seat):
        raise Refused("no_phone", _("No telephone number is known of this person."))
    if not by.phone:
        raise Refused(
            "no_own_phone", _("No mobile number of yours is known, so you cannot be connected.")
        )
    if Call.objects.filter(room=room).count() >= MOST_CALLS:
        raise Refused("too_many", _("From this room telephones were called often enough."))


def _is_of(call: Call, side: str, call_id: str) -> bool:
    """Whether ``call_id`` is that side's call; the provider may tell of it before it answers us."""
    known: str = getattr(call, f"{side}_call_id")
    return bool(call_id) and known in {"", call_id}


def _remember(pk: int, side: str, call_id: str) -> None:
    if call_id:
        Call.objects.filter(pk=pk, **{f"{side}_call_id": ""}).update(**{f"{side}_call_id": call_id})


@transaction.atomic
def _move(pk: int, side: str, status: str, words: str) -> bool:
    """Bring one side to ``status`` if it is not that far; the record tells answers and failures."""
    name = f"{side}_status"
    before = [old for old, after in Call.AFTER.items() if status in after]
    changed = Call.objects.filter(pk=pk, **{f"{name}__in": before}).update(**{name: status})
    acts = {Status.ANSWERED: "phone_answered", Status.FAILED: "phone_not_reached"}
    act = acts.get(Status(status))
    if changed and act:
        room = Room.objects.select_for_update().get(calls=pk)
        record(room, act, at=now(), data={"call": pk, "side": str(side), "said": words[:100]})
    return bool(changed)


def _address(name: str, call: Call, side: str) -> str:
    return settings.PUBLIC_URL + reverse(f"meetings:{name}", args=[call.pk, side])
