"""The link of an SMS: the year of birth first, then what stands for this donor."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments.forms.changes import KeyForm
from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal
from plasma import donor_door
from plasma.donor_door import Visitor, behind_the_link, gone, without_sign_in
from plasma.forms.donors import YearForm
from plasma.models import Donation, Invitation
from plasma.services import answers, links, opening, pledges
from plasma.services.opening import Checked

GET_POST = ["GET", "HEAD", "POST"]
ANSWERED = ("wrong", "deleted")


@without_sign_in
@require_http_methods(GET_POST)
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask for the year of birth; show what stands to who knows it. Looking changes nothing."""
    if token == donor_door.ME:
        return _me(request, token)
    invitation = donor_door.invitation_behind(token)
    if invitation is None:
        return gone(request)
    if donor_door.is_open(request, invitation):
        if request.method == "POST":
            # The question sent a second time: it is answered.
            return redirect("plasma:link", token)
        return _mine(request, Visitor(token, invitation.donor, invitation))
    if request.method != "POST" or switching_language(request):
        return _ask(request, token, YearForm(initial=typed(YearForm, request)))
    form = YearForm(request.POST)
    if form.is_valid():
        try:
            checked = opening.check_year(
                invitation=invitation,
                typed=form.cleaned_data["year"],
                network=address_of(request),
            )
        except TooMany as limit:
            words = _("%(reason)s Please try again from %(until)s on.")
            told = {"reason": limit.message, "until": datetime_long(limit.until)}
            return refusal(request, 429, text=words % told)
        if checked:
            donor_door.open_link(request, invitation)
            return redirect("plasma:link", token)
        if checked.until is not None:
            return _rests(request, checked)
        form.add_error("year", _not_this_year(checked))
    return _ask(request, token, form)


def _mine(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What stands: the pledge and its time, or the answers one may give."""
    donor = visitor.donor
    pledge = pledges.current(donor)
    moment = now()
    given = Donation.objects.filter(pledge__donor=donor, outcome=Donation.Outcome.DONATED).order_by(
        "-at"
    )
    context = {
        "visitor": visitor,
        "donor": donor,
        "pledge": pledge,
        "passed": bool(pledge and pledge.starts_at and pledge.starts_at <= moment),
        "donation": given.select_related("pledge__bank").first(),
        "today": day_of(moment),
    }
    return render(request, "plasma/mine.html", context)


_me = behind_the_link(_mine)


@without_sign_in
@require_http_methods(GET_POST)
def wrong(request: HttpRequest, token: str) -> HttpResponseBase:
    """Somebody else has the number: asked once more, then nobody is asked there for them again.

    Open without the year of birth, which another person cannot know; it shows nothing of anybody.
    """
    invitation = links.find(token)
    if invitation is None or invitation.status == Invitation.Status.EXPIRED:
        return gone(request)
    if request.method == "POST" and not switching_language(request):
        form = KeyForm(request.POST)
        if form.is_valid():
            row = invitation
            once(
                request,
                lambda: answers.wrong_person(invitation=row),
                form="plasma:wrong",
                key=form.cleaned_data["key"],
                asked={},
                principal=f"invitation:{row.pk}",
            )
            donor_door.leave(request)
            return redirect("plasma:answered", "wrong")
    if invitation.status == Invitation.Status.WRONG_PERSON:
        return gone(request)
    context = {"token": token, "form": KeyForm()}
    return render(request, "plasma/wrong.html", context)


@without_sign_in
@require_POST
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Close the page on a phone that others use as well; the link or a code opens it again."""
    donor_door.leave(request)
    return redirect("plasma:home")


@without_sign_in
@require_safe
def answered(request: HttpRequest, what: str) -> HttpResponse:
    """Say that it was done; the page says nothing about whom."""
    if what not in ANSWERED:
        return gone(request)
    return render(request, "plasma/answered.html", {"what": what})


def _ask(request: HttpRequest, token: str, form: YearForm) -> HttpResponse:
    return render(request, "plasma/year.html", {"form": form, "token": token})


def _rests(request: HttpRequest, checked: Checked) -> HttpResponse:
    assert checked.until is not None
    context = {"until": datetime_long(checked.until)}
    return render(request, "plasma/rests.html", context, status=429)


def _not_this_year(checked: Checked) -> str:
    words = ngettext(
        "This is not the year we have. You can try %(count)s more time.",
        "This is not the year we have. You can try %(count)s more times.",
        checked.tries_left,
    )
    return words % {"count": checked.tries_left}
