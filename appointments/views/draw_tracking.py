"""Following a wish in a draw by its code and PIN: a walk-in has nothing else on paper."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.models import DrawWish, Request
from appointments.models.fairness import OPENS_FOR
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from esachivalaya.common.clock import now
from esachivalaya.common.formats import datetime_long


def wish_behind(code: str, pin: str) -> DrawWish | None:
    """Return the wish of that code and PIN; None for a wrong one and for what is long over."""
    wish = DrawWish.objects.select_related("draw", "request").filter(code=code).first()
    if wish is None or _is_over(wish.request):
        return None
    try:
        return wish if check_pin(wish, pin) else None
    except Refused:
        # A PIN that rests after too many tries counts as wrong.
        return None


def show_without_meeting(request: HttpRequest, wish: DrawWish) -> HttpResponse:
    """Lead to the page of the draw, and say how the wish stands there."""
    address = reverse("appointments:draw", args=[wish.draw_id])
    if wish.status == DrawWish.Status.WAITING:
        words = _("Your wish is in the draw. It is drawn on %(when)s.")
        messages.info(request, words % {"when": datetime_long(wish.draw.draws_at)})
    elif wish.status == DrawWish.Status.LOST:
        words = _("Your wish was not drawn: %(why)s.")
        messages.info(request, words % {"why": wish.get_lost_reason_display()})
        if wish.rank is not None:
            return redirect(f"{address}?{urlencode({'code': wish.code})}")
    else:
        messages.info(request, _("This wish was taken back. It is not in the draw."))
    return redirect(address)


def _is_over(row: Request | None) -> bool:
    return row is not None and row.starts_at is not None and row.starts_at < now() - OPENS_FOR
