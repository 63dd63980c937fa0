"""Searching receipts and files from a desk. What is looked for stands in no address and no log."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from eoffice.door import at_the_desk
from eoffice.forms.boxes import NarrowSearchForm
from eoffice.list_rows import table
from eoffice.permissions import Seat
from eoffice.services import boxes, searching
from esachivalaya.common.clock import day_of, now


@dataclass(frozen=True)
class Found:
    """A page of what was found, and whether there is one behind it."""

    lines: list[boxes.Line]
    page: int = 1
    more: bool = False

    @property
    def next(self) -> int:
        """The page behind this one; 0 where there is none, or none is shown."""
        return self.page + 1 if self.more and self.page < searching.PAGES else 0

    @property
    def first(self) -> int:
        """Which of all that was found stands on top."""
        return (self.page - 1) * searching.SHOWN + 1

    @property
    def last(self) -> int:
        """Which of all that was found stands last."""
        return self.first + len(self.lines) - 1


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show what this person may see at this desk and the words find; sending changes nothing."""
    sent = request.method == "POST"
    form = NarrowSearchForm(request.POST if sent else None)
    asked = sent and form.is_valid()
    found = _found(seat, form) if asked else Found([])
    context = {
        "seat": seat,
        "form": form,
        "found": found,
        "lines": found.lines,
        "table": table("search", found.lines, seat),
        "asked": asked,
        "narrowed": bool(sent and (form.errors or form.wanted())),
        "again": _again(form) if asked else {},
        "shown": searching.SHOWN,
    }
    return render(request, "eoffice/boxes/search.html", context)


def _found(seat: Seat, form: NarrowSearchForm) -> Found:
    today, page = day_of(now()), form.page_wanted()
    rows = searching.search(seat, form.cleaned_data["q"], form.wanted(), page=page)
    lines = [boxes.line_of(item, today) for item in boxes.with_place(rows)]
    return Found(lines[: searching.SHOWN], page, len(lines) > searching.SHOWN)


def _again(form: NarrowSearchForm) -> dict[str, Any]:
    """Return what is sent again for another page: as it was typed, and nothing that was not."""
    return {field.name: field.data for field in form.visible_fields() if field.data}
