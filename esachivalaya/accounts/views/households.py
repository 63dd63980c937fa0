"""The household's own pages: its people and its language."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from esachivalaya.accounts.forms.citizens import LanguageForm, NewPersonForm, PersonForm
from esachivalaya.accounts.forms.guardians import given_with_guardian
from esachivalaya.accounts.language import choose_language, remember_in_cookie
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.accounts.next_page import wanted_page
from esachivalaya.accounts.services import households
from esachivalaya.accounts.services.new_number import token_of, waiting_change
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import kept_text, refusal

HOUSEHOLD = "accounts:household"


@require_safe
def household(request: HttpRequest) -> HttpResponse:
    """Who is in the household, its number and its language."""
    own = own_household(request)
    people = list(Citizen.objects.visible_to(request.user).order_by("created_at", "pk"))
    form = LanguageForm(initial={"language": request.user.language})  # type: ignore[union-attr]
    waiting = waiting_change(own)
    context = {
        "household": own,
        "people": people,
        "language_form": form,
        "waiting": waiting,
        "refuse_token": token_of(waiting) if waiting else "",
    }
    return render(request, "accounts/household.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def first_person(request: HttpRequest) -> HttpResponse:
    """The first thing asked after the first sign-in: whom an appointment is for."""
    own = own_household(request)
    next_page = wanted_page(request, HOUSEHOLD)
    if request.method != "POST" and own.citizens.filter(left_at__isnull=True).exists():
        return redirect(next_page)
    return _new_person(request, own, "accounts/first-person.html", next_page)


@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    """One more person of the household."""
    next_page = wanted_page(request, HOUSEHOLD)
    return _new_person(request, own_household(request), "accounts/add-person.html", next_page)


@require_http_methods(["GET", "HEAD", "POST"])
def correct_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct how a person's name is written."""
    own_household(request)
    person = get_object_or_404(Citizen.objects.visible_to(request.user), pk=pk)
    stored = {
        "name": person.name,
        "given_name": person.given_name,
        "family_id": person.family_id,
        "email": person.email,
    }
    if request.method != "POST" or switching_language(request):
        form = PersonForm(initial={**stored, **typed(PersonForm, request)})
    else:
        form = PersonForm(request.POST)
        if form.is_valid():
            data = {name: form.cleaned_data[name] for name in stored}
            households.correct_name(person=person, by=request.user, **data)  # type: ignore[arg-type]
            messages.success(request, _("The name is corrected."))
            return redirect(HOUSEHOLD)
    return render(request, "accounts/correct-person.html", {"form": form, "person": person})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language, signed in or not, and stay on the page."""
    response = redirect(wanted_page(request, "home"))
    form = LanguageForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data["language"]
        choose_language(request, wanted)
        translation.activate(wanted)
        remember_in_cookie(response, wanted)
    return response


def own_household(request: HttpRequest) -> Household:
    """Return the signed-in household; staff have none, and no such page."""
    user: Any = request.user
    found = Household.objects.filter(user=user).first()
    if found is None:
        raise Http404
    return found


def _new_person(
    request: HttpRequest, own: Household, template: str, next_page: str
) -> HttpResponse:
    if request.method != "POST" or switching_language(request):
        form = NewPersonForm(initial=typed(NewPersonForm, request))
        return render(request, template, {"form": form, "next": next_page})
    form = NewPersonForm(request.POST)
    if form.is_valid():
        try:
            households.add_person(
                household=own,
                by=request.user,  # type: ignore[arg-type]
                **given_with_guardian(form.cleaned_data, own),
            )
        except Refused as refused:
            form.add_error(None, str(refused.message))
        except KeyMisused:
            words = _("This page was sent before with other words. Please open it again.")
            return refusal(request, 409, text=words, kept=kept_text(request))
        else:
            messages.success(request, _("The person is added."))
            return redirect(next_page)
    return render(request, template, {"form": form, "next": next_page})
