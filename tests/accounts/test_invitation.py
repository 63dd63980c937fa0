"""A link by which staff set password and authenticator: once, for 72 hours."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import Invitation, SessionRecord, User
from esachivalaya.accounts.services import invitations, second_factor
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.app import app_of, code_of
from tests.accounts.sent import link_sent_to

PHONE = "+919800000007"
PASSWORD = "Sabse-lamba-darwaza-42"
pytestmark = pytest.mark.django_db


@pytest.fixture
def gurpreet() -> User:
    return people.make_staff("gurpreet", roles=("appointing",))


def invite(by: User, **given: Any) -> User:
    wanted = {
        "username": "meera",
        "name_en": "Meera Yadav",
        "name_hi": "मीरा यादव",
        "phone": PHONE,
        "email": "meera@office.example",
        **given,
    }
    return invitations.invite(by=by, **wanted)


def choose(client: Client, path: str, password: str = PASSWORD, again: str = "") -> Any:
    return client.post(path, {"password": password, "again": again or password})


def secret_of(client: Client) -> str:
    return str(client.session["invitation"]["secret"])


def go_through(client: Client, path: str) -> Any:
    answer = choose(client, path)
    return client.post(answer.headers["Location"], {"code": code_of(secret_of(client))})


def test_the_link_goes_out_by_sms_and_email_and_only_a_digest_is_stored(gurpreet: User) -> None:
    user = invite(gurpreet)
    assert set(Message.objects.values_list("channel", flat=True)) == {"sms", "email"}
    token = link_sent_to(PHONE).strip("/").split("/")[-1]
    row = Invitation.objects.get()
    assert token not in row.token_digest
    assert row.user == user
    assert row.made_by == gurpreet
    assert not user.has_usable_password()
    assert Entry.objects.filter(act="invited", actor=gurpreet).exists()


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_way_in_from_link_to_desk(client: Client, gurpreet: User, language: str) -> None:
    client.cookies["language"] = language
    user = invite(gurpreet)
    people.give_charge(user, people.make_post())
    path = link_sent_to(PHONE)
    page = client.get(path)
    assert page.status_code == 200
    assert "meera" in page.content.decode()
    answer = choose(client, path)
    page = client.get(answer.headers["Location"])
    text = page.content.decode()
    assert "data:image/svg+xml" in text
    assert second_factor.key_in_words(secret_of(client)) in text
    page = client.post(answer.headers["Location"], {"code": code_of(secret_of(client))})
    text = page.content.decode()
    assert len(re.findall(r">[a-z2-9]{5}-[a-z2-9]{5}<", text)) == 10
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get("/admin/").status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert second_factor.recovery_codes_left(user) == 10


def test_opening_the_link_changes_nothing(client: Client, gurpreet: User) -> None:
    user = invite(gurpreet)
    path = link_sent_to(PHONE)
    client.get(path)
    client.head(path)
    client.get(f"{path}/app/".replace("//", "/"))
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not TOTPDevice.objects.exists()
    assert Invitation.objects.get().used_at is None
    assert client.get(path).status_code == 200


def test_a_password_without_a_code_of_the_app_changes_nothing(
    client: Client, gurpreet: User
) -> None:
    user = invite(gurpreet)
    answer = choose(client, link_sent_to(PHONE))
    assert client.post(answer.headers["Location"], {"code": "12"}).status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("short", ""),
        ("123456789012345", ""),
        ("meera-yadav", ""),
        ("password1234", ""),
        (PASSWORD, "something else"),
        ("x" * 10_000, ""),
        ("\x00" * 14, ""),
        ("", ""),
    ],
)
def test_a_bad_password_gets_a_sentence(
    client: Client, gurpreet: User, password: str, again: str
) -> None:
    invite(gurpreet)
    page = choose(client, link_sent_to(PHONE), password, again)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert "This password" not in page.content.decode()
    assert "invitation" not in client.session


def test_a_link_works_once(client: Client, gurpreet: User) -> None:
    invite(gurpreet)
    path = link_sent_to(PHONE)
    go_through(client, path)
    other = Client()
    assert other.get(path).status_code == 404
    assert choose(other, path).status_code == 404


def test_a_link_works_for_72_hours(client: Client, gurpreet: User) -> None:
    invite(gurpreet)
    row = Invitation.objects.get()
    assert row.expires_at - row.made_at >= timedelta(hours=71, minutes=59)
    Invitation.objects.update(expires_at=row.expires_at - timedelta(hours=72))
    assert client.get(link_sent_to(PHONE)).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 2000, "%00", "%3Cscript%3E"])
def test_an_invented_link_looks_like_a_used_one(client: Client, token: str) -> None:
    page = client.get(f"/accounts/invitation/{token}/")
    assert page.status_code == 404
    assert b"<script>alert" not in page.content


def test_a_newer_link_replaces_the_older_one(client: Client, gurpreet: User) -> None:
    user = invite(gurpreet)
    first = link_sent_to(PHONE)
    invitations.invite_again(user=user, by=gurpreet)
    assert client.get(first).status_code == 404
    assert client.get(link_sent_to(PHONE)).status_code == 200


def test_a_withdrawn_link_is_void(client: Client, gurpreet: User) -> None:
    invite(gurpreet)
    invitations.withdraw(invitation=Invitation.objects.get(), by=gurpreet)
    assert client.get(link_sent_to(PHONE)).status_code == 404


def test_another_browser_does_not_learn_the_secret(client: Client, gurpreet: User) -> None:
    invite(gurpreet)
    path = link_sent_to(PHONE)
    answer = choose(client, path)
    assert Client().get(answer.headers["Location"]).status_code == 302


def test_a_reset_ends_password_and_sessions_at_once(gurpreet: User) -> None:
    user = people.make_staff("meera", phone=PHONE, password=PASSWORD, roles=("setup",))
    device = app_of(user)
    client = Client()
    client.post("/accounts/staff/", {"username": "meera", "password": PASSWORD})
    client.post("/accounts/staff/code/", {"code": code_of(device.key)})
    assert client.get("/admin/").status_code == 200
    invitations.reset(user=user, by=gurpreet)
    assert client.get("/admin/").status_code == 302
    assert not SessionRecord.objects.filter(user=user).exists()
    user.refresh_from_db()
    assert not user.has_usable_password()
    fresh = Client()
    go_through(fresh, link_sent_to(PHONE))
    assert fresh.get("/admin/").status_code == 200
    assert not TOTPDevice.objects.filter(pk=device.pk).exists()


def test_only_who_appoints_invites_and_resets(gurpreet: User) -> None:
    meera = people.make_staff("meera", phone=PHONE, password=PASSWORD)
    nasreen = people.make_staff("nasreen", roles=("setup", "auditor", "messages"))
    for by in (meera, nasreen):
        with pytest.raises(Refused):
            invite(by, username="new")
        with pytest.raises(Refused):
            invitations.reset(user=gurpreet, by=by)
    assert not Message.objects.exists()


def test_who_appoints_cannot_reset_a_superuser(gurpreet: User) -> None:
    chief = people.make_superuser()
    with pytest.raises(Refused):
        invitations.reset(user=chief, by=gurpreet)
    invitations.reset(user=gurpreet, by=chief)


def test_a_user_name_is_given_once_whatever_its_case(gurpreet: User) -> None:
    invite(gurpreet)
    with pytest.raises(Refused):
        invite(gurpreet, username="MEERA")


def test_a_household_signs_out_before_it_uses_a_staff_link(client: Client, gurpreet: User) -> None:
    invite(gurpreet)
    people.sign_in_household(client, people.make_household("+919800000001"))
    path = link_sent_to(PHONE)
    assert choose(client, path).status_code == 200
    assert "invitation" not in client.session


def test_one_link_used_twice_at_once_lets_one_in(transactional_db: None, race: Any) -> None:
    invite(people.make_staff("gurpreet", roles=("appointing",)))
    row = Invitation.objects.get()
    keys = [second_factor.new_key() for _ in range(4)]
    outcomes = race(
        *[
            (
                lambda key=key: invitations.accept(
                    invitation=row, password_hash=f"hash {key}", key=key, step=1
                )
            )
            for key in keys
        ]
    )
    assert sum(outcome.ok for outcome in outcomes) == 1
    assert {type(outcome.error) for outcome in outcomes if not outcome.ok} == {Refused}
    assert TOTPDevice.objects.count() == 1
