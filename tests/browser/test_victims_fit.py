"""Closing time on a phone: the panel of who stands on it fits, and works without JavaScript."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from appointments.models import Bump
from esachivalaya.common.clock import IST, day_bounds, day_of
from officials.models import Leave
from tests.booking import sent, slots
from tests.browser import ways
from tests.people import Cast, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def close_the_day(page: Page, cast: Cast, moment: datetime) -> None:
    """Enter leave over the day of ``moment``, as one types it."""
    start, end = (one.astimezone(IST) for one in day_bounds(day_of(moment)))
    page.goto(f"/admin/officials/leave/add/?post={cast.rewari.pk}")
    for name, when in (("starts_at", start), ("ends_at", end)):
        page.fill(f"[name={name}_0]", f"{when:%Y-%m-%d}")
        page.fill(f"[name={name}_1]", f"{when:%H:%M}")
    page.click("[name=_save]")


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_panel_fits_and_deals_with_all_without_javascript(
    visitor: Callable[..., Page], live_server: LiveServer, language: str
) -> None:
    cast = ways.findable_cast()
    first, second = slots(cast.rewari, 2)
    sent(cast.rewari, cast.asha, first)
    sent(cast.rewari, cast.ramesh, second)
    page = visitor(width=360, scripts=False)
    ways.carry(page, sign_in_staff(Client(), cast.suresh), live_server, language=language)
    close_the_day(page, cast, first.start)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        for shown in page.locator(".victims :is(select, textarea, label, td)").all():
            box = shown.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert page.locator("[name=_save]").count() == 1
    assert page.locator(".victims tr", has_text="Asha").count() == 1
    page.check("[name=dealing_all][value=move]")
    page.click("[name=_save]")
    assert Leave.objects.count() == 1
    assert Bump.objects.count() == 2
