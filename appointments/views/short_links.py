"""Short links in messages: GET shows what will happen, POST does it once."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from appointments.forms.changes import KeyForm
from appointments.models import ShortLink
from appointments.services import link_acts, links
from appointments.services.earlier import is_free
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
                purpose = link_acts.use(
                    token=token,
                    key=form.cleaned_data["key"],
                    said=request.POST.get("said", "")[:16],
                )
            except link_acts.Outrun:
                return _outrun(request)
            except link_acts.Gone:
                return _gone(request)
            return redirect("appointments:short-link-done", purpose)
    link = links.find(token, moment=now())
    if link is None:
        return _gone(request)
    if link.freed is not None and not is_free(link.freed, now()):
        return _outrun(request)
    row = link.request
    if link.action is not None:
        context = {"action": link.action, "row": row, "form": KeyForm()}
        return render(request, "appointments/short-link-action.html", context)
    context = {
        "link": link,
        "row": row,
        "purpose": link.purpose,
        "starts_at": link.offer.starts_at if link.offer else row.starts_at,
        "earlier": link.freed.starts_at if link.freed else None,
        "form": KeyForm(),
        "buttons": [
            button for found in registry.buttons("appointments.request", row.pk) for button in found
        ],
    }
    template = "short-link-earlier" if link.freed else "short-link"
    return render(request, f"appointments/{template}.html", context)


@login_not_required
@require_safe
def done(request: HttpRequest, purpose: str) -> HttpResponse:
    """Say what was done; the page says nothing about whom."""
    if purpose not in ShortLink.Purpose.values:
        raise Http404
    return render(request, "appointments/short-link-done.html", {"purpose": purpose})


def _outrun(request: HttpRequest) -> HttpResponse:
    """Say kindly that somebody else was quicker, and that nothing is lost."""
    return render(request, "appointments/short-link-outrun.html", status=409)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "appointments/short-link-gone.html", status=404)
