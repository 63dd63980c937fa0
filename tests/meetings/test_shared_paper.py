"""One paper of the request that everybody in the room looks at."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.audit.models import Entry
from meetings.models import Room, Seat, SharedPaper
from meetings.services import rooms, seats
from tests.meeting_rooms import open_room
from tests.meetings_in_browsers import Page, page_of
from tests.papers import attach, letter
from tests.people import Cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(cast: Cast) -> Room:
    room = open_room(cast)
    attach(room.request, content=letter(2), pages=2, name="report.pdf")
    return room


@pytest.fixture
def guest(room: Room, cast: Cast) -> Page:
    """Asha's page, let in."""
    page = page_of(sign_in_household(Client(), cast.household), room, "guest")
    seat = Seat.objects.get(pk=page.seat)
    seats.admit(seat=seat, by=cast.meera, version=seat.version)
    return page


@pytest.fixture
def officer(room: Room, cast: Cast) -> Page:
    """Suresh's page, in the room."""
    return page_of(sign_in_staff(Client(), cast.suresh), room, "office")


def picture(page: Page, number: int = 1, position: int = 1) -> Any:
    where = reverse("meetings:shared", args=[page.room.request.reference, position, number])
    return page.client.get(where)


def test_what_the_office_shows_everybody_inside_sees(guest: Page, officer: Page) -> None:
    assert picture(guest).status_code == 404
    assert officer.post("share", position=1, paper_page=1).json() == {"shown": True}
    assert guest.polled()["paper"] == {"position": 1, "page": 1, "name": "report.pdf"}
    seen = picture(guest)
    assert seen["Content-Type"] == "image/webp"
    assert "no-store" in seen["Cache-Control"]
    # Only the page that is shown, and only while it is.
    assert picture(guest, 2).status_code == 404
    officer.post("share", position=1, paper_page=2)
    assert picture(guest, 2).status_code == 200
    officer.post("share")
    assert guest.polled()["paper"] is None
    assert picture(guest, 2).status_code == 404
    assert Entry.objects.filter(subject_kind="meetings.room", act="paper_shown").count() == 1


@pytest.mark.parametrize(("position", "number"), [(2, 1), (1, 3), (1, 0), (99, 1)])
def test_a_page_that_is_not_there_is_not_shown(officer: Page, position: int, number: int) -> None:
    answer = officer.post("share", position=position, paper_page=number)
    assert answer.status_code == 409
    assert not SharedPaper.objects.exists()


def test_a_guest_shows_nothing_and_who_was_put_out_sees_nothing(
    guest: Page, officer: Page, cast: Cast
) -> None:
    assert guest.post("share", position=1, paper_page=1).status_code == 404
    officer.post("share", position=1, paper_page=1)
    seat = Seat.objects.get(pk=guest.seat)
    seats.remove(seat=seat, by=cast.meera, version=seat.version)
    assert picture(guest).status_code == 404


def test_nothing_is_shown_in_a_room_that_is_closed(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    officer.post("share", position=1, paper_page=1)
    rooms.end(room=room, by=cast.meera)
    assert picture(guest).status_code == 404
    assert not SharedPaper.objects.exists()
