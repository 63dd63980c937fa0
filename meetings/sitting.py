"""Which seat this browser sits in: its number and token stand in the session, nowhere else."""

from django.http import Http404, HttpRequest
from django.urls import reverse

from appointments import access
from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.accounts.staff_door import verified_staff
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.references import normalise
from meetings.models import Room, Seat
from meetings.services import companions, seats

SEATS = "seats"
# The companions' seats that a code on the phone has opened in this browser.
JOINED = "seats_joined"
# A browser of an office sits in many rooms in a day; the oldest are forgotten first.
MOST_SEATS = 12
OFFICE, GUEST, COMPANION = "office", "guest", "companion"


def live_room(row: Request) -> Room | None:
    """Return the room of ``row`` that is not closed, else the one that was closed last."""
    rooms = Room.objects.filter(request=row).select_related("request__post", "request__citizen")
    live = rooms.exclude(status=Room.Status.CLOSED).first()
    return live or rooms.order_by("-id").first()


def guest_request(request: HttpRequest, reference: str) -> access.Reached:
    """Return the request that this browser may open as a citizen, by household or PIN; else 404.

    Whoever sits in the citizen's seat keeps their place when the half hour of a PIN is over. Raises
    :class:`appointments.access.SignInFirst` for nobody.
    """
    try:
        return access.reach(request, reference, moment=now())
    except (access.SignInFirst, Http404):
        row = _of_citizens_seat(request, reference)
        if row is None:
            raise
        return access.Reached(row, tracked=True, own=row.private)


def office_request(request: HttpRequest, reference: str) -> Request:
    """Return the request of ``reference`` to a post of the signed-in officer; else a 404.

    Signed in with the second factor, as for every desk of an office.
    """
    user = verified_staff(request)
    plain = normalise(reference)
    if plain is None:
        raise Http404
    related = ("post", "citizen__household", "category")
    rows = Request.objects.visible_to(user).select_related(*related)
    row: Request | None = rows.filter(reference=plain).first()
    if row is None:
        raise Http404
    return row


def seat_for(request: HttpRequest, reference: str, side: str) -> tuple[Seat, str]:
    """Return the seat that this browser may take on ``side``, and the page it came from.

    Everything that it may not is a 404.
    """
    if side == COMPANION:
        seat = joined_seat(request, reference)
        if seat is None:
            raise Http404
        return seat, companions.link_to(seat)
    if side == OFFICE:
        row = office_request(request, reference)
        room, user = _room_of(row), request.user
        assert isinstance(user, User)
        return seats.office_seat(room=room, by=user), reverse("meetings:office", args=[reference])
    try:
        row = guest_request(request, reference).row
    except access.SignInFirst as problem:
        raise Http404 from problem
    seat = Seat.objects.get(room=_room_of(row), kind=Seat.Kind.CITIZEN)
    return seat, reverse("meetings:guest", args=[reference])


def joined_seat(request: HttpRequest, reference: str) -> Seat | None:
    """Return the companion's seat of ``reference`` that a code has opened in this browser."""
    opened = Seat.objects.filter(pk__in=request.session.get(JOINED, []), kind=Seat.Kind.COMPANION)
    rows = opened.select_related("room__request").order_by("-id")
    return rows.filter(room__request__reference=normalise(reference) or "").first()


def has_joined(request: HttpRequest, seat: Seat) -> bool:
    """Whether a code has opened the companion's ``seat`` in this browser."""
    return seat.pk in request.session.get(JOINED, [])


def remember_joined(request: HttpRequest, seat: Seat) -> None:
    """Open the companion's ``seat`` in this browser: its code was right."""
    known = [pk for pk in request.session.get(JOINED, []) if pk != seat.pk]
    request.session[JOINED] = [*known, seat.pk][-MOST_SEATS:]


def sit_down(request: HttpRequest, seat: Seat, *, by: User | None) -> seats.Taken:
    """Take ``seat`` for this browser and remember it in its session."""
    taken = seats.take(seat=seat, by=by)
    reference = taken.room.request.reference
    known = request.session.get(SEATS, {})
    known.pop(reference, None)
    known[reference] = [taken.seat.pk, taken.token]
    request.session[SEATS] = dict(list(known.items())[-MOST_SEATS:])
    return taken


def sits_in(request: HttpRequest, reference: str) -> tuple[int, str] | None:
    """Return number and token of the seat that this browser took for ``reference``, or None."""
    found = request.session.get(SEATS, {}).get(reference)
    return (int(found[0]), str(found[1])) if found else None


def _room_of(row: Request) -> Room:
    room = live_room(row)
    if room is None:
        raise Http404
    return room


def _of_citizens_seat(request: HttpRequest, reference: str) -> Request | None:
    """Return the request in whose citizen's seat this browser sits, as its token says.

    Until the room's time is over: what came out of the meeting opens by household or PIN again.
    """
    plain = normalise(reference)
    found = sits_in(request, plain) if plain else None
    if found is None:
        return None
    seat, token = found
    holders = Seat.objects.filter(
        pk=seat,
        token_digest=seats.digest_of(token),
        kind=Seat.Kind.CITIZEN,
        room__closes_at__gt=ClockTimestamp(),
    )
    row: Request | None = access.related().filter(rooms__seats__in=holders).first()
    return row
