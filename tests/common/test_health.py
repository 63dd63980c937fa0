"""/healthz and /readyz: what a watcher may rely on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.models import Request
from esachivalaya.common import clock, sweeps
from esachivalaya.common.models import Sweep
from esachivalaya.notifications.models import Message
from tests.booking import overdue, sent_by_asha
from tests.notifications.letters import sms
from tests.people import make_cast

TOKEN = "only-for-tests-0123456789"
INSIDE = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def test_liveness_asks_nobody(client: Client) -> None:
    # No database mark: a query would fail this test.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readiness_says_that_all_is_well(client: Client) -> None:
    sweeps.done("send_messages")
    response = client.get("/readyz", **INSIDE)
    assert response.status_code == 200
    told = response.json()
    assert told["status"] == "ok"
    assert (told["database"], told["migrations"], told["redis"]) == ("ok", "ok", "ok")
    assert told["seconds"]["oldest_due_message"] == 0
    assert told["seconds"]["since_send_messages"] < 60


@pytest.mark.django_db
def test_late_messages_are_told_without_taking_the_portal_out_of_service(client: Client) -> None:
    row = sms()
    Message.objects.filter(pk=row.pk).update(due_at=clock.now() - timedelta(minutes=10))
    response = client.get("/readyz", **INSIDE)
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["seconds"]["oldest_due_message"] >= 600


@pytest.mark.django_db
def test_a_promise_that_is_not_kept_is_told(client: Client) -> None:
    row = overdue(sent_by_asha(make_cast()))
    Request.objects.filter(pk=row.pk).update(
        created_at=row.created_at - timedelta(minutes=10), due_at=row.due_at - timedelta(minutes=10)
    )
    told = client.get("/readyz", **INSIDE).json()
    assert told["promise"] != "ok"
    assert told["seconds"]["oldest_request_past_due"] >= 600
    assert told["status"] == "degraded"


@pytest.mark.django_db
def test_late_work_is_told_by_its_name(client: Client) -> None:
    sweeps.done("enforce_deadlines")
    Sweep.objects.update(ended_at=clock.now() - timedelta(minutes=6))
    assert client.get("/readyz", **INSIDE).json()["regular_work"] == "late: enforce_deadlines"


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Bearer something-else"}])
def test_strangers_learn_which_part_is_not_well_and_no_more(
    client: Client, headers: dict[str, str]
) -> None:
    row = sms()
    Message.objects.filter(pk=row.pk).update(due_at=clock.now() - timedelta(minutes=10))
    told = client.get("/readyz", **headers).json()
    assert told["messages"] == "not ok"
    assert set(told.values()) <= {"ok", "not ok", "degraded"}
    assert "seconds" not in told


@pytest.mark.django_db
def test_strangers_do_not_make_it_look_each_time(client: Client) -> None:
    first = client.get("/readyz").json()
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/readyz").json() == first
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        client.get("/readyz", **INSIDE)
    assert len(asked) > 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_a_container_asks_by_the_number_of_its_own_machine(
    client: Client, settings: Any, path: str
) -> None:
    settings.ALLOWED_HOSTS = ["esachivalaya.example.in"]
    settings.PUBLIC_URL = "https://esachivalaya.example.in"
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, HTTP_HOST="127.0.0.1:8000").status_code == 200
    assert client.get("/how-it-works/", HTTP_HOST="127.0.0.1:8000").status_code == 400


@pytest.mark.django_db
def test_a_lost_redis_is_told_and_no_reason_to_stop(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    response = client.get("/readyz", **INSIDE)
    assert response.status_code == 200
    assert response.json()["redis"] == "cannot be reached"
    assert response.json()["status"] == "degraded"


@pytest.mark.django_db
def test_missing_tables_make_the_portal_unready(client: Client) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="common").latest("name")
    last.delete()
    response = client.get("/readyz", **INSIDE)
    assert response.status_code == 503
    assert "missing" in response.json()["migrations"]


@pytest.mark.django_db(transaction=True)
def test_a_lost_database_makes_the_portal_unready(client: Client) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        response = client.get("/readyz", **INSIDE)
        assert client.get("/healthz").status_code == 200
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert response.status_code == 503
    assert response.json()["database"] == "cannot be used"
    assert response.json()["redis"] == "ok"
