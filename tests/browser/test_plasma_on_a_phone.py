"""A donor on a cheap phone, in Hindi, without scripts: from the SMS to a booked time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from plasma.models import Pledge
from plasma.services import links
from tests.browser.ways import hi, press
from tests.donors import make_campaign, make_donor_cast, make_invitation, today

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fits(page: Page) -> None:
    """Nothing hangs out of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def answer_no(page: Page, question: str) -> None:
    group = page.get_by_role("group", name=hi(question))
    group.get_by_label(hi("No"), exact=True).check()


def test_from_the_sms_to_a_booked_time(visitor: Callable[..., Page]) -> None:
    cast = make_donor_cast()
    invitation = make_invitation(make_campaign(cast.cohort, status="running"), cast.suman)
    phone = visitor(locale="hi-IN", width=360, scripts=False)
    phone.goto(f"/plasma/d/{links.token_of(invitation.pk)}/")
    fits(phone)
    expect(phone.locator("main")).not_to_contain_text("Suman")
    phone.get_by_label(hi("Year of birth")).fill("1985")
    press(phone, "Continue")
    expect(phone.get_by_role("heading", level=1)).to_have_text(hi("Would you give plasma?"))
    fits(phone)
    phone.get_by_role("link", name=hi("I want to give plasma")).click()
    fits(phone)
    phone.get_by_role("link", name="गुरुग्राम").click()
    fits(phone)
    recovered = hi("On which day were you told that you had recovered?")
    phone.get_by_label(recovered).fill(str(today() - timedelta(days=60)))
    phone.get_by_label(hi("How many kilograms do you weigh?")).fill("62")
    for question in (
        "Have you ever been pregnant?",
        "Do you take insulin?",
        "Are you treated for a blood pressure that is not under control?",
        "Have you had cancer, or a long illness of the kidneys, the heart, the lungs or the liver?",
    ):
        answer_no(phone, question)
    phone.get_by_role("checkbox").check()
    press(phone, "Continue")
    expect(phone.get_by_role("heading", level=1)).to_have_text(hi("Choose a time"))
    fits(phone)
    phone.locator(".slot-day[open] .slot-time input").first.check(force=True)
    press(phone, "Book this time")
    expect(phone.get_by_role("heading", level=1)).to_have_text(hi("Your time is booked"))
    fits(phone)
    row = Pledge.objects.get()
    assert (row.status, row.donor) == ("booked", cast.suman)
    # Back, and the old page once more: nothing happens twice.
    phone.go_back()
    phone.goto(f"/plasma/d/{links.token_of(invitation.pk)}/")
    expect(phone.get_by_role("heading", level=1)).to_have_text(hi("Your time is booked"))
    assert Pledge.objects.count() == 1
