"""A person leaves the household: what happens then, and the code on their own number."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.accounts.forms.citizens import NewNumberForm
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import leaving, matters
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.views import number_codes
from esachivalaya.accounts.views.households import HOUSEHOLD, own_household
from esachivalaya.accounts.views.numbers import GET_POST, sent_to
from esachivalaya.common.language import switching_language, typed

FORM, CODE = "accounts/leave.html", "accounts/new-number-code.html"


@never_cache
@require_http_methods(GET_POST)
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what happens; ask for the person's own number, or note that they have left."""
    person = _person(request, pk)
    if request.method == "POST" and "left" in request.POST and not switching_language(request):
        return _mark_left(request, person)
    status = 200
    if request.method != "POST" or switching_language(request):
        form = NewNumberForm(initial=typed(NewNumberForm, request))
    else:
        form, status = NewNumberForm(request.POST), 422
        if form.is_valid() and sent_to(request, form, subject=f"leave:{person.pk}"):
            return redirect("accounts:leave-code", person.pk)
    found = matters.of_person(person)
    open_ = sum(matter.open for matter in found)
    context = {"form": form, "person": person, "open": open_, "over": len(found) - open_}
    return render(request, FORM, context, status=status)


@never_cache
@require_http_methods(GET_POST)
def leave_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the code on the person's own number; a right one moves them there."""
    person = _person(request, pk)
    found = number_codes.held(request, f"leave:{person.pk}")
    if found is None:
        return redirect("accounts:leave", person.pk)
    form = number_codes.entered(request, found, lambda: _move(request, person, found["phone"]))
    if form is None:
        words = _("%(name)s's appointments are with their own number now.")
        messages.success(request, words % {"name": person.name})
        return redirect(HOUSEHOLD)
    back = reverse("accounts:leave", args=[person.pk])
    context = {"form": form, "phone": found["phone"], "back": back, "person": person}
    return render(request, CODE, context, status=422 if form.is_bound else 200)


def _person(request: HttpRequest, pk: int) -> Citizen:
    own_household(request)
    return get_object_or_404(Citizen.objects.visible_to(request.user), pk=pk)


def _move(request: HttpRequest, person: Citizen, phone: str) -> str:
    """Move the person; return why not, or ""."""
    user: Any = request.user
    try:
        leaving.take_to_own_number(person=person, phone=phone, by=user)
    except Refused as refused:
        return number_codes.in_words(refused)
    return ""


def _mark_left(request: HttpRequest, person: Citizen) -> HttpResponse:
    user: Any = request.user
    try:
        leaving.mark_left(person=person, by=user)
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("accounts:leave", person.pk)
    messages.success(request, _("%(name)s has left the household.") % {"name": person.name})
    return redirect(HOUSEHOLD)
