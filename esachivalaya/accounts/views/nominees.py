"""Who may act for a person of the household: named, replaced, taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from esachivalaya.accounts.forms.nominees import NomineeForm, TakeBackForm
from esachivalaya.accounts.models import Nominee
from esachivalaya.accounts.services import nominees
from esachivalaya.accounts.services.nominees import NOBODY, Named
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.views.own_data import person_of
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import kept_text, refusal

FORM, MY_DATA = "accounts/nominee.html", "accounts:my-data"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def nominee(request: HttpRequest, pk: int) -> HttpResponse:
    """Name somebody, or somebody else in the place of whom one has named."""
    person, status = person_of(request, pk), 200
    standing = nominees.nominee_of(person)
    if request.method != "POST" or switching_language(request):
        form = NomineeForm(initial={**_stored(standing), **typed(NomineeForm, request)})
    else:
        form, status = NomineeForm(request.POST), 422
        if form.is_valid():
            asked = {**form.cleaned_data, "person": person.pk}
            given = Named(asked["name"], asked["relation"], asked["phone"])
            who: dict[str, Any] = {"person": person, "by": request.user}
            seen = asked["instead_of"]
            try:
                once(
                    request,
                    lambda: nominees.name(given=given, instead_of=seen, **who),
                    form="nominee",
                    key=asked.pop("key"),
                    asked=asked,
                )
            except Refused as refused:
                _show_who_stands(form, nominees.nominee_of(person))
                form.add_error(None, str(refused.message))
            except KeyMisused:
                return _misused(request)
            else:
                messages.success(request, _("Written down. You can change it whenever you wish."))
                return redirect(MY_DATA, person.pk)
    context = {"person": person, "form": form, "nominee": standing}
    return render(request, FORM, context, status=status)


@never_cache
@require_POST
def take_back_nominee(request: HttpRequest, pk: int) -> HttpResponse:
    """Let nobody act for this person any more."""
    person = person_of(request, pk)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return redirect(MY_DATA, person.pk)
    seen, who = form.cleaned_data["instead_of"], {"person": person, "by": request.user}
    try:
        once(
            request,
            lambda: nominees.take_back(nominee=seen, **who),  # type: ignore[arg-type]
            form="nominee-taken-back",
            key=form.cleaned_data["key"],
            asked={"person": person.pk, "nominee": seen},
        )
    except Refused as refused:
        messages.error(request, str(refused.message))
    except KeyMisused:
        return _misused(request)
    else:
        messages.success(request, _("Taken back. Nobody may act for this person now."))
    return redirect(MY_DATA, person.pk)


def _stored(standing: Nominee | None) -> dict[str, Any]:
    if standing is None:
        return {"instead_of": NOBODY}
    return {
        "instead_of": standing.pk,
        "name": standing.name,
        "relation": standing.relation,
        "phone": standing.phone,
    }


def _show_who_stands(form: NomineeForm, standing: Nominee | None) -> None:
    """Let the form that is shown again replace whom its page shows; the typed words stay."""
    form.data = {**form.data, "instead_of": str(standing.pk if standing else NOBODY)}


def _misused(request: HttpRequest) -> HttpResponse:
    words = _("This page was sent before with other words. Please open it again.")
    return refusal(request, 409, text=words, kept=kept_text(request))
