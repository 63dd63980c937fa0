"""Questions about many Kendras, charges and bookings."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp

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


class KendraChargeQuerySet(models.QuerySet["KendraCharge"]):
    def live(self) -> "KendraChargeQuerySet":
        """Charges that are in force at this moment by the database's clock."""
        return self.filter(starts_at__lte=ClockTimestamp()).filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=ClockTimestamp())
        )

    def of(self, user: Any) -> "KendraChargeQuerySet":
        """The charges of ``user``; none for somebody who is not active staff."""
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return self.none()
        return self.filter(user_id=user.pk)


class AssistedBookingQuerySet(models.QuerySet["AssistedBooking"]):
    def visible_to(self, user: Any) -> "AssistedBookingQuerySet":
        """The bookings of the Kendras at which ``user`` is an operator now; nobody else's."""
        return self.filter(kendra__in=_live_charges(user, "operator").values("kendra_id"))
