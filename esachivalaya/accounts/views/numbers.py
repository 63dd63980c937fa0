"""The household's new number, and the objection to one from the old number."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.accounts.forms.citizens import NewNumberForm
from esachivalaya.accounts.known_browsers import know_number
from esachivalaya.accounts.models import NumberChange, User
from esachivalaya.accounts.services import new_number as services
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.views import number_codes
from esachivalaya.accounts.views.households import HOUSEHOLD, own_household
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed

GET_POST = ["GET", "HEAD", "POST"]
FORM, CODE = "accounts/new-number.html", "accounts/new-number-code.html"


@never_cache
@require_http_methods(GET_POST)
def new_number(request: HttpRequest) -> HttpResponse:
    """Ask a signed-in household for its new number and send a code there."""
    own = own_household(request)
    if request.method != "POST" or switching_language(request):
        form = NewNumberForm(initial=typed(NewNumberForm, request))
        return render(request, FORM, {"form": form, "household": own})
    form = NewNumberForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if data["phone"] == own.phone:
            form.add_error("phone", _("This is your number already. Write the new one."))
        elif sent_to(request, form, subject=f"household:{own.pk}"):
            return redirect("accounts:new-number-code")
    return render(request, FORM, {"form": form, "household": own}, status=422)


@never_cache
@require_http_methods(GET_POST)
def new_number_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code on the new number; a right one makes the change."""
    own = own_household(request)
    found = number_codes.held(request, f"household:{own.pk}")
    if found is None:
        return redirect(HOUSEHOLD if request.method == "POST" else "accounts:new-number")
    form = number_codes.entered(request, found, lambda: _change(request, own, found["phone"]))
    if form is None:
        messages.success(request, _("Your number is changed. The old one was told."))
        response = redirect(HOUSEHOLD)
        know_number(response, found["phone"])
        return response
    context = {"form": form, "phone": found["phone"], "back": reverse("accounts:new-number")}
    return render(request, CODE, context, status=422 if form.is_bound else 200)


def _change(request: HttpRequest, own: Any, phone: str) -> str:
    """Make the change; return why not, or ""."""
    user: Any = request.user
    try:
        services.change_number(
            household=own,
            new_phone=phone,
            by=user,
            proof=NumberChange.Proof.OLD_NUMBER,
            keep=request.session.session_key,
        )
    except Refused as refused:
        return number_codes.in_words(refused)
    return ""


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def refuse_number(request: HttpRequest, token: str) -> HttpResponse:
    """Show the change that the link in the SMS is about; the button refuses it, once."""
    change = services.find(token)
    if change is None:
        return render(request, "accounts/refuse-number-gone.html", status=404)
    if request.method == "POST" and not switching_language(request):
        user = request.user
        by = user if isinstance(user, User) and not user.is_staff else None
        if not services.refuse(change=change, by=by):
            return render(request, "accounts/refuse-number-gone.html", status=404)
        return redirect("accounts:refused-number")
    return render(request, "accounts/refuse-number.html", {"change": change, "token": token})


@login_not_required
@require_http_methods(["GET", "HEAD"])
def refused_number(request: HttpRequest) -> HttpResponse:
    """Say that the objection counts; the page says nothing about whom."""
    return render(request, "accounts/refused-number.html")


def sent_to(request: HttpRequest, form: Form, *, subject: str, **kept: Any) -> bool:
    """Send the code to the number in ``form``; what forbids it stands in the form then.

    ``kept`` is as for :func:`number_codes.send`.
    """
    data = form.cleaned_data
    try:
        number_codes.send(request, phone=data["phone"], subject=subject, key=data["key"], **kept)
    except Refused as refused:
        form.add_error("phone", number_codes.in_words(refused))
        return False
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please send it again."))
        return False
    return True
