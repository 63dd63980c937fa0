"""Home, the footer's pages, and the pages for what went wrong."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.decorators import sync_only_middleware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from esachivalaya.accounts.tries import allowed
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.middleware import GetResponse
from esachivalaya.common.refusals import kept_text, refusal
from esachivalaya.common.stored_files import StoreAway
from esachivalaya.pages import guides, samples
from esachivalaya.pages.forms import FeedbackForm
from esachivalaya.pages.personal_data import TABLE
from esachivalaya.pages.services import TooMuchFeedbackError, give_feedback


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is and the three things one can do here."""
    return render(request, "pages/home.html")


@login_not_required
@require_safe
def prose(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the footer's pages, written separately in each language."""
    context = {"guides": guides.GUIDES, "personal_data": TABLE}
    return render(request, f"pages/{slug}.{chosen_language()}.html", context)


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """Every page a citizen can open, on one page."""
    return render(request, "pages/site-map.html", {"guides": guides.GUIDES})


@login_not_required
@require_safe
def guide_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The guide of one role, in the reader's language."""
    if slug not in guides.GUIDES:
        raise Http404
    body = guides.guide(slug, chosen_language())
    return render(
        request, "pages/guide.html", {"title": guides.GUIDES[slug], "body": body, "slug": slug}
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest) -> HttpResponse:
    """The form by which anybody tells us something about the portal."""
    if request.method != "POST" or switching_language(request):
        form = FeedbackForm(initial=typed(FeedbackForm, request))
        return render(request, "pages/feedback.html", {"form": form})
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return render(request, "pages/feedback.html", {"form": form})
    data = form.cleaned_data
    # One asker alone does not use up what is everybody's in an hour.
    if not allowed(request, "feedback"):
        return _too_much_feedback(request)
    try:
        give_feedback(by=_principal(request), language=chosen_language(), **data)
    except TooMuchFeedbackError:
        return _too_much_feedback(request)
    except KeyMisused:
        words = _("This page was sent before with other words. Please open it again and send it.")
        return refusal(request, 409, text=words, kept=kept_text(request))
    return redirect("pages:feedback-thanks")


def _too_much_feedback(request: HttpRequest) -> HttpResponse:
    words = _("Very many people are writing at the moment. Please send this again in an hour.")
    return refusal(request, 429, text=words, kept=kept_text(request))


def _principal(request: HttpRequest) -> str:
    """Return whose idempotency keys these are: the user's, or those of anybody not signed in."""
    return f"user:{request.user.pk}" if request.user.is_authenticated else "anybody"


@login_not_required
@require_safe
def feedback_thanks(request: HttpRequest) -> HttpResponse:
    """What happens with the feedback now."""
    return render(request, "pages/feedback-thanks.html")


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """All components on one page, for those who build pages; only in a demo."""
    if not settings.DEMO:
        raise Http404
    return render(request, "pages/gallery.html", samples.gallery())


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: made without database and context, since the request itself is not to be trusted."""
    return HttpResponse(render_to_string("400.html"), status=400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person is known and may not do this."""
    return render(request, "403.html", {"kept": []}, status=403)


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not theirs to see; the two look the same."""
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500: made without database and context, since either may be what is broken.

    503 when the database or the store of the papers cannot be reached: the same request may well be
    answered in a minute.
    """
    if isinstance(sys.exception(), OperationalError | InterfaceError | StoreAway):
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = "60"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)


@sync_only_middleware
def method_not_allowed(get_response: GetResponse) -> GetResponse:
    """405 with a page of ours where Django sends an empty one; its header and status stay."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        bare = isinstance(response, HttpResponseNotAllowed) and not response.content
        if bare and "text/html" in request.headers.get("Accept", ""):
            response.content = render_to_string("405.html").encode()
        return response

    return handle


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose secret has run out: says how to go on and shows what was typed."""
    context = {"stale_form": True, "kept": kept_text(request), "again": request.path}
    return render(request, "403.html", context, status=403)
