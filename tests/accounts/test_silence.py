"""A number that was silent for 90 days may be somebody else's by now."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.accounts.services import households
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from tests import people
from tests.accounts.sent import code_sent_to

PHONE = "+919800000001"
NAME = "accounts:one-of-us"
pytestmark = pytest.mark.django_db


@pytest.fixture
def silent() -> Household:
    """Asha's household, not seen for 90 days."""
    household = people.make_household(PHONE, phone_seen_at=clock.now() - timedelta(days=90))
    people.make_citizen(household, "Asha Devi")
    people.make_citizen(household, "रमेश कुमार", given_name="रमेश")
    return household


def come_with_code(client: Client) -> Any:
    client.post(
        reverse("accounts:sign-in"), {"phone": PHONE, "key": new_key(), "next": "/promise/"}
    )
    return client.post(reverse("accounts:sign-in-code"), {"code": code_sent_to(PHONE)})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_code_alone_does_not_sign_in_after_90_days(client: Client, silent: Household) -> None:
    assert come_with_code(client).headers["Location"] == reverse(NAME)
    assert not signed_in(client)
    page = client.get(reverse(NAME)).content.decode()
    assert "Asha" not in page
    assert "रमेश" not in page


def test_one_day_less_and_the_code_is_enough(client: Client, silent: Household) -> None:
    Household.objects.update(phone_seen_at=clock.now() - timedelta(days=89, hours=23))
    assert come_with_code(client).headers["Location"] == "/promise/"
    assert signed_in(client)


@pytest.mark.parametrize("typed", ["Asha Devi", "  asha   DEVI ", "रमेश कुमार"])
def test_the_full_name_of_one_of_them_signs_in(
    client: Client, silent: Household, typed: str
) -> None:
    come_with_code(client)
    assert client.post(reverse(NAME), {"name": typed}).headers["Location"] == "/promise/"
    assert client.session["_auth_user_id"] == str(silent.user_id)
    silent.refresh_from_db()
    assert not households.phone_needs_proof(silent)


def test_three_wrong_names_a_day(client: Client, silent: Household) -> None:
    come_with_code(client)
    for typed in ("Asha", "Devi", "Somebody Else"):
        assert client.post(reverse(NAME), {"name": typed}).status_code == 200
    client.post(reverse(NAME), {"name": "Asha Devi"})
    assert not signed_in(client)
    assert households.name_tries_left(silent) == 0
    page = client.get(reverse(NAME))
    assert b'name="name"' not in page.content


def test_starting_anew_gives_a_fresh_household_and_the_old_one_loses_its_number(
    client: Client, silent: Household
) -> None:
    come_with_code(client)
    client.post(reverse("accounts:start-anew"))
    fresh = Household.objects.get(phone=PHONE)
    assert fresh.pk != silent.pk
    assert client.session["_auth_user_id"] == str(fresh.user_id)
    silent.refresh_from_db()
    assert silent.phone is None
    assert silent.user is not None
    assert not silent.user.is_active
    assert silent.citizens.count() == 2
    acts = Entry.objects.filter(subject_id=str(silent.pk), subject_kind="accounts.household")
    assert "number_given_up" in acts.values_list("act", flat=True)


def test_without_a_right_code_nobody_starts_anew(client: Client, silent: Household) -> None:
    client.post(reverse("accounts:sign-in"), {"phone": PHONE, "key": new_key()})
    assert client.post(reverse("accounts:start-anew")).headers["Location"] == reverse(
        "accounts:sign-in"
    )
    assert client.post(reverse(NAME), {"name": "Asha Devi"}).headers["Location"] == reverse(
        "accounts:sign-in"
    )
    silent.refresh_from_db()
    assert silent.phone == PHONE


def test_a_household_with_nobody_in_it_has_nothing_to_protect(client: Client) -> None:
    people.make_household(PHONE, phone_seen_at=clock.now() - timedelta(days=400))
    assert come_with_code(client).headers["Location"].startswith(reverse("accounts:first-person"))


def test_a_number_that_was_never_proved_is_asked_as_well(client: Client) -> None:
    household = people.make_household(PHONE, phone_seen_at=None)
    people.make_citizen(household)
    assert households.phone_needs_proof(household)


def test_two_wrong_names_at_once_are_two_tries(transactional_db: None, race: Any) -> None:
    household = people.make_household(PHONE, phone_seen_at=None)
    people.make_citizen(household)
    race(*[lambda: households.one_of_us(household=household, typed="Nobody")] * 5)
    assert households.name_tries_left(household) == 0
    kept = Entry.objects.filter(act="name_not_recognised").count()
    assert kept == 3
    assert Citizen.objects.count() == 1
