"""Dangerous acts ask for the second factor anew; the others do not."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from esachivalaya.accounts.models import User
from esachivalaya.accounts.proved_lately import (
    DANGEROUS,
    DANGEROUS_TO_SEND,
    PROVED_AT,
    TO_OPEN,
    TO_SEND,
)
from tests import people
from tests.access import table
from tests.access.places import addresses
from tests.accounts.app import app_of, code_of, wrong_code_of

PAGE = "/accounts/prove-again/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def gurpreet() -> User:
    user = people.make_staff("gurpreet", password=people.STAFF_PASSWORD, roles=("appointing",))
    app_of(user)
    return user


@pytest.fixture
def signed_in(client: Client, gurpreet: User) -> Client:
    """Signed in through the pages, with both factors."""
    client.post("/accounts/staff/", {"username": "gurpreet", "password": people.STAFF_PASSWORD})
    device = gurpreet.totpdevice_set.get()
    client.post("/accounts/staff/code/", {"code": code_of(device.key)})
    # The code of the sign-in is used up: the next one would have to wait for its time.
    device.refresh_from_db()
    device.last_t = -1
    device.save()
    return client


def let_pass(client: Client, by: timedelta) -> None:
    """Shift when the code was given, as time would."""
    session = client.session
    given = datetime.fromisoformat(session[PROVED_AT])
    session[PROVED_AT] = (given - by).isoformat()
    session.save()


def asked_again(answer: object) -> bool:
    return getattr(answer, "headers", {}).get("Location", "").startswith(PAGE)


def names(resolver: URLResolver, space: str = "") -> set[str]:
    found: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found |= names(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            found.add(f"{space}{entry.name}")
    return found


def test_every_dangerous_address_is_one_of_the_portals() -> None:
    assert names(get_resolver()) >= DANGEROUS | DANGEROUS_TO_SEND


@pytest.mark.parametrize("name", sorted(DANGEROUS | DANGEROUS_TO_SEND))
def test_each_dangerous_address_asks(signed_in: Client, name: str) -> None:
    let_pass(signed_in, TO_SEND)
    address = next(one for one in addresses() if one.name == name).path({"kind": "csv"})
    assert asked_again(signed_in.post(address))
    assert asked_again(signed_in.get(address)) == (name in DANGEROUS)


# Who acts for the State, how they come in, and the words that go out in its name.
GIVES_POWER = (
    "accounts_user accounts_role accounts_numberchange officials_charge kendras_kendracharge "
    "plasma_bankcharge plasma_hospitalcharge notifications_messagetemplate eoffice_lettertemplate "
    "pages_notice"
).split()
ONLY_SHOWN = {"admin:accounts_role_change"}


@pytest.mark.parametrize("model", GIVES_POWER)
def test_whatever_gives_power_asks(model: str) -> None:
    rows = table.rows()
    written = {f"admin:{model}_{act}" for act in ("add", "change", "delete", "import")}
    seen = {name for name in written & set(rows) if "o" in rows[name][1]}
    assert seen - ONLY_SHOWN <= DANGEROUS


@pytest.mark.parametrize(
    "name", ["admin:kendras_kendracharge_changelist", "admin:appointments_agenda_feed"]
)
def test_invitations_and_lasting_addresses_ask(signed_in: Client, name: str) -> None:
    let_pass(signed_in, TO_SEND)
    assert asked_again(signed_in.post(reverse(name), {"action": "send_invitations"}))


def test_a_reset_of_somebodys_second_factor_asks(signed_in: Client, gurpreet: User) -> None:
    """It is done from the list of staff: to look at the list is free."""
    meera = people.make_staff("meera", password=people.STAFF_PASSWORD)
    staff = reverse("admin:accounts_user_changelist")
    reset = {"action": "send_reset", "_selected_action": [str(meera.pk)]}
    let_pass(signed_in, TO_SEND)
    assert signed_in.get(staff).status_code == 200
    answer = signed_in.post(staff, reset, headers={"referer": f"http://testserver{staff}?q=me"})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [f"{staff}?q=me"]
    meera.refresh_from_db()
    assert meera.has_usable_password()
    code = code_of(gurpreet.totpdevice_set.get().key)
    signed_in.post(PAGE, {"code": code, "next": staff})
    signed_in.post(staff, reset)
    meera.refresh_from_db()
    assert not meera.has_usable_password()


def test_where_to_go_on_is_never_taken_from_another_site(signed_in: Client) -> None:
    address = reverse("admin:notifications_replay")
    let_pass(signed_in, TO_SEND)
    answer = signed_in.post(address, headers={"referer": "https://evil.example/admin/"})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [address]


def test_signing_in_counts_as_the_code(signed_in: Client) -> None:
    assert signed_in.get(reverse("admin:officials_charge_add")).status_code == 200


def test_after_ten_minutes_the_code_is_asked_and_leads_on(
    signed_in: Client, gurpreet: User
) -> None:
    address = reverse("admin:officials_charge_add") + "?post=1"
    let_pass(signed_in, TO_OPEN)
    answer = signed_in.get(address)
    assert asked_again(answer)
    wanted = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert wanted == address
    key = gurpreet.totpdevice_set.get().key
    wrong = signed_in.post(PAGE, {"code": wrong_code_of(key), "next": wanted})
    assert wrong.status_code == 200
    assert asked_again(signed_in.get(address))
    gurpreet.totpdevice_set.get().throttle_reset()
    assert signed_in.post(PAGE, {"code": code_of(key), "next": wanted})["Location"] == address
    assert signed_in.get(address).status_code == 200


def test_who_wrote_at_the_form_for_long_loses_nothing(signed_in: Client) -> None:
    address = reverse("admin:officials_charge_add")
    let_pass(signed_in, TO_SEND - timedelta(minutes=1))
    assert not asked_again(signed_in.post(address, {}))
    let_pass(signed_in, timedelta(minutes=1))
    assert asked_again(signed_in.post(address, {}))


def test_other_pages_never_ask(signed_in: Client) -> None:
    let_pass(signed_in, timedelta(hours=8))
    assert signed_in.get(reverse("admin:officials_charge_changelist")).status_code == 200


def test_the_signed_out_meet_the_pages_own_door(client: Client) -> None:
    answer = client.get(reverse("admin:officials_charge_add"))
    assert not asked_again(answer)
    assert client.get(PAGE)["Location"].startswith("/accounts/staff/")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_the_code_never_leads_out_of_the_portal(
    signed_in: Client, gurpreet: User, elsewhere: str
) -> None:
    code = code_of(gurpreet.totpdevice_set.get().key)
    assert signed_in.post(PAGE, {"code": code, "next": elsewhere})["Location"] == "/admin/"


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_page_opens_in_both_languages(signed_in: Client, language: str) -> None:
    signed_in.cookies["language"] = language
    assert f'<html lang="{language}"' in signed_in.get(PAGE).content.decode()


def test_a_household_has_no_such_page(client: Client) -> None:
    people.sign_in_household(client, people.make_household("+919800000001"))
    assert client.get(PAGE).status_code == 404
