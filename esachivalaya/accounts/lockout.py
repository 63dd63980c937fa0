"""What somebody sees after too many wrong passwords."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from esachivalaya.common import clock
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.refusals import refusal


def locked_out(
    request: HttpRequest,
    response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer 429 and say when to try again; the same for names that exist and names that do not.

    Each try while locked starts the wait anew, so the time is counted from this one.
    """
    until = clock.now() + settings.AXES_COOLOFF_TIME
    text = _(
        "Too many wrong passwords. For safety, signing in with this user name is closed here "
        "until %(until)s. If you have forgotten your password, ask the office that appointed you "
        "for a reset link."
    ) % {"until": datetime_long(until)}
    return refusal(
        request,
        429,
        text=text,
        for_offices=True,
        url=reverse("accounts:staff-sign-in"),
        action=_("Sign in for offices"),
    )
