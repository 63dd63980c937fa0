"""What a person has typed is still there: in the other language, on the way back, when refused.

With and without scripts, since the server keeps it; what was typed and not yet sent is kept by the
browser's tab, which takes scripts.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from appointments.diary import slot_value
from appointments.models import Request
from tests.booking import sent, sent_by_asha, slots
from tests.browser import ways
from tests.people import Cast, make_cast, make_citizen, sign_in_household, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOOKING = "/appointments/new/DC-REW"
both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asha(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast
) -> Callable[[str, bool], Page]:
    """`asha(step, scripts)`: Asha's phone, signed in, the steps before ``step`` filled in."""

    def arrive(until: str, scripts: bool = True) -> Page:
        client = sign_in_household(Client(), cast.household)
        ways.draft_of(client, cast, slot_value(slots(cast.rewari, 1)[0]), until=until)
        return ways.carry(visitor(width=360, scripts=scripts), client, live_server)

    return arrive


def switch(page: Page, language: str) -> None:
    """Press the other language's name in the header and see that the page speaks it."""
    name = {"en": "English", "hi": "हिन्दी"}[language]
    page.locator(".language-switch").get_by_role("button", name=name).click()
    expect(page.locator(f"html[lang={language}]")).to_be_attached()


def has_subject(page: Page) -> None:
    """The step about the subject shows all that ways.write_subject wrote."""
    expect(page.locator("[name=subject]")).to_have_value(ways.SUBJECT)
    expect(page.locator("[name=sought]")).to_have_value(ways.SOUGHT)
    expect(page.locator("[name=description]")).to_have_value(ways.HAPPENED)
    expect(page.locator("[name=category]")).not_to_have_value("")


