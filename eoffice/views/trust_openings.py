"""Who opened an item, for the officers who may see it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from eoffice.door import at_the_desk
from eoffice.permissions import Seat, visible_at
from eoffice.services import openings as log

LONGEST = 500


@at_the_desk
@require_safe
def openings(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """List the last openings of one item; 404 for staff of the office, and for what is not seen."""
    item = visible_at(seat).filter(pk=pk).first()
    if item is None or not log.may_read_log(seat):
        raise Http404
    rows = [
        {"at": row.at, "by": row.by, "desk": row.desk, "words": log.in_words(row.what)}
        for row in log.log_of(item=item, seat=seat)[:LONGEST]
    ]
    context = {"seat": seat, "item": item, "rows": rows}
    return render(request, "eoffice/trust/openings.html", context)
