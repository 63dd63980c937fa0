"""Short links in messages: GET shows what will happen, POST does it once."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from appointments.forms.changes import KeyForm
from appointments.models import ShortLink
from appointments.services import link_acts, links
from appointments.views.booking import GET_POST
from esachivalaya.common import registry
from esachivalaya.common.clock import now
from esachivalaya.common.language import switching_language


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def short_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link does, with its button; pressed, it does it once.

    A link that is unknown, used, revoked or over shows the same page as any other such link.
    """
    if request.method == "POST" and not switching_language(request):
        form = KeyForm(request.POST)
        if form.is_valid():
            try:
                purpose = link_acts.use(token=token, key=form.cleaned_data["key"])
            except link_acts.Gone:
                return _gone(request)
            return redirect("appointments:short-link-done", purpose)
    link = links.find(token, moment=now())
    if link is None:
        return _gone(request)
    row = link.request
    context = {
        "link": link,
        "row": row,
        "purpose": link.purpose,
        "starts_at": link.offer.starts_at if link.offer else row.starts_at,
        "form": KeyForm(),
        "buttons": [
            button for found in registry.buttons("appointments.request", row.pk) for button in found
        ],
    }
    return render(request, "appointments/short-link.html", context)


@login_not_required
@require_safe
def done(request: HttpRequest, purpose: str) -> HttpResponse:
    """Say what was done; the page says nothing about whom."""
    if purpose not in ShortLink.Purpose.values:
        raise Http404
    return render(request, "appointments/short-link-done.html", {"purpose": purpose})


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "appointments/short-link-gone.html", status=404)
