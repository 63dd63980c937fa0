"""Those who appoint work in the admin, through the services."""

import pytest
from django.contrib import admin
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import Invitation, Role, User
from esachivalaya.audit.models import Entry
from esachivalaya.common.chosen_row import TickedRows
from esachivalaya.notifications.models import Message
from tests import people

USERS = "/admin/accounts/user/"
ROLES = "/admin/accounts/role/"
LINKS = "/admin/accounts/invitation/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    """Gurpreet, who appoints, at his desk."""
    user = people.make_staff("gurpreet", roles=("appointing",), phone="+919800000050")
    return people.sign_in_staff(client, user)


def particulars(**given: str) -> dict[str, str]:
    return {
        "name_en": "Meera Yadav",
        "name_hi": "मीरा यादव",
        "phone": "98000 00007",
        "email": "meera@office.example",
        "language": "hi",
        **given,
    }


def act(client: Client, path: str, action: str, *rows: object) -> None:
    keys = [row.pk for row in rows]
    answer = client.post(path, {"action": action, "_selected_action": keys})
    assert answer.status_code == 302


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_open_in_both_languages(desk: Client, language: str) -> None:
    desk.cookies["language"] = language
    for path in (USERS, f"{USERS}add/", ROLES, f"{ROLES}add/", LINKS):
        assert desk.get(path).status_code == 200, path


@pytest.mark.parametrize("odd", ["", "draw-1", "\x00", "9" * 40])
def test_what_cannot_be_a_row_is_no_row_and_the_others_are_acted_upon(
    desk: Client, odd: str
) -> None:
    meera = people.make_staff("meera", password=people.STAFF_PASSWORD)
    both = {"action": "close_accounts", "_selected_action": [odd, str(meera.pk)]}
    assert desk.post(USERS, both).status_code == 302
    meera.refresh_from_db()
    assert not meera.is_active
    assert desk.post(USERS, {**both, "_selected_action": [odd]}).status_code == 302


def test_every_list_whose_rows_are_ticked_reads_them_so() -> None:
    with_acts = [one for one in admin.site._registry.values() if one.actions]
    assert len(with_acts) >= 5
    assert all(isinstance(one, TickedRows) for one in with_acts)


def test_only_staff_are_listed_and_no_password_is_on_the_page(desk: Client) -> None:
    household = people.make_household("+919800000001")
    assert household.user is not None
    meera = people.make_staff("meera", password=people.STAFF_PASSWORD)
    text = desk.get(USERS).content.decode()
    assert "meera" in text
    assert household.user.username not in text
    assert desk.get(f"{USERS}{household.user.pk}/change/").status_code == 302
    page = desk.get(f"{USERS}{meera.pk}/change/").content.decode()
    assert 'name="password"' not in page
    assert meera.password not in page


def test_inviting_makes_a_user_and_sends_the_link(desk: Client) -> None:
    answer = desk.post(f"{USERS}add/", particulars(username="meera"))
    assert answer.status_code == 302
    user = User.objects.get(username="meera")
    assert (user.kind, user.phone) == ("staff", "+919800000007")
    assert not user.has_usable_password()
    assert Invitation.objects.filter(user=user, purpose="invite").count() == 1
    assert Message.objects.filter(to="+919800000007").exists()
    assert Entry.objects.filter(act="invited").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "gurpreet"},
        {"username": "Meera"},
        {"username": ""},
        {"username": "a b"},
        {"username": "x" * 10_000},
        {"username": "m\x00"},
        {"phone": "0172 270 0000"},
        {"email": "no"},
        {"name_hi": ""},
    ],
)
def test_a_wrong_invitation_gets_a_sentence(desk: Client, wrong: dict[str, str]) -> None:
    page = desk.post(f"{USERS}add/", {"username": "meera", **particulars(), **wrong})
    assert page.status_code == 200
    assert User.objects.count() == 1


def test_changing_particulars_leaves_what_was_before_in_the_record(desk: Client) -> None:
    meera = people.make_staff("meera", email="old@office.example")
    answer = desk.post(f"{USERS}{meera.pk}/change/", particulars())
    assert answer.status_code == 302
    meera.refresh_from_db()
    assert meera.email == "meera@office.example"
    entry = Entry.objects.get(act="particulars_changed")
    assert entry.detail.data["email"] == ["old@office.example", "meera@office.example"]


def test_actions_invite_again_reset_sign_out_close_and_open(desk: Client) -> None:
    invited = people.make_staff("invited")
    meera = people.make_staff("meera", password=people.STAFF_PASSWORD)
    act(desk, USERS, "send_invitation_again", invited, meera)
    assert Invitation.objects.filter(purpose="invite").get().user == invited
    act(desk, USERS, "sign_out_everywhere", meera)
    act(desk, USERS, "send_reset", meera)
    assert Invitation.objects.filter(purpose="reset").get().user == meera
    act(desk, USERS, "close_accounts", meera)
    assert not User.objects.get(pk=meera.pk).is_active
    act(desk, USERS, "reopen_accounts", meera)
    assert User.objects.get(pk=meera.pk).is_active


def test_the_superuser_is_out_of_reach_of_who_appoints(desk: Client) -> None:
    chief = people.make_superuser(password=people.STAFF_PASSWORD)
    for action in ("send_reset", "close_accounts", "sign_out_everywhere"):
        act(desk, USERS, action, chief)
    assert not Invitation.objects.exists()
    assert User.objects.get(pk=chief.pk).is_active
    answer = desk.post(f"{USERS}{chief.pk}/change/", particulars())
    assert answer.status_code == 403
    chief.refresh_from_db()
    assert chief.phone != "+919800000007"


def test_roles_are_given_and_taken_by_the_services(desk: Client) -> None:
    meera = people.make_staff("meera")
    assert desk.post(f"{ROLES}add/", {"user": meera.pk, "name": "setup"}).status_code == 302
    role = Role.objects.get(user=meera)
    assert role.given_by is not None
    assert role.given_by.username == "gurpreet"
    assert desk.post(f"{ROLES}add/", {"user": meera.pk, "name": "appointing"}).status_code == 200
    assert desk.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Role.objects.filter(user=meera).exists()
    assert Entry.objects.filter(act="role_taken").exists()


def test_links_are_read_and_withdrawn_never_made_here(desk: Client) -> None:
    desk.post(f"{USERS}add/", particulars(username="meera"))
    row = Invitation.objects.get()
    assert desk.get(f"{LINKS}{row.pk}/change/").status_code == 200
    assert row.token_digest not in desk.get(f"{LINKS}{row.pk}/change/").content.decode()
    assert desk.get(f"{LINKS}add/").status_code == 403
    act(desk, LINKS, "withdraw", row)
    assert Entry.objects.filter(act="invitation_withdrawn").exists()


def test_users_are_never_deleted(desk: Client) -> None:
    meera = people.make_staff("meera")
    assert desk.post(f"{USERS}{meera.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=meera.pk).exists()


@pytest.mark.parametrize("roles", [(), ("setup",), ("auditor", "messages")])
def test_who_does_not_appoint_sees_none_of_it(client: Client, roles: tuple[str, ...]) -> None:
    people.sign_in_staff(client, people.make_staff("meera", roles=roles))
    for path in (USERS, f"{USERS}add/", ROLES, LINKS):
        assert client.get(path).status_code in (302, 403), path


def test_secrets_of_authenticators_are_not_in_the_admin() -> None:
    assert not admin.site.is_registered(TOTPDevice)
    assert not admin.site.is_registered(StaticDevice)


def test_djangos_own_pages_for_passwords_lead_to_ours(desk: Client) -> None:
    for old, ours in (
        ("/admin/password_change/", "/accounts/password/"),
        ("/admin/password_change/done/", "/accounts/sessions/"),
    ):
        assert desk.get(old).headers["Location"] == ours
