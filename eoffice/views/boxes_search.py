"""Searching receipts and files from a desk. What is looked for stands in no address and no log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from eoffice.door import at_the_desk
from eoffice.forms.boxes import NarrowSearchForm
from eoffice.permissions import Seat
from eoffice.services import boxes, searching
from esachivalaya.common.clock import day_of, now


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show what this person may see at this desk and the words find; sending changes nothing."""
    asked = request.method == "POST"
    form = NarrowSearchForm(request.POST if asked else None)
    lines: list[boxes.Line] = []
    if asked and form.is_valid():
        today = day_of(now())
        found = boxes.with_place(searching.search(seat, form.cleaned_data["q"], form.wanted()))
        lines = [boxes.line_of(item, today) for item in found]
    context = {
        "seat": seat,
        "form": form,
        "lines": lines,
        "asked": asked and form.is_valid(),
        "narrowed": bool(asked and (form.errors or form.wanted())),
        "most": searching.MOST,
    }
    return render(request, "eoffice/boxes/search.html", context)
