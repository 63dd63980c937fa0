"""The page behind a staff member's link: password, authenticator, recovery codes."""

from datetime import datetime, timedelta
from typing import Any

import django_otp
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.forms.staff import AppCodeForm, NewPasswordForm
from esachivalaya.accounts.language import remember_in_cookie
from esachivalaya.accounts.models import Invitation, User
from esachivalaya.accounts.proved_lately import prove
from esachivalaya.accounts.services import second_factor
from esachivalaya.accounts.services.invitations import accept, digest_of_token, open_invitation
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.sessions import sign_in
from esachivalaya.common import clock
from esachivalaya.common.language import switching_language, typed

# In the session, between the two steps: digest of the link, hash of the password, secret.
KEY = "invitation"
GOOD_FOR = timedelta(minutes=30)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Step 1: choose a password. Opening the page changes nothing."""
    found = open_invitation(token)
    if found is None:
        return _void(request)
    if request.user.is_authenticated and not request.user.is_staff:
        context = {"next": request.path}
        return render(request, "accounts/signed-in-already.html", context)
    if request.method != "POST" or switching_language(request):
        form = NewPasswordForm(user=found.user)
        return _ask_password(request, form, found)
    form = NewPasswordForm(request.POST, user=found.user)
    if not form.is_valid():
        return _ask_password(request, form, found)
    request.session[KEY] = {
        "digest": digest_of_token(token),
        "password": make_password(form.cleaned_data["password"]),
        "secret": second_factor.new_key(),
        "at": clock.now().isoformat(),
    }
    return redirect("accounts:invitation-app", token=token)


@login_not_required
@never_cache
@sensitive_variables("held")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_app(request: HttpRequest, token: str) -> HttpResponse:
    """Step 2: connect the authenticator app; its first code lets the person in."""
    found = open_invitation(token)
    if found is None:
        return _void(request)
    held = _held(request, token)
    if held is None or (request.user.is_authenticated and not request.user.is_staff):
        return redirect("accounts:invitation", token=token)
    if request.method != "POST" or switching_language(request):
        form = AppCodeForm(initial=typed(AppCodeForm, request))
        return _ask_code(request, form, found, held)
    form = AppCodeForm(request.POST)
    if form.is_valid():
        step = second_factor.verify_new_key(held["secret"], form.cleaned_data["code"])
        if step is not None:
            return _let_in(request, found, held, step)
        form.add_error("code", _("This code does not fit. Write the one the app shows now."))
    return _ask_code(request, form, found, held)


@sensitive_variables("held", "codes")
def _let_in(
    request: HttpRequest, found: Invitation, held: dict[str, Any], step: int
) -> HttpResponse:
    """Store it all, sign in with both factors, and show the recovery codes this one time."""
    try:
        codes = accept(
            invitation=found, password_hash=held["password"], key=held["secret"], step=step
        )
    except Refused:
        return _void(request)
    request.session.pop(KEY, None)
    user = User.objects.get(pk=found.user_id)
    sign_in(request, user)
    django_otp.login(request, TOTPDevice.objects.get(user=user, confirmed=True))
    prove(request)
    context = {"codes": codes, "first": True}
    response = render(request, "accounts/recovery-codes.html", context)
    remember_in_cookie(response, user.language)
    return response


def _held(request: HttpRequest, token: str) -> dict[str, Any] | None:
    held: dict[str, Any] | None = request.session.get(KEY)
    if not held or held["digest"] != digest_of_token(token):
        return None
    fresh = clock.now() - datetime.fromisoformat(held["at"]) < GOOD_FOR
    return held if fresh else None


def _void(request: HttpRequest) -> HttpResponse:
    """404 with words: a used, an expired and an invented link look the same."""
    return render(request, "accounts/invitation-void.html", status=404)


def _ask_password(request: HttpRequest, form: NewPasswordForm, found: Invitation) -> HttpResponse:
    context = {"form": form, "person": found.user, "reset": found.purpose == "reset"}
    return render(request, "accounts/invitation.html", context)


def _ask_code(
    request: HttpRequest, form: AppCodeForm, found: Invitation, held: dict[str, Any]
) -> HttpResponse:
    context = {
        "form": form,
        "picture": second_factor.key_as_picture(found.user, held["secret"]),
        "secret": second_factor.key_in_words(held["secret"]),
    }
    return render(request, "accounts/invitation-app.html", context)
