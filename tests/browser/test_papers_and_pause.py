"""Papers, the same matter and the pause on the office's page, on a phone."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.appointments.test_waivers import held
from tests.booking import sent, sent_by_asha
from tests.browser.test_office_on_a_phone import WIDER
from tests.papers import attach, letter, picture
from tests.people import make_cast, make_post, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "language"), [(360, "hi"), (1280, "en")])
def test_papers_are_shown_and_nothing_is_wider_than_the_screen(
    visitor: Callable[..., Page], live_server: LiveServer, width: int, language: str
) -> None:
    cast = make_cast()
    asked = sent_by_asha(cast)
    attach(asked, content=letter(3), pages=3, name="demarcation-report-of-the-tehsildar.pdf")
    attach(asked, content=picture(size=(1200, 1600)), name="photo.jpg", position=2)
    attach(asked, content=b"%PDF-1.4\n" + b"\xff" * 400, name="broken.pdf", position=3)
    sent(make_post("DC-GGM"), cast.ramesh, subject="Demarcation of our fields, once more")
    met = held(sent(cast.rewari, cast.ramesh))
    page = visitor(width=width)
    session = sign_in_staff(Client(), cast.suresh).cookies["sessionid"].value
    for name, value in (("sessionid", session), ("language", language)):
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    request = f"{live_server.url}/admin/appointments/request/{asked.reference}/"
    page.goto(f"{request}change/")
    assert page.evaluate(WIDER) <= 0
    first = page.locator(".paper-picture img").first
    first.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert first.evaluate("one => one.naturalWidth") > 300
    page.goto(f"{request}papers/1/pages/2/")
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate("document.querySelector('.paper-picture img').naturalWidth") > 300
    page.goto(f"{request}papers/3/pages/1/")
    assert page.evaluate(WIDER) <= 0
    assert page.locator(".paper-picture").count() == 0
    page.goto(f"{live_server.url}/admin/appointments/request/{met.reference}/change/")
    page.locator("details.sheet summary").click()
    assert page.evaluate(WIDER) <= 0
    page.locator("#waiver_reason").fill("The map was measured anew.")
    page.locator("#waiver button").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#waiver").count() == 0
