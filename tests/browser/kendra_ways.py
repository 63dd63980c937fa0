"""Ways at the counter of a Kendra that its browser tests go: what an operator types and sees."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.test import Client
from playwright.sync_api import Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from appointments.models import Request as Booking
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.staff import note_sign_in
from esachivalaya.notifications.models import Message
from kendras.models import AssistedBooking, Consent, Kendra, SeatHold
from kendras.services import operator_pins
from tests.browser import ways
from tests.browser.standalone import Portal
from tests.counters import serve_at
from tests.people import make_staff, sign_in_staff

Host = LiveServer | Portal
Visitor = Callable[..., Page]

PATIENCE = 15
PINS = {"pooja": "280519", "rakesh": "490317"}
NAMES = {"pooja": ("Pooja Rani", "पूजा रानी"), "rakesh": ("Rakesh Yadav", "राकेश यादव")}
SHARED_PHONE = "9800000001"
NEW_PHONE = "9800000077"
SUBJECT = "खेत की पैमाइश चार महीने से रुकी है"
FOCUS = "() => document.activeElement.name || document.activeElement.id || ''"
# What this browser keeps of people; that somebody touched the keys at some time is nobody's name.
KEPT = """() => Object.fromEntries(Object.entries(localStorage)
  .filter(([name]) => name !== "kendra:touched"))"""


class Keys:
    """The operator's hand on the keyboard: every key is counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, key: str) -> None:
        """Press one key."""
        self.pressed += 1
        self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Type ``text``, one key for each letter."""
        self.pressed += len(text)
        self.page.keyboard.type(text)

    def enter_at(self, name: str) -> None:
        """Press Enter as soon as that field has the focus."""
        focus_on(self.page, name)
        self.press("Enter")


def until(page: Page, holds: Callable[[Any], bool], script: str, argument: object = None) -> Any:
    """Ask the page until what it says holds; its strict policy forbids Playwright's own waiting."""
    end = time.monotonic() + PATIENCE
    while not holds(found := page.evaluate(script, argument)):
        assert time.monotonic() < end, f"after {PATIENCE} s: {found!r}"
        page.wait_for_timeout(20)
    return found


def focus_on(page: Page, name: str) -> None:
    """Wait until the field of that name has the focus."""
    until(page, lambda found: found == name, FOCUS)


def kept(page: Page) -> dict[str, str]:
    """What the browser keeps for the counter, by name."""
    found: dict[str, str] = page.evaluate(KEPT)
    return found


def an_operator(kendra: Kendra, username: str) -> User:
    """Somebody with a charge and a PIN, who signed in with both factors this month."""
    name_en, name_hi = NAMES[username]
    user = serve_at(kendra, make_staff(username, name_en=name_en, name_hi=name_hi))
    operator_pins.set_pin(user=user, pin=PINS[username])
    note_sign_in(user=user)
    return user


def at(kendra: Kendra, page: str = "") -> str:
    return f"/kendra/{kendra.code}/{page}"


def counter(
    visitor: Visitor, user: User, host: Host, kendra: Kendra, *, language: str = "hi", **kind: Any
) -> Page:
    """The operator signs in and opens the counter."""
    page = visitor(**kind)
    ways.carry(page, sign_in_staff(Client(), user), host, language=language)
    page.goto(host.url + at(kendra))
    return page


@contextlib.contextmanager
def until_answered(page: Page) -> Iterator[Page]:
    """Leave only when the portal has answered everything that the page asked it."""
    open_ones: set[Request] = set()
    page.on("request", lambda one: open_ones.add(one) if "/kendra/" in one.url else None)
    page.on("requestfinished", lambda one: open_ones.discard(one))
    page.on("requestfailed", lambda one: open_ones.discard(one))
    yield page
    end = time.monotonic() + PATIENCE
    page.wait_for_timeout(1)
    while open_ones and not page.is_closed():
        assert time.monotonic() < end, [one.url for one in open_ones]
        page.wait_for_timeout(10)


def read_out(phone: str) -> str:
    """The code that the walk-in reads from the phone."""
    message = Message.objects.filter(template__key="counter_code", to=f"+91{phone}").latest("pk")
    found = re.search(r"\b\d{6}\b", message.body)
    assert found, message.body
    return found.group()


def by_phone(keys: Keys, phone: str = SHARED_PHONE, *, person: str = "1") -> None:
    """The number, and who of the people on it has come."""
    focus_on(keys.page, "phone")
    keys.write(phone)
    expect(keys.page.locator("#person_new")).to_be_visible()
    focus_on(keys.page, "person")
    keys.press(person)


