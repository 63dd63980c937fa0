"""The number of a request: in each line of the log, in the answer, and in the work that it caused.

What a browser sends as X-Request-ID is taken only where a proxy of our own writes that header, and
only when it looks like a number of ours: else anybody could write into our logs.
"""

import contextvars
import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from celery import signals
from django.conf import settings

HEADER = "X-Request-ID"
# Under this name a task carries it.
IN_TASKS = "portal_request_id"
NONE = "-"
# Shorter ones may be a phone number, and other letters none of a proxy's making.
_OURS = re.compile(r"[0-9a-f][0-9a-f-]{14,62}[0-9a-f]", re.ASCII)
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default=NONE)
_of_task: dict[str, contextvars.Token[str]] = {}


class RequestIdFilter(logging.Filter):
    """Adds the number of the current request to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _current.get()
        return True


def current() -> str:
    """Return the number of what is being done now; "-" when nobody gave it one."""
    return _current.get()


def new() -> str:
    """Return a number that nothing had before."""
    return uuid.uuid4().hex


def believed(text: str) -> str:
    """Return ``text`` if it is a request's number as proxies write them, else ""."""
    return text if _OURS.fullmatch(text) else ""


def number_for(headers: Mapping[str, str]) -> str:
    """Return the number that our own proxy gave to a request, or a new one."""
    if settings.TRUSTED_PROXIES < 1:
        return new()
    return believed(headers.get(HEADER, "")) or new()


@contextmanager
def carrying(number: str) -> Iterator[None]:
    """Everything that is logged, or given to a worker, within carries ``number``."""
    token = _current.set(number)
    try:
        yield
    finally:
        _current.reset(token)


def connect() -> None:
    """Have tasks carry the number of the request that asked for them."""
    signals.before_task_publish.connect(_pack, dispatch_uid="request-id")
    signals.task_prerun.connect(_unpack, dispatch_uid="request-id")
    signals.task_postrun.connect(_end, dispatch_uid="request-id")


def _pack(headers: dict[str, Any] | None = None, **_more: Any) -> None:
    if headers is not None and current() != NONE:
        headers.setdefault(IN_TASKS, current())


def _unpack(task_id: str, task: Any, **_more: Any) -> None:
    """Begin a task under its request's number; one that beat asked for gets its own."""
    # The queue is ours, and is read as carefully as what comes from outside.
    given = believed(str(getattr(task.request, IN_TASKS, "") or ""))
    _of_task[task_id] = _current.set(given or new())


def _end(task_id: str, **_more: Any) -> None:
    token = _of_task.pop(task_id, None)
    if token is not None:
        _current.reset(token)
