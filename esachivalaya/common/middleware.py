"""What surrounds every request: its number in the logs, and what no request may carry."""

import contextvars
import logging
import uuid
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

GetResponse = Callable[[HttpRequest], HttpResponse]
_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Adds the number of the current request to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


@sync_only_middleware
def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request a number of its own, in the logs and in the answer."""

    def handle(request: HttpRequest) -> HttpResponse:
        number = uuid.uuid4().hex[:12]
        token = _request_id.set(number)
        try:
            response = get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-ID"] = number
        return response

    return handle


@sync_only_middleware
def no_nul(get_response: GetResponse) -> GetResponse:
    """Keep NUL characters out of addresses and cookies: PostgreSQL takes none in any text.

    Nothing is at an address with one (404), no browser was given a cookie with one (400), and in a
    query it is left out. Those in a form are the form's to refuse, so that nothing typed is lost.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if any("\x00" in text for text in request.COOKIES.values()):
            raise SuspiciousOperation("A NUL character in a cookie.")
        if "\x00" in request.path_info:
            raise Http404
        while "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return get_response(request)

    return handle


# What no page of the portal uses; the pages of a meeting say otherwise of themselves.
NOTHING_ALLOWED = "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()"


def allowing(policy: str) -> str:
    """Return ``policy`` with everything that it does not name kept from the page as elsewhere."""
    named = {part.partition("=")[0].strip() for part in policy.split(",")}
    rest = [part for part in NOTHING_ALLOWED.split(", ") if part.partition("=")[0] not in named]
    return ", ".join([policy, *rest])


@sync_only_middleware
def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Keep camera, microphone and the like from every page that does not ask for them itself."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", NOTHING_ALLOWED)
        return response

    return handle
