"""The yellow note in a browser: kept as one types, Hindi in Latin letters, Krutidev offered."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eoffice.models import Note
from eoffice.services import notes
from tests.browser import ways
from tests.desks import Branch, filed, make_branch
from tests.people import sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What clerks type, and what it reads.
WORDS = {
    "namaste": "नमस्ते",
    "raam": "राम",
    "prastut": "प्रस्तुत",
    "hai": "है",
    "haiM": "हैं",
    "anumodan": "अनुमोदन",
    "kRipayaa": "कृपया",
    "aadesh": "आदेश",
    "jilaa": "जिला",
    "shikShaa": "शिक्षा",
    "chhuTTee": "छुट्टी",
    "saRak": "सड़क",
    "paRhaa": "पढ़ा",
    "mukhyamantree": "मुख्यमन्त्री",
    "kaaryaalay": "कार्यालय",
    "patr": "पत्र",
    "hariyaaNaa": "हरियाणा",
    "aauT": "आउट",
    "ham": "हम",
}


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.fixture
def seema(
    visitor: Callable[..., Page], live_server: LiveServer, branch: Branch
) -> Callable[..., Page]:
    """`seema(width=1280)`: Seema's desk with a file open on it."""

    def arrive(width: int = 1280, scripts: bool = True) -> Page:
        page = visitor(width=width, scripts=scripts)
        ways.carry(page, sign_in_staff(Client(), branch.seema), live_server, language="en")
        file = filed(branch)
        page.goto(reverse("eoffice:file", args=[branch.assistant.post.code, file.pk]))
        return page

    return arrive


def test_the_note_is_kept_and_signed(seema: Callable[..., Page]) -> None:
    page = seema()
    page.locator("[data-note]").press_sequentially("Put up for orders")
    expect(page.locator("[data-note-said]")).to_contain_text("Kept at")
    assert Note.objects.get().text == "Put up for orders"
    page.locator("[data-note]").press_sequentially(" please.")
    page.get_by_role("button", name="Sign the note").click()
    expect(page.locator(".note-green")).to_contain_text("Put up for orders please.")
    assert Note.objects.count() == 1


def test_two_windows_overwrite_nothing(seema: Callable[..., Page], branch: Branch) -> None:
    page = seema()
    field = page.locator("[data-note]")
    field.press_sequentially("Mine")
    expect(page.locator("[data-note-said]")).to_contain_text("Kept at")
    note = Note.objects.get()
    notes.write(
        file=note.file, desk=branch.assistant, by=branch.seema, text="Theirs", version=note.version
    )
    field.press_sequentially(" too")
    expect(page.locator("[data-note-said]")).to_contain_text("another window")
    expect(field).to_have_value("Mine too")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("main")).to_contain_text("Theirs")
    expect(page.locator("main")).to_contain_text("Mine too")


def test_without_scripts_it_is_a_form(seema: Callable[..., Page]) -> None:
    page = seema(scripts=False)
    page.locator("[data-note]").fill("Put up")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("[data-note]")).to_have_value("Put up")


def test_hindi_with_latin_letters(seema: Callable[..., Page]) -> None:
    page = seema()
    read = page.evaluate(
        """async (words) => {
          const module = await import("/static/js/eoffice/hindi.js");
          return words.map(module.inHindi);
        }""",
        list(WORDS),
    )
    assert dict(zip(WORDS, read, strict=True)) == WORDS


def test_it_is_switched_on_and_remembered(seema: Callable[..., Page]) -> None:
    page = seema()
    field = page.locator("[data-note]")
    field.press_sequentially("plain ")
    expect(field).to_have_value("plain ")
    page.get_by_label("Write Hindi with Latin letters").check()
    field.press_sequentially("prastut hai.")
    expect(field).to_have_value("plain प्रस्तुत है।")
    expect(page.locator("[data-note-said]")).to_contain_text("Kept at")
    page.reload()
    expect(page.get_by_label("Write Hindi with Latin letters")).to_be_checked()
    field = page.locator("[data-note]")
    field.fill("")
    # As Inscript and phones send it.
    field.press_sequentially("आदेश दें ")
    expect(field).to_have_value("आदेश दें ")


def test_krutidev_is_offered_and_not_converted_by_itself(seema: Callable[..., Page]) -> None:
    page = seema()
    field = page.locator("[data-note]")
    typed, read = "izLrko Lohd`r fd;k tkrk gSA", "प्रस्ताव स्वीकृत किया जाता है।"
    field.focus()
    page.evaluate(
        """(text) => {
          const field = document.querySelector("[data-note]");
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
          field.value = text;
        }""",
        typed,
    )
    expect(page.locator(".note-offer")).to_contain_text(read)
    expect(field).to_have_value(typed)
    page.get_by_role("button", name="Put this in its place").click()
    expect(field).to_have_value(read)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits(seema: Callable[..., Page], width: int) -> None:
    page = seema(width=width)
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
