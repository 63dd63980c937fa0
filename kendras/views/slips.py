"""The slip: shown for A6 or an 80 mm roll, and printed; that it was printed is noted once."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.common.by_script import asked_by_script
from esachivalaya.common.clock import ClockTimestamp, now
from kendras.access import Counter, at_the_counter
from kendras.models import AssistedBooking
from kendras.opened import Opened, PinFirst, open_at
from kendras.services import help as help_services
from kendras.slips import PAPERS, slip_for
from kendras.views.opening import pin_first

GET_POST = ["GET", "HEAD", "POST"]
# On which paper this PC prints; kept in its browser.
PAPER_COOKIE = "slip_paper"
COOKIE_LASTS = 365 * 24 * 3600


class PrintForm(forms.Form):
    """The print button."""

    paper = forms.ChoiceField(choices=[(paper, paper) for paper in PAPERS])


def paper_of(request: HttpRequest) -> str:
    """Return the paper asked for, else the one on which this PC printed last, else A6."""
    asked = request.GET.get("paper", "") or request.COOKIES.get(PAPER_COOKIE, "")
    return asked if asked in PAPERS else PAPERS[0]


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def slip(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Show one slip; the print button is a POST, so that the first printing can be noted."""
    try:
        opened = open_at(request, counter, reference, moment=now())
    except PinFirst as first:
        return pin_first(counter, first)
    if request.method == "POST":
        return _printed(request, opened)
    if opened.reference != reference:
        return redirect("kendras:slip", counter.kendra.code, opened.reference)
    context = {
        "kendra": counter.kendra,
        "opened": opened,
        "slip": slip_for(opened.row, opened.booking, pin=opened.pin),
        "paper": paper_of(request),
    }
    return render(request, "kendras/slip.html", context)


def _printed(request: HttpRequest, opened: Opened) -> HttpResponse:
    """Note the first printing where it was booked, and each reprint at another Kendra."""
    form = PrintForm(request.POST)
    paper = form.cleaned_data["paper"] if form.is_valid() else paper_of(request)
    if opened.own and opened.booking is not None:
        AssistedBooking.objects.filter(pk=opened.booking.pk, slip_printed_at__isnull=True).update(
            slip_printed_at=ClockTimestamp()
        )
    else:
        kendra, by = opened.counter.kendra, opened.counter.operator
        help_services.note(row=opened.row, kendra=kendra, by=by, what="printed")
    answer: HttpResponse
    if asked_by_script(request):
        answer = HttpResponse(status=204)
    else:
        messages.success(request, _("Now print this page with your browser: Ctrl and P."))
        address = reverse("kendras:slip", args=[opened.counter.kendra.code, opened.reference])
        answer = redirect(f"{address}?paper={paper}")
    answer.set_cookie(
        PAPER_COOKIE, paper, max_age=COOKIE_LASTS, samesite="Lax", secure=settings.SECURE
    )
    return answer
