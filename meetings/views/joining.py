"""The page of who joins the citizen: a signed link, a code on their phone, then the meeting."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.forms.citizens import CodeForm, ResendForm
from esachivalaya.accounts.known_browsers import knows_number
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common.clock import now
from esachivalaya.common.formats import chosen_language, datetime_long
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal
from meetings import sitting, today
from meetings.models import Seat
from meetings.page_headers import with_headers
from meetings.services import companions
from meetings.views.addresses import addresses_of
from meetings.views.phases import BEFORE, OPEN, OVER, phase_of


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the way in; a POST sends a code to the companion's phone, or brings it back.

    Who has brought the code in this browser sees the meeting here.
    """
    seat = companions.find(token)
    if seat is None or seat.companion is None or not seat.companion.phone:
        raise Http404
    phase = phase_of(seat.room, now())
    if phase == OVER:
        return render(request, "meetings/join.html", {"seat": seat, "phase": phase}, status=410)
    if request.method == "POST" and not switching_language(request):
        if "code" in request.POST:
            return _bring(request, seat, token)
        return _send(request, seat, token)
    if sitting.has_joined(request, seat):
        return _meeting(request, seat, phase)
    return _ask(request, seat, CodeForm(initial=typed(CodeForm, request)))


def _send(request: HttpRequest, seat: Seat, token: str) -> HttpResponse:
    form = ResendForm(request.POST)
    if not form.is_valid():
        return redirect("meetings:join", token)
    try:
        companions.ask_code(
            seat=seat,
            address=address_of(request),
            language=chosen_language(),
            key=form.cleaned_data["key"],
            known=seat.companion is not None and knows_number(request, seat.companion.phone),
        )
    except TooMany as limit:
        words = _("%(reason)s You can ask for the next code from %(until)s.") % {
            "reason": limit.message,
            "until": datetime_long(limit.until),
        }
        return refusal(request, 429, text=words)
    except KeyMisused:
        return redirect("meetings:join", token)
    request.session[_sent_name(seat)] = True
    return redirect("meetings:join", token)


def _bring(request: HttpRequest, seat: Seat, token: str) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, seat, form, 422)
    if not companions.check(seat=seat, typed=form.cleaned_data["code"]):
        words = _("This code is not right or no longer good. Ask for a new one.")
        form.add_error("code", words)
        return _ask(request, seat, form, 422)
    request.session.pop(_sent_name(seat), None)
    sitting.remember_joined(request, seat)
    if not request.user.is_authenticated:
        request.session.cycle_key()
    return redirect("meetings:join", token)


def _ask(request: HttpRequest, seat: Seat, form: CodeForm, status: int = 200) -> HttpResponse:
    assert seat.companion is not None
    context = {
        "seat": seat,
        "row": seat.room.request,
        "phase": phase_of(seat.room, now()),
        "phone": seat.companion.phone,
        "sent": request.session.get(_sent_name(seat), False),
        "form": form,
        "resend": ResendForm(),
    }
    return render(request, "meetings/join.html", context, status=status)


def _meeting(request: HttpRequest, seat: Seat, phase: str) -> HttpResponse:
    """The meeting's page, without anything of the request: that is the citizen's own."""
    row, moment = seat.room.request, now()
    context = {
        "side": "guest",
        "row": row,
        "room": seat.room,
        "seat": seat,
        "phase": phase if phase in {BEFORE, OPEN} else OVER,
        "now": moment,
        "at": addresses_of(row.reference, side=sitting.COMPANION),
        "own": False,
        "companion": True,
        "papers": [],
        "late": 0,
        "ahead": today.ahead_of(seat.room),
        "after": {},
        "back": "",
    }
    return with_headers(request, render(request, "meetings/guest.html", context), seat.room)


def _sent_name(seat: Seat) -> str:
    return f"seat_code_sent:{seat.pk}"
