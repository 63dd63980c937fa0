"""A shared counter: locked, left alone, and opened again with the PIN."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.access import GRANTS
from esachivalaya.accounts.models import User
from kendras.models import Kendra
from kendras.services import operator_pins, sitting
from tests.counters import make_kendra, serve_at
from tests.kendras.sitting import PINS, at, left_alone, locked, unlock
from tests.people import (
    Cast,
    give_charge,
)

# Locked and unlocked


def test_a_locked_counter_shows_its_locked_page_and_nothing_else(here: Client) -> None:
    assert here.get(at("meetings")).status_code == 200
    locked(here)
    answer = here.get(at("meetings"))
    assert answer.headers["Location"] == at("locked", next=at("meetings"))
    assert "Pooja Rani" in here.get(at("locked")).content.decode()


def test_a_script_is_told_so_with_423(here: Client) -> None:
    locked(here)
    for headers in ({"Accept": "application/json"}, {"Sec-Fetch-Dest": "empty"}):
        answer = here.get(at("meetings"), headers=headers)
        assert answer.status_code == 423
        assert answer.json()["rule"] == "locked"
        assert answer.json()["at"] == at("locked")


def test_a_script_of_somebody_signed_out_is_told_so_with_401(
    client: Client, kendra: Kendra
) -> None:
    answer = client.get(at("meetings"), headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 401
    assert client.get(at("meetings")).headers["Location"].startswith("/accounts/staff/")


def test_the_browser_keeps_no_copy(here: Client) -> None:
    assert "no-store" in here.get(at("meetings")).headers["Cache-Control"]
    locked(here)
    assert "no-store" in here.get(at("meetings")).headers["Cache-Control"]
    assert "no-store" in here.get(at("locked")).headers["Cache-Control"]


def test_the_same_operator_opens_it_and_goes_on_where_they_were(here: Client, pooja: User) -> None:
    locked(here)
    answer = unlock(here, pooja, PINS["pooja"], next=at("meetings"))
    assert answer.headers["Location"] == at("meetings")
    assert here.get(at("meetings")).status_code == 200
    # Still with the second factor.
    assert here.get(reverse("kendras:pin")).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "/admin/", "//evil.example/kendra/"]
)
def test_the_way_on_leads_nowhere_else(here: Client, pooja: User, elsewhere: str) -> None:
    locked(here)
    answer = unlock(here, pooja, PINS["pooja"], next=elsewhere)
    assert answer.headers["Location"] == at("counter")


def test_a_wrong_pin_opens_nothing_and_five_close_it(here: Client, pooja: User) -> None:
    locked(here)
    for _ in range(operator_pins.TRIES):
        page = unlock(here, pooja, "739104")
        assert page.status_code == 422
        assert "This is not the PIN" in page.content.decode()
    page = unlock(here, pooja, PINS["pooja"])
    assert page.status_code == 422
    assert "It can be tried again from" in page.content.decode()
    assert here.get(at("meetings")).status_code == 302


def test_an_empty_form_is_shown_again(here: Client) -> None:
    locked(here)
    page = here.post(at("locked"), {})
    assert page.status_code == 422
    assert "Write the six digits." in page.content.decode()


def test_nothing_else_of_the_portal_is_open_while_the_counter_is_locked(
    here: Client, cast: Cast, pooja: User
) -> None:
    give_charge(pooja, cast.rewari, "staff")
    own = reverse("accounts:sessions")
    assert here.get("/admin/").status_code == here.get(own).status_code == 200
    locked(here)
    assert here.get("/admin/").status_code == here.get(own).status_code == 302
    assert here.get(reverse("kendras:home")).headers["Location"].startswith(at("locked"))
    assert here.get(reverse("kendras:pin")).headers["Location"].startswith(at("locked"))
    unlock(here, pooja, PINS["pooja"])
    assert here.get("/admin/").status_code == here.get(own).status_code == 200


def test_what_a_citizens_pin_had_opened_here_is_closed_with_the_counter(here: Client) -> None:
    session = here.session
    session[GRANTS] = {"ESAAAA": {"until": "2999-01-01T00:00:00+00:00"}}
    session.save()
    locked(here)
    assert GRANTS not in here.session


def test_a_lock_of_one_kendra_locks_the_other_counters_of_the_session(
    here: Client, pooja: User
) -> None:
    serve_at(make_kendra("REW-0002"), pooja)
    locked(here)
    assert (
        here.get(at("meetings", "REW-0002"))
        .headers["Location"]
        .startswith(at("locked", "REW-0002"))
    )


def test_a_counter_that_is_open_has_no_locked_page(here: Client) -> None:
    assert here.get(at("locked")).headers["Location"] == at("counter")


# Left alone


def test_a_counter_left_for_a_quarter_of_an_hour_asks_for_the_pin(here: Client) -> None:
    here.get(at("meetings"))
    left_alone(here, timedelta(minutes=14))
    assert here.get(at("meetings")).status_code == 200
    left_alone(here, timedelta(minutes=16))
    assert here.get(at("meetings")).headers["Location"].startswith(at("locked"))
    # And stays locked.
    assert here.get(at("meetings")).status_code == 302


@pytest.mark.parametrize("name", ["home", "pin"])
def test_nor_is_anything_else_of_kendras_open_then(here: Client, name: str) -> None:
    here.get(at("meetings"))
    left_alone(here, timedelta(minutes=16))
    assert here.get(reverse(f"kendras:{name}")).headers["Location"].startswith(at("locked"))


def test_what_a_page_asks_by_itself_keeps_no_counter_open(here: Client) -> None:
    here.get(at("meetings"))
    left_alone(here, timedelta(minutes=14))
    touched = here.session[sitting.STATE]["touched"]
    assert here.get(at("meetings"), headers={"X-Unattended": "1"}).status_code == 200
    assert here.session[sitting.STATE]["touched"] == touched
    left_alone(here, timedelta(minutes=2))
    assert here.get(at("meetings"), headers={"X-Unattended": "1"}).status_code == 302


def test_that_somebody_is_there_is_not_written_with_every_page(here: Client) -> None:
    here.get(at("meetings"))
    touched = here.session[sitting.STATE]["touched"]
    here.get(at("meetings"))
    assert here.session[sitting.STATE]["touched"] == touched
