"""Seeing names that are not one's own business, with a purpose that is kept."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from esachivalaya.accounts.models import User
from esachivalaya.audit.permissions import may_read
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from kendras.anomalies import Anomaly
from kendras.models import Consent
from kendras.permissions import oversees
from officials.models import District


@on_deadlock
@transaction.atomic
def see_names(
    *, district: District, anomaly: Anomaly, bookings: list[int], by: User, purpose: str
) -> None:
    """Keep who sees the names behind ``anomaly``, of which bookings, and why.

    Only who oversees the district at this moment (PermissionDenied). Written before anything is
    shown: without the record there are no names.
    """
    locked = District.objects.select_for_update(no_key=True).get(pk=district.pk)
    if not oversees(by, locked):
        raise PermissionDenied
    told = {"kind": str(anomaly.kind), "purpose": purpose, "bookings": bookings}
    record(locked, "kendra_names_seen", at=now(), by=by, data=told)


@on_deadlock
@transaction.atomic
def open_consent(*, consent: Consent, by: User, purpose: str) -> Consent:
    """Open the evidence of a consent for an auditor who says why; that is kept beside it."""
    if not may_read(by):
        raise PermissionDenied
    locked = Consent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
    record(locked, "consent_opened", at=now(), by=by, data={"purpose": purpose})
    return (
        Consent.objects.select_related("kendra", "citizen", "operator", "booking__request")
        .select_related("booking__wish")
        .get(pk=locked.pk)
    )
