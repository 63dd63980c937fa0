"""Who joins the citizen: a short signed link to their own phone, and a code on it.

The link's token is the seat's number and a keyed digest of seat and room, 72 bits of it: nobody can
make one without the portal's key, nothing about it is stored, and it ends with its room. It opens
nothing by itself: the code does, which is sent to the number that the citizen gave.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.urls import reverse

from appointments.models import Request
from appointments.services import letters
from appointments.services.letters import KIND
from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services.codes import Checked, check_code, send_code
from esachivalaya.common.clock import now
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient
from meetings.models import Room, Seat

PURPOSE = SignInCode.Purpose.SEAT
DIGEST_LENGTH = 12
# The letters that stand in the outbox until their room is over.
LINKS = ("seat_link", "seat_moved")


def token_of(seat: Seat) -> str:
    """Return what the link to ``seat`` carries; ``seat.room`` is known."""
    return f"{seat.pk}-{_digest(seat)}"


def link_to(seat: Seat) -> str:
    """Return the address at which whoever has that seat comes in."""
    return settings.PUBLIC_URL + reverse("meetings:join", args=[token_of(seat)])


def find(token: str) -> Seat | None:
    """Return the seat of a companion whose link carries ``token``, or None.

    What its room is like by now, closed for what reason, is told by the page.
    """
    number, _dash, digest = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    seat = (
        Seat.objects.select_related("room__request__post", "companion", "room__request__citizen")
        .filter(pk=int(number), kind=Seat.Kind.COMPANION)
        .first()
    )
    if seat is None or not hmac.compare_digest(_digest(seat).encode(), digest.encode()):
        return None
    return seat


def ask_code(*, seat: Seat, address: str, language: str, key: str, known: bool = False) -> None:
    """Send a code to the phone of ``seat``; limits raise as they do for every code.

    ``known`` is as for :func:`send_code`.
    """
    send_code(
        phone=_phone(seat),
        purpose=PURPOSE,
        subject=f"seat:{seat.pk}",
        address=address,
        language=language,
        key=key,
        known=known,
    )


def check(*, seat: Seat, typed: str) -> Checked:
    """Say whether ``typed`` is the code that was sent to the phone of ``seat``."""
    return check_code(phone=_phone(seat), purpose=PURPOSE, subject=f"seat:{seat.pk}", typed=typed)


def tell(seats: Iterable[Seat], *, moved: bool = False) -> None:
    """Send each companion with a number the link to their new seat."""
    template = "seat_moved" if moved else "seat_link"
    letters.send(_letters(seats, template))


def tell_cancelled(rooms: Sequence[Room]) -> None:
    """Take back links that have not gone out, and tell companions that the meeting is off."""
    if not rooms:
        return
    seats = list(
        Seat.objects.filter(room__in=rooms, kind=Seat.Kind.COMPANION)
        .exclude(companion__phone="")
        .select_related("companion", "room__request__post")
        .select_related("room__request__citizen__household__user")
    )
    if not seats:
        return
    outbox.cancel_all(
        subject_kind=KIND,
        subject_ids=[str(room.request_id) for room in rooms],
        templates=[*LINKS, *(f"{name}_private" for name in LINKS)],
    )
    if any(seat.room.closes_at > now() for seat in seats):
        letters.send(_letters(seats, "seat_cancelled"))


def _letters(seats: Iterable[Seat], template: str) -> Iterator[Letter]:
    for seat in seats:
        companion = seat.companion
        if companion is None or not companion.phone:
            continue
        room, request = seat.room, seat.room.request
        values: dict[str, letters.Value] = {
            "when": letters.moment_words(room.starts_at),
            "link": link_to(seat),
        }
        if not request.private:
            values |= {"name": seat.name.split()[0], "post": letters.post_words(request.post)}
        yield Letter(
            event=f"{template}:{seat.pk}",
            template=template + ("_private" if request.private else ""),
            to=Recipient(phone=companion.phone, language=_language(request)),
            values=values,
            subject_kind=KIND,
            subject_id=str(request.pk),
            expires_at=room.closes_at,
        )


def _language(request: Request) -> str:
    """A companion has told no language: that of the household, else that of the meeting."""
    user = request.citizen.household.user
    return str(user.language if user else request.language)


def _phone(seat: Seat) -> str:
    assert seat.companion is not None
    return str(seat.companion.phone)


def _digest(seat: Seat) -> str:
    key = f"{settings.SECRET_KEY}/seat-link".encode()
    mixed = hmac.new(key, f"{seat.room.name}:{seat.pk}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mixed).decode()[:DIGEST_LENGTH]
