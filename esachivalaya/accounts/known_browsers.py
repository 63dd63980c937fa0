"""The browser that a citizen signs in with: codes are kept for it when strangers use up theirs.

How many codes go out in an hour and in a day has an end (services/cost.py), and whoever has many
networks can come to it. A third is kept for browsers in which the number signed in before. The
cookie that says so is a signed word of chance, good for one number: the number goes into the key of
its signature and is not in it. It opens nothing, and nobody is asked whether the number is known.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

KNOWN_FOR = 90 * 24 * 60 * 60
SALT = "esachivalaya.accounts.known_browsers:"


def know_number(response: HttpResponse, phone: str) -> None:
    """Know this browser, for 90 days, as one in which ``phone`` (E.164) signed in by a code."""
    response.set_cookie(
        settings.KNOWN_NUMBER_COOKIE_NAME,
        signing.dumps(get_random_string(12), salt=SALT + phone),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def knows_number(request: HttpRequest, phone: str) -> bool:
    """Whether ``phone`` signed in with this browser lately, as its cookie alone tells."""
    try:
        cookie = request.COOKIES[settings.KNOWN_NUMBER_COOKIE_NAME]
        signing.loads(cookie, salt=SALT + phone, max_age=KNOWN_FOR)
    except (KeyError, signing.BadSignature):
        return False
    return True


def forget_number(response: HttpResponse) -> None:
    """Know this browser no longer: the household's data were deleted in it."""
    response.delete_cookie(settings.KNOWN_NUMBER_COOKIE_NAME, samesite="Lax")
