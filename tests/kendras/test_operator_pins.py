"""The operator's PIN: hard to guess, counted before it is judged, closed after five wrong tries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Detail, Entry
from kendras.models import KendraCharge, OperatorPin
from kendras.services import operator_pins
from tests.people import STAFF_PASSWORD, make_staff

PIN = "280519"
WRONG = "739104"
At = Callable[[Client, User], Client]


@pytest.fixture
def pooja(operator: User) -> User:
    operator_pins.set_pin(user=operator, pin=PIN)
    return operator


def closed(user: User) -> OperatorPin:
    """Five wrong tries."""
    for _ in range(operator_pins.TRIES):
        assert not operator_pins.check_pin(user=user, typed=WRONG)
    return OperatorPin.objects.get(user=user)


def test_the_pin_opens_and_is_stored_hashed(pooja: User) -> None:
    assert operator_pins.check_pin(user=pooja, typed=PIN)
    assert operator_pins.check_pin(user=pooja, typed="२८०५१९")
    assert PIN not in OperatorPin.objects.get(user=pooja).pin_hash
    told = " ".join(str(detail.data) for detail in Detail.objects.all())
    assert PIN not in told


def test_who_has_no_pin_opens_nothing(operator: User) -> None:
    assert not operator_pins.check_pin(user=operator, typed="")


@pytest.mark.parametrize(
    "pin",
    "000000 777777 123456 345678 654321 890123 098765 121212 202020 123123 112233 111222".split(),
)
def test_a_pin_that_everybody_tries_first_is_refused(operator: User, pin: str) -> None:
    with pytest.raises(Refused) as refused:
        operator_pins.set_pin(user=operator, pin=pin)
    assert refused.value.rule == "pin_trivial"


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "abcdef", "28 05 1"])
def test_a_pin_has_six_digits(operator: User, pin: str) -> None:
    with pytest.raises(Refused) as refused:
        operator_pins.set_pin(user=operator, pin=pin)
    assert refused.value.rule == "pin_length"


def test_ones_own_number_is_no_pin(db: None) -> None:
    user = make_staff("kamla", phone="+919812645073")
    with pytest.raises(Refused):
        operator_pins.set_pin(user=user, pin="264507")
    operator_pins.set_pin(user=user, pin="264508")


def test_a_right_pin_starts_the_tries_anew(pooja: User) -> None:
    for _ in range(operator_pins.TRIES - 1):
        assert not operator_pins.check_pin(user=pooja, typed=WRONG)
    assert operator_pins.check_pin(user=pooja, typed=PIN)
    assert OperatorPin.objects.get(user=pooja).tries_left == operator_pins.TRIES


def test_five_wrong_tries_close_it_for_a_quarter_of_an_hour_and_are_recorded(pooja: User) -> None:
    row = closed(pooja)
    with pytest.raises(Refused) as refused:
        operator_pins.check_pin(user=pooja, typed=PIN)
    assert refused.value.until == row.closed_until
    assert Entry.objects.filter(act="operator_pin_closed", subject_id=str(pooja.pk)).count() == 1
    OperatorPin.objects.update(closed_until=F("closed_until") - timedelta(minutes=14))
    with pytest.raises(Refused):
        operator_pins.check_pin(user=pooja, typed=PIN)
    OperatorPin.objects.update(closed_until=F("closed_until") - timedelta(minutes=2))
    assert operator_pins.check_pin(user=pooja, typed=PIN)


def test_a_new_pin_ends_the_former_one_and_the_pause(pooja: User) -> None:
    closed(pooja)
    operator_pins.set_pin(user=pooja, pin="490317")
    assert operator_pins.check_pin(user=pooja, typed="490317")
    assert not operator_pins.check_pin(user=pooja, typed=PIN)
    acts = Entry.objects.filter(subject_id=str(pooja.pk)).order_by("seq").values_list("act")
    assert [act for (act,) in acts if "pin" in act][-1] == "operator_pin_changed"


@pytest.mark.django_db(transaction=True)
def test_tries_side_by_side_are_counted_too(race: Any, pooja: User) -> None:
    jobs = [lambda: operator_pins.check_pin(user=pooja, typed=WRONG) for _ in range(8)]
    outcomes = race(*jobs)
    judged = [one for one in outcomes if one.ok]
    assert len(judged) == operator_pins.TRIES
    assert not any(one.value for one in judged)
    assert Entry.objects.filter(act="operator_pin_closed").count() == 1


# The page


def sent(client: Client, **given: str) -> Any:
    data = {"pin": PIN, "again": PIN, "password": STAFF_PASSWORD, **given}
    return client.post(reverse("kendras:pin"), data)


@pytest.fixture
def pooja_here(client: Client, operator: User, at_counter: At) -> Client:
    operator.set_password(STAFF_PASSWORD)
    operator.save()
    return at_counter(client, operator)


def test_the_page_sets_the_pin(pooja_here: Client, operator: User) -> None:
    page = pooja_here.get(reverse("kendras:pin"))
    assert "Your PIN for the counter" in page.content.decode()
    assert sent(pooja_here).status_code == 302
    assert operator_pins.check_pin(user=operator, typed=PIN)


@pytest.mark.parametrize(
    "given",
    [{"again": "280518"}, {"pin": ""}, {"password": "wrong"}, {"pin": "111111", "again": "111111"}],
)
def test_the_page_says_what_is_wrong_and_sets_nothing(
    pooja_here: Client, given: dict[str, str]
) -> None:
    page = sent(pooja_here, **given)
    assert page.status_code == 422
    assert "has-error" in page.content.decode()
    assert not OperatorPin.objects.exists()


def test_the_page_asks_for_the_second_factor(client: Client, operator: User) -> None:
    client.force_login(operator, backend="esachivalaya.accounts.backends.StaffBackend")
    assert sent(client).status_code == 404
    assert not OperatorPin.objects.exists()


def test_the_page_is_for_operators(client: Client, supervisor: User, at_counter: At) -> None:
    assert at_counter(client, supervisor).get(reverse("kendras:pin")).status_code == 404
    KendraCharge.objects.all().delete()
    assert client.get(reverse("kendras:pin")).status_code == 404
