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


def ids() -> list[str | None]:
    found = [
        *checks.sms_gateway(),
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
