"""/metrics: the promise in figures, for those inside, at a fixed cost, right over many workers."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from appointments.models import Request
from esachivalaya.common import clock, sweeps
from esachivalaya.notifications.models import Breaker, Message
from esachivalaya.watching.figures import kept
from tests.accounts.test_codes import send
from tests.booking import overdue, sent_by_asha
from tests.browser import standalone
from tests.notifications.letters import sms
from tests.people import make_cast
from tests.watching.conftest import TOKEN

ROOT = Path(portal_settings.BASE_DIR)
# Promise, breaches; lanes, dead, unknown, written, failed; gateways; codes; work; the clock thrice.
BUDGET = 13


def figures(client: Client, inside: dict[str, str]) -> dict[str, float]:
    """Every sample by its name and labels."""
    kept.forget()
    answer = client.get("/metrics", **inside)
    assert answer.status_code == 200
    told = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            told[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return told


@pytest.mark.django_db
def test_the_promise_is_told_in_figures(client: Client, inside: dict[str, str]) -> None:
    before = figures(client, inside)
    assert before["esachivalaya_requests_waiting"] == 0
    assert before["esachivalaya_oldest_request_past_due_seconds"] == 0
    row = overdue(sent_by_asha(make_cast()))
    Request.objects.filter(pk=row.pk).update(
        created_at=row.created_at - timedelta(minutes=7), due_at=row.due_at - timedelta(minutes=7)
    )
    told = figures(client, inside)
    assert told["esachivalaya_requests_waiting"] == told["esachivalaya_requests_past_due"] == 1
    assert told["esachivalaya_oldest_request_past_due_seconds"] >= 420
    assert told["esachivalaya_oldest_open_request_seconds"] > 3600


@pytest.mark.django_db
def test_the_outbox_is_told_by_lane_with_what_failed(
    client: Client, inside: dict[str, str]
) -> None:
    late, dead, failed = sms(), sms(), sms()
    Message.objects.filter(pk=late.pk).update(due_at=clock.now() - timedelta(minutes=3))
    Message.objects.filter(pk=dead.pk).update(status="dead", finished_at=clock.now())
    Message.objects.filter(pk=failed.pk).update(status="failed", finished_at=clock.now())
    Breaker.objects.create(gateway="twilio", channel="sms", state="open")
    told = figures(client, inside)
    assert told["esachivalaya_messages_due{lane=code}"] == 1
    assert told["esachivalaya_oldest_due_message_seconds{lane=code}"] >= 180
    assert told["esachivalaya_messages_dead"] == 1
    assert told["esachivalaya_messages_failed_last_hour"] == 2
    assert told["esachivalaya_gateway_stopped{gateway=twilio}"] == 1


@pytest.mark.django_db
def test_regular_work_and_codes_are_told(client: Client, inside: dict[str, str]) -> None:
    sweeps.done("enforce_deadlines")
    send()
    told = figures(client, inside)
    at = told["esachivalaya_work_last_success_timestamp_seconds{work=enforce_deadlines}"]
    assert abs(at - clock.now().timestamp()) < 60
    assert told["esachivalaya_work_late_after_seconds{work=enforce_deadlines}"] == 300
    assert told["esachivalaya_codes_last_day"] == 1
    assert told["esachivalaya_codes_day_limit"] == portal_settings.CODES_PER_DAY * 2 // 3


@pytest.mark.django_db
def test_requests_are_counted_by_page_and_no_caller_makes_labels(
    client: Client, inside: dict[str, str]
) -> None:
    name = "esachivalaya_http_requests_total{answer=2xx,method=GET,route=pages:how-it-works}"
    before = figures(client, inside).get(name, 0)
    client.get("/how-it-works/")
    client.generic("ANYTHING", "/how-it-works/")
    told = figures(client, inside)
    assert told[name] == before + 1
    assert not [one for one in told if "ANYTHING" in one]


@pytest.mark.django_db
def test_a_lost_redis_is_a_figure(client: Client, inside: dict[str, str], settings: Any) -> None:
    assert figures(client, inside)["esachivalaya_redis_up"] == 1
    gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": gone}
    assert figures(client, inside)["esachivalaya_redis_up"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_lost_database_is_a_figure(client: Client, inside: dict[str, str]) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        told = figures(client, inside)
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert told["esachivalaya_database_up"] == 0
    assert "esachivalaya_requests_waiting" not in told


@pytest.mark.django_db
def test_it_costs_the_same_for_one_row_and_many_and_nothing_when_asked_again(
    client: Client, inside: dict[str, str]
) -> None:
    with CaptureQueriesContext(connection) as empty:
        figures(client, inside)
    sent_by_asha(make_cast())
    for _time in range(5):
        sms()
    with CaptureQueriesContext(connection) as full:
        figures(client, inside)
    with CaptureQueriesContext(connection) as again:
        client.get("/metrics", **inside)
    assert len(full) == len(empty) <= BUDGET, [query["sql"] for query in full.captured_queries]
    assert len(again) == 0


# --- who may ask ---


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Bearer wrong"}])
def test_for_strangers_there_is_nothing(client: Client, headers: dict[str, str], db: None) -> None:
    assert client.get("/metrics", **headers).status_code == 404


@pytest.mark.django_db
def test_without_any_setting_nobody_may_ask(client: Client) -> None:
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("caller", "more", "status"),
    [
        ("10.20.3.4", {}, 200),
        ("::ffff:10.20.3.4", {}, 200),
        ("10.21.3.4", {}, 404),
        ("10.20.3.4", {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 404),
        ("203.0.113.9", {"HTTP_X_FORWARDED_FOR": "10.20.3.4"}, 404),
        ("10.20.3.4", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
    ],
)
def test_a_network_of_ones_own_may_ask_directly_and_nobody_through_a_proxy(
    client: Client, settings: Any, caller: str, more: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.METRICS_NETWORKS = [ip_network("10.20.0.0/16")]
    assert client.get("/metrics", REMOTE_ADDR=caller, **more).status_code == status


def test_the_proxy_does_not_pass_it_on() -> None:
    text = (ROOT / "docker" / "nginx.conf").read_text()
    assert re.search(r"location = /metrics \{\s*return 404;", text)


# --- many workers ---


@pytest.fixture
def server(django_db_setup: None) -> Iterator[str]:
    """The real web server with two workers, each of which counts for itself."""
    with standalone.running(METRICS_TOKEN=TOKEN) as portal:
        yield portal.url


def asked(address: str) -> str:
    parts = urlsplit(address)
    with closing(HTTPConnection(parts.netloc, timeout=120)) as link:
        link.request("GET", parts.path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = link.getresponse()
        return str(answer.read().decode())


def test_what_two_workers_counted_is_told_together_whoever_answers(server: str) -> None:
    for _time in range(12):
        asked(f"{server}/how-it-works/")
    counted = re.compile(r'esachivalaya_http_requests_total\{[^}]*how-it-works"[^}]*\} ([\d.]+)')
    told = [counted.search(asked(f"{server}/metrics")) for _time in range(6)]
    assert {float(found.group(1)) for found in told if found} == {12.0}
    assert all(told)
    # What the database says is one for all: it is not added up.
    assert "\nesachivalaya_database_up 1.0\n" in asked(f"{server}/metrics")
