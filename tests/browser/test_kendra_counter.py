"""A walk-in at the counter, from phone number to printed slip, by keyboard alone."""

import io
import time
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]
from pytest_django.live_server_helper import LiveServer

from appointments.qr_codes import tracking_qr
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.references import grouped
from kendras.models import AssistedBooking, Consent, Kendra, KendraNotice, Token
from kendras.services import tokens
from tests.browser import kendra_ways, ways
from tests.browser.kendra_ways import Keys, Visitor
from tests.counters import make_kendra
from tests.people import Cast, make_cast, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Beyond the subject, the ten digits of the phone and the six of the code among them; printing too.
MOST_KEYS = 24
MM = 72 / 25.4
QUIET_ZONE = 2


@pytest.fixture
def cast() -> Cast:
    return make_cast()


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
    """Pooja at her counter; what is printed is written down in place of the browser's dialog."""
    with kendra_ways.until_answered(
        kendra_ways.counter(visitor, pooja, live_server, kendra)
    ) as page:
        kendra_ways.note_what_is_printed(page)
        yield page


def read_out_by_keys(keys: Keys, phone: str) -> None:
    """From the chosen time to the button: the code comes, and is read out."""
    keys.enter_at("slot")
    kendra_ways.focus_on(keys.page, "code")
    expect(keys.page.locator("[data-code-words]")).to_contain_text("98xxx")
    keys.write(kendra_ways.read_out(phone))
    expect(keys.page.locator("[data-book-button]")).to_be_focused()


def qr_on_paper(page: Page, paper: bytes, modules: int) -> list[list[int]]:
    """What a camera sees of the QR code on the slip as printed: which of its squares are black."""
    place = page.locator(".slip-qr").bounding_box()
    assert place is not None
    picture = PdfDocument(paper)[0].render(scale=4, grayscale=True).to_pil()
    # The slip begins at the paper's corner; a CSS pixel is three quarters of a point.
    side = place["width"] / (modules + 2 * QUIET_ZONE)

    def is_black(row: int, column: int) -> int:
        x = place["x"] + (column + QUIET_ZONE + 0.5) * side
        y = place["y"] + (row + QUIET_ZONE + 0.5) * side
        return int(picture.getpixel((round(x * 3), round(y * 3))) < 128)

    return [[is_black(row, column) for column in range(modules)] for row in range(modules)]


def test_a_walk_in_by_keyboard_alone_from_phone_number_to_printed_slip(
    counter: Page, kendra: Kendra, pooja: User, record_property: pytest.FixtureRequest
) -> None:
    keys, begun = Keys(counter), time.monotonic()
    kendra_ways.by_phone(keys)
    kendra_ways.about(keys)
    read_out_by_keys(keys, kendra_ways.SHARED_PHONE)
    keys.press("Enter")
    reference = kendra_ways.booked(counter)
    expect(counter.locator("[data-print-slip] [type=submit]")).to_be_focused()
    # For half a second Enter is taken for the second press of a double one.
    expect(counter.locator("[data-counter]:not([data-quiet])")).to_be_visible()
    keys.press("Enter")
    kendra_ways.printed_slips(counter, 1)
    seconds = time.monotonic() - begun
    pressed = keys.pressed - len(kendra_ways.SUBJECT)
    print(f"{pressed} keys beyond the subject, {seconds:.1f} s of the portal's own time")
    assert pressed <= MOST_KEYS
    [row] = kendra_ways.booked_once(kendra)
    assert row.request is not None
    assert (row.request.reference, row.request.subject) == (reference, kendra_ways.SUBJECT)
    assert (row.operator, row.citizen.name) == (pooja, "Asha Devi")
    assert row.consent.kind == Consent.Kind.CODE
    # The cursor is where the next person's number goes.
    kendra_ways.focus_on(counter, "phone")
    kendra_ways.holds(lambda: AssistedBooking.objects.get().slip_printed_at is not None)


@pytest.mark.parametrize(("paper", "size"), [("a6", (105, 148)), ("80", (80, 0))])
def test_the_slip_comes_out_of_the_printer_on_one_page(
    counter: Page, kendra: Kendra, paper: str, size: tuple[int, int]
) -> None:
    kendra_ways.ready_by_paper(counter).press("Enter")
    reference = kendra_ways.booked(counter)
    counter.locator(f"[data-paper='{paper}']").click()
    counter.keyboard.press("F6")
    kendra_ways.printed_slips(counter, 1)
    pdf = counter.pdf(prefer_css_page_size=True)
    [page] = PdfReader(io.BytesIO(pdf)).pages
    counter.emulate_media(media="print")
    slip = counter.locator(".counter-slip .slip").bounding_box()
    assert slip is not None
    width, height = (float(side) / MM for side in page.mediabox[2:])
    assert width == pytest.approx(size[0], abs=0.5)
    if paper == "a6":
        assert height == pytest.approx(size[1], abs=0.5)
    else:
        # A roll is cut where the slip ends.
        assert 0 < height - slip["height"] * 25.4 / 96 < 10
    words = page.extract_text()
    assert grouped(reference) in words
    assert counter.locator(".slip-pin").inner_text() in words
    # Nothing of the counter itself goes on the paper.
    assert "F6" not in words
    code = [list(row) for row in tracking_qr(reference).matrix]
    assert qr_on_paper(counter, pdf, len(code)) == code


