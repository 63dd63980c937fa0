"""Later, no more appeals, the certificate of thanks, and one's own data."""

from datetime import date, timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.language import switching_language, typed
from plasma.donor_door import Visitor, behind_the_link
from plasma.forms.donors import LaterForm, StopForm
from plasma.models import Donation
from plasma.services import answers
from plasma.views.acts import act_once, say

GET_POST = ["GET", "HEAD", "POST"]
# What stands in the field of the day at first.
USUAL = timedelta(days=30)


@behind_the_link
@require_http_methods(GET_POST)
def later(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Choose the day from which one may be asked again."""
    form = LaterForm(initial={"day": _wished(request), **typed(LaterForm, request)})
    if request.method == "POST" and not switching_language(request):
        form = LaterForm(request.POST)
        if form.is_valid():
            day = form.cleaned_data["day"]
            try:
                return act_once(
                    request,
                    visitor,
                    lambda: answers.later(asker=visitor.asker, day=day),
                    name="plasma:later",
                    key=form.cleaned_data["key"],
                    asked={"day": day},
                    done=_("Thank you. You are not asked before that day."),
                )
            except Refused as refused:
                say(form, refused)
    return render(request, "plasma/later.html", {"visitor": visitor, "form": form})


@behind_the_link
@require_http_methods(GET_POST)
def stop(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """End all asking: of this person, or of everybody on the phone."""
    form = StopForm(initial=typed(StopForm, request) or {"whom": "me"})
    if request.method == "POST" and not switching_language(request):
        form = StopForm(request.POST)
        if form.is_valid():
            whole = form.cleaned_data["whom"] == "number"
            try:
                return act_once(
                    request,
                    visitor,
                    lambda: answers.stop(asker=visitor.asker, whole_number=whole),
                    name="plasma:stop",
                    key=form.cleaned_data["key"],
                    asked={"whole": whole},
                    done=_("From this moment on you are not asked any more."),
                )
            except Refused as refused:
                say(form, refused)
    return render(request, "plasma/stop.html", {"visitor": visitor, "form": form})


@behind_the_link
@require_safe
def certificate(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """The certificate of thanks for the last donation, made to be printed."""
    donation = (
        Donation.objects.filter(pledge__donor=visitor.donor, outcome=Donation.Outcome.DONATED)
        .select_related("pledge__bank")
        .order_by("-at")
        .first()
    )
    if donation is None:
        return redirect(visitor.url())
    context = {"visitor": visitor, "donor": visitor.donor, "donation": donation}
    return render(request, "plasma/certificate.html", context)


def _wished(request: HttpRequest) -> date:
    """Return the day to begin with: the one that the address says, or a month from now."""
    today = day_of(now())
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today + USUAL
    return max(day, today + timedelta(days=1))
