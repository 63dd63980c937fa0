"""Who serves at a Kendra and who oversees it: by live charges and roles alone."""

from typing import Any

from django.db.models import QuerySet

from esachivalaya.accounts.models import Role
from esachivalaya.accounts.permissions import roles_of
from esachivalaya.audit.permissions import may_read
from kendras.models import Kendra, KendraCharge
from officials.models import District


def serves_at(user: Any, kendra: Kendra) -> bool:
    """Whether ``user`` is an operator of ``kendra`` at this moment, and it is in service."""
    return Kendra.objects.served_by(user).filter(pk=kendra.pk).exists()


def districts_of(user: Any) -> "QuerySet[District]":
    """Return the districts whose Kendras ``user`` oversees at this moment."""
    charges = KendraCharge.objects.of(user).live().filter(kind=KendraCharge.Kind.SUPERVISOR)
    return District.objects.filter(pk__in=charges.values("district_id")).order_by("code")


def oversees(user: Any, district: District) -> bool:
    """Whether ``user`` oversees the Kendras of ``district`` at this moment."""
    return districts_of(user).filter(pk=district.pk).exists()


def sets_up(user: Any) -> bool:
    """Whether ``user`` sets up Kendras and their seats."""
    return _has_role(user, Role.Name.SETUP)


def appoints(user: Any) -> bool:
    """Whether ``user`` gives and ends charges at Kendras."""
    return _has_role(user, Role.Name.APPOINTING)


def duties(user: Any) -> set[str]:
    """Return the permissions on Kendras that the user's roles give, as the admin asks for them.

    Setting up: Kendras and their seats, and charges to look at. Appointing: charges. Auditing:
    that people agreed, to look at. A charge at a Kendra opens the counter and nothing in the admin.
    """
    granted: set[str] = set()
    if sets_up(user):
        granted |= {
            f"kendras.{verb}_{model}"
            for verb in ("view", "add", "change")
            for model in ("kendra", "desk")
        }
        granted |= {"kendras.view_kendracharge"}
    if appoints(user):
        granted |= {f"kendras.{verb}_kendracharge" for verb in ("view", "add", "change")}
        granted |= {"kendras.view_kendra"}
    if may_read(user):
        granted |= {"kendras.view_consent"}
    return granted


def _has_role(user: Any, name: str) -> bool:
    staff = user.is_authenticated and user.is_active and user.is_staff
    return bool(staff and (user.is_superuser or name in roles_of(user)))
