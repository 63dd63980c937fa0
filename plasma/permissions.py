"""Who does what with donors: by live charges and roles alone."""

from typing import Any

from esachivalaya.accounts.models import Role
from esachivalaya.accounts.permissions import roles_of
from plasma.models import Bank, BankCharge, Hospital, HospitalCharge


def may_run(user: Any) -> bool:
    """Whether ``user`` imports cohorts and writes, proposes and approves campaigns."""
    return _has_role(user, Role.Name.CAMPAIGNS)


def sets_up(user: Any) -> bool:
    """Whether ``user`` sets up banks, their hours, policies and hospitals."""
    return _has_role(user, Role.Name.SETUP)


def appoints(user: Any) -> bool:
    """Whether ``user`` gives and ends charges at banks and hospitals."""
    return _has_role(user, Role.Name.APPOINTING)


def audits(user: Any) -> bool:
    """Whether ``user`` reads the ledger of consents, with a purpose."""
    return _has_role(user, Role.Name.AUDITOR)


def serves_at(user: Any, bank: Bank) -> bool:
    """Whether ``user`` serves at ``bank`` at this moment, in whatever kind."""
    return BankCharge.objects.of(user).live().filter(bank=bank).exists()


def is_medical_officer(user: Any, bank: Bank) -> bool:
    """Whether ``user`` says at this moment who may donate at ``bank``."""
    kind = BankCharge.Kind.MEDICAL_OFFICER
    return BankCharge.objects.of(user).live().filter(bank=bank, kind=kind).exists()


def asks_for(user: Any, hospital: Hospital) -> bool:
    """Whether ``user`` asks for plasma for ``hospital`` at this moment."""
    charges = HospitalCharge.objects.of(user).live()
    return charges.filter(hospital=hospital, hospital__active=True).exists()


def duties(user: Any) -> set[str]:
    """Return the permissions that the user's roles give here, as the admin asks for them."""
    granted: set[str] = set()
    if may_run(user):
        granted |= {f"plasma.{verb}_campaign" for verb in ("view", "add", "change")}
        granted |= {"plasma.view_plasmarequest"}
        granted |= {f"plasma.{verb}_cohort" for verb in ("view", "add", "change")}
        granted |= {"plasma.view_donor"}
    if sets_up(user):
        granted |= {
            f"plasma.{verb}_{model}"
            for verb in ("view", "add", "change")
            for model in ("bank", "bankhours", "hospital")
        }
        granted |= {"plasma.view_policy", "plasma.add_policy", "plasma.delete_bankhours"}
        granted |= {"plasma.view_bankcharge", "plasma.view_hospitalcharge"}
    if appoints(user):
        charges = ("bankcharge", "hospitalcharge")
        granted |= {
            f"plasma.{verb}_{model}" for verb in ("view", "add", "change") for model in charges
        }
        granted |= {"plasma.view_bank", "plasma.view_hospital"}
    if audits(user):
        granted |= {"plasma.view_consententry"}
    return granted


def _has_role(user: Any, name: str) -> bool:
    """A superuser sets up and appoints, and never reads or asks donors."""
    staff = user.is_authenticated and user.is_active and user.is_staff
    if staff and user.is_superuser:
        return name in {Role.Name.SETUP, Role.Name.APPOINTING}
    return bool(staff and name in roles_of(user))
