"""Roles and permissions: derived from what is live, never stored."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory

from esachivalaya.accounts.backends import HouseholdBackend, StaffBackend
from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.services import staff
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from tests import people

pytestmark = pytest.mark.django_db


def again(user: User) -> User:
    """The user as the next request reads them."""
    return User.objects.get(pk=user.pk)


def test_being_staff_grants_nothing() -> None:
    user = people.make_staff("meera")
    assert StaffBackend().get_all_permissions(user) == set()
    assert not user.has_perm("accounts.view_user")


def test_a_role_grants_while_it_lasts() -> None:
    chief, meera = people.make_superuser(), people.make_staff("meera")
    role = staff.give_role(user=meera, name="appointing", by=chief)
    assert again(meera).has_perm("accounts.add_user")
    assert again(meera).has_module_perms("accounts")
    staff.take_role(role=role, by=chief)
    assert not again(meera).has_perm("accounts.add_user")
    acts = Entry.objects.filter(subject_id=str(meera.pk)).values_list("act", flat=True)
    assert set(acts) == {"role_given", "role_taken"}


def test_a_closed_account_may_nothing() -> None:
    user = people.make_superuser(is_active=False)
    assert not user.has_perm("accounts.view_user")


def test_a_household_may_nothing_in_the_admin() -> None:
    household = people.make_household("+919800000001")
    assert household.user is not None
    assert not household.user.has_perm("accounts.view_user")
    assert not household.user.has_module_perms("accounts")


def test_each_backend_gives_back_only_its_own_kind() -> None:
    meera, household = people.make_staff("meera"), people.make_household("+919800000001")
    assert StaffBackend().get_user(meera.pk) == meera
    assert StaffBackend().get_user(household.user_id) is None
    assert HouseholdBackend().get_user(household.user_id) == household.user
    assert HouseholdBackend().get_user(meera.pk) is None


def test_a_household_never_signs_in_by_password() -> None:
    household = people.make_household("+919800000001")
    assert household.user is not None
    household.user.set_password("Some-long-password-1")
    household.user.save()
    request = RequestFactory().post("/")
    name = household.user.username
    assert authenticate(request, username=name, password="Some-long-password-1") is None


def test_permissions_are_asked_for_once_in_a_request(
    django_assert_num_queries: object,
) -> None:
    user = again(people.make_staff("gurpreet", roles=("appointing",)))
    user.has_perm("accounts.view_user")
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert user.has_perm("accounts.view_user")
        assert not user.has_perm("accounts.delete_user")


def test_nobody_gives_a_role_to_themselves_and_appointing_does_not_spread() -> None:
    gurpreet = people.make_staff("gurpreet", roles=("appointing",))
    meera = people.make_staff("meera")
    with pytest.raises(Refused):
        staff.give_role(user=gurpreet, name="setup", by=gurpreet)
    with pytest.raises(Refused):
        staff.give_role(user=meera, name="appointing", by=gurpreet)
    staff.give_role(user=meera, name="setup", by=gurpreet)
    with pytest.raises(Refused):
        staff.give_role(user=meera, name="setup", by=gurpreet)
    with pytest.raises(Refused):
        staff.take_role(role=Role.objects.get(user=gurpreet), by=gurpreet)


def test_a_superuser_is_changed_only_by_a_superuser() -> None:
    chief = people.make_superuser()
    gurpreet = people.make_staff("gurpreet", roles=("appointing",))
    with pytest.raises(Refused):
        staff.change_particulars(user=chief, by=gurpreet, phone="+919800000066")
    with pytest.raises(Refused):
        staff.close_account(user=chief, by=gurpreet)
    with pytest.raises(Refused):
        staff.close_account(user=chief, by=chief)
    staff.close_account(user=gurpreet, by=chief)
    assert not again(gurpreet).is_active
    staff.reopen_account(user=gurpreet, by=chief)
    assert again(gurpreet).is_active


def test_no_permission_or_group_is_stored_for_anybody() -> None:
    assert not hasattr(User, "groups")
    assert not hasattr(User, "user_permissions")
    assert not Group.objects.exists()
    assert Permission.objects.model is Permission
