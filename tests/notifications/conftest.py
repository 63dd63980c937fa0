"""Providers that the tests send to, for real, on the loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from esachivalaya.notifications import templates
from tests.notifications.fake_twilio import FakeTwilio


@pytest.fixture(autouse=True)
def _words_are_read_anew() -> Iterator[None]:
    templates.forget()
    yield
    templates.forget()


@pytest.fixture(autouse=True)
def _one_call_at_a_time(settings: Any) -> None:
    """So that a test knows which message meets which mood; tests about threads ask for them."""
    settings.MESSAGE_THREADS = 1
    # No limit of ours: tests about the limit set one.
    settings.MESSAGE_SEGMENTS_PER_SECOND = 0


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """A stand-in for Twilio's API that the portal's settings point to."""
    with FakeTwilio() as fake:
        settings.TWILIO_API_URL = fake.url
        settings.TWILIO_ACCOUNT_SID = "AC" + "0" * 32
        settings.TWILIO_AUTH_TOKEN = fake.token
        settings.TWILIO_MESSAGING_SERVICE_SID = "MG" + "0" * 32
        settings.SMS_GATEWAY = "twilio"
        yield fake
