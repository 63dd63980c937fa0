"""Citizens sign in by a code on their phone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import Citizen, Household, SignInCode, User
from esachivalaya.accounts.services.households import household_of
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.sent import another, code_sent_to

PHONE = "+919800000001"
pytestmark = pytest.mark.django_db


def ask(client: Client, typed: str = "09800000001", **given: Any) -> Any:
    data = {"phone": typed, "key": new_key(), **given}
    return client.post(reverse("accounts:sign-in"), data)


def give(client: Client, code: str, **extra: Any) -> Any:
    return client.post(reverse("accounts:sign-in-code"), {"code": code}, **extra)


def signed_in(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_open_in_both_languages(client: Client, language: str) -> None:
    client.cookies["language"] = language
    page = client.get(reverse("accounts:sign-in"))
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()
    ask(client)
    page = client.get(reverse("accounts:sign-in-code"))
    assert page.status_code == 200
    assert "98000 00001" in page.content.decode()


def test_a_new_number_gets_a_household_a_session_and_is_asked_for_a_name(client: Client) -> None:
    assert ask(client).headers["Location"] == reverse("accounts:sign-in-code")
    answer = give(client, code_sent_to(PHONE))
    assert answer.headers["Location"].startswith(reverse("accounts:first-person"))
    user = signed_in(client)
    assert user is not None
    assert user.kind == "household"
    assert user.language == "hi"
    household = Household.objects.get(phone=PHONE)
    assert household.user == user
    assert household.phone_seen_at is not None
    answer = client.post(
        answer.headers["Location"],
        {
            "name": "Asha Devi",
            "given_name": "Asha",
            "family_id": "1ab2c345",
            "email": "asha@example.com",
            "key": new_key(),
        },
    )
    assert answer.status_code == 302
    asha = Citizen.objects.get()
    assert (asha.family_id, asha.email) == ("1AB2C345", "asha@example.com")


def test_a_known_number_goes_where_it_wanted_to_go(client: Client) -> None:
    household = people.make_household(PHONE)
    people.make_citizen(household)
    ask(client, next="/promise/")
    assert give(client, code_sent_to(PHONE)).headers["Location"] == "/promise/"
    assert signed_in(client) == household.user


def test_known_and_unknown_numbers_get_the_same_answer(client: Client) -> None:
    people.make_household(PHONE)
    known = ask(Client(), "9800000001")
    unknown = ask(Client(), "9800000002")
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert Message.objects.count() == 2


def test_the_phone_of_staff_is_not_looked_up(client: Client) -> None:
    staff = people.make_staff("meera", phone=PHONE)
    ask(client)
    give(client, code_sent_to(PHONE))
    user = signed_in(client)
    assert user is not None
    assert user != staff
    assert user.kind == "household"


def test_the_session_gets_a_new_key_and_keeps_what_it_held(client: Client) -> None:
    ask(client)
    session = client.session
    session["draft"] = "token"
    session.save()
    before = client.session.session_key
    give(client, code_sent_to(PHONE))
    assert client.session.session_key != before
    assert client.session["draft"] == "token"
    assert not Session.objects.filter(pk=before).exists()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\x00"],
)
def test_next_never_leads_out_of_the_portal(client: Client, elsewhere: str) -> None:
    people.make_citizen(people.make_household(PHONE))
    ask(client, next=elsewhere)
    assert give(client, code_sent_to(PHONE)).headers["Location"] == reverse("home")


def test_a_wrong_code_signs_nobody_in_and_says_how_many_tries_are_left(client: Client) -> None:
    client.cookies["language"] = "en"
    ask(client)
    code = code_sent_to(PHONE)
    page = give(client, another(code))
    assert "4 more times" in page.content.decode()
    assert signed_in(client) is None
    for _ in range(4):
        give(client, another(code))
    assert "Ask for a new one" in give(client, code).content.decode()
    assert signed_in(client) is None
    assert not Household.objects.exists()


def test_an_expired_code_signs_nobody_in(client: Client) -> None:
    ask(client)
    row = SignInCode.objects.get()
    SignInCode.objects.update(expires_at=row.expires_at - timedelta(minutes=10))
    give(client, code_sent_to(PHONE))
    assert signed_in(client) is None


def test_a_code_is_good_only_in_the_browser_that_asked(client: Client) -> None:
    ask(client)
    answer = give(Client(), code_sent_to(PHONE))
    assert answer.headers["Location"] == reverse("accounts:sign-in")


def test_a_new_code_may_be_asked_for_after_half_a_minute(client: Client) -> None:
    ask(client)
    again = {"key": new_key()}
    client.post(reverse("accounts:resend-code"), again)
    assert SignInCode.objects.count() == 1
    session = client.session
    held = session["sign_in"]
    session["sign_in"] = {**held, "sent_at": held["sent_at"].replace("20", "19", 1)}
    session.save()
    client.post(reverse("accounts:resend-code"), again)
    assert SignInCode.objects.count() == 2
    give(client, code_sent_to(PHONE))
    assert signed_in(client) is not None


@pytest.mark.parametrize("language", ["hi", "en"])
def test_over_a_limit_the_answer_is_429_and_says_when(client: Client, language: str) -> None:
    client.cookies["language"] = language
    for _ in range(3):
        ask(client)
    answer = ask(client)
    assert answer.status_code == 429
    assert ("pm" in (text := answer.content.decode()) or "am" in text) or language == "hi"
    assert Message.objects.count() == 3


@pytest.mark.parametrize(
    "typed",
    ["", "\x00", "9" * 10_000, "<script>alert(1)</script>", "0172 270 0000", "+1 202 555 0100"],
)
def test_hostile_and_wrong_numbers_get_a_sentence(client: Client, typed: str) -> None:
    page = ask(client, typed)
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert not SignInCode.objects.exists()


@pytest.mark.parametrize("typed", ["", "\x00" * 6, "1" * 10_000, "<b>123456</b>"])
def test_hostile_codes_get_a_sentence_and_cost_no_try(client: Client, typed: str) -> None:
    ask(client)
    assert give(client, typed).status_code == 200
    assert SignInCode.objects.get().tries_left == 5


def test_getting_the_pages_changes_nothing(client: Client) -> None:
    ask(client)
    client.get(reverse("accounts:sign-in-code"))
    assert client.get(reverse("accounts:resend-code")).status_code == 405
    assert client.get(reverse("accounts:start-anew")).status_code == 405
    assert SignInCode.objects.count() == 1


def test_changing_the_language_keeps_the_number_and_sends_nothing(client: Client) -> None:
    page = ask(client, "98000", switch_language="en")
    text = page.content.decode()
    assert '<html lang="en"' in text
    assert 'value="98000"' in text
    assert not SignInCode.objects.exists()


def test_a_language_chosen_before_signing_in_is_the_persons_from_then_on(client: Client) -> None:
    people.make_citizen(people.make_household(PHONE, language="hi"))
    client.post(reverse("accounts:language"), {"language": "en", "next": "/"})
    ask(client)
    answer = give(client, code_sent_to(PHONE))
    assert answer.cookies["language"].value == "en"
    user = signed_in(client)
    assert user is not None
    assert user.language == "en"


def test_without_a_choice_the_pages_come_in_the_persons_language(client: Client) -> None:
    people.make_citizen(people.make_household(PHONE, language="en"))
    ask(client)
    assert give(client, code_sent_to(PHONE)).cookies["language"].value == "en"


def test_who_is_signed_in_for_an_office_signs_out_first(client: Client) -> None:
    people.sign_in_staff(client, people.make_staff("meera"))
    page = ask(client)
    assert page.status_code == 200
    assert not SignInCode.objects.exists()
    assert b"sign-out" in page.content


def test_a_household_that_a_kendra_made_gets_its_user_at_first_sign_in() -> None:
    walk_in = Household.objects.create(phone=PHONE)
    found = household_of(phone=PHONE, language="en")
    assert found.pk == walk_in.pk
    assert found.user is not None
    assert found.user.language == "en"


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_household(race: Any) -> None:
    outcomes = race(*[lambda: household_of(phone=PHONE, language="hi").pk] * 6)
    assert all(outcome.ok for outcome in outcomes), outcomes
    assert len({outcome.value for outcome in outcomes}) == 1
    assert User.objects.filter(kind="household").count() == 1
