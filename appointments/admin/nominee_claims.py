"""A nominee comes to the help desk: whom the person has named, shown for that claim alone.

The Digital Personal Data Protection Act 2023, section 14. Found as for a new number, by a reference
with its PIN or with name and Family ID; what for is written down first, and the person's own data
say that it was looked at. Name and relation are shown, to be held against papers; no number, and
for nobody but that officer in that session for a quarter of an hour. To others the pages are not
there.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments.forms.people import AtTheDeskForm, ClaimForm
from appointments.services import finding_people
from esachivalaya.accounts.models import Citizen, NumberChange
from esachivalaya.accounts.permissions import may_help
from esachivalaya.accounts.services import nominees
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.tries import allowed
from esachivalaya.common import clock
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import kept_text, refusal

KEY, OPEN_FOR = "nominee_claim", timedelta(minutes=15)
FORM, SHOWN = "admin/accounts/claim.html", "admin/accounts/claimed.html"
Proof = NumberChange.Proof


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Find the person in whose place somebody comes, and write down what for."""
    _only_the_help_desk(request)
    if request.method != "POST" or switching_language(request):
        return _page(request, FORM, 200, form=ClaimForm(initial=typed(ClaimForm, request)))
    if not allowed(request, "help_desk"):
        words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
        return refusal(request, 429, text=words)
    form = ClaimForm(request.POST)
    if form.is_valid():
        person, _proof = found_by(form)
        if person is not None and (answer := _opened(request, form, person)) is not None:
            return answer
    return _page(request, FORM, 422, form=form)


@require_safe
def claimed(request: HttpRequest) -> HttpResponse:
    """Show whom the person has named: name and relation, for the claim that was written down."""
    _only_the_help_desk(request)
    found = request.session.get(KEY)
    if not found or clock.now() - datetime.fromisoformat(found["at"]) >= OPEN_FOR:
        raise Http404
    person = get_object_or_404(Citizen, pk=found["person"], erased_at=None)
    told = {"person": person, "nominee": nominees.nominee_of(person)}
    return _page(request, SHOWN, 200, **told)


def found_by(form: AtTheDeskForm) -> tuple[Citizen | None, str]:
    """Return whom reference and PIN, or reference and papers, name; and by which it was.

    For nobody the form says why not, in one sentence whatever it was.
    """
    data = form.cleaned_data
    if data["pin"]:
        proof = Proof.PIN
        person = finding_people.by_pin(reference=data["reference"], pin=data["pin"])
    else:
        proof = Proof.PARTICULARS
        person = finding_people.by_particulars(
            reference=data["reference"], name=data["name"], family_id=data["family_id"]
        )
    if person is None:
        words = _(
            "These do not belong together. After five wrong PINs a reference rests for half an "
            "hour, after three wrong names until tomorrow."
        )
        form.add_error(None, words)
    return person, proof


def _opened(request: HttpRequest, form: ClaimForm, person: Citizen) -> HttpResponse | None:
    by: Any = request.user
    reason = form.cleaned_data["reason"]
    try:
        once(
            request,
            lambda: nominees.shown(person=person, reason=reason, by=by),
            form="nominee-claim",
            key=form.cleaned_data["key"],
            asked={"person": person.pk, "reason": reason},
        )
    except Refused as refused:
        form.add_error(None, str(refused.message))
        return None
    except KeyMisused:
        words = _("This page was sent before with other words. Please open it again.")
        return refusal(request, 409, text=words, kept=kept_text(request))
    request.session[KEY] = {"person": person.pk, "at": clock.now().isoformat()}
    return redirect("admin:accounts_numberchange_claimed")


def _only_the_help_desk(request: HttpRequest) -> None:
    if not may_help(request.user):
        raise Http404


def _page(request: HttpRequest, template: str, status: int, **told: Any) -> HttpResponse:
    title = _("Claim of a nominee")
    context = {**admin.site.each_context(request), "title": title, **told}
    return render(request, template, context, status=status)
