"""Without its database every page says so, plainly, with 503; without Redis all goes on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.people import make_household, make_staff, sign_in_household, sign_in_staff

PAGES = ["/officials/", "/officials/DC-REW/", "/appointments/", "/track/", "/admin/"]


@pytest.fixture
def no_database(transactional_db: None) -> Iterator[Any]:
    """Call it to lose the database; it is back after the test."""
    port = connection.settings_dict["PORT"]

    def lose() -> None:
        connection.close()
        connection.settings_dict["PORT"] = "1"

    yield lose
    connection.close()
    connection.settings_dict["PORT"] = port


@pytest.mark.parametrize("who", ["nobody", "household", "staff"])
def test_a_lost_database_is_a_plain_page_with_503(who: str, no_database: Any) -> None:
    client = Client(raise_request_exception=False)
    if who == "household":
        sign_in_household(client, make_household())
    if who == "staff":
        sign_in_staff(client, make_staff("meera"))
    no_database()
    asks = {"nobody": {"/officials/", "/officials/DC-REW/"}}.get(who, set(PAGES))
    for page in asks:
        response = client.get(page)
        text = response.content.decode()
        assert response.status_code == 503, page
        assert "The portal is out of reach for a moment" in text
        assert "Traceback" not in text
        assert response["Retry-After"] == "60"
        assert response["Content-Security-Policy"]


def test_a_form_sent_without_a_database_is_answered_alike(no_database: Any) -> None:
    client = Client(raise_request_exception=False)
    sign_in_household(client, make_household())
    no_database()
    for page in ("/accounts/sign-in/", "/track/", "/appointments/new/DC-REW/", "/feedback/"):
        response = client.post(page, {"reference": "ES22222222", "pin": "1", "phone": "9800000001"})
        assert response.status_code == 503, page


def test_a_session_that_cannot_be_stored_is_answered_alike(no_database: Any) -> None:
    """The language switch needs nothing but the session."""
    client = Client(raise_request_exception=False)
    no_database()
    assert client.post("/accounts/language/", {"language": "en", "next": "/"}).status_code == 503
