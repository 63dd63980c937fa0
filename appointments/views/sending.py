"""Checking a request once more, and sending it: the moment that counts.

Sending is kept lean, since many press at once when a diary opens: session, user, draft and person
are read, the service does the rest, and the session keeps the PIN for the acknowledgement.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments import access, drafts
from appointments.forms.booking import SendForm
from appointments.forms.fields import ANY_TIME
from appointments.models import Category, Draft, Request
from appointments.services import booking, closing
from appointments.services.booking import Sent
from appointments.services.drafted import draw_of, wish_of
from appointments.services.refusals import Refused, SlotTaken
from appointments.views import draw_sending
from appointments.views.citizens_only import for_households
from appointments.views.closed import closed_page
from appointments.views.steps import frame
from appointments.views.summaries import summary_of
from appointments.views.times import entries
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.tries import allowed
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import KeyMisused, earlier_result


@for_households
def review(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show everything that will be sent, each part with its way back."""
    return _review_page(request, draft)


@for_households
def send(request: HttpRequest, code: str, draft: Draft | None) -> HttpResponse:
    """Send the request; pressed twice, it is sent once and both lead to the same page."""
    form = SendForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else ""
    principal = access.principal(request, "")
    if draft is None or drafts.next_step(draft) != "check":
        return _sent_before(principal, key) or _not_ready(request, code, draft)
    if not key:
        return _review_page(request, draft, 422, form)
    if not allowed(request, "booking"):
        form.add_error(None, _("Very many requests came from your connection. Wait an hour."))
        return _review_page(request, draft, 429, form)
    if draw_of(draft) is not None:
        return draw_sending.send(request, draft, form, review=_review_page)
    try:
        sent = booking.send(
            wish=wish_of(draft),
            by=access.household_user(request),
            channel=Request.Channel.OWN_PHONE,
            principal=principal,
            key=key,
        )
    except SlotTaken as refusal:
        return _taken(request, draft, refusal)
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please look again."))
        return _review_page(request, draft, 409, form)
    except Refused as refusal:
        if refusal.rule == closing.RULE and (closed := closed_page(request)) is not None:
            return closed
        form.add_error(None, _words_of(refusal))
        return _review_page(request, draft, 422, form)
    return _acknowledged(request, draft, sent)


def _acknowledged(request: HttpRequest, draft: Draft, sent: Sent) -> HttpResponse:
    """Lead to the page of the request; the PIN goes with the session, once."""
    private = draft.data["meeting"].get("private", False)
    if sent.pin is not None and sent.moment is not None:
        access.remember_pin(request, sent.reference, sent.pin, moment=sent.moment)
        if private:
            access.grant(request, sent.reference, moment=sent.moment)
    name = "appointments:track-detail" if private else "appointments:detail"
    return HttpResponseRedirect(reverse(name, args=[sent.reference]), status=303)


def _sent_before(principal: str, key: str) -> HttpResponse | None:
    """Return the way to what this key led to before: its draft went with the first sending."""
    earlier = earlier_result(principal=principal, form=booking.FORM, key=key)
    if not earlier:
        return draw_sending.sent_before(principal, key)
    return HttpResponseRedirect(reverse("appointments:track-detail", args=[earlier]), status=303)


def _not_ready(request: HttpRequest, code: str, draft: Draft | None) -> HttpResponse:
    if draft is None:
        messages.warning(request, _("This request was sent, or nobody touched it for two days."))
        return redirect("officials:post", code)
    return redirect("appointments:new-step", code, drafts.next_step(draft))


def _taken(request: HttpRequest, draft: Draft, refusal: SlotTaken) -> HttpResponse:
    context = {
        "post": draft.post,
        "refusal": refusal,
        "alternatives": entries(refusal.alternatives),
        "any_time": ANY_TIME,
    }
    return render(request, "appointments/booking/taken.html", context, status=409)


def _words_of(refusal: Refused) -> str:
    """Return the sentence of a refusal with the moment at which it ends."""
    words: str | Promise = refusal.message
    if refusal.until is None:
        return str(words)
    return f"{words} " + _("From %(when)s it is possible.") % {"when": datetime_long(refusal.until)}


def _review_page(
    request: HttpRequest, draft: Draft, status: int = 200, wrong: SendForm | None = None
) -> HttpResponse:
    """The review with a key of its own; ``wrong`` is the form whose errors are shown."""
    chosen = draft.data.get("person", {}).get("citizen", 0)
    citizen = Citizen.objects.visible_to(request.user).filter(pk=chosen).first()
    if citizen is None:
        return redirect("appointments:new-step", draft.post.code, "person")
    category = Category.objects.filter(pk=draft.data["about"]["category"]).first()
    form = SendForm()
    context = {
        **frame(draft.post, "check"),
        "form": form,
        "wrong": wrong or form,
        "rows": summary_of(draft, citizen, category),
        "private": draft.data["meeting"]["private"],
        "draw": draw_sending.draw_shown(draft),
    }
    return render(request, "appointments/booking/check.html", context, status=status)
