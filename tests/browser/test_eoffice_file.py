"""The page of a file on a phone and by keyboard; its pages fit and can be used by everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eoffice.models import File, Question
from eoffice.services import asking, deciding, filing, moving
from eoffice.services.asking import Wanted
from eoffice.services.deciding import CardWords
from eoffice.services.moving import Sent
from tests.browser import ways
from tests.browser.test_pages_fit import judge, look
from tests.desks import Branch, days_from_now, diarised, make_branch, noted
from tests.drafting import put_up
from tests.people import sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.fixture
def law() -> Branch:
    return make_branch("LEG", "LAW")


@pytest.fixture
def file(branch: Branch, law: Branch) -> File:
    """A file with a card, a paper, a note, a draft and two questions, up with the officer."""
    file = put_up(branch).file
    moving.give_back(
        item=file.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Add the rule")
    )
    receipt = diarised(branch)
    given: dict[str, Any] = {"file": file, "desk": branch.assistant, "by": branch.seema}
    paper = filing.put_in(receipt=receipt, **given)
    noted(file, branch.assistant, branch.seema, "The road is broken.\nOrders please.")
    words = CardWords("Whether to repair the road", "PWD code 2.3", "Repair\nLeave it", "12 lakh")
    deciding.fill_card(**given, told=words, version=None)
    wanted = Wanted(words="Is this within the Act?", until=days_from_now(7), papers=(paper,))
    first, _other = asking.ask(**given, to=[law.officer, law.under_secretary], wanted=wanted)
    asking.answer(question=first, desk=law.officer, by=law.ramesh, words="It is within the Act.")
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    return file


def arrive(visitor: Callable[..., Page], live_server: LiveServer, user: Any, **how: Any) -> Page:
    language = how.pop("language", "en")
    page = visitor(**how)
    ways.carry(page, sign_in_staff(Client(), user), live_server, language=language)
    page.emulate_media(reduced_motion="reduce")
    return page


def at(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_its_parts_are_tabs(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    file: File,
    scripts: bool,
) -> None:
    page = arrive(visitor, live_server, branch.ramesh, width=360, scripts=scripts)
    page.goto(at("file", branch.officer, file.pk))
    parts = {name: page.locator(f"section#{name}") for name in ("noting", "correspondence")}
    parts["drafts"] = page.locator("section#drafts")
    tabs = page.locator(".file-tabs")
    for name, title in (
        ("noting", None),
        ("correspondence", "Correspondence"),
        ("drafts", "Drafts"),
        ("noting", "Noting"),
    ):
        if title:
            tabs.get_by_role("link", name=title).click()
        for other, part in parts.items():
            if other == name:
                expect(part).to_be_visible()
            else:
                expect(part).to_be_hidden()
    # A flag leads to a paper in another part, which opens with it.
    page.goto(at("file", branch.officer, file.pk) + f"#paper-{file.correspondence.get().pk}")
    expect(parts["correspondence"]).to_be_visible()
    expect(parts["noting"]).to_be_hidden()


def test_on_a_wide_screen_all_stand_side_by_side(
    visitor: Callable[..., Page], live_server: LiveServer, branch: Branch, file: File
) -> None:
    page = arrive(visitor, live_server, branch.ramesh, width=1280)
    page.goto(at("file", branch.officer, file.pk) + "#drafts")
    for name in ("noting", "correspondence", "drafts"):
        expect(page.locator(f"section#{name}")).to_be_visible()
    expect(page.locator(".file-tabs")).to_be_hidden()


def test_its_keys(
    visitor: Callable[..., Page], live_server: LiveServer, branch: Branch, file: File
) -> None:
    page = arrive(visitor, live_server, branch.ramesh, width=1280)
    home = at("file", branch.officer, file.pk)
    page.goto(home)
    help_ = page.locator("[data-keys]")
    page.keyboard.press("?")
    expect(help_).to_be_visible()
    assert not judge(page)
    # In the list they are no keys.
    page.keyboard.press("m")
    expect(page).to_have_url(live_server.url + home)
    page.get_by_role("button", name="Close the list").click()
    expect(help_).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("[data-note]")).to_be_focused()
    page.keyboard.type("mad hatter")
    expect(page.locator("[data-note]")).to_have_value("mad hatter")
    for key, name in (("m", "mark"), ("r", "return"), ("p", "park")):
        page.goto(home)
        page.keyboard.press(key)
        expect(page).to_have_url(live_server.url + at("file-act", branch.officer, file.pk, name))
    for key, name in (("d", "decision"), ("a", "ask"), ("h", "file-history"), ("v", "file-print")):
        page.goto(home)
        page.keyboard.press(key)
        expect(page).to_have_url(live_server.url + at(name, branch.officer, file.pk))


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_of_who_has_the_file(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    file: File,
    language: str,
) -> None:
    page = arrive(visitor, live_server, branch.ramesh, width=1280, language=language)
    names = ("file", "decision", "decision-card", "ask", "file-history", "file-print")
    wrong = []
    for name in names:
        page.goto(at(name, branch.officer, file.pk))
        for width in (1280, 360):
            wrong += [f"{name} {one}" for one in look(page, language=language, width=width)]
        wrong += [f"{name} {one}" for one in judge(page)]
    assert not wrong


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_of_who_is_asked(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    law: Branch,
    file: File,
    language: str,
) -> None:
    page = arrive(visitor, live_server, law.usha, width=1280, language=language)
    question = Question.objects.open().get()
    wrong = []
    for address in (
        at("questions", law.under_secretary),
        at("question", law.under_secretary, question.pk),
    ):
        page.goto(address)
        for width in (1280, 360):
            wrong += look(page, language=language, width=width)
        wrong += judge(page)
    assert not wrong
