"""The pages of receipts fit a clerk's screen and a phone, and everybody can use them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from eoffice.services import copying
from tests.browser import ways
from tests.browser.test_pages_fit import judge, look
from tests.desks import Branch, diarised, make_branch
from tests.papers import pdf
from tests.people import sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.mark.parametrize("language", ["hi", "en"])
def test_diarising_and_the_receipt(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    tmp_path: Path,
    language: str,
) -> None:
    page = visitor(width=1280)
    ways.carry(page, sign_in_staff(Client(), branch.seema), live_server, language=language)
    page.emulate_media(reduced_motion="reduce")
    code = branch.assistant.post.code
    receipt = diarised(branch)
    copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    wrong = []
    for address in (
        reverse("eoffice:new-receipt", args=[code]),
        reverse("eoffice:receipt", args=[code, receipt.pk]),
    ):
        page.goto(address)
        for width in (1280, 360):
            wrong += look(page, language=language, width=width)
        wrong += judge(page)
    # With a scan that is kept, and what is wrong.
    page.goto(reverse("eoffice:new-receipt", args=[code]))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf())
    page.locator("[name=papers]").set_input_files(letter)
    page.locator("main .actions [type=submit]").click()
    page.locator(".error-summary").wait_for()
    for width in (1280, 360):
        wrong += look(page, language=language, width=width)
    wrong += judge(page)
    assert not wrong
