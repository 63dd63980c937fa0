"""The page on which anybody tries their device, as the portal serves it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import office
from tests.people import make_cast, sign_in_household

pytestmark = pytest.mark.django_db


def test_anybody_opens_it_and_only_it_may_use_camera_and_microphone() -> None:
    response = Client().get(reverse("meetings:test"))
    office.assert_strict(response)
    allowed = response["Permissions-Policy"]
    assert allowed.startswith("camera=(self), microphone=(self)")
    assert "geolocation=()" in allowed


def test_it_shows_itself_only() -> None:
    assert Client().post(reverse("meetings:test")).status_code == 405


def test_it_reads_nothing_of_the_meetings() -> None:
    client = sign_in_household(Client(), make_cast().asha.household)
    address = reverse("meetings:test")
    office.queries(client, address)
    assert not [one for one in office.queries(client, address) if "meetings_" in one]
