"""A clerk diarises with the keyboard alone, and without JavaScript; scans survive an error."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eoffice.models import Receipt
from tests.browser import ways
from tests.desks import Branch, make_branch
from tests.papers import pdf
from tests.people import sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.fixture
def form(
    visitor: Callable[..., Page], live_server: LiveServer, branch: Branch
) -> Callable[..., Page]:
    """`form(scripts=True, width=1280)`: Seema's page for a letter."""

    def arrive(*, scripts: bool = True, width: int = 1280) -> Page:
        page = visitor(width=width, scripts=scripts)
        ways.carry(page, sign_in_staff(Client(), branch.seema), live_server, language="en")
        page.goto(reverse("eoffice:new-receipt", args=[branch.assistant.post.code]))
        return page

    return arrive


def go_to(page: Page, name: str) -> None:
    """Press the tab key until the field of that name has the focus."""
    for _press in range(60):
        if page.evaluate("document.activeElement.name || document.activeElement.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached with the tab key")


def test_by_keyboard_alone(form: Callable[..., Page]) -> None:
    page = form()
    # One types at once.
    expect(page.locator("[name=name]")).to_be_focused()
    for name, typed in (
        ("name", "Ram Niwas"),
        ("address", "Bawal"),
        ("letter_number", "GP/12"),
    ):
        go_to(page, name)
        page.keyboard.type(typed)
    go_to(page, "delivery_mode")
    page.keyboard.type("By post")
    go_to(page, "subject")
    page.keyboard.type("Street light at the bus stand")
    go_to(page, "priority")
    page.keyboard.type("Imm")
    go_to(page, "acknowledge")
    page.keyboard.press("Space")
    go_to(page, "language")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Street light at the bus stand")
    receipt = Receipt.objects.select_related("item").get()
    assert (receipt.sender, receipt.letter_number) == ("Ram Niwas", "GP/12")
    assert (receipt.delivery_mode, receipt.item.priority) == ("post", 2)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_scan_is_sent_once_even_when_something_is_forgotten(
    form: Callable[..., Page], tmp_path: Path, scripts: bool
) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf())
    page = form(scripts=scripts, width=360)
    page.locator("[name=name]").fill("Ram Niwas")
    page.locator("[name=papers]").set_input_files(letter)
    page.get_by_role("button", name="Diarise", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("required")
    expect(page.get_by_label("letter.pdf")).to_be_checked()
    page.locator("[name=subject]").fill("Street light")
    page.get_by_role("button", name="Diarise", exact=True).click()
    expect(page.locator("#papers + ul")).to_contain_text("letter.pdf")
    assert Receipt.objects.get().enclosures.get().name == "letter.pdf"


def test_particulars_and_a_copy_without_scripts(form: Callable[..., Page]) -> None:
    page = form(scripts=False)
    page.locator("[name=name]").fill("Ram Niwas")
    page.locator("[name=subject]").fill("Street light")
    page.get_by_role("button", name="Diarise", exact=True).click()
    page.locator("summary", has_text="Change particulars").click()
    page.locator("#particulars_category").select_option("court")
    page.get_by_role("button", name="Change particulars").click()
    expect(page.locator("main")).to_contain_text("Category: Letter → Court case")
    page.get_by_role("button", name="Copy with a new number").click()
    expect(page.locator("dt", has_text="Copy of")).to_be_visible()
    assert Receipt.objects.count() == 2
