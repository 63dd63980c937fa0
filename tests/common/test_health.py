"""/healthz and /readyz: what a watcher may rely on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from esachivalaya.common import clock, sweeps
from esachivalaya.notifications.models import Message
from tests.notifications.letters import sms


def test_liveness_asks_nobody(client: Client) -> None:
    # No database mark: a query would fail this test.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readiness_says_that_all_is_well(client: Client) -> None:
    sweeps.done("send_messages")
    response = client.get("/readyz")
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
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["seconds"]["oldest_due_message"] >= 600


@pytest.mark.django_db
def test_a_lost_redis_is_told_and_no_reason_to_stop(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["redis"] == "cannot be reached"
    assert response.json()["status"] == "degraded"


@pytest.mark.django_db
def test_missing_tables_make_the_portal_unready(client: Client) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="common").latest("name")
    last.delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "missing" in response.json()["migrations"]


@pytest.mark.django_db(transaction=True)
def test_a_lost_database_makes_the_portal_unready(client: Client) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        response = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert response.status_code == 503
    assert response.json()["database"] == "cannot be used"
    assert response.json()["redis"] == "ok"
