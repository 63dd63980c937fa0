"""Citizens sign in: the number, the code on it, and after a long silence a name."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.forms.citizens import CodeForm, OneOfUsForm, PhoneForm, ResendForm
from esachivalaya.accounts.known_browsers import know_number, knows_number
from esachivalaya.accounts.language import CHOSEN, choose_language, remember_in_cookie
from esachivalaya.accounts.models import Household, SignInCode
from esachivalaya.accounts.next_page import safe_next, wanted_page
from esachivalaya.accounts.services import households
from esachivalaya.accounts.services.codes import Checked, check_code, send_code
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.accounts.services.sessions import sign_in
from esachivalaya.common import clock
from esachivalaya.common.formats import chosen_language, datetime_long
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal

HOME = "home"
# In the session, from the number to the end of signing in.
KEY = "sign_in"
PROVED_FOR = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=30)
PURPOSE = SignInCode.Purpose.SIGN_IN


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def citizen_sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the mobile number and send a code to it, whoever it belongs to."""
    next_page = wanted_page(request, HOME)
    if request.user.is_authenticated:
        if not request.user.is_staff:
            return redirect(next_page)
        return render(request, "accounts/signed-in-already.html", {"next": next_page})
    if request.method != "POST" or switching_language(request):
        form = PhoneForm(initial=typed(PhoneForm, request))
        return render(request, "accounts/sign-in.html", {"form": form, "next": next_page})
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/sign-in.html", {"form": form, "next": next_page})
    return _send(request, form.cleaned_data["phone"], form.cleaned_data["key"], next_page)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits; a right code signs in."""
    held = _held(request)
    if held is None:
        return redirect("accounts:sign-in")
    if request.method != "POST" or switching_language(request):
        return _ask_code(request, CodeForm(initial=typed(CodeForm, request)), held)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, form, held)
    checked = check_code(phone=held["phone"], purpose=PURPOSE, typed=form.cleaned_data["code"])
    if not checked:
        form.add_error("code", why_not(checked))
        return _ask_code(request, form, held)
    household = households.household_of(phone=held["phone"], language=chosen_language())
    if households.phone_needs_proof(household):
        request.session.cycle_key()
        request.session[KEY] = {**held, "proved": clock.now().isoformat()}
        return redirect("accounts:one-of-us")
    return _arrive(request, household)


@login_not_required
@require_POST
def resend_code(request: HttpRequest) -> HttpResponse:
    """Send another code to the same number, after a short wait."""
    held = _held(request)
    form = ResendForm(request.POST)
    if held is None or not form.is_valid():
        return redirect("accounts:sign-in")
    if clock.now() < _resend_at(held):
        messages.warning(request, _("An SMS takes a moment. Please wait half a minute."))
        return redirect("accounts:sign-in-code")
    response = _send(request, held["phone"], form.cleaned_data["key"], held["next"])
    if response.status_code == 302:
        messages.success(request, _("A new code is on its way. Only the newest one counts."))
    return response


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_of_us(request: HttpRequest) -> HttpResponse:
    """After 90 days of silence: name one person of the household, or start anew."""
    held = _proved(request)
    if held is None:
        return redirect("accounts:sign-in")
    household = households.household_of(phone=held["phone"], language=chosen_language())
    left = households.name_tries_left(household)
    if request.method != "POST" or switching_language(request):
        form = OneOfUsForm(initial=typed(OneOfUsForm, request))
        return render(request, "accounts/one-of-us.html", {"form": form, "tries_left": left})
    form = OneOfUsForm(request.POST)
    if form.is_valid():
        checked = households.one_of_us(household=household, typed=form.cleaned_data["name"])
        if checked:
            return _arrive(request, household)
        left = checked.tries_left
        form.add_error("name", _("Nobody of this name is in the household of this number."))
    return render(request, "accounts/one-of-us.html", {"form": form, "tries_left": left})


@login_not_required
@require_POST
def start_anew(request: HttpRequest) -> HttpResponse:
    """A fresh household for a number whose earlier people are not these."""
    held = _proved(request)
    if held is None:
        return redirect("accounts:sign-in")
    household = households.household_of(phone=held["phone"], language=chosen_language())
    if households.phone_needs_proof(household):
        household = households.start_anew(phone=held["phone"], language=chosen_language())
    return _arrive(request, household)


def _send(request: HttpRequest, phone: str, key: str, next_page: str) -> HttpResponse:
    try:
        send_code(
            phone=phone,
            purpose=PURPOSE,
            address=address_of(request),
            language=chosen_language(),
            key=key,
            known=knows_number(request, phone),
        )
    except TooMany as limit:
        when = _("%(reason)s You can ask for the next code from %(until)s.") % {
            "reason": limit.message,
            "until": datetime_long(limit.until),
        }
        return refusal(request, 429, text=when)
    except KeyMisused:
        return redirect("accounts:sign-in")
    sent_at = clock.now().isoformat()
    request.session[KEY] = {"phone": phone, "next": next_page, "sent_at": sent_at}
    return redirect("accounts:sign-in-code")


def _ask_code(request: HttpRequest, form: CodeForm, held: dict[str, Any]) -> HttpResponse:
    context = {
        "form": form,
        "resend": ResendForm(),
        "phone": held["phone"],
        "change": f"{reverse('accounts:sign-in')}?{urlencode({'next': held['next']})}",
    }
    return render(request, "accounts/sign-in-code.html", context)


def why_not(checked: Checked) -> str:
    """Return what is said about a code that was not right."""
    if checked.reason != "wrong":
        return _("This code can no longer be used. Ask for a new one below.")
    words = ngettext(
        "This is not the code from the newest SMS. You can try %(count)s more time.",
        "This is not the code from the newest SMS. You can try %(count)s more times.",
        checked.tries_left,
    )
    return words % {"count": checked.tries_left}


def _arrive(request: HttpRequest, household: Household) -> HttpResponse:
    """Sign the household in and go where the person wanted to go, by way of a first name."""
    user = household.user
    if user is None or not user.is_active:
        return redirect("accounts:sign-in")
    held: dict[str, Any] = request.session.pop(KEY)
    chosen = request.session.pop(CHOSEN, "")
    households.phone_proved(household)
    sign_in(request, user)
    if chosen:
        choose_language(request, chosen)
    wanted = safe_next(request, held["next"], HOME)
    if not household.citizens.filter(left_at__isnull=True).exists():
        wanted = f"{reverse('accounts:first-person')}?{urlencode({'next': wanted})}"
    response = redirect(wanted)
    remember_in_cookie(response, user.language)
    know_number(response, held["phone"])
    return response


def _held(request: HttpRequest) -> dict[str, Any] | None:
    """Return what this browser has begun, unless somebody is signed in already."""
    held = request.session.get(KEY)
    return held if held and not request.user.is_authenticated else None


def _proved(request: HttpRequest) -> dict[str, Any] | None:
    """Return it when the code was right in the last ten minutes."""
    held = _held(request)
    if held is None or "proved" not in held:
        return None
    fresh = clock.now() - datetime.fromisoformat(held["proved"]) < PROVED_FOR
    return held if fresh else None


def _resend_at(held: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(held["sent_at"]) + RESEND_AFTER
