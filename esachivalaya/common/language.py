"""Changing the language of a page without losing what was typed into it.

The two words in the header post to `accounts:language`. On a page with a form they belong to that
form instead (components/language_switch.html with `typed_form`), so that its text is sent along
as `switch_language=hi|en`. The middleware makes that the language of this answer and remembers it
in the cookie; the view shows the form again with the text in it, without judging it:

    if request.method == "POST" and not switching_language(request):
        form = BookingForm(request.POST, request.FILES)
        if form.is_valid(): ...
    else:
        form = BookingForm(initial=typed(BookingForm, request))

Papers already chosen must be chosen again: browsers never fill a file field.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.decorators import sync_only_middleware

GetResponse = Callable[[HttpRequest], HttpResponse]
FIELD = "switch_language"


def wanted_language(request: HttpRequest) -> str:
    """Return the language that this form was sent for, or "" when it was sent to act."""
    if request.method != "POST":
        return ""
    try:
        language = request.POST.get(FIELD, "")
    except (SuspiciousOperation, UnreadablePostError):
        # Whoever handles the call says what is wrong with it.
        return ""
    return language if language in dict(settings.LANGUAGES) else ""


def switching_language(request: HttpRequest) -> bool:
    """Tell whether the form was sent only to see its page in the other language."""
    return bool(wanted_language(request))


def typed(
    form_class: type[forms.BaseForm], request: HttpRequest, prefix: str | None = None
) -> dict[str, Any]:
    """Return what was typed so far as initial values, empty unless the language is switched."""
    if not switching_language(request):
        return {}
    form = form_class(prefix=prefix)
    return {
        name: field.widget.value_from_datadict(request.POST, {}, form.add_prefix(name))
        for name, field in form.fields.items()
        if not isinstance(field, forms.FileField)
    }


@sync_only_middleware
def switch_language(get_response: GetResponse) -> GetResponse:
    """Middleware: answer a form sent with `switch_language` in that language, and remember it."""

    def handle(request: HttpRequest) -> HttpResponse:
        language = wanted_language(request)
        if not language:
            return get_response(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = get_response(request)
        if response.status_code < 400:
            response.headers["Content-Language"] = language
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response

    return handle
