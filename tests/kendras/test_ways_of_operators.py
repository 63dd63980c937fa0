"""The links in the header of an operator's pages lead where operators may go, and nowhere else."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from esachivalaya.accounts.models import User
from kendras.models import Kendra
from kendras.services import tokens
from officials.models import Post
from tests.at_a_kendra import booked
from tests.draws import announced
from tests.kendras.meetings import meeting_here
from tests.office import content
from tests.people import Cast, sign_in_household

pytestmark = pytest.mark.django_db
NAV = re.compile(r'<nav class="main-nav.*?</nav>', re.DOTALL)
OWN = ("counter", "bookings", "meetings", "help", "hall", "lock")


@pytest.fixture
def here(client: Client, operator: User, at_counter: Callable[[Client, User], Client]) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def row(kendra: Kendra, operator: User, cast: Cast) -> Request:
    return meeting_here(kendra, operator, cast)


def at(name: str, *args: object) -> str:
    return reverse(f"kendras:{name}", args=["REW-0001", *args])


def ways(page: str) -> list[str]:
    """Return where the links and buttons of the main navigation lead; none where there is none."""
    found = NAV.search(page)
    return re.findall(r'(?:href|action)="([^"]+)"', found.group()) if found else []


def test_each_page_of_a_kendra_has_the_ways_of_its_operators(
    here: Client, row: Request, kendra: Kendra, operator: User, cast: Cast, gurugram: Post
) -> None:
    wish = booked(kendra, operator, cast.rewari, slot=None, draw=announced(cast).pk)
    later = booked(kendra, operator, gurugram)
    token = tokens.issue(kendra=kendra, by=operator)
    pages = [
        *(at(name) for name in ("bookings", "meetings", "help")),
        *(at(name, row.reference) for name in ("booking", "slip")),
        *(at(name, later.reference) for name in ("booking-move", "booking-withdraw")),
        at("booking", wish.reference),
        at("token-act", token.number),
    ]
    for address in pages:
        answer = here.get(address)
        assert answer.status_code == 200, address
        assert ways(content(answer)) == [at(name) for name in OWN], address


@pytest.mark.parametrize("address", ["/", "/promise/", "/officials/"])
def test_no_way_on_a_public_page_leads_an_operator_to_a_closed_door(
    here: Client, row: Request, address: str
) -> None:
    found = ways(content(here.get(address)))
    assert len(found) >= 3
    for way in found:
        assert here.get(way, follow=True).status_code == 200, way


def test_a_citizen_keeps_the_way_to_the_own_appointments(client: Client, cast: Cast) -> None:
    household = sign_in_household(client, cast.asha.household)
    assert reverse("appointments:list") in ways(content(household.get("/promise/")))
    assert reverse("appointments:list") in ways(content(Client().get("/promise/")))
