"""Seeing names that are not one's own business, with a purpose that is kept.

Source: domain rules of Kendras, 4; "supervisors see figures, and names only with a purpose".
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.permissions import may_read
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.references import grouped
from esachivalaya.common.retry import on_deadlock
from kendras.anomalies import Anomaly, bookings_of
from kendras.figures import Period
from kendras.models import AssistedBooking, Consent, Kendra
from kendras.permissions import oversees
from officials.models import District, Post

# A purpose has at least so many characters.
LEAST_PURPOSE = 20


@dataclass(frozen=True)
class Named:
    """One booking behind a pattern. Of a private one: neither ``name`` nor ``office``."""

    spoken: str
    booked_at: datetime
    kendra: Kendra
    operator: User
    on_paper: bool
    private: bool
    name: str
    office: Post | None


@on_deadlock
@transaction.atomic
def see_names(
    *, district: District, anomaly: Anomaly, period: Period, by: User, purpose: str
) -> list[Named]:
    """Return the bookings behind ``anomaly`` with their names, newest first.

    Guarantees: who asks oversees the district at this moment (PermissionDenied), has said why
    (Refused), and the record holds who saw which of them and why: without it there are no names.
    """
    _refuse_short(purpose)
    locked = District.objects.select_for_update(no_key=True).get(pk=district.pk)
    if not oversees(by, locked):
        raise PermissionDenied
    rows = [_named(booking) for booking in bookings_of(anomaly, locked, period)]
    told = {
        "rule": str(anomaly.kind),
        "purpose": purpose,
        "references": [row.spoken for row in rows],
    }
    record(locked, "kendra_names_seen", at=now(), by=by, data=told)
    return rows


@on_deadlock
@transaction.atomic
def open_consent(*, consent: Consent, by: User, purpose: str) -> Consent:
    """Return the evidence of ``consent`` with all that belongs to it, for an auditor.

    Guarantees: who asks has the role (PermissionDenied) and has said why (Refused), and that is
    kept in the record of the consent. The lock is its booking's: nobody locks a row that the
    database closed to changes.
    """
    if not may_read(by):
        raise PermissionDenied
    _refuse_short(purpose)
    AssistedBooking.objects.select_for_update(no_key=True).get(consent=consent.pk)
    record(consent, "consent_opened", at=now(), by=by, data={"purpose": purpose})
    return Consent.objects.select_related(
        "kendra", "citizen", "operator", "booking__request", "booking__wish"
    ).get(pk=consent.pk)


def _refuse_short(purpose: str) -> None:
    if len(purpose.strip()) < LEAST_PURPOSE:
        words = _("Write at least 20 characters, so that others understand why.")
        raise Refused("purpose_too_short", words, field="purpose")


def _named(booking: AssistedBooking) -> Named:
    request, wish = booking.request, booking.wish
    private = request is not None and request.private
    if request is not None:
        spoken, post = grouped(request.reference), request.post
    else:
        assert wish is not None
        spoken, post = wish.spoken, wish.draw.post
    return Named(
        spoken=spoken,
        booked_at=booking.booked_at,
        kendra=booking.kendra,
        operator=booking.operator,
        on_paper=booking.consent.kind == Consent.Kind.PAPER,
        private=private,
        name="" if private else booking.citizen.name,
        office=None if private else post,
    )
