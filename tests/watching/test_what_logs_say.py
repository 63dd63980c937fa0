"""JSON logs name the page and the request, and nobody."""

import logging
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from appointments import diary
from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.common.references import grouped
from tests.accounts.sent import code_sent_to
from tests.accounts.test_citizen_sign_in import ask, give
from tests.appointments.citizens import fill_all, later_span, send
from tests.people import make_cast, make_citizen
from tests.watching.conftest import Log

PHONE, TYPED = "+919876512345", "98765 12345"
NAME, SUBJECT = "Zubeida Kaushalyavati", "Xanthophyll pension of ward nine"
DESCRIPTION = "Quixotic clerk of Bawal asked for money"
SEARCHED = "Vellalore"


@pytest.mark.django_db
def test_nobody_is_in_the_logs_after_sign_in_booking_search_and_tracking(
    client: Client, log: Log
) -> None:
    cast = make_cast()
    client.cookies["language"] = "en"
    # Signing in, once wrongly.
    ask(client, TYPED)
    code = code_sent_to(PHONE)
    give(client, "000000" if code != "000000" else "000001")
    give(client, code)
    household = User.objects.get(pk=client.session["_auth_user_id"]).household
    citizen = make_citizen(household=household, name=NAME)
    # Booking.
    about = {"subject": SUBJECT, "description": DESCRIPTION}
    slot = diary.slot_value(later_span(cast.rewari))
    fill_all(client, cast.rewari, slot, citizen, **about)
    assert send(client, cast.rewari).status_code == 303
    row = Request.objects.get()
    page = client.get(reverse("appointments:detail", args=[row.reference]))
    assert page.status_code == 200
    # Searching, tracking with a wrong and a right PIN, and addresses where nothing is.
    client.get(reverse("officials:directory"), {"q": SEARCHED})
    anyone = Client()
    for pin in ("482915", "739164"):
        anyone.post("/track/", {"reference": grouped(row.reference), "pin": pin})
    anyone.get(f"/appointments/{row.reference}/no-such-page/")
    anyone.get(f"/track/{row.reference}/")
    Client(enforce_csrf_checks=True).post("/track/", {"reference": row.reference, "pin": "482915"})
    told = log.text
    assert "appointments:detail" in told, "the requests are told"
    secrets = [
        "9876512345", TYPED, NAME, NAME.split()[0], SUBJECT, "Xanthophyll", DESCRIPTION, "Quixotic",
        row.reference, grouped(row.reference), SEARCHED, code, "482915", "739164", "127.0.0.1",
        str(client.session.session_key),
    ]  # fmt: skip
    assert [secret for secret in secrets if secret.lower() in told.lower()] == []


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_and_an_exceptions_words_stay_out(log: Log) -> None:
    logger = logging.getLogger("of.this.test")
    try:
        with transaction.atomic():
            User.objects.create(username="x", kind="no", name_en=NAME, phone=PHONE)
    except IntegrityError as problem:
        logger.exception("It failed: %s", problem)  # noqa: TRY401
    record = log.lines[-1]
    assert record["message"] == "It failed: IntegrityError"
    assert [one["kind"] for one in record["exception"]] == ["IntegrityError", "CheckViolation"]
    assert any("test_what_logs_say" in where for where in record["exception"][0]["where"])
    assert NAME not in log.text
    assert PHONE not in log.text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call +91 98765-12345 now", "call [number] now"),
        ("of 9876512345.", "of [number]."),
        ("id 2345 6789 0123", "id [number]"),
        ("to asha.devi@example.co.in", "to [mailbox]"),
        ("at /track/ES7K4P92MX/", "at /track/[reference]/"),
        ("row 4711 took 12.345 s", "row 4711 took 12.345 s"),
    ],
)
def test_what_a_library_says_is_masked(log: Log, said: str, kept: str) -> None:
    logging.getLogger("some.library").warning(said)
    assert log.lines[-1]["message"] == kept


def test_what_is_attached_to_a_record_does_not_come_along(log: Log) -> None:
    logging.getLogger("some.library").error("It broke.", extra={"body": NAME, "status": 500})
    assert log.lines[-1]["status"] == 500
    assert NAME not in log.text


@pytest.mark.django_db
def test_each_request_is_one_line_that_names_page_answer_and_number(
    client: Client, log: Log
) -> None:
    answer = client.get("/how-it-works/")
    (line,) = [one for one in log.lines if one["logger"] == "esachivalaya.common.middleware"]
    assert line["route"] == "pages:how-it-works"
    assert (line["method"], line["status"]) == ("GET", answer.status_code)
    assert line["request_id"] == answer["X-Request-ID"]
    assert line["milliseconds"] >= 0


def test_those_who_watch_fill_no_log(client: Client, log: Log) -> None:
    client.get("/healthz")
    assert log.text == ""


def test_celery_may_quote_what_it_likes_of_a_task(log: Log) -> None:
    context: Any = {"name": "plasma.x", "id": "7", "exc": f"ValueError('{NAME}')", "args": PHONE}
    logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] raised: %(exc)s", context)
    assert log.lines[-1]["message"] == "Task plasma.x[7] raised: left out"
