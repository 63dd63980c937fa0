"""People see and hear each other, browser to browser, and go on doing so whatever happens."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from meetings.models import Signal
from tests.browser import meeting_ways, standalone
from tests.browser.meeting_ways import Visitor
from tests.people import Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def together(visitor: Visitor, cast: Cast, host: meeting_ways.Host) -> tuple[Page, Page]:
    """Asha and the office, who see and hear each other."""
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, host, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, host, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    return asha, meera


def test_two_people_see_and_hear_each_other(
    visitor: Visitor,
    cast: Cast,
    live_server: LiveServer,
    record_property: Callable[[str, object], None],
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meera.locator("[data-do=admit]:visible").first.wait_for()
    admitted = time.monotonic()
    meeting_ways.admit(meera)
    meeting_ways.sees(asha)
    meeting_ways.sees(meera)
    record_property("admit_to_picture_ms", round((time.monotonic() - admitted) * 1000))
    meeting_ways.goes_on(asha, meera)
    expect(meera.locator("[data-meeting-people] [data-name]")).to_have_text("Asha Devi")


def test_three_people_see_and_hear_each_other(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    suresh = meeting_ways.office(visitor, cast.suresh, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera, suresh, people=2)


def test_either_side_may_load_its_page_anew(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    asha, meera = together(visitor, cast, live_server)
    asha.reload()
    meeting_ways.goes_on(asha, meera)
    meera.reload()
    meeting_ways.goes_on(asha, meera)


def test_both_sides_may_load_their_pages_at_once(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    asha, meera = together(visitor, cast, live_server)
    asha.reload(wait_until="commit")
    meera.reload(wait_until="commit")
    meeting_ways.goes_on(asha, meera)


@pytest.mark.parametrize("lost", ["offer", "answer"])
def test_an_offer_or_answer_that_got_lost_is_sent_again_as_it_was(
    visitor: Visitor, cast: Cast, live_server: LiveServer, lost: str
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    rounds: list[int] = []

    def swallow_the_first(route: Route) -> None:
        word = route.request.post_data_json or {}
        if word.get("kind") == lost:
            rounds.append(json.loads(word["content"])["round"])
        if word.get("kind") == lost and len(rounds) == 1:
            route.fulfill(json={"sent": True})
        else:
            route.continue_()

    for page in (asha, meera):
        page.context.route("**/signal/", swallow_the_first)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    assert rounds[:2] == [1, 1], "a new round was begun instead"


def test_picture_and_sound_go_on_while_the_portal_is_not_reached(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    asha, meera = together(visitor, cast, live_server)
    for page in (asha, meera):
        page.context.route("**/meetings/**", lambda route: route.abort())
    meeting_ways.says(asha, "offline")
    until = time.monotonic() + 8
    while time.monotonic() < until:
        meeting_ways.goes_on(asha, meera)
    for page in (asha, meera):
        page.context.unroute("**/meetings/**")
    meeting_ways.goes_on(asha, meera)
    expect(asha.locator("[data-notice=offline]")).to_have_count(0, timeout=15_000)


def test_a_portal_killed_in_the_middle_of_the_negotiation_loses_nothing(
    visitor: Visitor, cast: Cast, transactional_db: None
) -> None:
    with standalone.running() as portal:
        row = meeting_ways.meeting_now(cast)
        asha = meeting_ways.guest(visitor, cast, portal, row)
        meera = meeting_ways.office(visitor, cast.meera, portal, row)
        with meera.expect_response("**/admit/"):
            meeting_ways.admit(meera)
        until = time.monotonic() + 5
        while not Signal.objects.exists() and time.monotonic() < until:
            meera.wait_for_timeout(5)
        portal.kill()
        asha.wait_for_timeout(3_000)
        portal.start()
        meeting_ways.goes_on(asha, meera)
        # And while they speak: nobody notices.
        portal.kill()
        meeting_ways.goes_on(asha, meera)
        portal.start()
        meeting_ways.goes_on(asha, meera)
