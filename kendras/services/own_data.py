"""What the Kendras hold of a person, handed out to them.

Source: Digital Personal Data Protection Act 2023, section 11. It is the proof of how they agreed,
which erasure leaves (section 6(10)).
"""

from typing import Any

from django.utils.translation import gettext as _

from esachivalaya.common import formats
from esachivalaya.common.registry import Held
from kendras.models import AssistedBooking


def of_citizen(pk: int) -> list[Held]:
    """Return what was booked for the person at counters, and how they agreed to it.

    Without private requests: whoever shares the phone does not learn that there are any.
    """
    rows = list(
        AssistedBooking.objects.filter(citizen_id=pk)
        .exclude(request__private=True)
        .select_related("kendra", "operator", "consent", "request", "wish")
        .order_by("pk")
    )
    return [
        Held(
            "kendras",
            _("How you agreed at a Kendra"),
            [_whole(row) for row in rows],
            [_line(row) for row in rows],
        )
    ]


def _reference(row: AssistedBooking) -> str:
    return str(row.request.reference if row.request else row.wish.code if row.wish else "")


def _line(row: AssistedBooking) -> tuple[str, str]:
    agreed = row.consent
    proof = [formats.phone_number(agreed.phone), agreed.serial_number, agreed.witness]
    told = [
        formats.date_short(agreed.given_at),
        str(row.kendra),
        str(agreed.get_kind_display()),
        *filter(None, proof),
        str(row.operator),
    ]
    return formats.grouped_reference(_reference(row)), ", ".join(told)


def _whole(row: AssistedBooking) -> dict[str, Any]:
    agreed = row.consent
    return {
        "reference": _reference(row),
        "kendra": row.kendra.code,
        "operator": str(row.operator),
        "how": agreed.kind,
        "what_for": agreed.purpose,
        "mobile_number": agreed.phone,
        "code_given_at": agreed.proved_at,
        "slip": agreed.serial_number,
        "witness": agreed.witness,
        "agreed_at": agreed.given_at,
        "attends_at_the_kendra": row.seat_wanted,
        "fee_rupees": row.fee_rs,
        "booked_at": row.booked_at,
    }
