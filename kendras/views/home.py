"""Where operators and supervisors arrive: their counter, their district, or what is over."""

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp
from kendras.access import Locked, door, locked_answer, person_of
from kendras.models import Kendra, KendraCharge
from kendras.permissions import districts_of
from kendras.services import sitting

MOST_FORMER = 5


def _home(request: HttpRequest) -> HttpResponseBase:
    """Lead to the one counter or district; list several; say so when the charge is over."""
    taken = sitting.taken_over_at(request)
    if taken:
        return redirect("kendras:counter", taken)
    try:
        user = person_of(request)
    except Locked as locked:
        return locked_answer(request, locked.code)
    kendras = list(Kendra.objects.served_by(user).select_related("district").order_by("code"))
    districts = list(districts_of(user))
    if len(kendras) == 1 and not districts:
        return redirect("kendras:counter", kendras[0].code)
    if len(districts) == 1 and not kendras:
        return redirect("kendras:district", districts[0].code)
    context = {"kendras": kendras, "districts": districts, "over": []}
    if not kendras and not districts:
        context["over"] = _former(user)
    return render(request, "kendras/home.html", context)


home = door(require_safe(_home))


def _former(user: User) -> list[KendraCharge]:
    """Return the last charges of who has none now; nobody else has a page here."""
    charges = KendraCharge.objects.of(user).select_related("kendra", "district")
    moment = ClockTimestamp()
    found = list(
        charges.annotate(
            has_ended=ExpressionWrapper(Q(ends_at__lte=moment), BooleanField()),
            is_to_come=ExpressionWrapper(Q(starts_at__gt=moment), BooleanField()),
        ).order_by("-starts_at")[:MOST_FORMER]
    )
    if not found:
        raise Http404
    return found
