"""The number of a request follows it: into the answer, into the log, into the work it caused."""

import threading
from pathlib import Path
from typing import Any

import pytest
from celery import current_app, shared_task
from celery.contrib.testing.worker import start_worker
from django.conf import settings as portal_settings
from django.test import Client

from esachivalaya.common import request_ids
from esachivalaya.notifications import nudge

GIVEN = "5b0f3c1ad2e94f7c8a6b1d2e3f405162"
heard: list[str] = []
done = threading.Event()


@shared_task(name="tests.tell_number")  # type: ignore[untyped-decorator]
def tell_number() -> None:
    """Remember under which number this is done."""
    heard.append(request_ids.current())
    done.set()


def test_a_number_of_our_own_proxy_is_kept(client: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client.get("/healthz", HTTP_X_REQUEST_ID=GIVEN)["X-Request-ID"] == GIVEN


def test_without_a_proxy_of_ours_nobody_is_believed(client: Client) -> None:
    assert client.get("/healthz", HTTP_X_REQUEST_ID=GIVEN)["X-Request-ID"] != GIVEN


@pytest.mark.parametrize(
    "sent",
    ["", "9876512345", "Asha-Devi-of-Rewari", f"{GIVEN}\n2026 ERROR forged", "a" * 65, "<b>" * 8],
)
def test_what_is_no_number_of_a_proxy_is_not_taken(
    client: Client, settings: Any, sent: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    number = client.get("/healthz", HTTP_X_REQUEST_ID=sent)["X-Request-ID"]
    assert number != sent
    assert request_ids.believed(number) == number


def test_two_requests_have_two_numbers(client: Client) -> None:
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]


def test_a_worker_does_a_task_under_the_number_of_the_request_that_asked_for_it() -> None:
    heard.clear()
    done.clear()
    with start_worker(current_app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        with request_ids.carrying(GIVEN):
            current_app.send_task("tests.tell_number", ignore_result=True)
        assert done.wait(20)
    assert heard == [GIVEN]
    assert request_ids.current() == request_ids.NONE, "the next task begins without it"


def test_a_task_that_beat_asked_for_has_a_number_of_its_own() -> None:
    heard.clear()
    for _time in range(2):
        current_app.tasks["tests.tell_number"].apply()
    assert len({request_ids.believed(number) for number in heard} - {""}) == 2


def test_a_nudge_carries_the_number_although_another_thread_tells_it() -> None:
    told, rung = [], threading.Event()

    def publish(_lane: str) -> None:
        told.append(request_ids.current())
        rung.set()

    bell = nudge.Bell(publish)
    with request_ids.carrying(GIVEN):
        bell.ring("code")
    assert rung.wait(10)
    assert told == [GIVEN]


def test_our_proxy_writes_the_number_over_whatever_a_browser_sent() -> None:
    text = (Path(portal_settings.BASE_DIR) / "docker" / "nginx.conf").read_text()
    assert "proxy_set_header X-Request-ID $request_id;" in text
