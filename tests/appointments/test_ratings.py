"""Rating a meeting: once, of one that was held, seen by the office only in averages of five."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments import ratings
from appointments.models import Rating, Request
from appointments.services import pins, rating
from appointments.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from tests.meetings import begun, held
from tests.office import content, page
from tests.people import Cast, make_cast, make_citizen, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


def address(row: Request) -> str:
    return reverse("appointments:rate", args=[row.reference])


def test_a_meeting_is_rated_once_by_its_household(client: Client, cast: Cast) -> None:
    row = held(cast)
    sign_in_household(client, cast.household)
    assert client.get(address(row)).status_code == 200
    said = {"key": new_key(), "stars": "4", "words": "They listened."}
    assert client.post(address(row), said).status_code == 302
    assert client.post(address(row), said).status_code == 302
    assert client.post(address(row), {**said, "key": new_key(), "stars": "1"}).status_code == 302
    found = Rating.objects.get()
    assert (found.stars, found.words) == (4, "They listened.")


def test_whoever_brings_the_pin_rates_too(client: Client, cast: Cast) -> None:
    row = held(cast)
    Request.objects.filter(pk=row.pk).update(pin_hash=pins.hash_of("123456"))
    client.post(reverse("appointments:track"), {"reference": row.reference, "pin": "123456"})
    client.post(address(row), {"key": new_key(), "stars": "5"})
    assert Rating.objects.get().stars == 5


@pytest.mark.parametrize("stars", ["", "0", "6", "x"])
def test_what_is_not_one_of_the_five_is_refused(client: Client, cast: Cast, stars: str) -> None:
    row = held(cast)
    sign_in_household(client, cast.household)
    assert client.post(address(row), {"key": new_key(), "stars": stars}).status_code == 422
    assert not Rating.objects.exists()


def test_a_meeting_that_was_not_held_cannot_be_rated(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        rating.rate(request=begun(cast), by=None, stars=1)
    assert refused.value.rule == "not_met"


def test_a_stranger_and_another_household_find_nothing(client: Client, cast: Cast) -> None:
    row = held(cast)
    assert client.get(address(row)).status_code == 302
    sign_in_staff(client, cast.kavita)
    assert client.get(address(row)).status_code == 404


def test_the_office_sees_that_it_was_rated_and_not_how(office: Client, cast: Cast) -> None:
    row = held(cast)
    rating.rate(request=row, by=None, stars=2, words="Nobody had read my papers.")
    shown = content(office.get(page(row)))
    assert "The meeting was rated" in shown
    assert "Nobody had read my papers." not in shown


def test_averages_are_shown_from_five_ratings_on(cast: Cast) -> None:
    found: dict[int, ratings.Average] = {}
    for number, stars in enumerate((5, 4, 4, 4, 3), start=1):
        row = held(cast, citizen=make_citizen(cast.household, f"Person {number}"))
        Rating.objects.create(request=row, stars=stars)
        found = ratings.average_of([cast.rewari])
        assert (cast.rewari.pk in found) == (number == 5)
    assert found[cast.rewari.pk] == ratings.Average(Decimal("4.0"), 5)
    assert ratings.average_of([cast.division]) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_ratings_at_once_one_is_kept(race: Callable[..., list[Any]]) -> None:
    row = held(make_cast())
    done = race(
        lambda: rating.rate(request=row, by=None, stars=1),
        lambda: rating.rate(request=row, by=None, stars=5),
    )
    assert [one.ok for one in done].count(True) == 1
    assert Rating.objects.count() == 1