@both_ways
def test_the_other_language_keeps_the_subject(asha: Callable[..., Page], scripts: bool) -> None:
    page = asha("about", scripts)
    page.goto(f"{BOOKING}/about/")
    ways.write_subject(page)
    switch(page, "en")
    has_subject(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("What is it about?")
    expect(page.locator("[name=category] option:checked")).to_have_text("Land and revenue")
    assert page.locator(".error-summary").count() == 0
    switch(page, "hi")
    has_subject(page)
    page.locator("#booking .btn-primary").click()
    page.wait_for_url("**/meeting/")


@both_ways
def test_the_other_language_keeps_ticks_and_companions(
    asha: Callable[..., Page], scripts: bool
) -> None:
    page = asha("meeting", scripts)
    page.goto(f"{BOOKING}/meeting/")
    page.locator("[name=language][value=en]").check()
    page.locator("[name=needs_accessible_seat]").check()
    page.locator("details.sheet summary").click()
    page.locator("[name=name1]").fill("Kamla Devi")
    page.locator("[name=relation1]").fill("daughter")
    switch(page, "en")
    expect(page.locator("[name=language][value=en]")).to_be_checked()
    expect(page.locator("[name=needs_accessible_seat]")).to_be_checked()
    expect(page.locator("[name=private]")).not_to_be_checked()
    # What was opened to write into it stands open, with the words in it.
    expect(page.locator("[name=name1]")).to_be_visible()
    expect(page.locator("[name=name1]")).to_have_value("Kamla Devi")
    expect(page.locator("[name=relation1]")).to_have_value("daughter")


@both_ways
def test_the_other_language_keeps_the_chosen_time_and_days(
    asha: Callable[..., Page], scripts: bool
) -> None:
    page = asha("time", scripts)
    page.goto(f"{BOOKING}/?slot=any")
    page.locator("[name=unsuitable_weekdays][value='2']").check()
    page.locator("[name=unsuitable_parts]").first.check()
    switch(page, "en")
    expect(page.locator("[name=unsuitable_weekdays][value='2']")).to_be_checked()
    expect(page.locator("[name=unsuitable_parts]").first).to_be_checked()
    expect(page.locator("#booking .sheet")).to_contain_text("Any time")
    page.locator("#booking .btn-primary").click()
    page.wait_for_url("**/about/")


@both_ways
def test_the_other_language_keeps_what_the_office_wrote(
    visitor: Callable[..., Page], live_server: LiveServer, cast: Cast, scripts: bool
) -> None:
    asked = sent_by_asha(cast)
    page = visitor(width=360, scripts=scripts)
    ways.carry(page, sign_in_staff(Client(), cast.suresh), live_server)
    page.goto(f"/admin/appointments/request/{asked.reference}/change/?answer=decline")
    words = page.locator("#answer textarea")
    reason = page.locator("#answer select")
    words.fill("यह विषय तहसील का है।")
    reason.select_option(index=1)
    chosen = reason.input_value()
    switch(page, "en")
    expect(words).to_have_value("यह विषय तहसील का है।")
    expect(reason).to_have_value(chosen)
    asked.refresh_from_db()
    assert asked.status == "requested"


@both_ways
def test_the_other_language_keeps_a_number_and_a_reference(
    visitor: Callable[..., Page], cast: Cast, scripts: bool
) -> None:
    page = visitor(width=360, scripts=scripts)
    page.goto("/accounts/sign-in/")
    page.locator("[name=phone]").fill("०९८००० ०००१२")
    switch(page, "en")
    expect(page.locator("[name=phone]")).to_have_value("०९८००० ०००१२")
    page.goto("/track/")
    page.locator("[name=reference]").fill("ES 7K4P 92MX")
    switch(page, "hi")
    expect(page.locator("[name=reference]")).to_have_value("ES 7K4P 92MX")


@both_ways
def test_the_way_back_shows_what_was_sent_on(asha: Callable[..., Page], scripts: bool) -> None:
    page = asha("about", scripts)
    page.goto(f"{BOOKING}/about/")
    ways.write_subject(page)
    page.locator("#booking .btn-primary").click()
    page.wait_for_url("**/meeting/")
    page.go_back()
    has_subject(page)
    page.go_forward()
    page.wait_for_url("**/meeting/")
    page.locator(".back-link").click()
    has_subject(page)


def test_what_was_not_sent_yet_waits_in_the_tab(asha: Callable[..., Page]) -> None:
    page = asha("about")
    page.goto(f"{BOOKING}/about/")
    ways.write_subject(page)
    page.goto("/help/")
    page.goto(f"{BOOKING}/about/")
    has_subject(page)
    # The next person at this phone does not find it.
    page.locator("[data-ends-session] button").click()
    page.wait_for_url("**/")
    assert page.evaluate("Object.keys(sessionStorage)") == []


@both_ways
def test_a_refused_form_keeps_everything(asha: Callable[..., Page], scripts: bool) -> None:
    page = asha("about", scripts)
    page.goto(f"{BOOKING}/about/")
    ways.write_subject(page)
    page.locator("[name=sought]").fill("")
    page.locator("#booking .btn-primary").click()
    expect(page.locator(".error-summary a")).to_have_count(1)
    expect(page.locator("[name=subject]")).to_have_value(ways.SUBJECT)
    expect(page.locator("[name=description]")).to_have_value(ways.HAPPENED)
    expect(page.locator("[name=category]")).not_to_have_value("")
    assert page.locator("[name=sought]").get_attribute("aria-invalid") == "true"
    page.locator("[name=sought]").fill(ways.SOUGHT)
    page.locator("#booking .btn-primary").click()
    page.wait_for_url("**/meeting/")


@both_ways
def test_a_time_taken_by_somebody_else_costs_one_tap(
    asha: Callable[..., Page], cast: Cast, scripts: bool
) -> None:
    page = asha("check", scripts)
    page.goto(f"{BOOKING}/check/")
    first, second = slots(cast.rewari, 2)
    sent(cast.rewari, make_citizen(name="Bhim Singh"), first)
    page.locator("main .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ways.hi("This time was just taken"))
    page.locator("main .btn-primary").click()
    # Nothing but the time has to be said again.
    page.wait_for_url("**/check/")
    for words in (ways.SUBJECT, ways.SOUGHT, ways.HAPPENED, "Asha Devi"):
        expect(page.locator(".summary-list")).to_contain_text(words)
    page.locator("main .btn-primary").click()
    expect(page.locator(".confirmation")).to_be_visible()
    assert Request.objects.get(citizen=cast.asha).starts_at == second.start
