"""Registers of a section: on a page, in print, as CSV and XLSX."""

from datetime import date, datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appointments.report_rows import MOST_AS_XLSX
from eoffice.door import at_the_desk
from eoffice.forms.boxes import RegisterForm
from eoffice.permissions import Seat
from eoffice.reports.tables import Head, Table, as_csv, as_xlsx
from eoffice.services import registers as services
from eoffice.services.registers import REGISTERS, Days, Register
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.formats import date_short, datetime_short, indian_number
from esachivalaya.common.paging import page_of
from esachivalaya.common.spreadsheets import csv_answer, xlsx_answer

SHOWN = 100
# On one print; who needs more takes fewer days or a file.
MOST_PRINTED = 2000
# Days that a register shows unless others are asked for.
DAYS = 30
NOTHING = "–"


@at_the_desk
@require_safe
def registers(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One register of the days asked for: what may not be seen here stands in none."""
    return _page(request, seat, size=SHOWN, whole=False)


@at_the_desk
@require_safe
def printed(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The register in one piece, to be printed."""
    return _page(request, seat, size=MOST_PRINTED, whole=True)


@at_the_desk
@require_POST
def download(request: HttpRequest, seat: Seat, kind: str) -> HttpResponseBase:
    """The register as a file. A form, since taking it out is recorded."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    register, days = _asked(request.POST)
    if kind == "xlsx" and _too_many(register, seat, days):
        words = _("These are more than %(most)s rows, too many for XLSX. Take them as CSV.")
        messages.warning(request, words % {"most": indian_number(MOST_AS_XLSX)})
        where = reverse("eoffice:registers", args=[seat.desk.post.code])
        return redirect(f"{where}?{urlencode(_query(register, days))}")
    last = services.note_download(register, seat, days, kind=kind)
    cells = services.cells_of(register, seat, days, last=last)
    heads = [Head(str(column.words), number=False) for column in register.columns]
    # The rows are read once, one after the other, and never held together.
    table = Table(register.name, str(register.title), heads, cast("Any", cells))
    name = f"{register.name}-{days.first}-{days.last}.{kind}"
    if kind == "xlsx":
        return xlsx_answer(as_xlsx(table), name)
    return csv_answer(as_csv(table), name)


def _page(request: HttpRequest, seat: Seat, *, size: int, whole: bool) -> HttpResponse:
    register, days = _asked(request.GET)
    query = _query(register, days)
    page = page_of(
        register.rows(seat, days), by=["id"], token=request.GET.get("after", ""), size=size
    )
    columns = register.shown()
    context = {
        "seat": seat,
        "register": register,
        "days": days,
        "columns": columns,
        "lines": [[(column, _told(column.cell(row))) for column in columns] for row in page.rows],
        "page": page,
        "form": RegisterForm(initial=query),
        "query": query,
        "address": urlencode(query),
        "whole": whole,
        "kinds": [("csv", "CSV"), ("xlsx", "XLSX")],
    }
    return render(request, "eoffice/boxes/registers.html", context)


def _asked(data: Any) -> tuple[Register, Days]:
    """Return the register and the days asked for; what is no day counts as none."""
    form = RegisterForm(data)
    form.is_valid()
    last = form.cleaned_data.get("last") or day_of(now())
    # The calendar begins with a first day.
    before = min(DAYS, (last - date.min).days)
    first = form.cleaned_data.get("first") or last - timedelta(days=before)
    return REGISTERS[form.cleaned_data.get("register") or "diary"], Days(first, last)


def _query(register: Register, days: Days) -> dict[str, str]:
    first, last = days.first.isoformat(), days.last.isoformat()
    return {"register": register.name, "first": first, "last": last}


def _too_many(register: Register, seat: Seat, days: Days) -> bool:
    rows = register.rows(seat, days).order_by().values("pk")
    return bool(rows[MOST_AS_XLSX : MOST_AS_XLSX + 1].exists())


def _told(cell: Any) -> str:
    if cell is None:
        return NOTHING
    if isinstance(cell, datetime):
        return datetime_short(cell)
    return date_short(cell) if isinstance(cell, date) else str(cell)
