"""Questions about many banks, donors, invitations and pledges."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from officials.querysets import TermQuerySet

if TYPE_CHECKING:
    # Named in quotation marks below.
    from plasma.models.banks import Bank, BankCharge  # noqa: F401
    from plasma.models.campaigns import Invitation  # noqa: F401
    from plasma.models.donations import Pledge  # noqa: F401
    from plasma.models.donors import Donor  # noqa: F401
    from plasma.models.hospitals import Hospital, HospitalCharge, PlasmaRequest  # noqa: F401


class BankQuerySet(models.QuerySet["Bank"]):
    def served_by(self, user: Any) -> "BankQuerySet":
        """The banks at which ``user`` serves now, in whatever kind."""
        charges: BankChargeQuerySet = apps.get_model("plasma", "BankCharge").objects.all()
        return self.filter(pk__in=charges.of(user).live().values("bank_id"))


class HospitalQuerySet(models.QuerySet["Hospital"]):
    def asked_for_by(self, user: Any) -> "HospitalQuerySet":
        """The hospitals for which ``user`` asks now."""
        charges: HospitalChargeQuerySet = apps.get_model("plasma", "HospitalCharge").objects.all()
        return self.filter(active=True, pk__in=charges.of(user).live().values("hospital_id"))


class BankChargeQuerySet(TermQuerySet["BankCharge"]):
    """The charges at banks."""


class HospitalChargeQuerySet(TermQuerySet["HospitalCharge"]):
    """The charges for hospitals."""


class DonorQuerySet(models.QuerySet["Donor"]):
    def living(self) -> "DonorQuerySet":
        """Donors whose data are still here."""
        return self.filter(erased_at__isnull=True)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Invitations of which something is still waited for."""
        return self.filter(status__in=self.model.OPEN)


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def visible_to(self, user: Any) -> "PledgeQuerySet":
        """The pledges to the banks at which ``user`` serves now; nobody else's."""
        charges: BankChargeQuerySet = apps.get_model("plasma", "BankCharge").objects.all()
        return self.filter(bank__in=charges.of(user).live().values("bank_id"))

    def open(self) -> "PledgeQuerySet":
        """Pledges that are still to be kept."""
        return self.filter(status__in=self.model.OPEN)


class PlasmaRequestQuerySet(models.QuerySet["PlasmaRequest"]):
    def visible_to(self, user: Any) -> "PlasmaRequestQuerySet":
        """The requests of the hospitals for which ``user`` asks now; nobody else's."""
        charges: HospitalChargeQuerySet = apps.get_model("plasma", "HospitalCharge").objects.all()
        return self.filter(hospital__in=charges.of(user).live().values("hospital_id"))
