"""The portal's main job, as two people do it: one asks to meet an office, one answers for it.

And what happens when nobody answers: after 24 hours the portal fixes the meeting itself.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from appointments.models import Breach, Request
from esachivalaya.common import formats
from tests.booking import overdue
from tests.browser import ways
from tests.people import STAFF_PASSWORD, Cast, make_citizen, make_household, sign_in_household

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RAJNIS_PHONE = "98000 00077"


@pytest.fixture
def cast(settings: Settings) -> Cast:
    """The cast in a demo: its messages and second factors stand on the demo phone."""
    settings.DEMO = True
    cast = ways.findable_cast()
    cast.suresh.set_password(STAFF_PASSWORD)
    cast.suresh.save()
    TOTPDevice.objects.create(user=cast.suresh, name="authenticator", confirmed=True)
    return cast


def send_request(page: Page, *, person: str) -> str:
    """From the person's step to the acknowledgement; return the reference as it is shown."""
    page.get_by_label(person).check()
    ways.press(page, "Continue")
    expect(page.locator(".summary-list")).to_contain_text(ways.SUBJECT)
    ways.press(page, "Send the request")
    expect(page.get_by_role("heading", level=1)).to_have_text(ways.hi("Your request is sent"))
    return page.locator(".confirmation .reference").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_citizen_asks_and_a_private_secretary_confirms(
    visitor: Callable[..., Page], cast: Cast, scripts: bool
) -> None:
    citizen = visitor(width=360, scripts=scripts)
    ways.find_office(citizen)
    when = ways.choose_time(citizen)
    ways.say_what_it_is_about(citizen)
    ways.sign_in_citizen(citizen)
    shown = send_request(citizen, person="Asha Devi")

    row = Request.objects.get()
    assert shown == formats.grouped_reference(row.reference)
    assert row.citizen == cast.asha
    assert row.subject == ways.SUBJECT
    expect(citizen.locator(".confirmation")).to_contain_text(formats.datetime_long(row.due_at))
    pin = (
        citizen.locator("p", has_text=ways.hi("PIN of this request"))
        .locator(".reference")
        .inner_text()
    )
    assert len(pin) == 6
    assert pin.isdigit()
    assert shown.replace(" ", "") in ways.newest_sms(citizen, ways.ASHAS_PHONE).replace(" ", "")

    office = visitor(width=360, scripts=scripts)
    ways.sign_in_office(office, "suresh", STAFF_PASSWORD)
    office.get_by_role("link", name="Asha Devi").click()
    expect(office.locator(".request-about")).to_contain_text(ways.SOUGHT)
    office.locator(".answer-bar button").click()
    expect(office.locator(".notice-done").first).to_be_visible()

    told = ways.newest_sms(citizen, ways.ASHAS_PHONE)
    assert "उपायुक्त रेवाड़ी से आपकी बैठक" in told
    assert "तय है" in told
    assert shown.replace(" ", "") in told.replace(" ", "")
    citizen.goto("/appointments/")
    citizen.get_by_role("link", name="उपायुक्त, रेवाड़ी").click()
    expect(citizen.locator(".notice-done")).to_contain_text(when)


def test_what_nobody_answers_is_fixed_by_the_24_hour_rule(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast
) -> None:
    household = make_household("+919800000077")
    rajni = make_citizen(household, "Rajni Bala")
    citizen = ways.carry(visitor(width=360), sign_in_household(Client(), household), live_server)
    ways.find_office(citizen)
    when = ways.choose_time(citizen, 1)
    ways.say_what_it_is_about(citizen)
    send_request(citizen, person="Rajni Bala")
    row = overdue(Request.objects.get(citizen=rajni))
    citizen.reload()
    expect(citizen.locator(".notice-waiting")).to_be_visible()

    call_command("enforce_deadlines", verbosity=0)

    told = ways.newest_sms(citizen, RAJNIS_PHONE)
    assert "24 घंटे के नियम से" in told
    assert "उपायुक्त रेवाड़ी" in told
    citizen.reload()
    expect(citizen.locator(".notice-done")).to_contain_text(when)
    in_time = "The office did not answer in time: the portal fixed this in the State's name."
    expect(citizen.locator(".notice-done")).to_contain_text(ways.hi(in_time))
    assert Breach.objects.filter(request=row, post=cast.rewari).count() == 1


# What a person at the keyboard must see: that the focus is somewhere, and where.
FOCUS = """() => {
  const one = document.activeElement;
  const seen = one.matches('.slot-time input') ? one.nextElementSibling : one;
  const style = getComputedStyle(seen);
  const box = seen.getBoundingClientRect();
  return {
    words: (one.innerText || one.name || one.tagName).trim().slice(0, 60),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    there: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on ``selector``; it is visible on every element on the way."""
    for _press in range(70):
        page.keyboard.press("Tab")
        focus: dict[str, Any] = page.evaluate(FOCUS)
        assert focus["outlined"], focus
        assert focus["there"], focus
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"The Tab key does not lead to {selector} on {page.url}.")


def test_the_keyboard_alone_leads_through_the_first_steps(
    visitor: Callable[..., Page], cast: Cast
) -> None:
    page = visitor(width=1280)
    # The page jumps to what has the focus, so that one can ask at once whether it is in view.
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    # The next stop is the first one of the content: header and menu are left behind.
    page.keyboard.press("Tab")
    expect(page.locator(".choice-main a")).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url("**/officials/")
    tab_to(page, "input[name=q]")
    page.keyboard.type("DC Rewari")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=DC**")
    tab_to(page, ".office-list a")
    page.keyboard.press("Enter")

    page.wait_for_url("**/officials/DC-REW/")
    tab_to(page, ".slot-day summary")
    page.keyboard.press("Space")
    expect(page.locator(".slot-time").first).to_be_hidden()
    page.keyboard.press("Space")
    tab_to(page, "input[name=slot]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=slot]").nth(1)).to_be_checked()
    assert page.evaluate(FOCUS)["outlined"]
    tab_to(page, "main .actions .btn-primary")
    page.keyboard.press("Enter")

    page.wait_for_url("**/appointments/new/DC-REW/?slot=**")
    tab_to(page, "#booking input[type=checkbox]")
    page.keyboard.press("Space")
    expect(page.locator("#booking input[type=checkbox]").first).to_be_checked()
    tab_to(page, "#booking .btn-primary")
    page.keyboard.press("Enter")

    page.wait_for_url("**/about/")
    tab_to(page, "#booking .btn-primary")
    page.keyboard.press("Enter")
    # What is wrong is said at once, and each line leads to its field.
    expect(page.locator(".error-summary")).to_be_focused()
    tab_to(page, ".error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("[name=subject]")).to_be_focused()
    page.keyboard.type("Demarcation of our fields")
    tab_to(page, "[name=category]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=sought]")
    page.keyboard.type("An order to the tehsildar")
    tab_to(page, "#booking .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/meeting/**")
