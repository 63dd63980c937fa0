"""What surrounds every request: its number in the logs, and what no request may carry."""

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

from esachivalaya.common import request_ids
from esachivalaya.common.logs import route_of

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger(__name__)

# Asked every few seconds by machines inside, by whatever name they know this one.
FOR_WATCHERS = frozenset({"/healthz", "/readyz", "/metrics"})


@sync_only_middleware
def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request a number, in the logs and in the answer, and log what became of it.

    The line names the page, never its address, and nobody who asked.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        number, began = request_ids.number_for(request.headers), time.monotonic()
        with request_ids.carrying(number):
            response = get_response(request)
            if request.path_info not in FOR_WATCHERS:
                _tell(request, response, began)
        response[request_ids.HEADER] = number
        return response

    return handle


def _tell(request: HttpRequest, response: HttpResponse, began: float) -> None:
    told = {
        "method": request.method if request.method in METHODS else "other",
        "route": route_of(request),
        "status": response.status_code,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
    if logger.isEnabledFor(logging.INFO):
        logger.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", told, extra=told)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


@sync_only_middleware
def any_name_for_watchers(get_response: GetResponse) -> GetResponse:
    """Answer those who watch over this machine by whatever name or number they call it.

    A container's check asks 127.0.0.1 and Prometheus asks web:8000; neither is a name that people
    may use (ALLOWED_HOSTS). These pages write no address into their answers.
    """
    own = urlsplit(settings.PUBLIC_URL).netloc

    def handle(request: HttpRequest) -> HttpResponse:
        if request.path_info in FOR_WATCHERS:
            request.META["HTTP_HOST"] = own
            request.META.pop("HTTP_X_FORWARDED_HOST", None)
        return get_response(request)

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
NOTHING_ALLOWED = (
    "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), "
    "bluetooth=(), hid=(), midi=()"
)


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
        # Nor may a page elsewhere draw on what is served here.
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return handle
