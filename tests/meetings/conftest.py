"""What the tests of meetings begin with: the cast, an open room, and the pages in it."""

import pytest
from django.test import Client

from meetings.models import Room
from tests.meeting_rooms import open_room
from tests.meetings_in_browsers import Page, page_of
from tests.people import Cast, make_cast, sign_in_household, sign_in_staff


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def office(client: Client, cast: Cast) -> Client:
    """The browser of DC Rewari's private secretary, in English."""
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.suresh)


@pytest.fixture
def room(cast: Cast) -> Room:
    return open_room(cast)


@pytest.fixture
def guest(room: Room, cast: Cast) -> Page:
    """Asha's page, in the waiting room."""
    return page_of(sign_in_household(Client(), cast.household), room, "guest")


@pytest.fixture
def officer(room: Room, cast: Cast) -> Page:
    """Suresh's page, in the room."""
    return page_of(sign_in_staff(Client(), cast.suresh), room, "office")
