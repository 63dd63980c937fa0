"""/track/name/: the code on a phone that was silent for 90 days is not enough by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Request
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.accounts.services import leaving
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from tests.accounts.sent import code_sent_to
from tests.appointments.citizens import booked
from tests.office import queries
from tests.people import Cast

TRACK, CODE, NAME = "/track/", "/track/code/", "/track/name/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def row(cast: Cast) -> Request:
    """Asha's request, of a household whose number was last proved 91 days ago."""
    found = booked(cast)
    silent(cast)
    return found


def silent(cast: Cast) -> None:
    long_ago = clock.now() - timedelta(days=91)
    Household.objects.filter(pk=cast.household.pk).update(phone_seen_at=long_ago)


def with_code(client: Client, row: Request) -> Any:
    """Ask for the code and type it: whoever has the SIM can do so."""
    client.post(TRACK, {"reference": row.reference, "by_code": "1"})
    phone = row.citizen.household.phone
    assert phone is not None
    return client.post(CODE, {"reference": row.reference, "code": code_sent_to(phone)})


def closed(client: Client, row: Request) -> bool:
    return client.get(f"/track/{row.reference}/").status_code == 302


def test_after_90_days_the_code_leads_to_the_name_and_opens_nothing(
    anyone: Client, row: Request
) -> None:
    assert with_code(anyone, row).url == NAME
    assert closed(anyone, row)
    page = anyone.get(NAME).content.decode()
    assert row.citizen.name not in page
    assert row.subject not in page


def test_before_90_days_the_code_is_enough(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    recently = clock.now() - timedelta(days=89)
    Household.objects.filter(pk=cast.household.pk).update(phone_seen_at=recently)
    assert with_code(anyone, row).url == f"/track/{row.reference}/"
    assert not closed(anyone, row)


def test_the_name_of_anybody_in_the_household_opens_it_and_proves_the_number(
    anyone: Client, cast: Cast, row: Request
) -> None:
    with_code(anyone, row)
    answer = anyone.post(NAME, {"name": f"  {cast.ramesh.name.upper()} "})
    assert answer.url == f"/track/{row.reference}/"
    assert not closed(anyone, row)
    cast.household.refresh_from_db()
    assert cast.household.phone_seen_at is not None
    assert cast.household.phone_seen_at > clock.now() - timedelta(minutes=1)
    assert Entry.objects.filter(act="number_proved_by_name").count() == 1


def test_three_wrong_names_a_day_and_then_not_even_the_right_one(
    anyone: Client, row: Request
) -> None:
    with_code(anyone, row)
    for left in (2, 1, 0):
        answer = anyone.post(NAME, {"name": "Nobody Known"})
        assert answer.status_code == 422
        assert answer.context["tries_left"] == left
    assert anyone.post(NAME, {"name": row.citizen.name}).status_code == 422
    assert closed(anyone, row)
    again = Client()
    with_code(again, row)
    assert again.post(NAME, {"name": row.citizen.name}).status_code == 422


def test_the_name_of_somebody_who_has_left_opens_nothing(
    anyone: Client, cast: Cast, row: Request
) -> None:
    Citizen.objects.filter(pk=cast.ramesh.pk).update(left_at=clock.now())
    with_code(anyone, row)
    assert anyone.post(NAME, {"name": cast.ramesh.name}).status_code == 422
    assert closed(anyone, row)


def test_who_went_to_their_own_number_since_the_code_is_not_opened_by_it(
    anyone: Client, cast: Cast, row: Request
) -> None:
    with_code(anyone, row)
    leaving.take_to_own_number(person=cast.asha, phone="+919800000045", by=cast.household.user)
    answer = anyone.post(NAME, {"name": cast.ramesh.name})
    assert answer.url == TRACK
    assert closed(anyone, row)


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 10_000])
def test_what_is_no_name_costs_no_try(anyone: Client, row: Request, name: str) -> None:
    with_code(anyone, row)
    assert anyone.post(NAME, {"name": name}).status_code == 422
    assert not Entry.objects.filter(act="name_not_recognised").exists()


def test_without_a_code_in_this_browser_there_is_no_page(anyone: Client, row: Request) -> None:
    with_code(Client(), row)
    assert anyone.get(NAME).url == TRACK
    assert anyone.post(NAME, {"name": row.citizen.name}).url == TRACK
    assert anyone.delete(NAME).status_code == 405


def test_the_code_is_good_for_the_page_for_ten_minutes(anyone: Client, row: Request) -> None:
    with_code(anyone, row)
    session = anyone.session
    long_ago = clock.now() - timedelta(minutes=10, seconds=1)
    session["track_proved"] = {**session["track_proved"], "at": long_ago.isoformat()}
    session.save()
    assert anyone.post(NAME, {"name": row.citizen.name}).url == TRACK
    assert closed(anyone, row)


def test_looking_at_the_page_changes_nothing_and_speaks_both_languages(
    anyone: Client, cast: Cast, row: Request
) -> None:
    with_code(anyone, row)
    before = Entry.objects.count()
    for language in ("hi", "en"):
        anyone.cookies["language"] = language
        assert anyone.get(NAME).status_code == 200
    assert Entry.objects.count() == before
    one = len(queries(anyone, NAME))
    for number in range(5):
        Citizen.objects.create(household=cast.household, name=f"Person {number}", given_name="P")
    assert len(queries(anyone, NAME)) == one
