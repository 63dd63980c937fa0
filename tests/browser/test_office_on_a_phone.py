"""A private secretary answers on a phone: nothing is wider than the screen, all targets are large.

The visitor's browser fails the test for whatever the Content-Security-Policy refuses.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from appointments.models import Request
from tests.booking import age, sent, sent_by_asha
from tests.people import Cast, make_cast, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Links inside sentences may be as low as their line.
LOW = """[...document.querySelectorAll('main :is(a, button, select, input, summary)')].filter(
  (one) => one.offsetParent && one.type !== 'hidden' && !one.closest('p, td p, label, .form-check')
    && !one.closest('.slot-time') && one.getBoundingClientRect().height < 43.5
).map((one) => one.outerHTML.slice(0, 120))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> Request:
    age(sent(cast.rewari, cast.ramesh, None), timedelta(hours=9))
    return sent_by_asha(cast)


def arrive(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast, *, scripts: bool = True
) -> Page:
    page = visitor(width=360, scripts=scripts)
    session = sign_in_staff(Client(), cast.suresh).cookies["sessionid"].value
    for name, value in (("sessionid", session), ("language", "hi")):
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return page


def test_no_page_is_wider_than_the_phone_and_no_target_too_low(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast, asked: Request
) -> None:
    page = arrive(visitor, live_server, cast)
    request = f"/admin/appointments/request/{asked.reference}/change/"
    for address in (
        "/admin/",
        "/admin/appointments/request/",
        request,
        f"{request}?answer=another-time",
        f"{request}?answer=decline",
        f"{request}?answer=hand-over",
        "/admin/appointments/request/diary/",
    ):
        page.goto(address)
        assert page.evaluate(WIDER) == 0, address
        assert page.evaluate(LOW) == [], address


@pytest.mark.parametrize("scripts", [True, False])
def test_three_taps_from_the_desk_confirm_with_and_without_scripts(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    cast: Cast,
    asked: Request,
    scripts: bool,
) -> None:
    page = arrive(visitor, live_server, cast, scripts=scripts)
    page.goto("/admin/")
    page.get_by_role("link", name="Asha Devi").click()
    page.locator(".answer-bar button").click()
    page.wait_for_url(f"**/{asked.reference}/change/")
    assert page.locator(".notice-done").is_visible()
    asked.refresh_from_db()
    assert asked.status == "confirmed"


def test_the_search_box_narrows_the_list_of_offices(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast, asked: Request
) -> None:
    page = arrive(visitor, live_server, cast)
    page.goto(f"/admin/appointments/request/{asked.reference}/change/?answer=hand-over")
    page.locator(".option-search").fill("मंडल आयुक्त")
    assert page.locator("select[name=to]").input_value() == str(cast.division.pk)
