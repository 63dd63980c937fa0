"""What the tests of appointments begin with: the cast, a request, and the desk that answers."""

import pytest
from django.test import Client

from appointments.models import Request
from officials.models import Post
from tests.booking import sent_by_asha
from tests.people import Cast, make_cast, make_post, open_hours, sign_in_staff


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> Request:
    """Asha's request, waiting for an answer of DC Rewari."""
    return sent_by_asha(cast)


@pytest.fixture
def office(client: Client, cast: Cast) -> Client:
    """The browser of DC Rewari's private secretary, in English."""
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.suresh)


@pytest.fixture
def gurugram(cast: Cast) -> Post:
    """Another office with the same hours."""
    post = make_post("DC-GGM")
    open_hours(post)
    return post
