"""Requests counted and timed for Prometheus, by page.

The names of pages, the methods and the classes of answers are few: no caller can make labels
without end. Each worker counts for itself; see gunicorn.conf.py.
"""

import time

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware
from prometheus_client import Counter, Histogram

from esachivalaya.common.logs import route_of
from esachivalaya.common.middleware import FOR_WATCHERS, METHODS, GetResponse

REQUESTS = Counter(
    "esachivalaya_http_requests",
    "Requests answered, by page, method and class of answer.",
    ["route", "method", "answer"],
)
SECONDS = Histogram(
    "esachivalaya_http_request_seconds",
    "How long answers took, all pages together.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


@sync_only_middleware
def count_requests(get_response: GetResponse) -> GetResponse:
    """Count each request and how long it took; those of watchers do not count."""

    def handle(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        if request.path_info not in FOR_WATCHERS:
            method = request.method if request.method in METHODS else "other"
            answer = f"{response.status_code // 100}xx"
            REQUESTS.labels(route_of(request), str(method), answer).inc()
            SECONDS.observe(time.monotonic() - began)
        return response

    return handle
