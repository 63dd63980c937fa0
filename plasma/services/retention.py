"""The day on which data leave: donors of whom no list is kept any longer are erased.

Source: domain rules of plasma, 5.
"""

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from plasma.models import Cohort, ConsentEntry, Donor
from plasma.services.erasing import erase_all

logger = logging.getLogger(__name__)
BATCH = 200


def due() -> QuerySet[Donor]:
    """Donors whose every cohort's data have left by today, and who agreed to nothing themselves.

    Who is in no cohort came by no list, and stays until they say otherwise.
    """
    members = Donor.cohorts.through.objects.filter(donor_id=OuterRef("pk"))
    kept = Cohort.objects.filter(donors=OuterRef("pk"), data_leave_on__gt=day_of(now()))
    last = ConsentEntry.objects.filter(donor=OuterRef("pk")).order_by("-id")
    latest = {
        f"last_of_{purpose}": Coalesce(
            Subquery(last.filter(purpose=purpose).values("act")[:1]), Value("")
        )
        for purpose in ConsentEntry.Purpose.values
    }
    found = Donor.objects.living().filter(Exists(members)).exclude(Exists(kept)).annotate(**latest)
    for name in latest:
        found = found.exclude(**{name: ConsentEntry.Act.GIVEN})
    return found


def sweep() -> int:
    """Erase all donors who are due, a batch to a transaction; return how many.

    Ended at any point, the next sweep goes on where it was: what is erased is not due any more.
    Two at once take different donors. Who is being served at a bank is erased by a later sweep.
    """
    erased, after = 0, 0
    while True:
        done, after = _batch(after)
        erased += done
        if not after:
            break
    if erased:
        logger.info("Erased %s donors whose data left.", erased)
    return erased


@on_deadlock
@transaction.atomic
def _batch(after: int) -> tuple[int, int]:
    """Erase the next due donors behind ``after``; return how many, and the last one looked at."""
    rows = due().filter(pk__gt=after).order_by("pk")
    # A consent given at this moment holds the row: it is looked at anew by the next sweep.
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    pks = list(locked.values_list("pk", flat=True)[:BATCH])
    if not pks:
        return 0, 0
    # What was read before the lock may have changed while it was taken.
    still = list(due().filter(pk__in=pks).values_list("pk", flat=True))
    return erase_all(still, how=ConsentEntry.How.RETENTION), pks[-1]
