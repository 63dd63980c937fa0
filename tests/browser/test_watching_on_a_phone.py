"""The operator's page on a phone, with everything that can be wrong on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from esachivalaya.common import clock, sweeps
from esachivalaya.common.models import Sweep
from esachivalaya.notifications.models import Breaker
from esachivalaya.watching.figures import kept
from tests.browser.test_messages_operator import arrive, dead
from tests.browser.test_office_on_a_phone import LOW, WIDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/admin/common/sweep/"


@pytest.mark.parametrize(("language", "width"), [("hi", 360), ("en", 1280)])
def test_nothing_is_wider_than_the_screen_and_no_target_too_low(
    visitor: Callable[..., Page], live_server: LiveServer, language: str, width: int
) -> None:
    dead()
    sweeps.done("enforce_deadlines")
    sweeps.done("roll_up")
    Sweep.objects.filter(name="roll_up").update(ended_at=clock.now() - timedelta(hours=2))
    Breaker.objects.create(gateway="twilio", channel="sms", state="open")
    # The longest name that stands in the log.
    sweeps.done("eoffice_close_questions")
    kept.forget()
    page = arrive(visitor, live_server, language=language, width=width)
    page.goto(f"{live_server.url}{PAGE}")
    assert page.locator(".notice-refused").count() >= 1
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(LOW) == []
