"""A Sentry of one's own hears of errors, and of nobody."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import sentry_sdk
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from esachivalaya import environment
from esachivalaya import urls as portal
from esachivalaya.common import request_ids
from esachivalaya.watching import reporting

NAME, PHONE, SUBJECT = "Zubeida Kaushalyavati", "+919876512345", "Xanthophyll pension"
REFERENCE = "ES7K4P92MX"


@login_not_required
def fail(request: Any, reference: str) -> HttpResponse:
    """A page that fails with somebody's data in its hands."""
    subject = request.POST["subject"]
    raise ValueError(f"{NAME} {PHONE} {subject} {reference}")


urlpatterns = [path("fails/<str:reference>/", fail, name="fails"), *portal.urlpatterns]
handler500 = portal.handler500


class FakeSentry:
    """An endpoint that keeps whatever is sent to it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.came = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                fake.heard.append(f"{self.headers}\n{body.decode()}")
                fake.came.set()
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{self.server.server_port}/1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def events(self) -> list[dict[str, Any]]:
        sentry_sdk.flush(5)
        assert self.came.wait(10)
        found: list[dict[str, Any]] = []
        for text in self.heard:
            lines = [line for line in text.splitlines() if '"platform"' in line]
            found.extend(json.loads(line) for line in lines)
        return found


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    fake = FakeSentry()
    fake.thread.start()
    reporting.start(fake.dsn)
    try:
        yield fake
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()
        fake.server.shutdown()
        fake.server.server_close()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.watching.test_reports_of_errors")
def test_a_page_that_fails_is_reported_without_anybodys_data(sentry: FakeSentry) -> None:
    client = Client(raise_request_exception=False, headers={"user-agent": f"Phone of {NAME}"})
    client.cookies["sessionid"] = "a-session-of-somebody"
    answer = client.post(f"/fails/{REFERENCE}/?q={PHONE}", {"subject": SUBJECT})
    events = sentry.events()
    kinds = {problem["type"] for event in events for problem in event["exception"]["values"]}
    assert "ValueError" in kinds
    assert {event["tags"]["request_id"] for event in events} == {answer["X-Request-ID"]}
    places = [
        frame["function"]
        for event in events
        for problem in event["exception"]["values"]
        for frame in problem["stacktrace"]["frames"]
    ]
    assert "fail" in places
    told = "\n".join(sentry.heard)
    for secret in (NAME, "Zubeida", PHONE, "9876512345", SUBJECT, "Xanthophyll", REFERENCE,
                   "a-session-of-somebody", "127.0.0.1/", "/fails/"):  # fmt: skip
        assert secret not in told, secret


def test_a_logged_error_is_reported_in_the_logs_own_words(sentry: FakeSentry) -> None:
    with request_ids.carrying("5b0f3c1ad2e94f7c8a6b1d2e3f405162"):
        logging.getLogger("of.this.test").error("No way to %s for %s.", PHONE, ValueError(NAME))
    (event,) = sentry.events()
    assert event["logentry"]["message"] == "No way to [number] for ValueError."
    assert NAME not in "".join(sentry.heard)


def test_without_the_setting_nothing_is_reported() -> None:
    assert not sentry_sdk.get_client().is_active() or not sentry_sdk.get_client().dsn


@pytest.mark.parametrize(
    "wrong", ["sentry.example.in", "https://sentry.example.in/1", "https://k@x/a"]
)
def test_an_address_that_is_no_sentrys_stops_the_start(wrong: str) -> None:
    with pytest.raises(ValueError, match="it "):
        environment.no_or_sentry(wrong)
    assert environment.no_or_sentry("https://key@sentry.example.in/1")
    with pytest.raises(ImproperlyConfigured):
        environment.parsed("NO_SUCH_DSN", environment.no_or_sentry, default=wrong, hint="")
