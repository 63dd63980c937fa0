"""A clerk at the inbox with the keyboard alone, and the lists on a narrow screen."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eoffice.models import Item
from tests.browser.test_pages_fit import judge, look
from tests.browser.ways import carry
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.people import sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk() -> Branch:
    branch = make_branch()
    for subject in ("बावल की सड़क की मरम्मत", "Pension of Ramphal Sharma"):
        diarised(branch, subject=subject)
    receipt = diarised(branch, subject="Canal at Kosli")
    Item.objects.filter(pk=receipt.pk).update(priority=4, due_on=days_from_now(-2))
    filed(branch)
    return branch


def opened(
    visitor: Callable[..., Page], live_server: LiveServer, branch: Branch, width: int
) -> Page:
    client = sign_in_staff(Client(), branch.seema)
    page = visitor(locale="hi-IN", width=width)
    carry(page, client, live_server).goto(f"/eoffice/{branch.assistant.post.code}/")
    return page


def test_keys(visitor: Callable[..., Page], live_server: LiveServer, desk: Branch) -> None:
    page = opened(visitor, live_server, desk, 1280)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class("eo-here")
    page.keyboard.press("x")
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class("eo-here")
    page.keyboard.press("/")
    search = page.locator("[data-search]")
    expect(search).to_be_focused()
    # While one types they are letters.
    page.keyboard.type("jkx")
    expect(search).to_have_value("jkx")
    expect(rows.nth(0).get_by_role("checkbox")).not_to_be_checked()
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/receipts/new/")


def test_the_keys_of_a_receipt(
    visitor: Callable[..., Page], live_server: LiveServer, desk: Branch
) -> None:
    page = opened(visitor, live_server, desk, 1280)
    page.locator("[data-row]", has_text="Canal at Kosli").locator("a").first.click()
    page.wait_for_url("**/receipts/*/")
    page.keyboard.press("m")
    expect(page.locator("#mark_to")).to_be_focused()
    # While one types they are letters.
    page.keyboard.type("l")
    expect(page.locator("#mark_to")).to_have_value("l")
    page.locator("h1").click()
    page.keyboard.press("l")
    page.wait_for_url("**/receipts/new/?like=*")
    # Of a letter like another the sender is there already.
    expect(page.locator("[name=letter_number]")).to_be_focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_lists_fit(
    visitor: Callable[..., Page], live_server: LiveServer, desk: Branch, width: int
) -> None:
    page = opened(visitor, live_server, desk, width)
    address = page.url
    for box in ("", "created/", "search/", "registers/", "together/mark/"):
        page.goto(f"{address}{box}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", ["hi", "en"])
def test_everybody_can_use_the_lists_registers_and_search(
    visitor: Callable[..., Page], live_server: LiveServer, desk: Branch, language: str
) -> None:
    page = visitor(width=1280)
    carry(page, sign_in_staff(Client(), desk.seema), live_server, language=language)
    page.emulate_media(reduced_motion="reduce")
    at = f"/eoffice/{desk.assistant.post.code}/"
    wrong = []
    for address in ("", "created/", "registers/", "registers/print/", "search/"):
        page.goto(at + address)
        if address == "search/":
            page.locator("main summary").click()
            page.locator("main [name=kind]").select_option("receipt")
            page.locator("main [name=q]").fill("Kosli")
            page.locator("main .eo-search [type=submit]").click()
            expect(page.locator("[data-row]")).to_have_count(1)
        # A print is for paper, wide tables and all.
        for width in (1280,) if "print" in address else (1280, 360):
            wrong += look(page, language=language, width=width)
        wrong += judge(page)
    assert not wrong
