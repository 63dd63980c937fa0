"""The menu of a desk: every page of it, which one is open, and what a phone shows at once."""

import re

import pytest
from django.test import Client
from django.utils.translation import override

from eoffice.permissions import Seat, seat_at
from eoffice.templatetags.desk_menu import desk_menu
from tests.desks import Branch
from tests.people import give_charge, make_staff, sign_in_staff

OFTEN = ["Inbox", "Diarise", "Search"]


@pytest.fixture
def seat(branch: Branch) -> Seat:
    found = seat_at(branch.ramesh, branch.officer.post.code)
    assert found is not None
    return found


def test_a_phone_shows_what_is_done_all_day_and_leaves_nothing_out(seat: Seat) -> None:
    with override("en"):
        menu = desk_menu(seat, "eoffice:inbox")
    assert [entry.words for entry in menu.entries if entry.often] == OFTEN
    assert len(menu.seldom) + len(OFTEN) == len(menu.entries)


@pytest.mark.parametrize(
    ("here", "current", "hidden"),
    [
        ("eoffice:search", "Search", ""),
        ("eoffice:old-file", "New file", "New file"),
        ("eoffice:question", "Questions", "Questions"),
        ("eoffice:charge-report-one", "Charge report", "Charge report"),
        ("eoffice:file", None, ""),
    ],
)
def test_one_sees_where_one_is_even_if_a_phone_hides_it(
    seat: Seat, here: str, current: str | None, hidden: str
) -> None:
    with override("en"):
        menu = desk_menu(seat, here)
    assert [entry.words for entry in menu.entries if entry.current] == [current] * bool(current)
    assert menu.current == hidden


def test_the_charge_report_is_the_officers(branch: Branch, seat: Seat) -> None:
    helper = make_staff("helper.menu")
    give_charge(helper, branch.officer.post, "staff")
    theirs = seat_at(helper, branch.officer.post.code)
    assert theirs is not None
    names = [entry.name for entry in desk_menu(theirs, "eoffice:inbox").entries]
    assert "charge-report" not in names
    assert "charge-report" in [entry.name for entry in desk_menu(seat, "eoffice:inbox").entries]


def test_every_entry_opens(branch: Branch, client: Client, seat: Seat) -> None:
    ramesh = sign_in_staff(client, branch.ramesh)
    for entry in desk_menu(seat, "eoffice:inbox").entries:
        page = ramesh.get(entry.address)
        assert page.status_code == 200
        marked = re.findall(r'<a href="([^"]*)"[^>]* aria-current="page"', page.content.decode())
        assert entry.address in marked
