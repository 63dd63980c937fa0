"""Giving the code of the app once more, before a dangerous act."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.accounts.forms.staff import AppCodeForm
from esachivalaya.accounts.next_page import wanted_page
from esachivalaya.accounts.proved_lately import prove
from esachivalaya.accounts.services.second_factor import check_totp
from esachivalaya.accounts.staff_door import staff_door
from esachivalaya.accounts.views.staff import DESK, why_not
from esachivalaya.common.language import switching_language


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _prove_again(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the app, then lead on to the page that was wanted."""
    user: Any = request.user
    if not user.is_staff or not user.is_verified():
        raise Http404
    next_page = wanted_page(request, DESK)
    form = AppCodeForm()
    if request.method == "POST" and not switching_language(request):
        form = AppCodeForm(request.POST)
        if form.is_valid():
            proof = check_totp(user=user, typed=form.cleaned_data["code"])
            if proof:
                prove(request)
                return redirect(next_page)
            form.add_error("code", why_not(proof))
    return render(request, "accounts/prove-again.html", {"form": form, "next": next_page})


prove_again = staff_door(_prove_again)
