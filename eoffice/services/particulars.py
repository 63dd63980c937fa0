"""What of a receipt may be changed while it lies at a desk, each change an entry of its ledger.

How and when it came is not among it: received date, letter date, diarised date and delivery mode
never change, and the database refuses. Source: domain rules of e-Office, "Receipt".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, Item, Movement, Receipt
from eoffice.permissions import Seat
from eoffice.services import filing, ledger, urgency
from eoffice.services.locking import in_hand
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

RECEIPTS_OWN = ("category", "vip")


@dataclass(frozen=True)
class Particulars:
    """What can be changed, as it is to be."""

    category: str
    vip: bool
    priority: int
    classification: int
    due_on: date | None


def of(receipt: Receipt) -> Particulars:
    """Return what can be changed, as it is."""
    item = receipt.item
    return Particulars(
        category=str(receipt.category),
        vip=receipt.vip,
        priority=item.priority,
        classification=item.classification,
        due_on=item.due_on,
    )


def may_classify(seat: Seat) -> bool:
    """Whether who sits here may raise and lower the classification: the officer, not the staff."""
    return seat.is_officer


@on_deadlock
@transaction.atomic
def change(
    *, receipt: Receipt, desk: Desk, by: User, wanted: Particulars, words: str
) -> Particulars:
    """Change the particulars of what lies at ``desk``; all of it or, when one is refused, nothing.

    Each thing that differs is an entry of the ledger with what it was before; the same again is
    none. :class:`Refused` for a receipt in a file or closed, for run-through from anybody but the
    Chief Minister's office, for a due day that has passed, for changes that change nothing.
    """
    row, _holding, seat = in_hand(receipt.pk, desk=desk, by=by)
    fresh = Receipt.objects.select_related("item").get(pk=receipt.pk)
    before = of(fresh)
    if row.status != Item.Status.OPEN:
        raise Refused("closed", _("It is closed, or lies in another file."))
    if wanted == before:
        raise Refused("same", _("Nothing was changed."))
    at: dict[str, Any] = {"item": row, "desk": desk, "by": by, "words": words}
    if wanted.priority != before.priority:
        urgency.change_priority(**at, priority=wanted.priority)
    if wanted.due_on != before.due_on:
        urgency.change_due(**at, due_on=wanted.due_on)
    _change_own(row, seat, before, wanted, words)
    # Last: a classification that is raised may close the receipt to who changes it.
    if wanted.classification != before.classification:
        if not may_classify(seat):
            raise PermissionDenied
        filing.classify(**at, classification=wanted.classification)
    return wanted


def _change_own(
    row: Item, seat: Seat, before: Particulars, wanted: Particulars, words: str
) -> None:
    changed = {
        name: [getattr(before, name), getattr(wanted, name)]
        for name in RECEIPTS_OWN
        if getattr(before, name) != getattr(wanted, name)
    }
    if not changed:
        return
    Receipt.objects.filter(pk=row.pk).update(**{name: to for name, (_was, to) in changed.items()})
    more: Mapping[str, Any] = changed
    ledger.append(row, Movement.Act.PARTICULARS, seat=seat, at=now(), words=words[:500], more=more)
