"""“My appointments are with another number”: for whoever has lost the old one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.forms.people import OtherNumberForm
from appointments.services import finding_people
from appointments.views.booking import GET_POST
from esachivalaya.accounts.models import NumberChange
from esachivalaya.accounts.services.new_number import ask_for_number
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.tries import allowed
from esachivalaya.accounts.views.households import own_household
from esachivalaya.accounts.views.number_codes import in_words
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal as refusal_page

PAGE = "appointments/other-number.html"


@never_cache
@require_http_methods(GET_POST)
def other_number(request: HttpRequest) -> HttpResponse:
    """Ask for reference, PIN and full name; right, the change waits for the old number's word."""
    own = own_household(request)
    context: dict[str, Any] = {"phone": own.phone, "waiting": _waiting_for(own.phone or "")}
    if request.method != "POST" or switching_language(request):
        form = OtherNumberForm(initial=typed(OtherNumberForm, request))
        return render(request, PAGE, {"form": form, **context})
    if not allowed(request, "track"):
        words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
        return refusal_page(request, 429, text=words)
    form = OtherNumberForm(request.POST)
    if form.is_valid():
        person = finding_people.by_pin(**form.cleaned_data)
        problem = _ask(request, person, own.phone or "")
        if not problem:
            context["waiting"] = _waiting_for(own.phone or "")
            return render(request, PAGE, context)
        form.add_error(None, problem)
    return render(request, PAGE, {"form": form, **context}, status=422)


def _ask(request: HttpRequest, person: Any, phone: str) -> str:
    """Ask for the change; return why not, or ""."""
    if person is None:
        return _(
            "This reference, this PIN and this name do not belong together. After several wrong "
            "tries you have to wait; nothing is lost by that."
        )
    if person.left_at is not None:
        return _("This person has left their household. Please go to a help desk.")
    user: Any = request.user
    try:
        ask_for_number(household=person.household, new_phone=phone, by=user)
    except Refused as refused:
        return in_words(refused)
    return ""


def _waiting_for(phone: str) -> NumberChange | None:
    waiting = NumberChange.objects.filter(new_phone=phone, status=NumberChange.Status.WAITING)
    return waiting.order_by("-asked_at").first() if phone else None
