"""Who asked to be called back: shown on the desk, taken off it once somebody has called."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments.forms.changes import KeyForm
from appointments.models import CallBack, Request
from appointments.services import call_backs
from esachivalaya.accounts.models import User
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.states import Overtaken

FORM = "appointments.call_back"


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember that the citizen was called; what one may not see is not there."""
    mine = Request.objects.visible_to(request.user)
    row = get_object_or_404(CallBack.objects.filter(request__in=mine), pk=pk)
    form = KeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please press the button again."))
        return redirect("admin:index")
    by = cast("User", request.user)
    try:
        once(
            request,
            lambda: call_backs.done(call_back=row, by=by),
            form=f"{FORM}:{pk}",
            key=form.cleaned_data["key"],
            asked={"call_back": pk},
        )
    except Overtaken as problem:
        earlier = cast("CallBack", problem.row)
        told = {
            "who": str(earlier.done_by),
            "when": datetime_long(earlier.done_at or by.created_at),
        }
        messages.warning(request, _("%(who)s has called already: %(when)s.") % told)
    except KeyMisused:
        messages.error(request, _("Please press the button again."))
    else:
        messages.success(request, _("The call is off the desk."))
    return redirect("admin:index")
