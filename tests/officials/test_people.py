"""The builders that every other test stands on."""

import pytest
from django.test import Client

from officials.models import Charge
from tests import people

pytestmark = pytest.mark.django_db


def test_cast_is_whole_and_its_charges_are_live(client: Client) -> None:
    cast = people.make_cast()
    assert Charge.objects.live().count() == 4
    assert cast.rewari.reports_to == cast.division
    assert cast.ramesh.household == cast.asha.household
    people.sign_in_household(client, cast.household)
    assert client.get("/").wsgi_request.user == cast.household.user
    people.sign_in_staff(client, cast.meera)
    assert client.get("/").wsgi_request.user.is_verified()