def about(keys: Keys, subject: str = SUBJECT) -> None:
    """What it is about; the first office proposed, the first free time with a seat."""
    focus_on(keys.page, "subject")
    keys.write(subject)
    keys.press("Enter")
    keys.enter_at("office_q")
    focus_on(keys.page, "slot")


def by_paper(keys: Keys, serial: str = "A-000123", witness: str = "राम सिंह") -> None:
    """From the chosen time to the button: the walk-in signed a slip."""
    focus_on(keys.page, "slot")
    keys.page.locator("[name=consent][value=paper]").check()
    keys.page.locator("[name=serial_number]").fill(serial)
    keys.page.locator("[name=witness]").fill(witness)
    keys.page.locator("[data-book-button]").focus()


def ready_by_paper(page: Page, **who: str) -> Keys:
    """Everything said of one walk-in, the focus on the button that books."""
    keys = Keys(page)
    by_phone(keys, **who)
    about(keys)
    by_paper(keys)
    return keys


def booked(page: Page) -> str:
    """Wait for the slip of a booking; return the reference that it shows."""
    shown = page.locator("[data-booked]")
    expect(shown).to_be_visible()
    reference = shown.get_attribute("data-booked")
    assert reference
    return reference


def booked_once(kendra: Kendra, count: int = 1) -> list[AssistedBooking]:
    """Hold that there are so many bookings, each with its request, seat and consent."""
    rows = list(AssistedBooking.objects.filter(kendra=kendra).order_by("pk"))
    assert len(rows) == count
    assert Booking.objects.count() == count
    assert Consent.objects.count() == count
    assert SeatHold.objects.filter(released_at__isnull=True).count() == count
    return rows


def unsent(page: Page) -> list[dict[str, Any]]:
    """What is kept as not yet sent, of all operators."""
    return [json.loads(item) for name, item in kept(page).items() if ":unsent:" in name]


def lose_answers(page: Page, step: str) -> None:
    """From now on the portal acts on that step, and its answers never arrive at the page."""
    page.evaluate(
        """step => {
          const ask = window.fetch;
          window.answersLost = [];
          window.answersArrive = () => { window.fetch = ask; };
          window.fetch = async (address, options) => {
            const answer = await ask(address, options);
            if (!new URL(address, location).pathname.endsWith(`/${step}/`)) return answer;
            await answer.text();
            window.answersLost.push(answer.status);
            throw new TypeError("the line broke");
          };
        }""",
        step,
    )


def answers_arrive(page: Page) -> list[int]:
    """The line holds again; return what the portal had answered meanwhile."""
    lost: list[int] = page.evaluate("() => { answersArrive(); return answersLost; }")
    return lost


def note_what_is_printed(page: Page) -> None:
    """From now on printing opens no dialog: which slips would be on the paper is written down."""
    page.evaluate(
        """() => {
          window.printedSlips = [];
          window.print = () => {
            dispatchEvent(new Event('beforeprint'));
            const token = document.querySelector('[data-token-paper] .slip');
            window.printedSlips.push((token || document.querySelector('[data-slip]')).innerText);
            dispatchEvent(new Event('afterprint'));
          };
        }"""
    )


def printed_slips(page: Page, count: int) -> list[str]:
    """Wait until that many slips were printed; return their words."""
    script = "() => window.printedSlips"
    found: list[str] = until(page, lambda slips: len(slips) == count, script)
    return found


def holds(found: Callable[[], object]) -> None:
    """Wait until what the database says is so."""
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, f"not so after {PATIENCE} s"
        time.sleep(0.02)


@contextlib.contextmanager
def nothing_is_written(link: Any, table: str) -> Iterator[None]:
    """Keep everybody else from writing into ``table``; whoever tries waits."""
    with link.cursor() as cursor:
        cursor.execute(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def somebody_waits(link: Any, table: str) -> None:
    """Wait until a statement of the portal's waits for ``table``: it is in the middle of an act."""
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted"

    def found() -> bool:
        with link.cursor() as cursor:
            cursor.execute(waiting, [table])
            return bool(cursor.fetchone()[0])

    holds(found)


def draft_name(page: Page) -> str:
    """The name under which the browser keeps the form that is being typed."""
    counter, operator = page.evaluate(
        "() => { const at = document.querySelector('[data-counter]').dataset;"
        " return [at.counter, at.operator]; }"
    )
    return f"kendra:{counter}:{operator}:draft"
