"""Wrong passwords close an account here and for now: nobody can be kept out by others for long."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.db.models import F
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts import tries
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services import retention
from tests import people
from tests.accounts.app import app_of, code_of

SIGN_IN = "/accounts/staff/"
CODE = "/accounts/staff/code/"
COOKIE = settings.KNOWN_COOKIE_NAME
pytestmark = pytest.mark.django_db


@pytest.fixture
def gurpreet() -> User:
    user = people.make_staff("gurpreet", password=people.STAFF_PASSWORD, roles=("appointing",))
    app_of(user)
    return user


@pytest.fixture
def known(gurpreet: User) -> Client:
    """A browser in which Gurpreet signed in with both factors, and signed out."""
    client = Client()
    give(client, people.STAFF_PASSWORD)
    key = TOTPDevice.objects.get(user=gurpreet).key
    assert client.post(CODE, {"code": code_of(key)}).status_code == 302
    client.post("/accounts/sign-out/")
    return client


def give(client: Client, password: str, username: str = "gurpreet") -> Any:
    client.cookies["language"] = "en"
    return client.post(SIGN_IN, {"username": username, "password": password})


def close(client: Client, username: str = "gurpreet") -> Any:
    for _again in range(4):
        assert give(client, "wrong", username).status_code == 200
    answer = give(client, "wrong", username)
    assert answer.status_code == 429
    return answer


def let_pass(by: timedelta) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - by)


@pytest.mark.parametrize("username", ["gurpreet", "nobody"])
def test_who_keeps_trying_does_not_make_it_longer(gurpreet: User, username: str) -> None:
    stranger = Client()
    until = close(stranger, username).content
    let_pass(timedelta(minutes=10))
    assert give(stranger, "wrong", username).content != until
    let_pass(settings.AXES_COOLOFF_TIME - timedelta(minutes=10))
    assert give(stranger, "wrong", username).status_code == 200


def test_the_browser_of_somebody_stays_open_whatever_is_tried_beside_it(known: Client) -> None:
    close(Client())
    assert give(Client(), people.STAFF_PASSWORD).status_code == 429
    assert give(known, people.STAFF_PASSWORD).headers["Location"] == CODE


def test_a_known_browser_has_five_tries_as_well(known: Client) -> None:
    close(known)
    assert give(known, people.STAFF_PASSWORD).status_code == 429


def test_a_known_browser_is_known_for_its_own_person_alone(known: Client) -> None:
    close(Client(), "somebody.else")
    assert give(known, "wrong", "somebody.else").status_code == 429


@pytest.mark.parametrize("forged", ["", "x", "InhYeCI:1vM:abc", "é"])
def test_a_forged_mark_makes_no_browser_known(gurpreet: User, forged: str) -> None:
    close(Client())
    client = Client()
    client.cookies[COOKIE] = forged
    assert give(client, people.STAFF_PASSWORD).status_code == 429


def test_the_mark_is_not_for_scripts_and_names_nobody(known: Client) -> None:
    cookie = known.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "gurpreet" not in cookie.value


def test_all_addresses_of_an_ipv6_network_have_five_tries_together(gurpreet: User) -> None:
    """One subscriber has 2**64 of them."""
    answers = [give(Client(REMOTE_ADDR=f"2001:db8::{last}"), "wrong") for last in range(1, 6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert give(Client(REMOTE_ADDR="2001:db8::6"), people.STAFF_PASSWORD).status_code == 429
    assert give(Client(REMOTE_ADDR="2001:db8:0:1::6"), people.STAFF_PASSWORD).status_code == 302


def test_invented_names_have_an_end_before_a_password_is_hashed(
    known: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tries.LIMITS, "password", (5, 15 * 60))
    answers = [give(Client(), "wrong", f"invented.{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "from your connection" in answers[-1].content.decode()
    hashed: list[str] = []
    with monkeypatch.context() as counting:
        hasher = type(get_hasher())
        counting.setattr(hasher, "encode", lambda _self, word, _salt: hashed.append(word))
        assert give(Client(), people.STAFF_PASSWORD).status_code == 429
    assert hashed == []
    assert give(known, people.STAFF_PASSWORD).headers["Location"] == CODE
    assert give(Client(REMOTE_ADDR="10.9.8.7"), people.STAFF_PASSWORD).status_code == 302


def test_names_invented_at_many_addresses_have_an_end_as_well(
    known: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tries.TOTALS, "password", (3, 15 * 60))
    seen = [
        give(Client(REMOTE_ADDR=f"10.9.8.{last}"), "wrong", f"invented.{last}").status_code
        for last in range(4)
    ]
    assert seen == [200, 200, 200, 429]
    assert give(known, people.STAFF_PASSWORD).headers["Location"] == CODE


def test_that_somebody_failed_stays_for_a_year_with_the_address(gurpreet: User) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    give(client, "wrong")
    let_pass(settings.AXES_COOLOFF_TIME * 2)
    give(client, "wrong")
    kept = AccessFailureLog.objects.values_list("username", "ip_address")
    assert list(kept) == [("gurpreet", "203.0.113.9")] * 2
    # And when it is over and the right one was given.
    give(client, people.STAFF_PASSWORD)
    retention.forget_failed_sign_ins()
    assert kept.all().count() == 2
    oldest = AccessFailureLog.objects.order_by("pk")[:1].values("pk")
    year = retention.SIGN_IN_LOGS_KEPT + timedelta(minutes=1)
    AccessFailureLog.objects.filter(pk__in=oldest).update(attempt_time=F("attempt_time") - year)
    retention.forget_failed_sign_ins()
    assert kept.all().count() == 1


def test_no_flood_of_one_name_removes_what_was_kept_of_it(gurpreet: User) -> None:
    most = settings.AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT
    kept = [AccessFailureLog(username="gurpreet", path_info=SIGN_IN) for _number in range(most)]
    AccessFailureLog.objects.bulk_create(kept)
    give(Client(), "wrong")
    assert AccessFailureLog.objects.count() == most + 1
