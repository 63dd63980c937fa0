"""The public page, and people who come by themselves: a number, its code, then about oneself."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments.services.refusals import Refused
from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.forms.citizens import CodeForm, PhoneForm
from esachivalaya.accounts.known_browsers import knows_number
from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services.codes import check_code, send_code
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.accounts.views.citizens import why_not
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.formats import chosen_language, datetime_long
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal
from plasma import donor_door
from plasma.banks import open_banks
from plasma.donor_door import without_sign_in
from plasma.forms.donors import AboutForm, BackForm
from plasma.models import Policy
from plasma.services import screening, volunteers
from plasma.services.volunteers import About
from plasma.views.acts import say

GET_POST = ["GET", "HEAD", "POST"]
PURPOSE = SignInCode.Purpose.DONOR
# In the session, from the number to the end.
KEY = "plasma_come"
PROVED_FOR = timedelta(minutes=10)
BACK = "back"


@without_sign_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What plasma donation is, the banks, and the two ways in; nothing of anybody."""
    try:
        policy = screening.policy_for(None, day_of(now()))
    except Policy.DoesNotExist:
        policy = None
    return render(request, "plasma/home.html", {"banks": open_banks(), "policy": policy})


@without_sign_in
@require_http_methods(GET_POST)
def come(request: HttpRequest) -> HttpResponseBase:
    """Ask for the mobile number and send a code to it, whoever it belongs to."""
    if request.method != "POST" or switching_language(request):
        form = PhoneForm(initial=typed(PhoneForm, request))
        return render(request, "plasma/come.html", {"form": form})
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return render(request, "plasma/come.html", {"form": form})
    phone = form.cleaned_data["phone"]
    try:
        send_code(
            phone=phone,
            purpose=PURPOSE,
            address=address_of(request),
            language=chosen_language(),
            key=form.cleaned_data["key"],
            known=knows_number(request, phone),
        )
    except TooMany as limit:
        words = _("%(reason)s You can ask for the next code from %(until)s.")
        told = {"reason": limit.message, "until": datetime_long(limit.until)}
        return refusal(request, 429, text=words % told)
    except KeyMisused:
        return redirect("plasma:come")
    request.session[KEY] = {"phone": phone}
    return redirect("plasma:come-code")


@without_sign_in
@require_http_methods(GET_POST)
def code(request: HttpRequest) -> HttpResponseBase:
    """Ask for the six digits."""
    held = request.session.get(KEY)
    if not held:
        return redirect("plasma:come")
    form = CodeForm(initial=typed(CodeForm, request))
    if request.method == "POST" and not switching_language(request):
        form = CodeForm(request.POST)
        if form.is_valid():
            typed_code = form.cleaned_data["code"]
            checked = check_code(phone=held["phone"], purpose=PURPOSE, typed=typed_code)
            if checked:
                request.session.cycle_key()
                request.session[KEY] = {**held, "proved": now().isoformat()}
                return redirect("plasma:come-about")
            form.add_error("code", why_not(checked))
    return render(request, "plasma/come-code.html", {"form": form, "phone": held["phone"]})


@without_sign_in
@require_http_methods(GET_POST)
def about(request: HttpRequest) -> HttpResponseBase:
    """Who was here before gives the year of birth; everybody else says who they are."""
    phone = _proved(request)
    if phone is None:
        return redirect("plasma:come")
    form = AboutForm(initial=typed(AboutForm, request))
    back = BackForm(prefix=BACK)
    if request.method == "POST" and not switching_language(request):
        if request.POST.get(BACK):
            back = BackForm(request.POST, prefix=BACK)
            if back.is_valid() and _came_back(request, phone, back):
                return redirect("plasma:link", donor_door.ME)
        else:
            form = AboutForm(request.POST)
            if form.is_valid() and _came(request, phone, form):
                return redirect("plasma:link", donor_door.ME)
    return render(request, "plasma/come-about.html", {"form": form, "back": back})


def _came_back(request: HttpRequest, phone: str, form: BackForm) -> bool:
    try:
        donor = volunteers.come_back(phone=phone, year=form.cleaned_data["year"])
    except Refused as refused:
        say(form, refused)
        return False
    if donor is None:
        words = _("We cannot find you by this. Please write below who you are.")
        form.add_error("year", words)
        return False
    request.session.pop(KEY, None)
    donor_door.open_me(request, donor)
    return True


def _came(request: HttpRequest, phone: str, form: AboutForm) -> bool:
    """Coming twice makes nobody twice: the service finds who came before."""
    data: dict[str, Any] = form.cleaned_data
    person = About(
        name=data["name"],
        year_of_birth=data["year"],
        district=data["district"],
        blood_group=data["blood_group"],
        language=chosen_language(),
    )
    try:
        donor = volunteers.come(phone=phone, about=person, may_ask=data["may_ask"])
    except Refused as refused:
        say(form, refused)
        return False
    request.session.pop(KEY, None)
    donor_door.open_me(request, donor)
    return True


def _proved(request: HttpRequest) -> str | None:
    """Return the number whose code was right in the last ten minutes."""
    held = request.session.get(KEY) or {}
    if "proved" not in held:
        return None
    fresh = now() - datetime.fromisoformat(held["proved"]) < PROVED_FOR
    return str(held["phone"]) if fresh else None
