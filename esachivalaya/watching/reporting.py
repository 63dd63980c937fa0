"""Reports of errors to a Sentry of one's own, with nobody's data in them.

A report is made anew from what is known to be harmless: which kind of error, where in the code,
which page, which request. Everything else that the library collects (addresses, headers, bodies,
values of variables, the words of the error, who was signed in) is never sent.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from esachivalaya.common import request_ids
from esachivalaya.common.logs import words_of

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "environment", "release", "sdk")
# What the library itself would collect; what it still does is dropped by `harmless`.
NOTHING_OF_ANYBODY: Any = {
    "user_info": False,
    "http_bodies": [],
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}, "response": {"mode": "off"}},
    "url_query_params": {"mode": "off"},
    "stack_frame_variables": False,
    "frame_context_lines": 0,
}
OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app")


def start(dsn: str, **more: Any) -> None:
    """Report errors to ``dsn`` from now on."""
    sentry_sdk.init(
        dsn=dsn,
        environment="demo" if settings.DEMO else "production",
        server_name="",
        data_collection=NOTHING_OF_ANYBODY,
        spotlight=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(middleware_spans=False, signals_spans=False, cache_spans=False),
            CeleryIntegration(),
            LoggingIntegration(level=None, event_level=logging.ERROR),
        ],
        before_send=harmless,
        before_breadcrumb=lambda _crumb, _hint: None,
        **more,
    )


def harmless(event: Any, hint: dict[str, Any]) -> Any:
    """Return what may be sent of ``event``; it is written anew, not cut down."""
    told: dict[str, Any] = {name: event[name] for name in KEPT if name in event}
    told["tags"] = {"request_id": request_ids.current()}
    # The name of the page or of the task, never an address.
    page = str(event.get("transaction") or "")
    if page and not page.startswith("/"):
        told["transaction"] = page
    record = hint.get("log_record")
    if isinstance(record, logging.LogRecord):
        told["logentry"] = {"message": words_of(record)}
    problems = (event.get("exception") or {}).get("values") or []
    if problems:
        told["exception"] = {"values": [_problem(problem) for problem in problems]}
    return told


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    frames = (problem.get("stacktrace") or {}).get("frames") or []
    return {
        "type": problem.get("type"),
        "module": problem.get("module"),
        "value": "left out",
        "stacktrace": {
            "frames": [{name: frame.get(name) for name in OF_A_FRAME} for frame in frames]
        },
    }
