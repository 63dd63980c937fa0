"""After a code on a phone that was silent for 90 days: the name of one person, asked once more."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments import access
from appointments.models import Request
from appointments.views.booking import GET_POST
from esachivalaya.accounts.forms.citizens import OneOfUsForm
from esachivalaya.accounts.models import Household
from esachivalaya.accounts.services import households
from esachivalaya.accounts.views.citizens import PROVED_FOR
from esachivalaya.common import clock
from esachivalaya.common.language import switching_language, typed

KEY = "track_proved"


def needs_a_name(request: HttpRequest, row: Request) -> bool:
    """Whether the number was silent for 90 days; then the right code is kept until the name came.

    Otherwise the code has proved the number as signing in does.
    """
    household = row.citizen.household
    if not households.phone_needs_proof(household):
        households.phone_proved(household)
        return False
    request.session.cycle_key()
    at = clock.now().isoformat()
    request.session[KEY] = {"reference": row.reference, "phone": household.phone, "at": at}
    return True


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def track_name(request: HttpRequest) -> HttpResponse:
    """Ask for the full name of one person of the household; a right one opens the request."""
    held = _held(request)
    household = Household.objects.filter(phone=held["phone"]).first() if held else None
    if held is None or household is None:
        return redirect("appointments:track")
    left = households.name_tries_left(household)
    status = 200
    if request.method != "POST" or switching_language(request):
        form = OneOfUsForm(initial=typed(OneOfUsForm, request))
    else:
        form, status = OneOfUsForm(request.POST), 422
        if form.is_valid():
            checked = households.one_of_us(household=household, typed=form.cleaned_data["name"])
            if checked:
                return _open(request, held["reference"], household)
            left = checked.tries_left
            form.add_error("name", _("Nobody of this name is in the household of this number."))
    context = {"form": form, "tries_left": left}
    return render(request, "appointments/track-name.html", context, status=status)


def _open(request: HttpRequest, reference: str, household: Household) -> HttpResponse:
    """Open the request, unless its person has gone to another number since the code."""
    request.session.pop(KEY, None)
    here = {"citizen__household": household, "citizen__left_at": None, "private": False}
    if not Request.objects.filter(reference=reference, **here).exists():
        return redirect("appointments:track")
    access.grant(request, reference, moment=clock.now())
    return redirect("appointments:track-detail", reference)


def _held(request: HttpRequest) -> dict[str, Any] | None:
    """Return the request whose code was right in the last ten minutes, if there is one."""
    held = request.session.get(KEY)
    if not held or clock.now() - datetime.fromisoformat(held["at"]) > PROVED_FOR:
        return None
    return dict(held)
