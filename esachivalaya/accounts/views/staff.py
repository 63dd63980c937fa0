"""Staff sign in: password, then the code of the app or a recovery code."""

from math import ceil
from typing import Any

import django_otp
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_static.models import StaticDevice

from esachivalaya.accounts.forms.staff import AppCodeForm, RecoveryCodeForm, StaffSignInForm
from esachivalaya.accounts.language import CHOSEN, choose_language, remember_in_cookie
from esachivalaya.accounts.lockout import flooded, know_browser
from esachivalaya.accounts.models import User
from esachivalaya.accounts.next_page import desk_of, safe_next, wanted_page
from esachivalaya.accounts.proved_lately import prove
from esachivalaya.accounts.services import half_way
from esachivalaya.accounts.services.second_factor import (
    Proof,
    check_recovery_code,
    check_totp,
)
from esachivalaya.accounts.services.sessions import sign_in
from esachivalaya.accounts.services.staff import note_sign_in
from esachivalaya.common import clock
from esachivalaya.common.formats import duration
from esachivalaya.common.language import switching_language, typed

DESK = "admin:index"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """User name and password; a right pair leads to the second step and signs nobody in yet."""
    next_page = wanted_page(request, DESK)
    if request.user.is_authenticated and (not request.user.is_staff or _verified(request)):
        return render(request, "accounts/signed-in-already.html", {"next": next_page})
    if request.method != "POST" or switching_language(request):
        form = StaffSignInForm(initial=typed(StaffSignInForm, request))
        return _ask(request, form, next_page)
    form = StaffSignInForm(request.POST)
    if form.is_valid():
        if refused := flooded(request, form.cleaned_data["username"]):
            return refused
        user = authenticate(request, **form.cleaned_data)
        if isinstance(user, User):
            half_way.begin(request, user, next_page=next_page)
            return redirect("accounts:staff-code")
        form.add_error(None, _("User name and password do not belong together. Check both."))
    return _ask(request, form, next_page)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_code(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator app."""
    return _second_step(request, AppCodeForm, check_totp, "accounts/staff-code.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_recovery(request: HttpRequest) -> HttpResponse:
    """A recovery code, for a day without the phone."""
    return _second_step(
        request, RecoveryCodeForm, check_recovery_code, "accounts/staff-recovery.html"
    )


def _ask(request: HttpRequest, form: StaffSignInForm, next_page: str) -> HttpResponse:
    return render(request, "accounts/staff-sign-in.html", {"form": form, "next": next_page})


def _verified(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_verified())


def _second_step(
    request: HttpRequest, form_class: type[Any], check: Any, template: str
) -> HttpResponse:
    user = half_way.user_of(request)
    if request.user.is_authenticated:
        return redirect("accounts:staff-sign-in")
    if user is None:
        messages.warning(request, _("Signing in took longer than five minutes. Start again."))
        return redirect("accounts:staff-sign-in")
    if request.method != "POST" or switching_language(request):
        return render(request, template, {"form": form_class(initial=typed(form_class, request))})
    form = form_class(request.POST)
    if form.is_valid():
        proof: Proof = check(user=user, typed=form.cleaned_data["code"])
        if proof:
            return _signed_in(request, user, proof)
        form.add_error("code", why_not(proof))
    return render(request, template, {"form": form})


def why_not(proof: Proof) -> str:
    """Say the same for a wrong, an old and a used code; a wait is the same for all."""
    if proof.wait_until is None:
        return _("This code is not right, or was used already. Write the next one.")
    seconds = max(1, ceil((proof.wait_until - clock.now()).total_seconds()))
    if seconds >= 60:
        return _("Too many wrong codes. Wait %(time)s, then write a new code.") % {
            "time": duration(seconds)
        }
    words = ngettext(
        "Too many wrong codes. Wait %(count)s second, then write a new code.",
        "Too many wrong codes. Wait %(count)s seconds, then write a new code.",
        seconds,
    )
    return words % {"count": seconds}


def _signed_in(request: HttpRequest, user: User, proof: Proof) -> HttpResponse:
    wanted = safe_next(request, half_way.end(request), DESK)
    if wanted == reverse(DESK):
        wanted = desk_of(user)
    chosen = request.session.pop(CHOSEN, "")
    sign_in(request, user)
    django_otp.login(request, proof.device)
    prove(request)
    note_sign_in(user=user)
    if chosen:
        choose_language(request, chosen)
    if _is_recovery(proof):
        words = ngettext(
            "The recovery code is used up. %(count)s is left.",
            "The recovery code is used up. %(count)s are left.",
            proof.codes_left,
        )
        messages.warning(request, words % {"count": proof.codes_left})
    response = redirect(wanted)
    remember_in_cookie(response, user.language)
    know_browser(response, user)
    return response


def _is_recovery(proof: Proof) -> bool:
    return isinstance(proof.device, StaticDevice)
