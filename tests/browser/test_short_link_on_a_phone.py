"""A link in an SMS, opened on a cheap phone: one page, one button, without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Request
from appointments.services import answers
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked, later_span
from tests.people import make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_offer_is_accepted_with_one_press(visitor: Callable[..., Page]) -> None:
    cast = make_cast()
    row = booked(cast)
    slot = later_span(cast.rewari, 5)
    answers.offer(request=row, slot=slot, by=cast.meera, version=row.version)
    body = Message.objects.get(template__key="request_offer", channel="sms").body
    found = re.search(r"/l/[A-Za-z0-9_-]+/", body)
    assert found
    phone = visitor(locale="en-IN", width=360, scripts=False)
    phone.goto(found.group())
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_role("button", name="Accept this time").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Done")
    assert Request.objects.get().starts_at == slot.start
    phone.goto(found.group())
    expect(phone.get_by_role("heading", level=1)).to_have_text("This link does nothing any more")
