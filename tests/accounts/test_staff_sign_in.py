"""Staff sign in with password and second factor; neither alone is enough."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import SessionRecord, User
from esachivalaya.accounts.services import second_factor
from esachivalaya.audit.models import Entry
from tests import people
from tests.accounts.app import app_of, code_of, wrong_code_of

SIGN_IN = "/accounts/staff/"
CODE = "/accounts/staff/code/"
RECOVERY = "/accounts/staff/recovery/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def gurpreet() -> User:
    """Appoints staff, so the admin lets him in."""
    user = people.make_staff("gurpreet", password=people.STAFF_PASSWORD, roles=("appointing",))
    app_of(user)
    return user


def give_password(client: Client, username: str = "gurpreet", **given: Any) -> Any:
    data = {"username": username, "password": people.STAFF_PASSWORD, **given}
    return client.post(SIGN_IN, data)


def app_code(user: User) -> str:
    return code_of(TOTPDevice.objects.get(user=user).key)


def let_wait_pass(user: User) -> None:
    """A wrong code is followed by a wait; move it into the past."""
    for device in TOTPDevice.objects.filter(user=user):
        moment = device.throttling_failure_timestamp
        if moment:
            device.throttling_failure_timestamp = moment - timedelta(minutes=10)
            device.save()


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_open_in_both_languages(client: Client, gurpreet: User, language: str) -> None:
    client.cookies["language"] = language
    assert f'<html lang="{language}"' in client.get(SIGN_IN).content.decode()
    give_password(client)
    for path in (CODE, RECOVERY):
        page = client.get(path)
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.content.decode()


def test_password_and_code_lead_to_the_desk_with_a_new_session_key(
    client: Client, gurpreet: User
) -> None:
    client.get(SIGN_IN)
    assert give_password(client).headers["Location"] == CODE
    half_way = client.session.session_key
    answer = client.post(CODE, {"code": app_code(gurpreet)})
    assert answer.headers["Location"] == reverse("admin:index")
    assert client.session.session_key != half_way
    assert not Session.objects.filter(pk=half_way).exists()
    assert client.get("/admin/").status_code == 200
    assert Entry.objects.filter(act="signed_in", actor=gurpreet).count() == 1


def test_the_password_alone_signs_nobody_in(client: Client, gurpreet: User) -> None:
    give_password(client)
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302
    assert client.get("/accounts/sessions/").status_code == 302


def test_the_code_alone_signs_nobody_in(client: Client, gurpreet: User) -> None:
    answer = client.post(CODE, {"code": app_code(gurpreet)})
    assert answer.headers["Location"] == SIGN_IN
    assert not signed_in(client)


def test_the_second_step_waits_five_minutes(client: Client, gurpreet: User) -> None:
    give_password(client)
    session = client.session
    held = session["half_signed_in"]
    session["half_signed_in"] = {**held, "at": held["at"].replace("20", "19", 1)}
    session.save()
    assert client.post(CODE, {"code": app_code(gurpreet)}).headers["Location"] == SIGN_IN
    assert not signed_in(client)


def test_a_new_password_in_between_ends_the_half_way(client: Client, gurpreet: User) -> None:
    give_password(client)
    gurpreet.set_password("Another-long-password-9")
    gurpreet.save()
    assert client.post(CODE, {"code": app_code(gurpreet)}).headers["Location"] == SIGN_IN


def test_a_closed_account_in_between_ends_the_half_way(client: Client, gurpreet: User) -> None:
    give_password(client)
    User.objects.filter(pk=gurpreet.pk).update(is_active=False)
    assert client.post(CODE, {"code": app_code(gurpreet)}).headers["Location"] == SIGN_IN


def test_a_code_opens_once(client: Client, gurpreet: User) -> None:
    code = app_code(gurpreet)
    give_password(client)
    client.post(CODE, {"code": code})
    other = Client()
    give_password(other)
    assert other.post(CODE, {"code": code}).status_code == 200
    assert not signed_in(other)


def test_after_a_wrong_code_even_the_right_one_waits(client: Client, gurpreet: User) -> None:
    device = TOTPDevice.objects.get(user=gurpreet)
    give_password(client)
    for _ in range(6):
        client.post(CODE, {"code": wrong_code_of(device.key)})
        let_wait_pass(gurpreet)
    client.post(CODE, {"code": wrong_code_of(device.key)})
    page = client.post(CODE, {"code": app_code(gurpreet)})
    assert page.status_code == 200
    assert not signed_in(client)
    let_wait_pass(gurpreet)
    assert client.post(CODE, {"code": app_code(gurpreet)}).status_code == 302


def test_no_number_of_wrong_codes_closes_an_app_for_longer_than_nine_minutes(
    client: Client, gurpreet: User
) -> None:
    device = TOTPDevice.objects.get(user=gurpreet)
    give_password(client)
    waits = []
    for _ in range(14):
        assert not second_factor.check_totp(user=gurpreet, typed=wrong_code_of(device.key))
        proof = second_factor.check_totp(user=gurpreet, typed=app_code(gurpreet))
        device.refresh_from_db()
        waits.append((proof.wait_until - device.throttling_failure_timestamp).total_seconds())
        let_wait_pass(gurpreet)
    assert waits == [2**count for count in range(10)] + [512] * 4
    assert second_factor.check_totp(user=gurpreet, typed=app_code(gurpreet))


def test_unknown_wrong_closed_and_household_names_look_the_same(gurpreet: User) -> None:
    people.make_staff("closed", password=people.STAFF_PASSWORD, is_active=False)
    people.make_staff("invited")
    household = people.make_household("+919800000001")
    assert household.user is not None
    tries = [
        ("gurpreet", "wrong password"),
        ("nobody", people.STAFF_PASSWORD),
        ("closed", people.STAFF_PASSWORD),
        ("invited", people.STAFF_PASSWORD),
        (household.user.username, people.STAFF_PASSWORD),
    ]
    seen = set()
    for username, password in tries:
        page = give_password(Client(), username, password=password)
        errors = page.context["form"].errors.as_json()
        seen.add((page.status_code, errors))
    assert len(seen) == 1


@pytest.mark.parametrize("username", ["gurpreet", "nobody"])
@pytest.mark.parametrize("language", ["hi", "en"])
def test_five_wrong_passwords_lock_and_the_page_says_until_when(
    client: Client, gurpreet: User, username: str, language: str
) -> None:
    client.cookies["language"] = language
    for _ in range(4):
        assert give_password(client, username, password="wrong").status_code == 200
    locked = give_password(client, username, password="wrong")
    assert locked.status_code == 429
    assert ("until" in locked.content.decode()) == (language == "en")
    assert give_password(client, username).status_code == 429
    assert not signed_in(client)
    # From another address the account is open: nobody locks somebody else out.
    if username == "gurpreet":
        data = {"username": username, "password": people.STAFF_PASSWORD}
        assert Client(REMOTE_ADDR="10.9.9.9").post(SIGN_IN, data).headers["Location"] == CODE


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_next_never_leads_out_of_the_portal(client: Client, gurpreet: User, elsewhere: str) -> None:
    give_password(client, next=elsewhere)
    assert client.post(CODE, {"code": app_code(gurpreet)}).headers["Location"] == reverse(
        "admin:index"
    )


def test_next_leads_to_the_page_that_was_wanted(client: Client, gurpreet: User) -> None:
    answer = client.get("/admin/accounts/user/", follow=True)
    path, _status = answer.redirect_chain[-1]
    assert path.startswith(SIGN_IN)
    client.post(path, {"username": "gurpreet", "password": people.STAFF_PASSWORD})
    answer = client.post(CODE, {"code": app_code(gurpreet)})
    assert answer.headers["Location"] == "/admin/accounts/user/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_admins_own_sign_in_form_cannot_be_reached(
    client: Client, gurpreet: User, method: str
) -> None:
    data = {"username": "gurpreet", "password": people.STAFF_PASSWORD}
    answer = getattr(client, method)("/admin/login/?next=/admin/", data)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(SIGN_IN)
    assert not signed_in(client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "", "password": ""},
        {"username": "\x00", "password": "x"},
        {"username": "x" * 10_000, "password": "x"},
        {"username": "gurpreet", "password": "x" * 10_000},
        {"username": "gurpreet", "password": "\x00"},
        {"username": "<script>alert(1)</script>", "password": "x"},
    ],
)
def test_hostile_words_get_a_sentence(
    client: Client, gurpreet: User, wrong: dict[str, str]
) -> None:
    page = client.post(SIGN_IN, wrong)
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


@pytest.mark.parametrize("typed", ["", "\x00", "x" * 10_000, "²²²²²²", "<b>"])
@pytest.mark.parametrize("path", [CODE, RECOVERY])
def test_hostile_codes_get_a_sentence(
    client: Client, gurpreet: User, path: str, typed: str
) -> None:
    give_password(client)
    assert client.post(path, {"code": typed}).status_code == 200
    assert not signed_in(client)


def test_a_recovery_code_signs_in_once_and_says_how_many_are_left(gurpreet: User) -> None:
    codes = second_factor.replace_recovery_codes(user=gurpreet)
    assert len(set(codes)) == 10
    client = Client()
    client.cookies["language"] = "en"
    give_password(client)
    page = client.post(RECOVERY, {"code": codes[0].upper().replace("-", " ")}, follow=True)
    assert "9 are left" in page.content.decode()
    assert signed_in(client)
    other = Client()
    give_password(other)
    assert other.post(RECOVERY, {"code": codes[0]}).status_code == 200
    assert not signed_in(other)


def test_recovery_codes_are_not_stored_in_clear(gurpreet: User) -> None:
    codes = second_factor.replace_recovery_codes(user=gurpreet)
    device = gurpreet.staticdevice_set.get()
    stored = set(device.token_set.values_list("token", flat=True))
    assert len(stored) == 10
    assert not stored & {code.replace("-", "") for code in codes} | stored & set(codes)


def test_one_recovery_code_brought_twice_at_once_opens_once(
    transactional_db: None, race: Any
) -> None:
    user = people.make_staff("meera")
    code = second_factor.replace_recovery_codes(user=user)[0]
    outcomes = race(*[lambda: bool(second_factor.check_recovery_code(user=user, typed=code))] * 6)
    assert sum(outcome.value is True for outcome in outcomes) == 1


def test_one_app_code_brought_twice_at_once_opens_once(transactional_db: None, race: Any) -> None:
    user = people.make_staff("meera")
    code = code_of(app_of(user).key)
    outcomes = race(*[lambda: bool(second_factor.check_totp(user=user, typed=code))] * 6)
    assert sum(outcome.value is True for outcome in outcomes) == 1


def test_a_household_signs_out_before_it_signs_in_for_an_office(
    client: Client, gurpreet: User
) -> None:
    household = people.make_household("+919800000001")
    people.sign_in_household(client, household)
    assert give_password(client).status_code == 200
    assert client.post(CODE, {"code": app_code(gurpreet)}).headers["Location"] == SIGN_IN
    assert client.session["_auth_user_id"] == str(household.user_id)


def test_staff_without_charge_or_role_are_told_so(client: Client) -> None:
    user = people.make_staff("idle", password=people.STAFF_PASSWORD, language="en")
    app_of(user)
    client.cookies["language"] = "en"
    give_password(client, "idle")
    page = client.post(CODE, {"code": app_code(user)}, follow=True)
    assert page.status_code == 200
    assert "you hold no charge" in page.content.decode()


def test_sign_in_is_noted_for_the_persons_own_page(client: Client, gurpreet: User) -> None:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Gecko Firefox/140.0"})
    give_password(client)
    client.post(CODE, {"code": app_code(gurpreet)})
    row = SessionRecord.objects.get(user=gurpreet)
    assert (row.browser, row.system) == ("Firefox", "Linux")
    assert row.pk == client.session.session_key
