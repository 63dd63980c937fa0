"""Too many wrong passwords: whose tries are counted together, and what somebody sees then.

Tries are counted by user name and address (of IPv6 by the network), for a quarter of an hour from
the last one that was looked at: who keeps trying does not make it longer. Colleagues of an office
share an address, so one of them could close another's account there all day. Against that, a
browser in which somebody signed in with both factors is known for a while, and is counted apart: it
stays open whatever is tried beside it, and no other browser gains a try by it.

Names that nobody looked at yet have five tries each, and each costs a slow hash: how many come from
one address, and from everywhere, has an end before anything is hashed. Known browsers are left out.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from esachivalaya.accounts.client_address import network_of
from esachivalaya.accounts.models import User
from esachivalaya.accounts.tries import allowed
from esachivalaya.common import clock
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.refusals import refusal

KNOWN_FOR = 90 * 24 * 60 * 60
_SALT = "esachivalaya.accounts.lockout:"


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Keeps each failure for its year (services/retention.py).

    By itself axes keeps a thousand of each user name and removes what is more.
    """

    def remove_out_of_limit_failure_logs(self, **_which: Any) -> int:
        return 0


def know_browser(response: HttpResponse, user: User) -> None:
    """Know this browser as one in which ``user`` signed in with both factors."""
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        signing.dumps(get_random_string(12), salt=_SALT + user.username),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def counted_as(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return under which name a try counts: the typed one, a known browser's with its own mark."""
    name = str((credentials or request.POST).get("username") or "")
    mark = _mark(request, name)
    return f"{name} {mark}" if mark else name


def flooded(request: HttpRequest, name: str) -> HttpResponse | None:
    """Count a try of ``name`` and answer 429 when too many come; known browsers are not counted."""
    if _mark(request, name) or allowed(request, "password"):
        return None
    return _closed(
        request,
        _(
            "Very many people tried to sign in from your connection. Wait a quarter of an hour. A "
            "browser in which you signed in before is open to you meanwhile."
        ),
    )


def _mark(request: HttpRequest, name: str) -> str:
    """Return the mark of a browser that is known for ``name``, or nothing."""
    try:
        cookie = request.COOKIES[settings.KNOWN_COOKIE_NAME]
        return str(signing.loads(cookie, salt=_SALT + name, max_age=KNOWN_FOR))
    except (KeyError, signing.BadSignature):
        return ""


def locked_out(
    request: HttpRequest,
    response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer 429 and say when to try again; the same for names that exist and names that do not."""
    tries = AccessAttempt.objects.filter(
        username=counted_as(request, credentials), ip_address=network_of(request)
    )
    last = max(tries.values_list("attempt_time", flat=True), default=clock.now())
    text = _(
        "Too many wrong passwords. For safety, signing in with this user name is closed here "
        "until %(until)s. If you have forgotten your password, ask the office that appointed you "
        "for a reset link."
    ) % {"until": datetime_long(last + settings.AXES_COOLOFF_TIME)}
    return _closed(request, text)


def _closed(request: HttpRequest, text: str) -> HttpResponse:
    return refusal(
        request,
        429,
        text=text,
        for_offices=True,
        url=reverse("accounts:staff-sign-in"),
        action=_("Sign in for offices"),
    )
