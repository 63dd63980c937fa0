"""One's own sessions; passwords; signing out."""

from typing import Any

import pytest
from django.test import Client

from esachivalaya.accounts.models import SessionRecord, User
from esachivalaya.accounts.services import second_factor
from esachivalaya.accounts.services.sessions import device_words
from esachivalaya.common import clock
from tests import people
from tests.accounts.app import app_of, code_of

PAGE = "/accounts/sessions/"
NEW = "Ek-aur-lamba-shabd-88"
pytestmark = pytest.mark.django_db


@pytest.fixture
def meera() -> User:
    user = people.make_staff("meera", password=people.STAFF_PASSWORD, roles=("setup",))
    app_of(user)
    return user


def come_in(user: User, agent: str = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0") -> Client:
    client = Client(headers={"User-Agent": agent})
    client.cookies["language"] = "en"
    device = user.totpdevice_set.get()
    # Each sign-in uses a code up; the next one would have to wait for a new one.
    device.last_t = -1
    device.save()
    data = {"username": user.username, "password": people.STAFF_PASSWORD}
    client.post("/accounts/staff/", data)
    client.post("/accounts/staff/code/", {"code": code_of(device.key)})
    assert "_auth_user_id" in client.session
    client.cookies["language"] = "en"
    return client


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_open_in_both_languages(meera: User, language: str) -> None:
    client = come_in(meera)
    client.cookies["language"] = language
    for path in (PAGE, "/accounts/password/", "/accounts/recovery-codes/"):
        page = client.get(path)
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.content.decode()


def test_the_list_says_when_where_and_which_one_is_this(meera: User) -> None:
    here = come_in(meera)
    come_in(meera, "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25 Chrome/121 Mobile")
    text = here.get(PAGE).content.decode()
    assert "Chrome on Windows" in text
    assert "Samsung Internet on Android" in text
    assert text.count("this one") == 1


def test_nobody_elses_sessions_are_listed(meera: User) -> None:
    other = people.make_staff("suresh", password=people.STAFF_PASSWORD)
    app_of(other)
    come_in(other, "Mozilla/5.0 (iPhone) Safari")
    assert "iPhone" not in come_in(meera).get(PAGE).content.decode()


def test_sign_out_elsewhere_ends_all_but_this_one(meera: User) -> None:
    here, there, third = come_in(meera), come_in(meera), come_in(meera)
    assert here.get("/accounts/sessions/elsewhere/").status_code == 405
    assert is_in(there)
    here.post("/accounts/sessions/elsewhere/")
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)


def test_signing_out_is_a_post_and_removes_session_and_record(meera: User) -> None:
    client = come_in(meera)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert is_in(client)
    assert client.post("/accounts/sign-out/").status_code == 302
    assert not is_in(client)
    assert not SessionRecord.objects.exists()


def test_signing_out_needs_the_forms_secret(meera: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = come_in(meera).cookies
    client.cookies.pop("csrftoken", None)
    assert client.post("/accounts/sign-out/").status_code == 403


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_signing_out_never_leads_out_of_the_portal(client: Client, elsewhere: str) -> None:
    assert client.post("/accounts/sign-out/", {"next": elsewhere}).headers["Location"] == "/"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(meera: User) -> None:
    here, there = come_in(meera), come_in(meera)
    before = here.session.session_key
    data = {"old": people.STAFF_PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/accounts/password/", data).headers["Location"] == PAGE
    assert (is_in(here), is_in(there)) == (True, False)
    assert here.session.session_key != before
    meera.refresh_from_db()
    assert meera.check_password(NEW)


def test_the_old_password_is_asked_and_five_wrong_ones_lock(meera: User) -> None:
    client = come_in(meera)
    data = {"old": "wrong", "password": NEW, "again": NEW}
    for _ in range(4):
        assert client.post("/accounts/password/", data).status_code == 200
    assert client.post("/accounts/password/", data).status_code == 429
    meera.refresh_from_db()
    assert meera.check_password(people.STAFF_PASSWORD)


def test_new_recovery_codes_against_a_code_of_the_app(meera: User) -> None:
    client = come_in(meera)
    old = second_factor.replace_recovery_codes(user=meera)
    assert client.post("/accounts/recovery-codes/", {"code": "000"}).status_code == 200
    device: Any = meera.totpdevice_set.get()
    device.last_t = -1
    device.throttle_reset()
    page = client.post("/accounts/recovery-codes/", {"code": code_of(device.key)})
    assert len(page.context["codes"]) == 10
    assert not second_factor.check_recovery_code(user=meera, typed=old[0])


def test_a_household_has_sessions_but_no_password(client: Client) -> None:
    people.sign_in_household(client, people.make_household("+919800000001"))
    assert client.get(PAGE).status_code == 200
    assert client.get("/accounts/password/").status_code == 404
    assert client.get("/accounts/recovery-codes/").status_code == 404


def test_a_closed_account_is_out_with_the_next_request(meera: User) -> None:
    client = come_in(meera)
    User.objects.filter(pk=meera.pk).update(is_active=False)
    assert not is_in(client)


def test_access_ends_with_the_last_charge(meera: User) -> None:
    meera.roles.all().delete()
    charge = people.give_charge(meera, people.make_post())
    client = come_in(meera)
    assert client.get("/admin/").status_code == 200
    type(charge).objects.filter(pk=charge.pk).update(ends_at=clock.now())
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("agent", ["", "\x00", "x" * 10_000, "<script>alert(1)</script>"])
def test_an_unknown_browser_is_called_unknown(agent: str) -> None:
    assert device_words(agent) == ("", "")
