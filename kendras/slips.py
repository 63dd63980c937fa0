"""What stands on the slip that a walk-in takes home.

A slip lies about on tables: a private one says neither with which office nor what about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from appointments.models import Draw, DrawWish, Request
from appointments.models.fairness import PREFIX
from appointments.qr_codes import tracking_qr
from esachivalaya.accounts.models import User
from esachivalaya.common import references
from kendras.models import AssistedBooking, Desk, Kendra, SeatHold
from officials.models import Post, Service

PAPERS = ("a6", "80")


@dataclass(frozen=True)
class Slip:
    """One slip. ``pin`` is "" where it is not known any more: it stands on the first one.

    ``post`` and ``subject`` are empty for a private one. ``operator`` and ``kendra`` are empty for
    what the citizen asked for on their own phone.
    """

    reference: str
    grouped: str
    qr: SafeString
    pin: str
    private: bool
    person: str
    post: Post | None
    subject: str
    # What to bring besides the slip itself, by language; empty where nothing is listed.
    papers: dict[str, str]
    state: str
    status: dict[str, str]
    starts_at: datetime | None
    due_at: datetime | None
    draw: Draw | None
    kendra: Kendra | None
    attends_here: bool
    desk: Desk | None
    operator: User | None
    fee_rs: int
    booked_at: datetime
    complaints: str
    help_line: str


def slip_of(booking: AssistedBooking, *, pin: str = "") -> Slip:
    """Return the slip of what was booked at a counter, as it stands now. At most one query.

    ``booking`` comes with request or wish, office, person and operator.
    """
    row = booking.request or booking.wish
    assert row is not None  # a booking is of something: a constraint
    return slip_for(row, booking, pin=pin)


def slip_for(row: Request | DrawWish, booking: AssistedBooking | None, *, pin: str = "") -> Slip:
    """Return the slip of a request, or of a wish that is not drawn; without ``booking`` as well."""
    request = row if isinstance(row, Request) else None
    wish = row if isinstance(row, DrawWish) else None
    private = request is not None and request.private
    reference = request.reference if request else wish.code if wish else ""
    seat = _seat_of(request) if request and booking and booking.seat_wanted else None
    post = request.post if request else wish.draw.post if wish else None
    return Slip(
        reference=reference,
        grouped=references.grouped(reference, "ES" if request else PREFIX),
        qr=_picture(reference),
        pin=pin,
        private=private,
        person=row.citizen.name,
        post=None if private else post,
        subject=request.subject if request and not private else "",
        papers=_papers(request.service if request and not private else None),
        state=_state(row),
        status={name: _in(name, row.get_status_display) for name in ("hi", "en")},
        starts_at=request.starts_at if request else None,
        due_at=request.due_at if request else None,
        draw=wish.draw if wish else None,
        kendra=booking.kendra if booking else None,
        attends_here=bool(booking and booking.seat_wanted),
        desk=seat,
        operator=booking.operator if booking else None,
        fee_rs=booking.fee_rs if booking else 0,
        booked_at=booking.booked_at if booking else request.created_at if request else row.made_at,  # type: ignore[union-attr]
        complaints=settings.KENDRA_COMPLAINTS_PHONE,
        help_line=settings.HELP_LINE,
    )


def _state(row: Request | DrawWish) -> str:
    """Return how the slip speaks of it: draw, asked, fixed, or over."""
    if isinstance(row, DrawWish):
        return "draw" if row.status == DrawWish.Status.WAITING else "over"
    if row.status == Request.Status.REQUESTED:
        return "asked"
    return "fixed" if row.status == Request.Status.CONFIRMED else "over"


def _papers(service: Service | None) -> dict[str, str]:
    if service is None:
        return {}
    return {name: _in(name, lambda: ", ".join(service.documents)) for name in ("hi", "en")}


def _in(language: str, words: Callable[[], object]) -> str:
    with translation.override(language):
        return str(words())


def _seat_of(request: Request) -> Desk | None:
    held = SeatHold.objects.filter(request=request, released_at__isnull=True)
    hold = held.select_related("desk").first()
    return hold.desk if hold else None


def _picture(reference: str) -> SafeString:
    """Return the QR code as part of the page: a slow line prints it as surely as the rest."""
    drawn = tracking_qr(reference).svg_inline(border=2, omitsize=True, svgclass="slip-qr")
    return mark_safe(drawn)  # noqa: S308 (drawn here, of our own address)
