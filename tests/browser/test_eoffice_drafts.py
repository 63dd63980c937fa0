"""Drafts and dispatch in a browser: templates, readers, comparison, many posted at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eoffice.models import Correspondent, Dispatch, Draft, LetterTemplate
from eoffice.services import dispatching, drafts, issuing
from tests.browser import ways
from tests.browser.test_pages_fit import judge, look
from tests.desks import Branch, diarised, make_branch, make_correspondent, make_desk
from tests.drafting import approved, drafted
from tests.people import make_staff, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST = "आपके पत्र के संदर्भ में सूचित किया जाता है कि सड़क की मरम्मत मई तक पूर्ण होगी।"
SECOND = "आपके पत्र के संदर्भ में निदेशानुसार सूचित है कि सड़क की मरम्मत मई 2020 तक पूर्ण कर ली जाएगी।"
OFFICE = "Executive Engineer, Provincial Division No. 2, Public Works (Buildings and Roads)"


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.fixture
def engineer(branch: Branch) -> Correspondent:
    person = make_correspondent(
        branch.section, OFFICE, email="xen@example.com", address="Nirman Sadan, Bawal Chowk, Rewari"
    )
    diarised(branch, correspondent=person)
    return person


@pytest.fixture
def draft(branch: Branch) -> Draft:
    """A Hindi draft in its third version, and a template in each language."""
    row = drafted(branch, language="hi", subject="सड़क की मरम्मत बारे", body=FIRST)
    who: dict[str, Any] = {"desk": branch.assistant, "by": branch.seema}
    for body in (SECOND, f"{SECOND}\n\nयह आदेश तुरन्त लागू होगा।"):
        row = drafts.edit(
            draft=row, version=row.version, subject="सड़क की मरम्मत बारे", body=body, **who
        )
    words = {"form": "letter", "letterhead": "{state}\n{department}"}
    LetterTemplate.objects.create(name="सामान्य पत्र", language="hi", body=FIRST, **words)
    LetterTemplate.objects.create(name="General letter", language="en", body="Sir,", **words)
    return row


@pytest.fixture
def waiting(branch: Branch) -> tuple[Any, Any]:
    """A registry with three letters, one of them by hand, and its clerk."""
    clerk = make_staff("registry.clerk")
    registry = make_desk("REG-1", branch.section, 10, clerk, registry=True)
    for mode in ("post", "hand", "post"):
        ready = approved(branch)
        who: dict[str, Any] = {"desk": branch.officer, "by": branch.ramesh}
        issue = issuing.issue(draft=ready, version=ready.version, unsigned=True, **who)
        dispatching.send(
            issue=issue,
            addressee=ready.addressees.get(),
            mode=mode,
            registry=registry,
            unsigned=True,
            **who,
        )
    return registry, clerk


def arrive(visitor: Callable[..., Page], live_server: LiveServer, user: Any, **how: Any) -> Page:
    language = how.pop("language", "en")
    page = visitor(**how)
    ways.carry(page, sign_in_staff(Client(), user), live_server, language=language)
    page.emulate_media(reduced_motion="reduce")
    return page


def at(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


@pytest.mark.parametrize("scripts", [True, False])
def test_readers_are_found_and_added_with_and_without_scripts(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    draft: Draft,
    engineer: Correspondent,
    scripts: bool,
) -> None:
    page = arrive(visitor, live_server, branch.seema, width=360, scripts=scripts)
    page.goto(at("draft-readers", branch.assistant, draft.file_id, draft.ordinal))
    page.get_by_label("Name, designation, office or place").fill("provincial")
    page.get_by_role("button", name="Look among those the desk knows").click()
    found = page.get_by_role("group", name=OFFICE)
    found.get_by_label("Goes to").select_option("copy")
    found.get_by_label("How").select_option("email")
    page.get_by_role("button", name="Keep the list").last.click()
    expect(page.locator(".draft-readers")).to_contain_text(OFFICE)
    names = [one.correspondent.name for one in draft.addressees.select_related("correspondent")]
    assert names == ["Asha Devi", OFFICE]


def test_many_letters_are_posted_with_one_button(
    visitor: Callable[..., Page], live_server: LiveServer, waiting: tuple[Any, Any]
) -> None:
    registry, clerk = waiting
    page = arrive(visitor, live_server, clerk, width=360, scripts=False)
    page.goto(at("dispatch", registry))
    for tick in page.get_by_label("Taken to the post today").all():
        tick.check()
    page.get_by_label("Number of the consignment").first.fill("EH123456789IN")
    page.get_by_role("button", name="Sent by post today").click()
    expect(page.locator("main")).not_to_contain_text("Taken to the post today")
    rows = Dispatch.objects.order_by("pk")
    assert [row.status for row in rows] == ["sent", "waiting", "sent"]
    assert rows[0].tracking == "EH123456789IN"


@pytest.mark.parametrize("language", ["hi", "en"])
def test_its_pages_fit_and_can_be_used_by_everybody(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    branch: Branch,
    draft: Draft,
    engineer: Correspondent,
    waiting: tuple[Any, Any],
    language: str,
) -> None:
    registry, clerk = waiting
    place = (branch.assistant, draft.file_id)
    pages = [
        (branch.seema, at("new-draft", *place)),
        (branch.seema, at("new-draft", *place) + "?template=none"),
        (branch.seema, at("draft", *place, draft.ordinal) + "?from=1&to=3"),
        (branch.seema, at("draft-readers", *place, draft.ordinal)),
        (clerk, at("dispatch", registry)),
        (branch.ramesh, at("dispatch", branch.officer) + "?show=handed&mode=post"),
    ]
    wrong: list[str] = []
    for user, address in pages:
        page = arrive(visitor, live_server, user, language=language)
        page.goto(address)
        for width in (360, 1280):
            wrong += [f"{address} {one}" for one in look(page, language=language, width=width)]
        wrong += [f"{address} {one}" for one in judge(page)]
    assert wrong == []
