"""The record of who took the rows behind a report out of the portal."""

from django.db import transaction
from django.db.models import Max

from appointments.querysets import RequestQuerySet
from appointments.reports import Filters
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock


@transaction.atomic
def note_download(*, rows: RequestQuerySet, filters: Filters, kind: str, by: User) -> int:
    """Record that ``by`` takes ``rows`` as a file, before the first of them is handed out.

    Returns the id of the last one that was counted: the file ends with it, so that the record says
    how many there are.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    last = rows.aggregate(last=Max("id"))["last"] or 0
    data = {"filters": filters.told(), "rows": rows.filter(id__lte=last).count(), "format": kind}
    record(locked, "report_downloaded", at=clock.now(), by=locked, data=data)
    return int(last)
