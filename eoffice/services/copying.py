"""A copy of a receipt: a diary number of its own, the same letter and papers, a life of its own.

Source: domain rules of e-Office, "Receipt": "be copied (new number)".
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, Item, Priority, Receipt
from eoffice.permissions import Seat, visible_at
from eoffice.services import diarising
from eoffice.services.diarising import Letter
from eoffice.services.locking import locked, seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.retry import on_deadlock

SHOWN = 20
_CARRIED = ("subject", "nature", "classification", "due_on")


@on_deadlock
@transaction.atomic
def copy(*, receipt: Receipt, desk: Desk, by: User) -> Receipt:
    """Diarise what may be seen at ``desk`` once more there, with a number of its own.

    How and when the letter came is the same; the papers are the same stored content. The copy is
    as confidential as the original. A cancelled number has no copies.
    """
    row = locked([receipt.pk])[receipt.pk]
    seat = seated(by, desk)
    if seat is None or not visible_at(seat).filter(pk=row.pk).exists():
        raise PermissionDenied
    if row.status == Item.Status.CANCELLED:
        raise Refused("cancelled", _("The number of this receipt is cancelled."))
    original = Receipt.objects.select_related("correspondent").get(pk=row.pk)
    papers = original.enclosures.select_related("stored")
    letter = Letter(
        correspondent=original.correspondent,
        received_on=original.received_on,
        delivery_mode=original.delivery_mode,
        letter_number=original.letter_number,
        letter_date=original.letter_date,
        category=original.category,
        vip=original.vip,
        location=original.location,
        priority=_priority(row, seat),
        papers=[(paper.name, paper.stored) for paper in papers],
        **{name: getattr(row, name) for name in _CARRIED},
    )
    return diarising.diarise(desk=desk, by=by, letter=letter, copied_from=original)


def _priority(row: Item, seat: Seat) -> int:
    """Return the priority of the copy: only one office gives run-through."""
    if row.priority == Priority.RUN_THROUGH and not seat.sets_run_through:
        return Priority.OUT_TODAY
    return int(row.priority)


def original_of(receipt: Receipt, *, seat: Seat) -> Receipt | None:
    """Return what ``receipt`` was copied from, if that may be seen at ``seat``."""
    if receipt.copied_from_id is None:
        return None
    return _seen_at(seat).filter(pk=receipt.copied_from_id).first()


def copies_of(receipt: Receipt, *, seat: Seat) -> list[Receipt]:
    """Return the copies of ``receipt`` that may be seen at ``seat``, oldest first."""
    return list(_seen_at(seat).filter(copied_from=receipt.pk).order_by("pk")[:SHOWN])


def _seen_at(seat: Seat) -> QuerySet[Receipt]:
    return Receipt.objects.filter(item__in=visible_at(seat)).select_related("item")
