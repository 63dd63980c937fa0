"""The locked counter: who is here, and the PIN that opens it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from appointments.services.refusals import Refused
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.language import switching_language
from kendras.access import Counter, door, standing_at
from kendras.forms.sitting import UnlockForm
from kendras.services import sitting


def _lock(request: HttpRequest, code: str) -> HttpResponseBase:
    """Lock the counter; once more changes nothing."""
    counter, _moment = standing_at(request, code)
    sitting.lock(request, counter.kendra)
    return redirect("kendras:locked", counter.kendra.code)


@sensitive_post_parameters("pin")
def _locked(request: HttpRequest, code: str) -> HttpResponseBase:
    """Who can go on here; a POST with the PIN opens the counter, or hands it to that person."""
    counter, moment = standing_at(request, code)
    kendra = counter.kendra
    if not sitting.locked_at(request) and sitting.touch(request, kendra, moment=moment):
        return redirect("kendras:counter", kendra.code)
    people = sitting.people_for(kendra, counter.operator, moment=moment)
    if request.method != "POST" or switching_language(request):
        return _page(request, counter, UnlockForm(people=people), people)
    form = UnlockForm(request.POST, people=people)
    if not form.is_valid():
        return _page(request, counter, form, people, 422)
    chosen = next(one for one in people if one.user.pk == form.cleaned_data["user"])
    try:
        sitting.take_over(request, kendra=kendra, user=chosen.user, pin=form.cleaned_data["pin"])
    except Refused as refused:
        form.add_error(refused.field or None, _in_words(refused))
        return _page(request, counter, form, people, 422)
    if chosen.here:
        return redirect(_next(request, kendra.code))
    return redirect("kendras:counter", kendra.code)


lock = door(require_POST(_lock))
locked = door(require_http_methods(["GET", "HEAD", "POST"])(_locked))


def _page(
    request: HttpRequest,
    counter: Counter,
    form: UnlockForm,
    people: list[sitting.Person],
    status: int = 200,
) -> HttpResponse:
    sign_in, back = reverse("accounts:staff-sign-in"), _next(request, counter.kendra.code)
    context = {
        "kendra": counter.kendra,
        "form": form,
        "people": people,
        "next": request.POST.get("next", request.GET.get("next", "")),
        "sign_in": f"{sign_in}?{urlencode({'next': back})}",
    }
    return render(request, "kendras/locked.html", context, status=status)


def _next(request: HttpRequest, code: str) -> str:
    """Return the page of this counter on which it was locked, else the counter."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    counter = reverse("kendras:counter", args=[code])
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if own and wanted.startswith(counter) else counter


def _in_words(refused: Refused) -> str:
    if refused.until is None:
        return str(refused.message)
    until = _("It can be tried again from %(until)s.") % {"until": datetime_long(refused.until)}
    return f"{refused.message} {until}"
