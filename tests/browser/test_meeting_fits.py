"""The pages of a meeting fit a phone and a desk, and everybody can use them, also in the middle."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser import meeting_ways
from tests.browser.meeting_ways import Visitor
from tests.browser.test_pages_fit import judge, look
from tests.people import make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wrong_with(where: str, page: Page, language: str) -> list[str]:
    """What is wrong with a page at both widths, and for who reads or listens differently."""
    page.emulate_media(reduced_motion="reduce")
    found = [
        one for width in (1280, 360) for one in look(page, language=language, width=width)
    ] + judge(page)
    return [f"{where}: {one}" for one in found]


@pytest.mark.parametrize("language", ["hi", "en"])
def test_waiting_meeting_and_trying(
    visitor: Visitor, live_server: LiveServer, language: str
) -> None:
    cast = make_cast()
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row, language=language)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row, language=language)
    meera.locator("[data-do=admit]:visible").wait_for()
    wrong = wrong_with("waiting", asha, language)
    wrong += wrong_with("the office, somebody waits", meera, language)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    wrong += wrong_with("in the meeting", asha, language)
    wrong += wrong_with("the office in the meeting", meera, language)
    asha.locator("[data-meeting-hangup]").click()
    meeting_ways.says(asha, "left")
    wrong += wrong_with("after hanging up", asha, language)
    asha.goto(f"{live_server.url}/meetings/test/")
    wrong += wrong_with("before the test", asha, language)
    asha.locator("[data-start]").click()
    asha.locator("[data-part=line][data-judged=good]").wait_for()
    wrong += wrong_with("the test", asha, language)
    assert not wrong, "\n".join(wrong)
