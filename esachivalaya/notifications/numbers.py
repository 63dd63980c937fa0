"""What we learn about addresses: that one cannot be reached, or that it wants no appeals."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from esachivalaya.audit import services as audit
from esachivalaya.common import clock, registry
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.constraints import Refusal
from esachivalaya.notifications import twilio_errors
from esachivalaya.notifications.models import Channel, NumberMark, OptOut

# Numbers change hands: after this one message is tried again.
MARKED_FOR = timedelta(days=30)
NO_MAILBOX = "550"


def mark(*, channel: str, address: str, error_code: str) -> NumberMark | None:
    """Mark ``address`` as unreachable if the provider's error says so; None if it does not."""
    kind = (
        twilio_errors.mark_of(error_code)
        if channel == Channel.SMS
        else NumberMark.Kind.INVALID
        if error_code == NO_MAILBOX
        else None
    )
    if kind is None:
        return None
    row, _made = NumberMark.objects.update_or_create(
        channel=channel,
        address=address,
        defaults={
            "kind": kind,
            "error_code": error_code[:16],
            "marked_at": ClockTimestamp(),
            "until": ClockTimestamp() + MARKED_FOR,
        },
    )
    return row


@transaction.atomic
def lift_mark(*, mark: NumberMark, by: Any, reason: str) -> None:
    """Send to this address again; the operator says why, and the record keeps it."""
    if not reason.strip():
        raise Refusal(_("Say why: the record keeps the reason."), field="reason")
    row = NumberMark.objects.select_for_update().filter(pk=mark.pk).first()
    if row is None:
        return
    audit.record(
        row,
        "mark_lifted",
        at=clock.now(),
        by=by,
        data={"reason": reason.strip(), "kind": row.kind, "error_code": row.error_code},
    )
    row.delete()


@transaction.atomic
def opt_out(*, channel: str, address: str, source: str) -> bool:
    """Send no more appeals to ``address``; False when it had said so before.

    Whatever waits for it is looked at again at the moment of the call, so this holds at once.
    """
    folded = _folded(channel, address)
    _found, new = OptOut.objects.get_or_create(
        channel=channel, address=folded, defaults={"source": source}
    )
    if new:
        registry.appeals_refused(channel, folded, True)
    return new


@transaction.atomic
def opt_in(*, channel: str, address: str) -> bool:
    """Take appeals again at ``address``; False when it never said otherwise.

    The provider's own mark of the opt-out is lifted as well: it held codes back too.
    """
    NumberMark.objects.filter(
        channel=channel, address=_folded(channel, address), kind=NumberMark.Kind.OPTED_OUT
    ).delete()
    removed, _by_model = OptOut.objects.filter(
        channel=channel, address=_folded(channel, address)
    ).delete()
    if removed:
        registry.appeals_refused(channel, _folded(channel, address), False)
    return removed > 0


def _folded(channel: str, address: str) -> str:
    return address.strip().lower() if channel == Channel.EMAIL else address.strip()
