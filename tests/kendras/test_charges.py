"""Charges at Kendras: given and ended by an appointing role, and nothing outlasts them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import translation

from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from kendras.models import AssistedBooking, Kendra, KendraCharge
from kendras.permissions import oversees, serves_at
from kendras.services.charges import ChargeOverlaps, ChargeRefused, end, give
from tests.people import Cast, make_staff
from tests.races import Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def rekha(db: None) -> User:
    return make_staff("rekha", name_en="Rekha Rani", name_hi="रेखा रानी")


def acts_on(kind: str, pk: int) -> list[str]:
    return list(
        Entry.objects.filter(subject_kind=kind, subject_id=str(pk))
        .order_by("seq")
        .values_list("act", flat=True)
    )


def test_an_operator_serves_at_once_and_it_stands_in_the_record_of_the_kendra(
    cast: Cast, kendra: Kendra, rekha: User
) -> None:
    charge = give(kind="operator", kendra=kendra, user=rekha, by=cast.gurpreet)
    assert serves_at(rekha, kendra)
    assert charge.given_by == cast.gurpreet
    assert acts_on("kendras.kendra", kendra.pk) == ["kendracharge_given"]


def test_a_supervisor_oversees_the_kendras_of_one_district_and_serves_at_none(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, rekha: User
) -> None:
    give(kind="supervisor", district=kendra.district, user=rekha, by=cast.gurpreet)
    assert oversees(rekha, kendra.district)
    assert not oversees(rekha, other_kendra.district)
    assert not serves_at(rekha, kendra)
    assert acts_on("officials.district", kendra.district_id) == ["kendracharge_given"]


@pytest.mark.parametrize("who", ["nasreen", "meera", "suresh"])
def test_only_an_appointing_role_gives_and_ends_charges(
    cast: Cast, kendra: Kendra, rekha: User, operator: User, who: str
) -> None:
    by = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        give(kind="operator", kendra=kendra, user=rekha, by=by)
    with pytest.raises(PermissionDenied):
        end(charge=KendraCharge.objects.get(user=operator), by=by)
    assert serves_at(operator, kendra)


def test_only_active_staff_are_given_a_charge(cast: Cast, kendra: Kendra, rekha: User) -> None:
    User.objects.filter(pk=rekha.pk).update(is_active=False)
    rekha.refresh_from_db()
    with pytest.raises(ChargeRefused, match="active staff"):
        give(kind="operator", kendra=kendra, user=rekha, by=cast.gurpreet)
    assert cast.household.user is not None
    with pytest.raises(ChargeRefused, match="active staff"):
        give(kind="operator", kendra=kendra, user=cast.household.user, by=cast.gurpreet)


def test_a_charge_says_its_place(cast: Cast, kendra: Kendra, rekha: User) -> None:
    with pytest.raises(ChargeRefused, match="which Kendra") as refused:
        give(kind="operator", district=kendra.district, user=rekha, by=cast.gurpreet)
    assert refused.value.field == "kendra"
    with pytest.raises(ChargeRefused, match="which district"):
        give(kind="supervisor", kendra=kendra, user=rekha, by=cast.gurpreet)


def test_the_same_charge_twice_at_one_time_is_refused_and_says_since_when(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, operator: User
) -> None:
    with pytest.raises(ChargeOverlaps, match="Pooja Rani has this charge") as refused:
        give(kind="operator", kendra=kendra, user=operator, by=cast.gurpreet)
    assert refused.value.charge.user == operator
    # At another Kendra, and for another person at this one, there is nothing in the way.
    give(kind="operator", kendra=other_kendra, user=operator, by=cast.gurpreet)


def test_two_at_once_give_the_same_charge_once(
    race: Callable[..., list[Outcome]], kendra: Kendra
) -> None:
    by = make_staff("appoints", roles=("appointing",))
    rekha = make_staff("rekha")
    outcomes = race(*[lambda: give(kind="operator", kendra=kendra, user=rekha, by=by)] * 3)
    assert sum(one.ok for one in outcomes) == 1
    assert all(isinstance(one.error, ChargeOverlaps) for one in outcomes if not one.ok)
    assert KendraCharge.objects.filter(user=rekha).count() == 1


def test_a_charge_that_ended_a_moment_ago_opens_nothing(
    cast: Cast, kendra: Kendra, operator: User, at_counter: Callable[..., Client], client: Client
) -> None:
    at_counter(client, operator)
    address = reverse("kendras:counter", args=[kendra.code])
    assert client.get(address).status_code == 200
    charge = end(charge=KendraCharge.objects.get(user=operator), by=cast.gurpreet)
    assert charge.ends_at is not None
    assert not serves_at(operator, kendra)
    assert not AssistedBooking.objects.visible_to(operator).exists()
    assert client.get(address).status_code == 404


def test_the_past_is_not_rewritten(cast: Cast, kendra: Kendra, operator: User) -> None:
    charge = KendraCharge.objects.get(user=operator)
    yesterday = clock.now() - timedelta(days=1)
    with pytest.raises(ChargeRefused, match="in the past"):
        end(charge=charge, ends_at=yesterday, by=cast.gurpreet)
    end(charge=charge, by=cast.gurpreet)
    with pytest.raises(ChargeRefused, match="ended on"):
        end(charge=charge, by=cast.gurpreet)
    with pytest.raises(ChargeRefused, match="not before now"):
        give(kind="operator", kendra=kendra, user=operator, ends_at=yesterday, by=cast.gurpreet)


def test_a_charge_that_has_not_begun_is_taken_back_whole(
    cast: Cast, kendra: Kendra, rekha: User
) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    charge = give(kind="operator", kendra=kendra, user=rekha, starts_at=tomorrow, by=cast.gurpreet)
    assert not serves_at(rekha, kendra)
    end(charge=charge, by=cast.gurpreet)
    assert not KendraCharge.objects.filter(user=rekha).exists()
    assert acts_on("kendras.kendra", kendra.pk) == ["kendracharge_given", "kendracharge_taken_back"]


def test_a_later_end_does_not_run_into_the_next_charge(
    cast: Cast, kendra: Kendra, rekha: User
) -> None:
    now = clock.now()
    days = [now + timedelta(days=count) for count in (10, 20)]
    first = give(kind="operator", kendra=kendra, user=rekha, ends_at=days[0], by=cast.gurpreet)
    give(kind="operator", kendra=kendra, user=rekha, starts_at=days[1], by=cast.gurpreet)
    with pytest.raises(ChargeOverlaps):
        end(charge=first, ends_at=days[1] + timedelta(days=1), by=cast.gurpreet)
    assert end(charge=first, ends_at=days[1], by=cast.gurpreet).ends_at == days[1]
