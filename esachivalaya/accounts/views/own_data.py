"""What is kept of a person of the household: to read, to take along, to erase."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from esachivalaya.accounts.forms.citizens import EraseForm
from esachivalaya.accounts.forms.nominees import TakeBackForm
from esachivalaya.accounts.known_browsers import forget_number
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import erasing, matters, nominees, own_data
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.views.households import HOUSEHOLD, own_household
from esachivalaya.common.language import switching_language


@never_cache
@require_safe
def my_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is held of this person, in words."""
    person = person_of(request, pk)
    context = {
        "person": person,
        "sections": own_data.held(person),
        "nominee": (nominee := nominees.nominee_of(person)),
        "take_back": TakeBackForm(initial={"instead_of": nominee.pk}) if nominee else None,
    }
    return render(request, "accounts/my-data.html", context)


@never_cache
@require_POST
def my_data_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a file. By a button, not by a link: that it was handed out is written down."""
    person = person_of(request, pk)
    return HttpResponse(
        own_data.as_json(person, by=request.user),  # type: ignore[arg-type]
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes and what stays, ask for the name once more, and erase."""
    person = person_of(request, pk)
    form, status = EraseForm(name=person.name), 200
    if request.method == "POST" and not switching_language(request):
        form, status = EraseForm(request.POST, name=person.name), 422
        if form.is_valid():
            try:
                erasing.erase(person=person, by=request.user)  # type: ignore[arg-type]
            except Refused as refused:
                form.add_error(None, str(refused.message))
            else:
                messages.success(request, _("The data are deleted."))
                response = redirect(HOUSEHOLD)
                if not matters.people_of(person.household):
                    forget_number(response)
                return response
    last = len(matters.people_of(person.household)) == 1
    context = {"person": person, "form": form, "last": last}
    return render(request, "accounts/erase.html", context, status=status)


def person_of(request: HttpRequest, pk: int) -> Citizen:
    """Return the person of the signed-in household; nobody else is there."""
    own_household(request)
    people = Citizen.objects.visible_to(request.user).select_related("household__user")
    return get_object_or_404(people, pk=pk)
