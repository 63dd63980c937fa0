"""A private booking at the counter: its reference alone, until its PIN is brought."""

from collections.abc import Callable

import pytest
from django.test import Client

from appointments.access import PINS
from appointments.models import Request
from esachivalaya.accounts.models import User
from kendras.models import Kendra
from tests.at_a_kendra import booked, request_of, somebody
from tests.kendras.test_pages_counter import book, typed
from tests.people import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Client, User], Client]


@pytest.fixture
def pooja(client: Client, operator: User, at_counter: SignIn) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def private(cast: Cast, kendra: Kendra, operator: User) -> Request:
    """A private request that was made at the counter some time ago."""
    person = somebody(name="Kamla Sangwan", given_name="Kamla")
    return request_of(booked(kendra, operator, cast.rewari, person=person, private=True))


def test_its_reference_in_the_counters_address_opens_nothing_of_it(
    pooja: Client, private: Request
) -> None:
    page = pooja.get(f"/kendra/REW-0001/?booked={private.reference}").content.decode()
    assert "Kamla" not in page
    assert "data-booked" not in page


def test_another_ones_slip_stands_there_by_its_reference(
    pooja: Client, cast: Cast, kendra: Kendra, operator: User
) -> None:
    row = request_of(booked(kendra, operator, cast.rewari))
    page = pooja.get(f"/kendra/REW-0001/?booked={row.reference}").content.decode()
    assert f'data-booked="{row.reference}"' in page


def test_who_booked_it_a_moment_ago_gets_its_slip(
    pooja: Client, cast: Cast, operator: User
) -> None:
    answer = book(pooja, typed(cast, operator, private="on"))
    page = pooja.get(answer["Location"]).content.decode()
    assert f'data-booked="{Request.objects.get().reference}"' in page


def test_who_sends_it_again_gets_its_slip_though_the_first_answer_was_lost_with_the_session(
    pooja: Client, cast: Cast, operator: User
) -> None:
    """The server went down between the booking and the session: its PIN is known to nobody."""
    data = typed(cast, operator, private="on")
    book(pooja, data)
    session = pooja.session
    del session[PINS]
    session.save()
    accept = {"headers": {"accept": "application/json"}}
    answer = pooja.post("/kendra/REW-0001/book/", data, **accept)  # type: ignore[arg-type]
    assert f'data-booked="{Request.objects.get().reference}"' in answer.json()["slip"]
