"""A reset closes every way in that the person had: their PIN for the counter as well."""

from collections.abc import Callable

import pytest
from django.test import Client

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services import invitations
from esachivalaya.accounts.services.staff import note_sign_in
from kendras.services import operator_pins
from tests.kendras.sitting import PINS, at, locked, unlock
from tests.people import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Client, User], Client]


@pytest.fixture
def here(here: Client, rakesh: User) -> Client:
    """Pooja's session at the counter that Rakesh can take over."""
    return here


def test_with_the_pin_from_before_nobody_takes_the_counter_over(
    here: Client, cast: Cast, rakesh: User
) -> None:
    """Somebody saw it typed, or has the phone: that is why it was reset."""
    invitations.reset(user=rakesh, by=cast.gurpreet)
    locked(here)
    assert "Rakesh" not in here.get(at("locked")).content.decode()
    assert unlock(here, rakesh, PINS["rakesh"]).status_code == 422
    # Nor after they have a way in again: the PIN may still be known to others.
    note_sign_in(user=rakesh)
    assert unlock(here, rakesh, PINS["rakesh"]).status_code == 422


def test_with_a_new_pin_they_go_on(here: Client, cast: Cast, rakesh: User) -> None:
    invitations.reset(user=rakesh, by=cast.gurpreet)
    note_sign_in(user=rakesh)
    operator_pins.set_pin(user=rakesh, pin="731946")
    locked(here)
    assert unlock(here, rakesh, "731946").status_code == 302
