"""The line goes, the power fails, the button is pressed twice: nothing is lost, nothing twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from appointments.models import Request
from esachivalaya.accounts.models import User
from kendras.models import AssistedBooking, Kendra
from tests.browser import kendra_ways, standalone, ways
from tests.browser.kendra_ways import Keys, Visitor
from tests.counters import make_kendra
from tests.people import Cast, make_post, open_hours

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STEPS = ("people", "offices", "times", "code", "check", "book")
ADDRESSES = {step: step for step in STEPS} | {"check": "code/check"}


@pytest.fixture
def cast() -> Cast:
    open_hours(make_post("DC-GGM"))
    return ways.findable_cast()


@pytest.fixture
def kendra() -> Kendra:
    return make_kendra("REW-0001")


@pytest.fixture
def pooja(kendra: Kendra) -> User:
    return kendra_ways.an_operator(kendra, "pooja")


@pytest.fixture
def counter(
    visitor: Visitor, cast: Cast, kendra: Kendra, pooja: User, live_server: LiveServer
) -> Iterator[Page]:
    with kendra_ways.until_answered(
        kendra_ways.counter(visitor, pooja, live_server, kendra)
    ) as page:
        yield page


class Break:
    """A line that breaks at one step, and comes back when :meth:`mend` is called."""

    def __init__(self, page: Page, step: str, how: str) -> None:
        self.page, self.step, self.how = page, step, how

    def at(self, step: str) -> bool:
        """Break it, if this is the step."""
        if step != self.step:
            return False
        if self.how == "before":
            self.page.context.set_offline(True)
        else:
            kendra_ways.lose_answers(self.page, ADDRESSES[step])
        return True

    def mend(self) -> None:
        """The page says that the line is down; then it is back, and the page says that too."""
        line = self.page.locator("[data-line] .notice-waiting")
        expect(line).to_be_visible()
        if self.how == "after":
            assert set(kendra_ways.answers_arrive(self.page)) == {200}
            # The browser was told of nothing: what counts is that the portal answers.
            self.page.context.set_offline(True)
        self.page.context.set_offline(False)


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_the_line_breaks_at_one_step_and_the_walk_in_is_booked_once(
    counter: Page, kendra: Kendra, step: str, how: str
) -> None:
    """``before``: no question reaches the portal. ``after``: it acts, and its answer is lost."""
    page, keys, line = counter, Keys(counter), Break(counter, step, how)

    broken = line.at("people")
    kendra_ways.focus_on(page, "phone")
    keys.write(kendra_ways.SHARED_PHONE)
    if broken:
        expect(page.locator("[data-place=people] input")).to_have_count(1)
        line.mend()
    expect(page.locator("[name=person]")).to_have_count(3)
    kendra_ways.focus_on(page, "person")
    keys.press("1")

    kendra_ways.focus_on(page, "subject")
    keys.write(kendra_ways.SUBJECT)
    keys.press("Enter")
    kendra_ways.focus_on(page, "office_q")
    broken = line.at("offices")
    keys.write("उपायुक्त गुरुग्राम")
    if broken:
        # Whoever hurries is not led to another office than the one typed.
        keys.press("Enter")
        kendra_ways.focus_on(page, "post")
        expect(page.locator("[name=post]:checked")).to_have_count(0)
        line.mend()
        page.locator("[name=office_q]").focus()
    expect(page.locator("[name=post]").first).to_have_value("DC-GGM")

    broken = line.at("times")
    keys.press("Enter")
    if broken:
        expect(page.locator("#slot_any")).to_be_focused()
        line.mend()
    expect(page.locator("[name=slot][data-seat]:checked")).to_be_focused()

    broken = line.at("code")
    keys.press("Enter")
    kendra_ways.focus_on(page, "code")
    if broken:
        line.mend()
    expect(page.locator("[data-code-words]")).to_contain_text("98xxx")
    code = kendra_ways.read_out(kendra_ways.SHARED_PHONE)

    broken = line.at("check")
    keys.write(code)
    expect(page.locator("[data-book-button]")).to_be_focused()
    if broken:
        line.mend()

    broken = line.at("book")
    keys.press("Enter")
    if broken:
        # The counter goes on with the next person; this one waits in the list.
        kendra_ways.focus_on(page, "phone")
        expect(page.locator(".unsent-waiting")).to_have_count(1)
        assert len(kendra_ways.unsent(page)) == 1
        assert Request.objects.count() == (how == "after")
        line.mend()
    expect(page.locator("[data-sent-list] li")).to_have_count(1)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    [row] = kendra_ways.booked_once(kendra)
    assert row.request is not None
    assert (row.citizen.name, row.request.post.code) == ("Asha Devi", "DC-GGM")
    assert kendra_ways.kept(page).keys() <= {kendra_ways.draft_name(page)}


def test_without_a_line_the_whole_form_is_typed_and_goes_when_it_is_back(
    counter: Page, kendra: Kendra
) -> None:
    page, keys = counter, Keys(counter)
    page.context.set_offline(True)
    keys.write(kendra_ways.NEW_PHONE)
    kendra_ways.focus_on(page, "name")
    keys.write("Savitri Devi")
    keys.press("Enter")
    kendra_ways.about(keys)
    kendra_ways.by_paper(keys)
    keys.press("Enter")
    kendra_ways.focus_on(page, "phone")
    expect(page.locator(".unsent-waiting")).to_contain_text("Savitri Devi")
    # The power fails: the page is opened anew, and it waits there still; then the line is back.
    page.route("**/book/", lambda route: route.abort())
    page.context.set_offline(False)
    page.reload()
    expect(page.locator(".unsent-waiting")).to_contain_text("Savitri Devi")
    page.unroute("**/book/")
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.locator("[data-sent-list] li")).to_have_count(1)
    [row] = AssistedBooking.objects.filter(kendra=kendra)
    assert row.citizen.name == "Savitri Devi"
    assert row.request is not None
    assert row.request.starts_at is None
    assert kendra_ways.unsent(page) == []


def test_what_is_typed_outlives_the_page_at_each_step(counter: Page, kendra: Kendra) -> None:
    page, keys = counter, Keys(counter)

    def reloaded(**fields: str) -> None:
        page.reload()
        for name, value in fields.items():
            expect(page.locator(f"[name={name}]:is(:checked, :not([type=radio]))")).to_have_value(
                value
            )

    keys.write(kendra_ways.SHARED_PHONE[:6])
    reloaded(phone=kendra_ways.SHARED_PHONE[:6])
    page.locator("[name=phone]").press("End")
    keys.write(kendra_ways.SHARED_PHONE[6:])
    kendra_ways.focus_on(page, "person")
    keys.press("2")
    kendra_ways.focus_on(page, "subject")
    person = page.locator("[name=person]:checked").input_value()
    reloaded(phone=kendra_ways.SHARED_PHONE, person=person)
    page.locator("[name=subject]").focus()
    kendra_ways.about(keys)
    page.keyboard.press("ArrowRight")
    slot = page.locator("[name=slot]:checked").input_value()
    reloaded(subject=kendra_ways.SUBJECT, person=person, post="DC-REW", slot=slot)
    page.locator("[name=slot]:checked").focus()
    kendra_ways.by_paper(keys)
    reloaded(person=person, slot=slot, consent="paper", serial_number="A-000123")
    page.locator("[data-book-button]").press("Enter")
    kendra_ways.booked(page)
    [row] = kendra_ways.booked_once(kendra)
    assert row.citizen.name == "Ramesh Kumar"
    # Booked: an empty form, before and after it is loaded again.
    reloaded(phone="", subject="", serial_number="")


@pytest.mark.parametrize("twice", ["Enter", "double click", "two tabs"])
def test_pressed_twice_it_is_booked_once(counter: Page, kendra: Kendra, twice: str) -> None:
    page = counter
    keys = kendra_ways.ready_by_paper(page)
    if twice == "Enter":
        keys.press("Enter")
        keys.press("Enter")
    elif twice == "double click":
        page.locator("[data-book-button]").dblclick()
    else:
        # Power fails between press and answer; the browser opens both tabs again.
        page.route("**/book/", lambda route: route.abort())
        keys.press("Enter")
        expect(page.locator(".unsent-waiting")).to_have_count(1)
        page.unroute("**/book/")
        other = page.context.new_page()
        other.goto(page.url)
        page.reload()
        expect(other.locator("[data-unsent]")).to_be_hidden()
        expect(page.locator("[data-unsent]")).to_be_hidden()
        # Each lists what it sent, and what was sent before it was opened.
        page.reload()
    expect(page.locator("[data-sent-list] li")).to_have_count(1)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    kendra_ways.booked_once(kendra)


def test_a_portal_killed_in_the_middle_of_a_booking_books_once_when_it_is_back(
    visitor: Visitor,
    transactional_db: None,
    cast: Cast,
    kendra: Kendra,
    pooja: User,
    owner_connection: Any,
) -> None:
    with standalone.running() as portal:
        page = kendra_ways.counter(visitor, pooja, portal, kendra)
        keys = kendra_ways.ready_by_paper(page)
        with kendra_ways.nothing_is_written(owner_connection, "kendras_assistedbooking"):
            keys.press("Enter")
            kendra_ways.somebody_waits(owner_connection, "kendras_assistedbooking")
            portal.kill()
        expect(page.locator(".unsent-waiting")).to_have_count(1)
        assert not Request.objects.exists()
        portal.start()
        page.context.set_offline(True)
        page.context.set_offline(False)
        expect(page.locator("[data-sent-list] li")).to_have_count(1)
        kendra_ways.booked_once(kendra)
        assert kendra_ways.unsent(page) == []


def test_an_office_chosen_while_its_list_is_on_the_way_stays_chosen(counter: Page) -> None:
    on_the_way: list[Route] = []
    counter.route("**/offices/**", lambda route: on_the_way.append(route))
    with counter.expect_request("**/offices/**"):
        counter.locator("[data-new]").click()
    counter.locator("[name=post]").first.check()
    with counter.expect_response("**/offices/**"):
        on_the_way[0].continue_()
    expect(counter.locator('[data-place="offices"]')).not_to_have_attribute("aria-busy", "true")
    expect(counter.locator("[name=post]").first).to_be_checked()
