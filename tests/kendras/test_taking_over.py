"""A shared counter that another operator takes over with the PIN, and who may not."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import SessionRecord, User
from esachivalaya.accounts.services.staff import note_sign_in
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from kendras.models import Kendra, KendraCharge
from kendras.services import operator_pins, sitting
from officials.models import Post
from tests.accounts.app import app_of, code_of
from tests.accounts.sent import code_sent_to
from tests.counters import make_kendra, serve_at
from tests.kendras.sitting import PINS, at, left_alone, locked, unlock
from tests.people import (
    STAFF_PASSWORD,
    Cast,
    give_charge,
    make_staff,
)

# Taken over


def test_another_operator_takes_over_in_a_session_of_their_own(
    here: Client, pooja: User, rakesh: User
) -> None:
    locked(here)
    before = here.session.session_key
    assert unlock(here, rakesh, PINS["rakesh"]).headers["Location"] == at("counter")
    assert here.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert SessionRecord.objects.get(pk=here.session.session_key).user == rakesh
    assert here.get(at("meetings")).status_code == 200
    entry = Entry.objects.get(act="counter_taken_over")
    assert entry.actor == rakesh
    told = Detail.objects.get(entry=entry).data
    assert (told["operator_before"], told["operator_now"]) == ("Pooja Rani", "Rakesh Yadav")


def test_nothing_of_the_session_before_stays(here: Client, rakesh: User) -> None:
    session = here.session
    session["seats"] = {"ES1": [1, "token"]}
    session.save()
    locked(here)
    unlock(here, rakesh, PINS["rakesh"])
    assert "seats" not in here.session


@pytest.fixture
def taken(here: Client, rakesh: User) -> Client:
    locked(here)
    assert unlock(here, rakesh, PINS["rakesh"]).status_code == 302
    return here


def test_it_opens_this_counter_and_nothing_else(
    taken: Client, rakesh: User, cast: Cast, division_desk: Post
) -> None:
    serve_at(make_kendra("REW-0002"), rakesh)
    give_charge(rakesh, division_desk, "staff")
    assert taken.get(at("meetings")).status_code == 200
    assert taken.get(at("meetings", "REW-0002")).status_code == 404
    assert taken.get(reverse("kendras:pin")).status_code == 404
    assert taken.get(reverse("kendras:home")).headers["Location"] == at("counter")
    for closed in ("/admin/", reverse("accounts:sessions"), reverse("accounts:password")):
        assert taken.get(closed).status_code == 302, closed
    assert taken.get(reverse("meetings:day")).status_code == 302


@pytest.fixture
def division_desk(cast: Cast) -> Post:
    return cast.division


def test_it_ends_with_the_day(taken: Client) -> None:
    moment = clock.now()
    ends = Session.objects.get(pk=taken.session.session_key).expire_date
    assert ends <= clock.day_bounds(clock.day_of(moment))[1]
    assert ends <= moment + sitting.TAKEN_OVER_LASTS
    taken.get(at("meetings"))
    left_alone(taken, timedelta(minutes=2))
    taken.get(at("meetings"))
    assert Session.objects.get(pk=taken.session.session_key).expire_date == ends


def test_it_is_locked_and_opened_by_its_own_operator(taken: Client, rakesh: User) -> None:
    locked(taken)
    assert taken.get(at("meetings")).status_code == 302
    unlock(taken, rakesh, PINS["rakesh"])
    assert taken.get(at("meetings")).status_code == 200
    assert taken.get(reverse("accounts:sessions")).status_code == 302


def test_who_was_here_first_comes_back_with_the_pin_and_is_not_verified_by_that(
    taken: Client, pooja: User
) -> None:
    note_sign_in(user=pooja)
    locked(taken)
    unlock(taken, pooja, PINS["pooja"])
    assert taken.get(at("meetings")).status_code == 200
    assert taken.get(reverse("kendras:pin")).status_code == 404


def test_a_full_sign_in_makes_it_a_session_like_any_other(taken: Client, pooja: User) -> None:
    pooja.set_password(STAFF_PASSWORD)
    pooja.save()
    key = app_of(pooja).key
    given = {"username": pooja.username, "password": STAFF_PASSWORD, "next": at("counter")}
    taken.post(reverse("accounts:staff-sign-in"), given)
    answer = taken.post(reverse("accounts:staff-code"), {"code": code_of(key)})
    assert answer.headers["Location"] == at("counter")
    assert taken.get(reverse("kendras:pin")).status_code == 200


def test_a_household_that_signs_in_has_nothing_of_the_counter(taken: Client) -> None:
    """A citizen at that computer ends the operator's session by it; nothing of it is mixed in."""
    before = taken.session.session_key
    given = {"phone": "09800000077", "key": new_key()}
    taken.post(reverse("accounts:sign-in"), given)
    code = code_sent_to("+919800000077")
    answer = taken.post(reverse("accounts:sign-in-code"), {"code": code})
    assert answer.status_code == 302
    assert not Session.objects.filter(pk=before).exists()
    assert sitting.STATE not in taken.session
    user = User.objects.get(pk=taken.session["_auth_user_id"])
    assert user.kind == User.Kind.HOUSEHOLD
    assert taken.get(at("meetings")).status_code == 404


