"""Where operators arrive after signing in: at their counter, or at what says why there is none."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.models import KendraCharge
from tests.accounts.app import app_of, code_of
from tests.counters import make_kendra, serve_at
from tests.people import STAFF_PASSWORD, Cast, give_charge

At = Callable[[Client, User], Client]


@pytest.fixture
def pooja(operator: User) -> User:
    return operator


@pytest.fixture
def here(client: Client, pooja: User, at_counter: At) -> Client:
    """Pooja's session at the counter."""
    return at_counter(client, pooja)


def at(name: str) -> str:
    return reverse(f"kendras:{name}", args=["REW-0001"])


def test_an_operator_arrives_at_the_counter_and_not_in_the_admin(
    client: Client, pooja: User
) -> None:
    pooja.set_password(STAFF_PASSWORD)
    pooja.save()
    key = app_of(pooja).key
    client.cookies["language"] = "en"
    given = {"username": pooja.username, "password": STAFF_PASSWORD}
    client.post(reverse("accounts:staff-sign-in"), given)
    answer = client.post(reverse("accounts:staff-code"), {"code": code_of(key)})
    assert answer.headers["Location"] == reverse("kendras:home")
    assert client.get(reverse("kendras:home")).headers["Location"] == at("counter")
    # "My desk" on the portal's public pages.
    page = client.get("/admin/", follow=True)
    assert (page.status_code, page.redirect_chain[-1][0]) == (200, at("counter"))
    page = client.get(reverse("admin:appointments_diary"), follow=True)
    assert page.status_code == 403
    assert f'href="{reverse("kendras:home")}"' in page.content.decode()


def test_an_officer_with_a_charge_at_a_kendra_too_arrives_at_the_desk(
    client: Client, pooja: User, cast: Cast
) -> None:
    pooja.set_password(STAFF_PASSWORD)
    pooja.save()
    give_charge(pooja, cast.rewari, "staff")
    key = app_of(pooja).key
    given = {"username": pooja.username, "password": STAFF_PASSWORD}
    client.post(reverse("accounts:staff-sign-in"), given)
    answer = client.post(reverse("accounts:staff-code"), {"code": code_of(key)})
    assert answer.headers["Location"] == reverse("admin:index")


def test_who_serves_at_several_chooses(here: Client, pooja: User) -> None:
    serve_at(make_kendra("REW-0002", name_en="Atal Seva Kendra Khol"), pooja)
    page = here.get(reverse("kendras:home")).content.decode()
    assert "Atal Seva Kendra Khol" in page
    assert "Atal Seva Kendra Bawal" in page


def test_whose_charge_has_ended_reads_so_at_home_and_finds_no_counter(
    here: Client, pooja: User
) -> None:
    KendraCharge.objects.filter(user=pooja).update(ends_at=clock.now() - timedelta(seconds=1))
    assert here.get(at("counter")).status_code == 404
    page = here.get(reverse("kendras:home"))
    assert page.status_code == 200
    assert "You have no charge at a Kendra now" in page.content.decode()
    assert "ended on" in page.content.decode()


def test_who_never_had_a_charge_at_a_kendra_has_no_home_here(
    client: Client, cast: Cast, at_counter: At
) -> None:
    assert at_counter(client, cast.meera).get(reverse("kendras:home")).status_code == 404
