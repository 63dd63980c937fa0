"""Which request a counter may open: those made there, and others by reference and PIN.

What is private opens with its PIN even where it was made. The PIN opens one reference at one Kendra
for half an hour, and no longer than the counter stays unlocked. All else is a 404.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from appointments import access
from appointments.models import DrawWish, Request
from appointments.models.fairness import PREFIX
from esachivalaya.common.references import grouped, normalise
from kendras.access import Counter
from kendras.behind import booking_behind
from kendras.models import AssistedBooking, Kendra


class PinFirst(Exception):
    """It was made at this Kendra and is private: the PIN opens it."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


@dataclass(frozen=True)
class Opened:
    """A request, or a wish in a draw, that lies open at a counter.

    ``booking`` is empty for what the citizen asked for on their own phone. ``own``: it was made at
    this Kendra. ``by_pin``: the person at the counter brought the PIN.
    """

    counter: Counter
    row: Request | DrawWish
    booking: AssistedBooking | None
    own: bool
    by_pin: bool
    pin: str

    @property
    def reference(self) -> str:
        """The reference, or the code of a wish."""
        return self.row.reference if isinstance(self.row, Request) else self.row.code

    @property
    def spoken(self) -> str:
        """The reference or code in the groups in which it is read out."""
        return self.row.spoken if isinstance(self.row, DrawWish) else grouped(self.row.reference)

    @property
    def url(self) -> str:
        """Its page at this counter."""
        return reverse("kendras:booking", args=[self.counter.kendra.code, self.reference])

    @property
    def telling(self) -> bool:
        """Whether subject and words may stand on the page: for those who wrote them down alone."""
        return self.own and not (isinstance(self.row, Request) and self.row.private)


def plain_reference(typed: str) -> str | None:
    """Return the one spelling of a reference or of a draw's code, or None."""
    return normalise(typed) or normalise(typed, PREFIX)


def bookings() -> "QuerySet[AssistedBooking]":
    """Assisted bookings with all that their page and slip say.

    Requests and wishes come by queries of their own, where there are any: see ``columns.booked``.
    """
    requests = Request.objects.select_related("post", "citizen__household", "followed_by")
    wishes = DrawWish.objects.select_related("draw__post", "citizen__household", "request")
    return AssistedBooking.objects.select_related("kendra", "operator", "citizen").prefetch_related(
        Prefetch("request", requests.prefetch_related("post__hand_down_to", "service", "go_to")),
        Prefetch("wish", wishes),
    )


def open_at(request: HttpRequest, counter: Counter, typed: str, *, moment: datetime) -> Opened:
    """Return what ``typed`` leads to at this counter; Http404 or :class:`PinFirst` for others."""
    reference = plain_reference(typed)
    if reference is None:
        raise Http404
    booking, row = _booked(reference)
    own = booking is not None and booking.kendra_id == counter.kendra.pk
    by_pin = access.granted(request, _name(counter.kendra, reference), moment=moment)
    pin = access.remembered_pin(request, reference, moment=moment) if own else ""
    if row is None and by_pin:
        row = _row_of(reference)
    if row is None or not (own or by_pin):
        raise Http404
    if isinstance(row, Request) and row.private and not (by_pin or pin):
        raise PinFirst(reference)
    return Opened(counter, row, booking, own, by_pin, pin)


def open_for_half_an_hour(
    request: HttpRequest, kendra: Kendra, reference: str, *, moment: datetime
) -> None:
    """Let this browser open ``reference`` at ``kendra``; the PIN was right just now."""
    access.grant(request, _name(kendra, reference), moment=moment)


def _booked(reference: str) -> tuple[AssistedBooking | None, Request | DrawWish | None]:
    """Return what was booked at a counter and its booking; neither where nothing was."""
    # One or the other: asked for both at once, every booking of the State would be looked at.
    name = "wish__code" if reference.startswith(PREFIX) else "request__reference"
    booking = bookings().filter(**{name: reference}).first()
    if booking is not None:
        return booking, booking.request or booking.wish
    pk = booking_behind(reference)
    if pk is None:
        return None, None
    # A meeting given in place of a missed one.
    return bookings().get(pk=pk), _row_of(reference)


def _row_of(reference: str) -> Request | DrawWish | None:
    """Return what nobody booked at a counter: asked for on an own phone, or given anew."""
    row = access.related().filter(reference=reference).first()
    if row is not None:
        return row
    wishes = DrawWish.objects.select_related("draw__post", "citizen__household", "request")
    return wishes.filter(code=reference).first()


def _name(kendra: Kendra, reference: str) -> str:
    """Under this the citizens' pages find nothing: a counter's grant is good at that counter."""
    return f"{kendra.code}:{reference}"
