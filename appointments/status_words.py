"""Where a request stands in one sentence, for messages and for the telephone line."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from appointments.models import Offer, Request
from esachivalaya.common.formats import datetime_short

Write = Callable[[datetime], str]


def open_offer_of(request: Request, moment: datetime) -> Offer | None:
    """Return the offer that the citizen may still answer at ``moment``, or None."""
    if request.status != Request.Status.REQUESTED:
        return None
    offers = Offer.objects.filter(request=request, status=Offer.Status.OPEN, expires_at__gt=moment)
    return offers.first()


def status_sentence(
    request: Request, offer: Offer | None, moment: datetime, write: Write = datetime_short
) -> str:
    """Return where ``request`` stands, in the active language; ``write`` says how times read."""
    if offer is not None:
        told = {"when": write(offer.starts_at), "until": write(offer.expires_at)}
        return _("Another time is offered: %(when)s. Answer by %(until)s.") % told
    if request.status == Request.Status.REQUESTED:
        if moment >= request.due_at:
            return _("The office has not answered in time. The 24-hour rule acts now.")
        return _("The office will answer by %(when)s.") % {"when": write(request.due_at)}
    if request.status == Request.Status.CONFIRMED and request.starts_at is not None:
        return _("The meeting is confirmed for %(when)s.") % {"when": write(request.starts_at)}
    return _("It stands so: %(status)s.") % {"status": request.get_status_display()}


def status_in_both(request: Request, offer: Offer | None, moment: datetime) -> dict[str, str]:
    """Return the sentence in Hindi and English, for a message's value."""
    found = {}
    for language in ("hi", "en"):
        with translation.override(language):
            found[language] = status_sentence(request, offer, moment)
    return found
