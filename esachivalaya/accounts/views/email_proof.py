"""The e-mail's proof: the link in it shows a page, and the page's button proves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import email_proof
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.views.households import HOUSEHOLD, own_household
from esachivalaya.accounts.views.number_codes import in_words
from esachivalaya.common.language import switching_language

PAGE = "accounts/prove-email.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the address is the person's; mail scanners that follow links prove nothing."""
    person = email_proof.find(token)
    acting = request.method == "POST" and not switching_language(request)
    if person is not None and acting:
        person = email_proof.prove(token=token)
    status = 200 if person is not None else 404
    context = {"person": person, "done": person is not None and person.email_proved_at}
    return render(request, PAGE, context, status=status)


@require_POST
def send_email_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link again."""
    own_household(request)
    person = get_object_or_404(Citizen.objects.visible_to(request.user), pk=pk)
    user: Any = request.user
    try:
        if email_proof.send_link(person=person, by=user):
            messages.success(request, _("The link is on its way to the mailbox."))
    except Refused as refused:
        messages.warning(request, in_words(refused))
    return redirect(HOUSEHOLD)
