"""The language of a person: on the user for their messages, in a cookie for their pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

from esachivalaya.accounts.models import User
from esachivalaya.common.language import wanted_language

GetResponse = Callable[[HttpRequest], HttpResponse]
# In the session of somebody who chose a language before signing in.
CHOSEN = "language_chosen"


def remember_in_cookie(response: HttpResponse, language: str) -> None:
    """Keep ``language`` in this browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


def choose_language(request: HttpRequest, language: str) -> None:
    """Remember a choice of language: on the person when signed in, else until they sign in."""
    user = request.user
    if isinstance(user, User):
        if user.language != language:
            User.objects.filter(pk=user.pk).update(language=language)
            user.language = language
    else:
        request.session[CHOSEN] = language


@sync_only_middleware
def keep_language(get_response: GetResponse) -> GetResponse:
    """Middleware: a language chosen by the switch inside a form is the person's from then on.

    Stands behind the authentication middleware. Costs nothing on any other request.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        language = wanted_language(request)
        response = get_response(request)
        if language and response.status_code < 400:
            choose_language(request, language)
        return response

    return handle