def test_a_charge_that_ended_a_second_ago_closes_it(taken: Client, rakesh: User) -> None:
    KendraCharge.objects.filter(user=rakesh).update(ends_at=clock.now() - timedelta(seconds=1))
    assert taken.get(at("meetings")).status_code == 404
    assert taken.get(at("locked")).status_code == 404


# Who may take over


def refused(client: Client, user: User, pin: str) -> None:
    page = unlock(client, user, pin)
    assert page.status_code == 422
    assert "cannot open the counter here now" in page.content.decode()
    assert client.get(at("meetings")).status_code == 302


def test_an_operator_of_another_kendra_does_not(
    here: Client, other_operator: User, other_kendra: Kendra
) -> None:
    operator_pins.set_pin(user=other_operator, pin="490317")
    note_sign_in(user=other_operator)
    refused(locked(here), other_operator, "490317")


def test_whose_charge_has_ended_does_not(here: Client, rakesh: User) -> None:
    KendraCharge.objects.filter(user=rakesh).update(ends_at=clock.now() - timedelta(seconds=1))
    refused(locked(here), rakesh, PINS["rakesh"])


def test_whose_account_is_closed_does_not(here: Client, rakesh: User) -> None:
    User.objects.filter(pk=rakesh.pk).update(is_active=False)
    refused(locked(here), rakesh, PINS["rakesh"])


def test_who_has_not_signed_in_with_both_factors_for_a_month_does_not(
    here: Client, kendra: Kendra
) -> None:
    """The record cannot be changed, so what it does not hold stands for what is too long ago."""
    mohan = serve_at(kendra, make_staff("mohan"))
    operator_pins.set_pin(user=mohan, pin="490317")
    refused(locked(here), mohan, "490317")
    note_sign_in(user=mohan)
    moment = clock.now()
    people = sitting.people_for(kendra, mohan, moment=moment + timedelta(days=31))
    assert [one.user for one in people] == [mohan]
    pooja = User.objects.get(username="pooja")
    later = moment + sitting.PROVED_WITHIN
    for then, known in ((later - timedelta(minutes=1), True), (later + timedelta(days=1), False)):
        people = sitting.people_for(kendra, pooja, moment=then)
        assert (mohan in [one.user for one in people]) is known


def test_a_try_of_who_may_not_is_not_judged(here: Client, other_operator: User) -> None:
    """Else the page would tell whether the PIN of somebody elsewhere is right."""
    operator_pins.set_pin(user=other_operator, pin="490317")
    locked(here)
    unlock(here, other_operator, "739104")
    assert other_operator.operator_pin.tries_left == operator_pins.TRIES


def test_without_an_open_session_no_pin_opens_anything(
    client: Client, pooja: User, rakesh: User
) -> None:
    assert unlock(client, rakesh, PINS["rakesh"]).status_code == 302
    assert not SessionRecord.objects.exists()
