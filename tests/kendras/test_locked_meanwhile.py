"""The counter is locked while something slower is still under way in its session."""

from collections.abc import Callable

import pytest
from django.test import Client

from appointments.access import GRANTS, PINS
from esachivalaya.accounts.models import User
from esachivalaya.accounts.session_store import SessionStore
from kendras.services import operator_pins, sitting
from tests.kendras.sitting import PINS as OF
from tests.kendras.sitting import at, locked

pytestmark = pytest.mark.django_db
SignIn = Callable[[Client, User], Client]


def test_it_stays_locked_when_the_slower_one_writes_its_session_after_that(
    client: Client, operator: User, at_counter: SignIn
) -> None:
    """Book, then F8 at once: the booking remembers its PIN when the counter is locked already."""
    operator_pins.set_pin(user=operator, pin=OF["pooja"])
    here = at_counter(client, operator)
    assert here.get(at("counter")).status_code == 200
    session = here.session
    session[GRANTS] = {"REW-0001:ES23456789": {}}
    session.save()
    slow = SessionStore(here.session.session_key)
    slow[sitting.STATE] = {**slow[sitting.STATE], "touched": "2026-07-01T10:00:00+05:30"}
    locked(here)
    slow[PINS] = {"ES23456789": {"pin": "123456"}}
    slow.save()
    assert here.get(at("counter")).status_code == 302
    assert here.get("/accounts/sessions/").status_code == 302
    assert GRANTS not in here.session
    assert PINS in here.session
