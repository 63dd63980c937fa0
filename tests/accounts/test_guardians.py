"""Somebody under 18 is named only with a parent or guardian who agreed and can be identified."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import Citizen, GuardianConsent
from esachivalaya.accounts.services import erasing, guardians, households
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from tests import people
from tests.people import Cast

pytestmark = pytest.mark.django_db
ADD = reverse("accounts:add-person")


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


def this_year() -> int:
    return clock.day_of(clock.now()).year


def child(**fields: Any) -> dict[str, Any]:
    return {
        "key": new_key(),
        "name": "Chhoti Kumari",
        "given_name": "Chhoti",
        "year_of_birth": this_year() - 10,
        "guardian": "Asha Devi",
        "guardian_relation": "mother",
        **fields,
    }


def test_the_guardian_is_kept_with_how_they_were_identified(home: Client, cast: Cast) -> None:
    assert home.post(ADD, child()).status_code == 302
    consent = GuardianConsent.objects.get(citizen__name="Chhoti Kumari")
    assert (consent.name, consent.relation, consent.proof) == ("Asha Devi", "mother", "code")
    assert consent.phone == cast.household.phone
    assert consent.given_by == cast.household.user
    assert Entry.objects.filter(act="guardian_agreed").count() == 1


@pytest.mark.parametrize("missing", ["guardian", "guardian_relation"])
def test_a_child_is_not_named_without_a_guardian(home: Client, missing: str) -> None:
    answer = home.post(ADD, child(**{missing: ""}))
    assert answer.status_code == 200
    assert not Citizen.objects.filter(name="Chhoti Kumari").exists()


def test_the_service_refuses_a_child_alone_whoever_calls_it(cast: Cast) -> None:
    with pytest.raises(Refused):
        households.add_person(
            household=cast.household,
            by=cast.household.user,  # type: ignore[arg-type]
            name="Chhoti",
            given_name="Chhoti",
            year_of_birth=this_year() - 17,
            key=new_key(),
        )


def test_of_an_adult_neither_year_nor_guardian_is_kept(home: Client) -> None:
    home.post(ADD, child(name="Bada Kumar", year_of_birth=this_year() - 40))
    assert Citizen.objects.get(name="Bada Kumar").adult_from is None
    assert not GuardianConsent.objects.exists()


@pytest.mark.parametrize(("years", "of_age"), [(17, False), (18, False), (19, True)])
def test_who_may_still_be_17_counts_as_a_child(db: None, years: int, of_age: bool) -> None:
    assert (guardians.adult_from(this_year() - years) is None) is of_age


def test_erasing_the_child_erases_the_guardian(home: Client) -> None:
    home.post(ADD, child())
    erasing.erase(person=Citizen.objects.get(name="Chhoti Kumari"), by=None)
    assert not GuardianConsent.objects.exists()
    assert not Citizen.objects.exclude(adult_from=None).exists()
