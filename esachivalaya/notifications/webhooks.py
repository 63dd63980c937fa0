"""Calls that a provider makes to us: only those it signed get in, and nothing they send is a 500.

Twilio signs the address it was given and the fields. Behind a proxy the request does not know that
address, so it is built from PUBLIC_URL; the SDK's validator raises on a missing signature and on a
body that is no form, so both are asked here first. A signature has no time in it: whoever handles
the call has to bear its repetition.
"""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

logger = logging.getLogger(__name__)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
FORM = "application/x-www-form-urlencoded"
# A receipt, a key press or an SMS is far smaller.
LONGEST_BODY = 64 * 1024

COUNT = """
INSERT INTO notifications_refusedcall (day, webhook, reason, times, last_at)
VALUES ((clock_timestamp() AT TIME ZONE 'Asia/Kolkata')::date, %s, %s, 1, clock_timestamp())
ON CONFLICT (day, webhook, reason)
DO UPDATE SET times = notifications_refusedcall.times + 1, last_at = clock_timestamp()
"""


def twilio_webhook(name: str) -> Callable[[View[P]], View[P]]:
    """Let only what Twilio signed reach the view; anything else is a 403 and is counted."""

    def decorate(view: View[P]) -> View[P]:
        @csrf_exempt
        @login_not_required
        @require_POST
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if problem := why_unsigned(request):
                return refused(webhook=name, reason=problem)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def signed(request: HttpRequest) -> bool:
    """Say whether Twilio signed this request with our account's token."""
    return not why_unsigned(request)


def why_unsigned(request: HttpRequest) -> str:
    """Return why ``request`` is not Twilio's, in a few words for the operator; "" when it is."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.TWILIO_AUTH_TOKEN:
        return "no token set"
    if not signature:
        return "no signature"
    if request.content_type != FORM or not _readable(request):
        return "no form"
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    try:
        genuine = validator.validate(public_address(request), request.POST, signature)
    except (TypeError, ValueError, AttributeError):
        # What the validator cannot even compare is not what Twilio sent.
        return "bad signature"
    return "" if genuine else "bad signature"


def public_address(request: HttpRequest) -> str:
    """Return the address as the provider called it, from settings: a proxy may have changed it."""
    return f"{settings.PUBLIC_URL}{request.get_full_path()}"


def refused(*, webhook: str, reason: str) -> HttpResponse:
    """Answer 403, and count it where an operator looks; who called is not kept."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [webhook[:32], reason[:64]])
    logger.warning("A call to the webhook %s was refused: %s.", webhook, reason)
    return HttpResponse("", status=HTTPStatus.FORBIDDEN, content_type="text/plain")


def _readable(request: HttpRequest) -> bool:
    try:
        if int(request.headers.get("Content-Length") or 0) > LONGEST_BODY:
            return False
        # Read here: a body that is too big, cut off or in no known encoding fails now, not later.
        return bool(request.POST) or not request.body
    except (UnreadablePostError, BadRequest, SuspiciousOperation, ValueError, LookupError):
        return False
