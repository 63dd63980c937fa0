"""A walk-in at a Kendra and the office see and hear each other; a counter left alone is locked."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.staff import note_sign_in
from kendras.models import Kendra
from kendras.services import operator_pins
from tests.browser import meeting_ways, ways
from tests.browser.meeting_ways import Visitor
from tests.counters import make_kendra, serve_at
from tests.kendras.meetings import meeting_here
from tests.people import Cast, make_cast, make_staff, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PINS = {"pooja": "280519", "rakesh": "490317"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def kendra() -> Kendra:
    return make_kendra("REW-0001")


def an_operator(kendra: Kendra, username: str, **names: str) -> User:
    user = serve_at(kendra, make_staff(username, **names))
    operator_pins.set_pin(user=user, pin=PINS[username])
    note_sign_in(user=user)
    return user


@pytest.fixture
def pooja(kendra: Kendra) -> User:
    return an_operator(kendra, "pooja", name_en="Pooja Rani", name_hi="पूजा रानी")


def at(kendra: Kendra, page: str = "") -> str:
    return f"/kendra/{kendra.code}/{page}"


def counter(
    visitor: Visitor, user: User, host: LiveServer, address: str, *, width: int = 1280
) -> Page:
    """The operator opens a page of the counter."""
    page = visitor(width=width)
    ways.carry(page, sign_in_staff(Client(), user), host)
    page.goto(host.url + address)
    return page


def reference_of(row: Request) -> str:
    return f"meetings/{row.reference}/"


def test_the_walk_in_at_the_kendra_and_the_office_see_and_hear_each_other(
    visitor: Visitor,
    cast: Cast,
    kendra: Kendra,
    pooja: User,
    live_server: LiveServer,
) -> None:
    row = meeting_here(kendra, pooja, cast)
    seat = counter(visitor, pooja, live_server, at(kendra, "meetings/"))
    seat.locator(f'a[href$="{reference_of(row)}"]').click()
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    expect(meera.locator("[data-meeting-guests] [data-place]").first).to_contain_text("REW-0001")
    meeting_ways.admit(meera)
    meeting_ways.goes_on(seat, meera)
    expect(meera.locator("[data-meeting-people] [data-name]")).to_have_text(row.citizen.name)
    # The page anew, as after a lost line: whom the office let in stays in.
    seat.reload()
    meeting_ways.goes_on(seat, meera)
    seat.locator("[data-meeting-hangup]").click()
    seat.wait_for_url(f"**{at(kendra)}")
    row.refresh_from_db()
    assert row.citizen_came_at is not None
    assert row.office_came_at is not None


def test_f8_locks_and_a_number_and_six_digits_open_for_the_next_operator(
    visitor: Visitor, cast: Cast, kendra: Kendra, pooja: User, live_server: LiveServer
) -> None:
    an_operator(kendra, "rakesh", name_en="Rakesh Yadav", name_hi="राकेश यादव")
    page = counter(visitor, pooja, live_server, at(kendra, "meetings/"))
    page.keyboard.press("F8")
    page.wait_for_url("**/locked/")
    expect(page.locator("[data-unlock] label", has_text="पूजा रानी")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.type(PINS["rakesh"])
    page.wait_for_url(f"**{at(kendra)}")
    expect(page.get_by_text("राकेश यादव").first).to_be_visible()
    # The browser's way back shows nothing of the page before.
    page.keyboard.press("F8")
    page.wait_for_url("**/locked/")
    page.go_back()
    page.wait_for_url("**/locked/**")


def test_a_counter_left_alone_locks_itself_and_the_same_operator_goes_on(
    visitor: Visitor, cast: Cast, kendra: Kendra, pooja: User, live_server: LiveServer
) -> None:
    page = visitor()
    ways.carry(page, sign_in_staff(Client(), pooja), live_server)
    page.clock.install()
    page.goto(live_server.url + at(kendra, "meetings/"))
    page.clock.run_for(2 * 60 * 1000)
    assert page.url.endswith(at(kendra, "meetings/"))
    page.clock.run_for(70 * 1000)
    page.wait_for_url("**/locked/")
    page.keyboard.type(PINS["pooja"])
    page.wait_for_url(f"**{at(kendra)}")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_fit_the_screen(
    visitor: Visitor,
    cast: Cast,
    kendra: Kendra,
    pooja: User,
    live_server: LiveServer,
    width: int,
) -> None:
    row = meeting_here(kendra, pooja, cast)
    page = counter(visitor, pooja, live_server, at(kendra, "meetings/"), width=width)
    for address in (at(kendra, "meetings/"), at(kendra, reference_of(row)), "/kendra/pin/"):
        page.goto(live_server.url + address)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, address
    page.goto(live_server.url + at(kendra, "meetings/"))
    page.locator("[data-lock] button").click()
    page.wait_for_url("**/locked/")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
