"""What surrounds every request: its number in the logs."""

import contextvars
import logging
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
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
