"""What the meetings hold of a person: handed out to them, and removed when they are erased.

Source: Digital Personal Data Protection Act 2023, sections 11 and 12. Who sat in a room has a name
there, as the others read it; once it is forgotten the seat stays, and with it when somebody came.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from appointments.services.letters import KIND
from esachivalaya.common import formats
from esachivalaya.common.registry import Held
from meetings.models import Call, Seat

# How a seat reads once nothing is known of who sat there.
NOBODY = "–"
# At a Kendra the citizen sits on the operator's seat, under their own name.
_OF_THE_CITIZEN = (Seat.Kind.CITIZEN, Seat.Kind.COUNTER)
_OF_GUESTS = (*_OF_THE_CITIZEN, Seat.Kind.COMPANION)


def of_citizen(pk: int) -> list[Held]:
    """Return the seats of the person and of who joined them, but for private requests."""
    theirs = Seat.objects.filter(
        room__request__citizen_id=pk, room__request__private=False, kind__in=_OF_GUESTS
    )
    seats = list(theirs.select_related("room__request").order_by("room_id", "pk"))
    return [
        Held(
            "seats",
            _("Names in the rooms of your meetings"),
            [_whole(seat) for seat in seats],
            [_line(seat) for seat in seats],
        )
    ]


def _line(seat: Seat) -> tuple[str, str]:
    told = [formats.date_short(seat.room.starts_at), seat.name, str(seat.get_kind_display())]
    reference = formats.grouped_reference(seat.room.request.reference)
    return reference, ", ".join(filter(None, [*told, seat.place]))


def _whole(seat: Seat) -> dict[str, object]:
    return {
        "reference": seat.room.request.reference,
        "meeting_from": seat.room.starts_at,
        "name": seat.name,
        "as": seat.kind,
        "place": seat.place,
        "status": seat.status,
        "came_at": seat.came_at,
        "waiting_since": seat.waiting_since,
        "admitted_at": seat.admitted_at,
    }


def erase_citizen(pk: int) -> None:
    """Remove the person's own name from every seat of theirs, those of private requests too."""
    seats = Seat.objects.filter(room__request__citizen_id=pk, kind__in=_OF_THE_CITIZEN)
    seats.update(name=NOBODY)


def forget_of_one(kind: str, pk: int) -> None:
    """Remove the names of the guests from the rooms of an appointment whose words are forgotten."""
    forget_of_many(kind, [pk])


def forget_of_many(kind: str, pks: Sequence[int]) -> None:
    """Remove the same of many, and by which names the provider knew the calls to their numbers."""
    if kind != KIND:
        return
    Seat.objects.filter(room__request__in=pks, kind__in=_OF_GUESTS).update(name=NOBODY)
    Call.objects.filter(room__request__in=pks).update(guest_call_id="", office_call_id="")
