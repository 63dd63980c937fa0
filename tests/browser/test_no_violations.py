"""No page of any kind breaks the Content-Security-Policy or complains in the browser's console.

Each person starts at their own first pages and opens one page of each kind that links lead to. What
the browser refuses or complains about fails the test (the fixture ``visitor`` gathers it).
"""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from appointments.services.answers import confirm
from esachivalaya.accounts.models import User
from plasma.services import links
from tests.booking import sent, sent_by_asha, slots
from tests.browser import kendra_ways, ways
from tests.browser.walking import LISTEN, Walk
from tests.counters import make_kendra, oversee
from tests.desks import diarised, filed, make_branch
from tests.donors import make_campaign, make_donor_cast, make_invitation, make_pledge
from tests.meeting_rooms import open_room
from tests.people import Cast, make_staff, sign_in_household, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visitor = Callable[..., Page]
Goes = Callable[..., Walk]


@pytest.fixture
def cast(settings: Settings) -> Cast:
    settings.DEMO = True
    return ways.findable_cast()


@pytest.fixture
def goes(visitor: Visitor, live_server: LiveServer) -> Goes:
    """``goes(client, *starts)``: that session in a browser, through all kinds of pages."""

    def walk(client: Client, *starts: str, within: str = "/") -> Walk:
        page = ways.carry(visitor(), client, live_server)
        return Walk(page, live_server.url).through(*starts, within=within)

    return walk


def staff(user: User) -> Client:
    return sign_in_staff(Client(), user)


def clean(walk: Walk, *, kinds: set[str], least: int) -> None:
    """Nothing was wrong; these kinds of pages were among those opened, and not only they."""
    assert walk.wrong == []
    assert kinds - set(walk.seen) == set()
    assert len(walk.seen) >= least, sorted(walk.seen)


def test_a_violation_is_heard(browser: Browser, live_server: LiveServer) -> None:
    told: list[str] = []
    context = browser.new_context()
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    page.goto(f"{live_server.url}/help/")
    page.evaluate("() => { document.body.innerHTML += '<p style=\"color: red\">no</p>'; }")
    page.wait_for_timeout(200)
    context.close()
    assert [words for words in told if words.startswith("CSP style-src-attr")]


def test_the_public(goes: Goes, cast: Cast) -> None:
    walk = goes(
        Client(), "/", "/demo/phone/", "/plasma/", "/admin/login/", "/meetings/test/", "/nowhere/"
    )
    clean(walk, kinds={"home", "pages:privacy", "officials:post", "plasma:home"}, least=25)


def test_a_citizen(goes: Goes, cast: Cast) -> None:
    confirmed = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0])
    confirm(request=confirmed, by=cast.suresh, version=confirmed.version)
    waiting = sent_by_asha(cast)
    walk = goes(
        sign_in_household(Client(), cast.household),
        "/appointments/",
        f"/appointments/{waiting.reference}/",
        "/accounts/household/",
    )
    clean(walk, kinds={"appointments:detail", "accounts:my-data", "accounts:erase"}, least=25)


def test_an_office(goes: Goes, cast: Cast) -> None:
    sent_by_asha(cast)
    walk = goes(
        staff(cast.suresh),
        "/admin/",
        "/accounts/sessions/",
        "/accounts/password/",
        within="/admin/",
    )
    clean(walk, kinds={"admin:index", "admin:appointments_request_change"}, least=20)


@pytest.mark.parametrize(
    "role", ["setup", "appointing", "auditor", "messages", "reports", "help_desk", "campaigns"]
)
def test_the_admin_of_each_role(goes: Goes, cast: Cast, role: str) -> None:
    sent_by_asha(cast)
    walk = goes(staff(make_staff(f"one.{role}", roles=(role,))), "/admin/", within="/admin/")
    clean(walk, kinds={"admin:index"}, least=2)


def test_a_kendra(goes: Goes, cast: Cast) -> None:
    kendra = make_kendra("REW-0001")
    pooja = kendra_ways.an_operator(kendra, "pooja")
    here = f"/kendra/{kendra.code}/"
    walk = goes(staff(pooja), "/kendra/", here, f"{here}hall/", f"{here}help/", within="/kendra/")
    clean(walk, kinds={"kendras:counter", "kendras:hall"}, least=5)
    sunita = oversee(kendra.district, make_staff("sunita"))
    clean(goes(staff(sunita), "/kendra/", within="/kendra/"), kinds={"kendras:district"}, least=1)


def test_plasma(goes: Goes, settings: Settings) -> None:
    settings.DEMO = True
    cast = make_donor_cast()
    campaign = make_campaign(cast.cohort, status="running")
    invitation = make_invitation(campaign, cast.suman)
    make_pledge(cast.imran, cast.bank, cast.policy)
    link = f"/plasma/d/{links.token_of(invitation.pk)}/"
    clean(goes(Client(), link, within="/plasma/"), kinds={"plasma:link"}, least=2)
    desk = f"/plasma/bank/{cast.bank.code}/"
    for user in (cast.desk, cast.doctor):
        walk = goes(staff(user), "/plasma/bank/", desk, f"{desk}walk-in/", within="/plasma/bank/")
        clean(walk, kinds={"plasma:bank", "plasma:walk-in"}, least=3)
    hospital = f"/plasma/hospital/{cast.hospital.code}/"
    walk = goes(staff(cast.registrar), hospital, within="/plasma/hospital/")
    clean(walk, kinds={"plasma:hospital"}, least=1)
    clean(goes(staff(cast.priya), "/admin/", within="/admin/"), kinds={"admin:index"}, least=4)


def test_the_office_of_files(goes: Goes, settings: Settings) -> None:
    branch = make_branch()
    diarised(branch, subject="Canal at Kosli")
    filed(branch)
    walk = goes(
        staff(branch.seema),
        "/eoffice/",
        f"/eoffice/{branch.assistant.post.code}/",
        within="/eoffice/",
    )
    clean(walk, kinds=set(), least=8)


def test_a_meeting_from_both_sides(goes: Goes, cast: Cast) -> None:
    room = open_room(cast)
    reference = room.request.reference
    guest = goes(
        sign_in_household(Client(), cast.household), f"/meetings/{reference}/", within="/meetings/"
    )
    clean(guest, kinds={"meetings:guest"}, least=1)
    office = goes(
        staff(cast.meera), f"/meetings/{reference}/office/", "/meetings/today/", within="/meetings/"
    )
    clean(office, kinds={"meetings:office"}, least=1)
