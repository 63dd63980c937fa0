"""The pages of draws fit a phone and a desk, in both languages, for everybody."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from appointments.models import Draw, DrawWish
from appointments.services import drawing
from tests.browser import ways
from tests.browser.test_pages_fit import judge, look
from tests.draws import announced, closed, due, open_day, wished
from tests.people import Cast, sign_in_household, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Stage:
    """One draw of each kind, and a wish of Asha's household in each."""

    cast: Cast
    open: Draw
    closed: Draw
    drawn: Draw
    waiting: DrawWish
    won: DrawWish
    lost: DrawWish


@pytest.fixture
def stage(settings: Settings) -> Stage:
    settings.DEMO = True
    cast = ways.findable_cast()
    drawn = announced(cast, first_day=open_day(14))
    won = wished(drawn, cast.asha)
    lost = wished(drawn, cast.ramesh, unsuitable_parts=["morning", "afternoon"])
    for _ in range(5):
        wished(drawn)
    due(drawn)
    drawing.draw_due()
    shut = announced(cast, first_day=open_day(21))
    for _ in range(6):
        wished(shut)
    closed(shut)
    open_ = announced(cast, first_day=open_day(28), last_day=open_day(28 + 3))
    waiting = wished(open_, cast.ramesh)
    for wish in (won, lost):
        wish.refresh_from_db()
    drawn.refresh_from_db()
    return Stage(cast, open_, shut, drawn, waiting, won, lost)


def addresses(stage: Stage, who: str) -> list[str]:
    open_, wish = f"/draws/{stage.open.pk}/", f"/draws/wishes/{stage.waiting.code}/"
    if who == "visitor":
        drawn = f"/draws/{stage.drawn.pk}/"
        return [
            "/draws/",
            open_,
            f"/draws/{stage.closed.pk}/",
            drawn,
            f"{drawn}?code={stage.won.code}",
            f"{drawn}?code=ES",
            f"{open_}take-part/",
            "/officials/DC-REW/",
        ]
    if who == "office":
        desk = "/admin/appointments/draw/"
        return [desk, f"{desk}announce/DC-REW/", f"{desk}{stage.open.pk}/"]
    ended = [f"/draws/wishes/{one.code}/" for one in (stage.won, stage.lost)]
    return ["/appointments/", wish, f"{wish}take-back/", *ended]


@pytest.mark.parametrize("language", ["hi", "en"])
@pytest.mark.parametrize("who", ["visitor", "citizen", "office"])
def test_every_page_of_a_draw_fits(
    visitor: Callable[..., Page], live_server: LiveServer, stage: Stage, who: str, language: str
) -> None:
    page = visitor(width=360)
    page.emulate_media(reduced_motion="reduce")
    client = Client()
    if who == "citizen":
        sign_in_household(client, stage.cast.household)
    elif who == "office":
        sign_in_staff(client, stage.cast.suresh)
    ways.carry(page, client, live_server, language=language)
    complaints = []
    for address in addresses(stage, who):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        for width in (1280, 360) if language == "hi" else (360, 1280):
            complaints += [f"{address} {one}" for one in look(page, language=language, width=width)]
        complaints += [f"{address}: {one}" for one in judge(page)]
    assert not complaints, "\n".join(complaints)
