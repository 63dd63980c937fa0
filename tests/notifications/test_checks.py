"""The system checks say what is missing before messages can go out."""

from typing import Any

import pytest

from esachivalaya.notifications import checks


@pytest.fixture(autouse=True)
def _production(settings: Any) -> None:
    settings.DEMO = False
    settings.SMS_GATEWAY = "twilio"
    settings.EMAIL_GATEWAY = "smtp"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_MESSAGING_SERVICE_SID = "x"
    settings.PUBLIC_URL = "https://portal.example.in"
    settings.MESSAGE_SEGMENTS_PER_SECOND = 100


def ids() -> list[str | None]:
    found = [
        *checks.sms_gateway(),
        *checks.receipts_can_come(),
        *checks.senders(),
        *checks.limit_of_the_account(),
        *checks.times_in_order(),
        *checks.sms_for_real_in_a_demo(),
        *checks.email_gateway(),
    ]
    return [message.id for message in found]


def test_a_portal_with_everything_has_nothing_to_hear() -> None:
    assert ids() == []


def test_half_a_twilio_stops_the_start(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    (problem,) = checks.sms_gateway()
    assert problem.id == "notifications.E001"
    assert "TWILIO_AUTH_TOKEN" in problem.msg


def test_no_gateway_in_production_is_said(settings: Any) -> None:
    settings.SMS_GATEWAY = settings.EMAIL_GATEWAY = "outbox-page"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = ""
    settings.TWILIO_MESSAGING_SERVICE_SID = ""
    assert ids() == ["notifications.W001", "notifications.W003"]


def test_a_demo_needs_no_gateway_and_should_have_none(settings: Any) -> None:
    settings.DEMO = True
    assert ids() == ["notifications.W002"]
    settings.SMS_GATEWAY = settings.EMAIL_GATEWAY = "outbox-page"
    assert ids() == []


@pytest.mark.parametrize("url", ["http://portal.example.in", "https://localhost"])
def test_an_address_that_twilio_cannot_reach_is_said(settings: Any, url: str) -> None:
    settings.PUBLIC_URL = url
    assert ids() == ["notifications.W004"]
    # A rehearsal has its provider on the same machine.
    settings.TWILIO_API_URL = "http://127.0.0.1:8900"
    assert ids() == []


@pytest.mark.parametrize(
    ("sender", "fine"),
    [
        ("", True),
        ("+911234567890", True),
        ("56161", True),
        ("HRGOVT", True),
        ("MG" + "0" * 32, True),
        ("a very long header", False),
        ("0172-123", False),
    ],
)
def test_a_sender_has_a_form(settings: Any, sender: str, fine: bool) -> None:
    settings.TWILIO_CODE_SENDER = sender
    assert ids() == ([] if fine else ["notifications.E002"])


def test_no_limit_is_said(settings: Any) -> None:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 0
    assert ids() == ["notifications.W005"]


def test_times_out_of_order_stop_the_start(settings: Any) -> None:
    settings.CELERY_TASK_TIME_LIMIT = 200
    (problem,) = checks.times_in_order()
    assert problem.id == "notifications.E003"
