"""The last step of a wish in a draw: sent once, kept until the draw."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments import access
from appointments.forms.booking import SendForm
from appointments.models import Draft, Draw, Request
from appointments.services import closing, draw_wishes
from appointments.services.drafted import draw_of, wish_of
from appointments.services.refusals import Refused
from appointments.views.closed import closed_page
from esachivalaya.common.formats import date_long, datetime_long
from esachivalaya.common.idempotency import KeyMisused, earlier_result

Review = Callable[[HttpRequest, Draft, int, SendForm], HttpResponse]


def draw_shown(draft: Draft) -> Draw | None:
    """Return the draw in which the draft takes part, or None for a request of the usual kind."""
    pk = draw_of(draft)
    return Draw.objects.filter(pk=pk, post=draft.post).first() if pk else None


def days_words(draw: Draw) -> str:
    """Return the days of a draw in words: one of them, or the first and the last."""
    if draw.first_day == draw.last_day:
        return date_long(draw.first_day)
    told = {"first": date_long(draw.first_day), "last": date_long(draw.last_day)}
    return _("%(first)s to %(last)s") % told


def send(request: HttpRequest, draft: Draft, form: SendForm, *, review: Review) -> HttpResponse:
    """Put the wish into the draw, or show the review again with what is refused."""
    draw = draw_shown(draft)
    if draw is None:
        form.add_error(None, _("This draw does not exist any more. Choose a time again."))
        return review(request, draft, 409, form)
    try:
        part = draw_wishes.take_part(
            draw=draw,
            wish=wish_of(draft),
            by=access.household_user(request),
            channel=Request.Channel.OWN_PHONE,
            principal=access.principal(request, ""),
            key=form.cleaned_data["key"],
        )
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please look again."))
        return review(request, draft, 409, form)
    except Refused as refusal:
        if refusal.rule == closing.RULE and (closed := closed_page(request)) is not None:
            return closed
        form.add_error(None, _words_of(refusal))
        return review(request, draft, 422, form)
    if part.pin is not None and part.moment is not None:
        access.remember_pin(request, part.code, part.pin, moment=part.moment)
    return _to(part.code)


def sent_before(principal: str, key: str) -> HttpResponse | None:
    """Return the way to the wish that this key led to before."""
    earlier = earlier_result(principal=principal, form=draw_wishes.FORM, key=key)
    return _to(earlier) if earlier else None


def _to(code: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("appointments:draw-wish", args=[code]), status=303)


def _words_of(refusal: Refused) -> str:
    """Return the sentence of a refusal with the moment at which it ends."""
    if refusal.until is None:
        return str(refusal.message)
    when = _("From %(when)s it is possible.") % {"when": datetime_long(refusal.until)}
    return f"{refusal.message} {when}"
