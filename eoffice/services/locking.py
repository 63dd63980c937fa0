"""The locks of e-Office: items in the order of their ids, and the holding as it stands then."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, Holding, Item, Nature
from eoffice.permissions import Seat, may_see, sits_at
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.accounts.models import User


def locked(pks: Iterable[int]) -> dict[int, Item]:
    """Return these items, locked in the order of their ids, so that no two acts wait in a ring."""
    rows = Item.objects.select_for_update(of=("self",)).filter(pk__in=set(pks)).order_by("pk")
    return {row.pk: row for row in rows}


_HOLD_CHARGE = """
SELECT 1 FROM officials_charge
 WHERE id = %s AND starts_at <= clock_timestamp()
   AND (ends_at IS NULL OR ends_at > clock_timestamp())
   FOR SHARE
"""


def seated(by: User, desk: Desk) -> Seat | None:
    """Return the seat of ``by`` at ``desk``, or None; its charge is locked until the act is done.

    Whoever relieves them at this moment waits, or is waited for: nothing is written in the name of
    a charge after its end. Source: domain rules of e-Office, invariant 1.
    """
    while (seat := sits_at(by, desk)) is not None:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD_CHARGE, [seat.charge.pk])
            if cursor.fetchone() is not None:
                break
    return seat


def in_hand(pk: int, *, desk: Desk, by: User) -> tuple[Item, Holding, Seat]:
    """Return an item, locked, that lies open at ``desk``, where ``by`` sits at this moment.

    Raises PermissionDenied for who does not sit there or may not see it, :class:`Elsewhere` when
    it lies at another desk by now, :class:`Refused` for a paper that was not received yet.
    """
    item = locked([pk])[pk]
    seat = seated(by, desk)
    if seat is None or not Item.objects.filter(may_see(seat), pk=pk).exists():
        raise PermissionDenied
    holding = (
        Holding.objects.open().filter(item=item).select_related("desk__post", "from_desk").first()
    )
    if holding is None or holding.desk_id != desk.pk:
        raise Elsewhere(holding)
    if item.nature == Nature.PHYSICAL and holding.received_at is None:
        raise Refused("not_received", _("Receive the paper first."))
    return item, holding, seat
