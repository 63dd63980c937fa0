"""Questions about many Kendras, charges and bookings."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from officials.querysets import TermQuerySet

if TYPE_CHECKING:
    # Named in quotation marks below.
    from kendras.models.bookings import AssistedBooking  # noqa: F401
    from kendras.models.charges import KendraCharge  # noqa: F401
    from kendras.models.places import Kendra  # noqa: F401


def _live_charges(user: Any, kind: str) -> "KendraChargeQuerySet":
    charges = apps.get_model("kendras", "KendraCharge").objects.all()
    of_user: KendraChargeQuerySet = charges.of(user).live().filter(kind=kind)
    return of_user


class KendraQuerySet(models.QuerySet["Kendra"]):
    def served_by(self, user: Any) -> "KendraQuerySet":
        """The Kendras in service at which ``user`` is an operator now."""
        return self.filter(active=True, pk__in=_live_charges(user, "operator").values("kendra_id"))


class KendraChargeQuerySet(TermQuerySet["KendraCharge"]):
    """The charges at Kendras and over those of a district."""


class AssistedBookingQuerySet(models.QuerySet["AssistedBooking"]):
    def visible_to(self, user: Any) -> "AssistedBookingQuerySet":
        """The bookings of the Kendras at which ``user`` is an operator now; nobody else's."""
        return self.filter(kendra__in=_live_charges(user, "operator").values("kendra_id"))
