"""The codes by which a print proves itself: of a letter that was issued, of a file that was read.

Behind a code stand number, date, who signed or printed, and a digest; never any content. Source:
domain rules of e-Office, "self-verifying printout".
"""

import hashlib
import secrets

from django.db import transaction

from eoffice.models import Correspondence, Item, Movement, Note, Printout
from eoffice.permissions import Seat
from eoffice.services import openings
from eoffice.services.locking import locked
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

# Without those that are taken for each other on paper.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """Return a code of twelve letters, about 60 bits: nobody comes upon one by trying."""
    return "".join(secrets.choice(LETTERS) for _place in range(12))


@on_deadlock
@transaction.atomic
def print_of(*, item: Item, seat: Seat) -> Printout:
    """Keep the digest of what a print of ``item`` shows now; it counts as opened.

    The item is locked meanwhile, so that notes, papers and the entry of the ledger belong together.
    """
    row = locked([item.pk])[item.pk]
    openings.opened(item=row, seat=seat, what=openings.PRINT)
    last = Movement.objects.filter(item=row).order_by("-seq").values_list("seq", flat=True)[0]
    sealed = _sealed(row)
    return Printout.objects.create(
        item=row,
        code=new_code(),
        digest=_digest_of(row, sealed),
        seq=last,
        notes=len(sealed),
        desk=seat.desk,
        by=seat.charge.user,
        at=now(),
    )


def still_true(printout: Printout) -> bool:
    """Whether a print that is made now would show what ``printout`` vouches for."""
    return _digest_of(printout.item, _sealed(printout.item)) == printout.digest


def _sealed(item: Item) -> list[str]:
    notes = Note.objects.filter(file=item.pk, status=Note.Status.SEALED).order_by("number")
    return list(notes.values_list("digest", flat=True))


def _digest_of(item: Item, sealed: list[str]) -> str:
    papers = Correspondence.objects.filter(file=item.pk, removed_at__isnull=True)
    told = [item.number, *sealed]
    rows = papers.order_by("first_page").values_list(
        "first_page", "last_page", "receipt__item__number", "issue__number"
    )
    told += [f"{first}-{last} {receipt or issue}" for first, last, receipt, issue in rows]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