def test_each_key_does_what_its_button_says(counter: Page, kendra: Kendra, pooja: User) -> None:
    for _number in range(2):
        tokens.issue(kendra=kendra, by=pooja)
    keys = Keys(counter)
    kendra_ways.by_phone(keys)
    kendra_ways.focus_on(counter, "subject")
    keys.write("आधा लिखा हुआ विष")
    # The queue is called while somebody types, and nothing of it is lost.
    keys.press("F4")
    expect(counter.locator(".token-called .token-number")).to_have_text("1")
    keys.press("F9")
    [token] = kendra_ways.printed_slips(counter, 1)
    assert "3" in token.split()
    keys.write("य")
    assert counter.locator("[name=subject]").input_value() == "आधा लिखा हुआ विषय"
    keys.press("Escape")
    kendra_ways.focus_on(counter, "subject")
    assert Token.objects.filter(kendra=kendra).count() == 3
    # F2: the next person, and this one is put aside.
    keys.press("F2")
    kendra_ways.focus_on(counter, "phone")
    assert counter.locator("[name=subject]").input_value() == ""
    expect(counter.locator(".unsent-aside")).to_be_visible()
    counter.locator(".unsent-aside button").first.click()
    expect(counter.locator("[name=subject]")).to_have_value("आधा लिखा हुआ विषय")
    expect(counter.locator("[name=person]").first).to_be_checked()
    # F8 locks.
    keys.press("F8")
    counter.wait_for_url("**/locked/")
    counter.keyboard.type(kendra_ways.PINS["pooja"])
    counter.wait_for_url(f"**{kendra_ways.at(kendra)}")
    expect(counter.locator("[name=subject]")).to_have_value("आधा लिखा हुआ विषय")


def test_a_message_from_an_office_comes_and_is_noted_without_leaving_the_page(
    visitor: Visitor, cast: Cast, kendra: Kendra, pooja: User, live_server: LiveServer
) -> None:
    page = visitor()
    page.clock.install()
    ways.carry(page, sign_in_staff(Client(), pooja), live_server)
    page.goto(live_server.url + kendra_ways.at(kendra))
    page.locator("[name=subject]").fill("आधा लिखा हुआ विषय")
    notice = KendraNotice.objects.create(
        kendra=kendra, kind="running_late", post=cast.rewari, minutes=20, day=day_of(now())
    )
    page.clock.run_for(60_000)
    page.locator("[data-notice-seen] button").click()
    expect(page.locator("[data-notice-seen]")).to_have_count(0)
    notice.refresh_from_db()
    assert notice.seen_at is not None
    # The page is the same one, with what was typed.
    assert page.locator("[name=subject]").input_value() == "आधा लिखा हुआ विषय"
    assert page.locator("[data-counter][data-fresh]").count() == 1


def test_without_a_script_the_whole_way_is_gone_on_plain_pages(
    visitor: Visitor, cast: Cast, kendra: Kendra, pooja: User, live_server: LiveServer
) -> None:
    page = kendra_ways.counter(visitor, pooja, live_server, kendra, scripts=False)
    form = page.locator("#counter-form")
    form.locator("[name=phone]").fill(kendra_ways.SHARED_PHONE)
    form.locator("[name=look][value=people]").click()
    form.get_by_label("Asha D.").check()
    form.locator("[name=subject]").fill(kendra_ways.SUBJECT)
    form.locator(f"[name=post][value={cast.rewari.code}]").check()
    form.locator("[name=look][value=times]").click()
    expect(form.locator("[name=slot]:checked")).to_have_count(1)
    form.locator("[name=look][value=code]").click()
    expect(form.locator("[data-code-words]")).to_contain_text("98xxx")
    # A wrong one is said at its field, and everything else stays.
    form.locator("[name=code]").fill("000000")
    form.locator("[data-book-button]").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    form.locator("[name=code]").fill(kendra_ways.read_out(kendra_ways.SHARED_PHONE))
    form.locator("[data-book-button]").click()
    reference = kendra_ways.booked(page)
    [row] = kendra_ways.booked_once(kendra)
    assert row.request is not None
    assert row.request.reference == reference
    # The page loaded again books nothing again, and its print button leads on.
    page.reload()
    kendra_ways.booked_once(kendra)
    page.locator("[data-print-slip] [type=submit]").click()
    expect(page.locator(".slip-reference")).to_have_text(grouped(reference))


def test_of_a_private_booking_the_lists_say_the_reference_alone(
    counter: Page, kendra: Kendra
) -> None:
    kendra_ways.ready_by_paper(counter)
    counter.locator("form#counter-form details summary").last.click()
    counter.locator("[name=private]").check()
    counter.locator("[data-book-button]").click()
    reference = kendra_ways.booked(counter)
    row = counter.locator("[data-sent-list] li")
    expect(row).to_contain_text(grouped(reference))
    assert "Asha" not in row.inner_text()
