"""Posting, relieving, additional charge: one head at a time, and the end takes effect at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from officials.models import Charge
from officials.permissions import acts_for, duties, heads, people_to_tell, superior
from officials.services import ChargeOverlaps, ChargeRefused, appoint, relieve
from tests import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["meera", "suresh", "nasreen"])
def test_only_an_appointing_role_gives_or_ends_charges(who: str) -> None:
    cast = people.make_cast()
    by = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        appoint(post=cast.division, user=cast.suresh, kind="staff", by=by)
    with pytest.raises(PermissionDenied):
        relieve(charge=Charge.objects.get(user=cast.meera), by=by)
    assert Charge.objects.count() == 4
    assert not Entry.objects.exists()


def test_a_superuser_may_appoint() -> None:
    post, user = people.make_post(), people.make_staff("meera")
    charge = appoint(post=post, user=user, by=people.make_superuser())
    assert acts_for(user, post) == charge


def test_a_charge_is_recorded_on_the_post() -> None:
    post, user = people.make_post(), people.make_staff("meera")
    by = people.make_staff("gurpreet", roles=("appointing",))
    charge = appoint(post=post, user=user, by=by)
    entry = Entry.objects.get(subject_kind="officials.post", subject_id=str(post.pk))
    assert (entry.act, entry.actor, entry.post_code) == ("charge_given", by, "DC-REW")
    assert Detail.objects.get(entry=entry).data["charge"] == charge.pk
    relieve(charge=charge, by=by)
    assert Entry.objects.latest("seq").act == "charge_ended"


@pytest.mark.parametrize("kind", ["holder", "additional"])
def test_a_second_head_at_the_same_time_is_refused_by_name(kind: str) -> None:
    cast = people.make_cast()
    with pytest.raises(ChargeOverlaps) as refused:
        appoint(post=cast.rewari, user=people.make_staff("vijay"), kind=kind, by=cast.gurpreet)
    assert refused.value.charge.user == cast.meera
    assert "मीरा यादव" in str(refused.value) or "Meera Yadav" in str(refused.value)
    assert Charge.objects.filter(post=cast.rewari, kind__in=["holder", "additional"]).count() == 1


def test_the_same_person_is_not_given_the_same_charge_twice() -> None:
    cast = people.make_cast()
    with pytest.raises(ChargeOverlaps):
        appoint(post=cast.rewari, user=cast.suresh, kind="staff", by=cast.gurpreet)


def test_a_successor_can_start_at_the_moment_of_the_end() -> None:
    cast = people.make_cast()
    until = clock.now() + timedelta(days=10)
    relieve(charge=Charge.objects.get(user=cast.meera), ends_at=until, by=cast.gurpreet)
    successor = people.make_staff("vijay")
    appoint(post=cast.rewari, user=successor, starts_at=until, by=cast.gurpreet)
    assert heads(cast.rewari) == [cast.meera]
    assert acts_for(successor, cast.rewari) is None


def test_a_second_post_is_an_additional_charge() -> None:
    cast = people.make_cast()
    other = people.make_post("DC-GGM")
    with pytest.raises(ChargeRefused) as refused:
        appoint(post=other, user=cast.meera, by=cast.gurpreet)
    assert refused.value.field == "kind"
    appoint(post=other, user=cast.meera, kind="additional", by=cast.gurpreet)
    assert heads(other) == [cast.meera]
    assert heads(cast.rewari) == [cast.meera]


def test_the_end_of_a_charge_takes_effect_at_once() -> None:
    cast = people.make_cast()
    assert acts_for(cast.suresh, cast.rewari) is not None
    relieve(charge=Charge.objects.get(user=cast.suresh), by=cast.gurpreet)
    assert acts_for(cast.suresh, cast.rewari) is None
    assert duties(cast.suresh) == set()


def test_an_ended_charge_stays_as_it_was_and_none_ends_in_the_past() -> None:
    cast = people.make_cast()
    charge = Charge.objects.get(user=cast.suresh)
    with pytest.raises(ChargeRefused):
        relieve(charge=charge, ends_at=clock.now() - timedelta(days=1), by=cast.gurpreet)
    relieve(charge=charge, by=cast.gurpreet)
    with pytest.raises(ChargeRefused):
        relieve(charge=charge, ends_at=clock.now() + timedelta(days=1), by=cast.gurpreet)


def test_an_end_can_be_moved_but_not_into_a_successors_time() -> None:
    cast = people.make_cast()
    charge = Charge.objects.get(user=cast.meera)
    until = clock.now() + timedelta(days=10)
    relieve(charge=charge, ends_at=until, by=cast.gurpreet)
    relieve(charge=charge, ends_at=until + timedelta(days=5), by=cast.gurpreet)
    appoint(
        post=cast.rewari,
        user=people.make_staff("vijay"),
        starts_at=until + timedelta(days=5),
        by=cast.gurpreet,
    )
    with pytest.raises(ChargeOverlaps):
        relieve(charge=charge, ends_at=until + timedelta(days=6), by=cast.gurpreet)


def test_a_charge_that_has_not_begun_is_taken_back_whole() -> None:
    cast = people.make_cast()
    later = clock.now() + timedelta(days=30)
    charge = appoint(
        post=cast.division, user=cast.suresh, kind="staff", starts_at=later, by=cast.gurpreet
    )
    relieve(charge=charge, by=cast.gurpreet)
    assert not Charge.objects.filter(user=cast.suresh, post=cast.division).exists()
    assert Entry.objects.latest("pk").act == "charge_taken_back"


def test_a_household_or_a_closed_account_gets_no_charge() -> None:
    cast = people.make_cast()
    closed = people.make_staff("vijay", is_active=False)
    assert cast.household.user is not None
    for user in (closed, cast.household.user):
        with pytest.raises(ChargeRefused):
            appoint(post=cast.rewari, user=user, kind="staff", by=cast.gurpreet)


def test_a_charge_does_not_end_before_it_starts() -> None:
    cast = people.make_cast()
    now = clock.now()
    for start, end in ((now + timedelta(days=2), now + timedelta(days=1)), (None, now)):
        with pytest.raises(ChargeRefused):
            appoint(
                post=cast.rewari,
                user=cast.kavita,
                kind="staff",
                starts_at=start,
                ends_at=end,
                by=cast.gurpreet,
            )


def test_who_hears_of_a_post_by_kind_each_once() -> None:
    cast = people.make_cast()
    people.give_charge(cast.meera, cast.rewari, "staff")
    assert people_to_tell(cast.rewari, ["holder", "staff"]) == [cast.meera, cast.suresh]
    assert people_to_tell(cast.rewari, ["link_officer"]) == [cast.anil]
    cast.suresh.is_active = False
    cast.suresh.save()
    assert people_to_tell(cast.rewari, ["staff"]) == [cast.meera]
    assert acts_for(cast.suresh, cast.rewari) is None


def test_the_strongest_charge_is_the_one_by_which_somebody_acts() -> None:
    cast = people.make_cast()
    people.give_charge(cast.meera, cast.rewari, "staff")
    charge = acts_for(cast.meera, cast.rewari)
    assert charge is not None
    assert charge.kind == "holder"
    assert superior(cast.rewari) == cast.division
    assert superior(cast.division) is None


def test_nobody_signed_in_and_no_household_acts_for_a_post() -> None:
    cast = people.make_cast()
    for user in (AnonymousUser(), cast.household.user):
        assert acts_for(user, cast.rewari) is None
        assert duties(user) == set()


def test_duties_come_from_charges_and_roles() -> None:
    cast = people.make_cast()
    staff = duties(cast.suresh)
    assert {"officials.view_post", "officials.change_hours", "officials.add_leave"} <= staff
    assert not {"officials.change_post", "officials.add_charge", "officials.add_holiday"} & staff
    set_up = duties(cast.nasreen)
    assert {"officials.change_post", "officials.add_holiday", "officials.view_charge"} <= set_up
    assert not {"officials.add_charge", "officials.delete_post"} & set_up
    appointing = duties(cast.gurpreet)
    assert {"officials.add_charge", "officials.change_charge"} <= appointing
    assert not {"officials.change_post", "officials.change_hours"} & appointing
    assert duties(people.make_superuser()) == set_up | appointing
    assert duties(people.make_staff("vijay")) == set()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_the_charge_at_once_one_wins_and_the_other_learns_who(
    race: Callable[..., list[Any]],
) -> None:
    post = people.make_post()
    by = people.make_staff("gurpreet", roles=("appointing",))
    rivals = [people.make_staff(f"rival{n}") for n in range(4)]
    outcomes = race(*[lambda user=user: appoint(post=post, user=user, by=by) for user in rivals])
    assert sum(outcome.ok for outcome in outcomes) == 1
    lost = [outcome.error for outcome in outcomes if not outcome.ok]
    assert all(isinstance(error, ChargeOverlaps) for error in lost)
    assert Charge.objects.count() == 1
