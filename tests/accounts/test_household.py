"""The household's pages: its people and its language."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.audit.models import Detail
from esachivalaya.common.idempotency import new_key
from tests import people

pytestmark = pytest.mark.django_db
HOUSEHOLD = "/accounts/household/"


@pytest.fixture
def asha() -> Citizen:
    return people.make_citizen(people.make_household("+919800000001"), "Asha Devi")


@pytest.fixture
def home(client: Client, asha: Citizen) -> Client:
    return people.sign_in_household(client, asha.household)


def person(**given: Any) -> dict[str, Any]:
    return {"name": "Ramesh Kumar", "given_name": "Ramesh", "key": new_key(), **given}


@pytest.mark.parametrize("language", ["hi", "en"])
@pytest.mark.parametrize("path", [HOUSEHOLD, f"{HOUSEHOLD}add/", "/accounts/sessions/"])
def test_the_pages_open_in_both_languages(home: Client, language: str, path: str) -> None:
    home.cookies["language"] = language
    page = home.get(path)
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()


def test_the_list_shows_the_households_people_and_nobody_elses(home: Client) -> None:
    people.make_citizen(people.make_household("+919800000002"), "Sunita Rani")
    text = home.get(HOUSEHOLD).content.decode()
    assert "Asha Devi" in text
    assert "Sunita" not in text


def test_a_person_is_added_once_however_often_the_form_is_sent(home: Client) -> None:
    data = person()
    for _ in range(2):
        assert home.post(f"{HOUSEHOLD}add/", data).status_code == 302
    assert Citizen.objects.filter(name="Ramesh Kumar").count() == 1


def test_one_key_with_another_name_is_a_conflict(home: Client) -> None:
    data = person()
    home.post(f"{HOUSEHOLD}add/", data)
    answer = home.post(f"{HOUSEHOLD}add/", {**data, "name": "Somebody Else"})
    assert answer.status_code == 409


def test_the_same_name_twice_is_refused_with_a_sentence(home: Client) -> None:
    assert home.post(f"{HOUSEHOLD}add/", person(name=" ASHA  devi")).status_code == 200
    assert Citizen.objects.count() == 1


def test_twenty_people_are_the_most(home: Client, asha: Citizen) -> None:
    Citizen.objects.bulk_create(
        Citizen(household=asha.household, name=f"P {'x' * n}", given_name="P") for n in range(19)
    )
    assert home.post(f"{HOUSEHOLD}add/", person()).status_code == 200
    assert Citizen.objects.count() == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 10_000},
        {"name": "Asha\x00"},
        {"name": "12345"},
        {"name": "..."},
        {"name": "<script>"},
        {"name": "Asha 2345 6789 0124"},
        {"given_name": "https://evil.example"},
        {"given_name": ""},
        {"family_id": "2345 6789 0124"},
        {"family_id": "२३४५ ६७८९ ०१२४"},
        {"family_id": "999999999999"},
        {"family_id": "x"},
        {"family_id": "<b>12345</b>"},
        {"key": ""},
    ],
)
def test_hostile_and_wrong_words_are_refused_and_nothing_is_stored(
    home: Client, wrong: dict[str, str]
) -> None:
    page = home.post(f"{HOUSEHOLD}add/", person(**wrong))
    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    assert Citizen.objects.count() == 1


def test_a_corrected_name_leaves_the_old_one_in_the_record(home: Client, asha: Citizen) -> None:
    answer = home.post(f"{HOUSEHOLD}{asha.pk}/", person(name="Asha Rani", given_name="Asha"))
    assert answer.headers["Location"] == HOUSEHOLD
    asha.refresh_from_db()
    assert asha.name == "Asha Rani"
    detail = Detail.objects.get(entry__act="name_corrected")
    assert detail.data == {"name": ["Asha Devi", "Asha Rani"]}
    assert detail.entry.actor == asha.household.user


def test_somebody_elses_person_is_not_there(home: Client) -> None:
    other = people.make_citizen(people.make_household("+919800000002"), "Sunita Rani")
    for answer in (
        home.get(f"{HOUSEHOLD}{other.pk}/"),
        home.post(f"{HOUSEHOLD}{other.pk}/", person()),
        home.get(f"{HOUSEHOLD}999999/"),
        home.get(f"{HOUSEHOLD}99999999999999999999999/"),
    ):
        assert answer.status_code == 404


def test_staff_have_no_household_page(client: Client) -> None:
    people.sign_in_staff(client, people.make_staff("meera", roles=("appointing",)))
    assert client.get(HOUSEHOLD).status_code == 404


def test_not_signed_in_leads_to_sign_in_and_back(client: Client) -> None:
    answer = client.get(HOUSEHOLD)
    assert answer.headers["Location"] == f"{reverse('accounts:sign-in')}?next={HOUSEHOLD}"


def test_the_language_is_kept_on_the_person_and_in_the_browser(home: Client, asha: Citizen) -> None:
    answer = home.post("/accounts/language/", {"language": "en", "next": HOUSEHOLD})
    assert answer.headers["Location"] == HOUSEHOLD
    assert answer.cookies["language"].value == "en"
    household = Household.objects.select_related("user").get()
    assert household.user is not None
    assert household.user.language == "en"


def test_the_switch_inside_a_form_is_kept_on_the_person_as_well(home: Client) -> None:
    page = home.post(f"{HOUSEHOLD}add/", person(name="half ty", switch_language="en"))
    assert 'value="half ty"' in page.content.decode()
    household = Household.objects.select_related("user").get()
    assert household.user is not None
    assert household.user.language == "en"
    assert Citizen.objects.count() == 1


def test_the_language_may_be_changed_without_signing_in(client: Client) -> None:
    answer = client.post("/accounts/language/", {"language": "en", "next": "/promise/"})
    assert answer.headers["Location"] == "/promise/"
    assert answer.cookies["language"].value == "en"


@pytest.mark.parametrize("wrong", ["fr", "", "\x00", "x" * 10_000])
def test_a_language_that_is_not_spoken_changes_nothing(client: Client, wrong: str) -> None:
    answer = client.post("/accounts/language/", {"language": wrong, "next": "//evil.example/"})
    assert answer.headers["Location"] == reverse("home")
    assert "language" not in answer.cookies


def test_the_language_is_not_changed_by_a_get(client: Client) -> None:
    assert client.get("/accounts/language/?language=en").status_code == 405
