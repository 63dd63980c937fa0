"""The State's figures of e-Office, for the role that reads reports; the figures of a desk.

Reading and taking out change nothing and name no paper, so both are plain addresses.
"""

from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from appointments.permissions import reads_reports
from eoffice.door import at_the_desk, for_staff
from eoffice.permissions import Seat
from eoffice.reports import desk as of_desk
from eoffice.reports import onboarding, state
from eoffice.reports.tables import Report, as_csv, as_xlsx
from eoffice.services.pendency import desks_below
from esachivalaya.accounts.models import User
from esachivalaya.common import reading
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.spreadsheets import csv_answer, xlsx_answer

# By the word in the address; the first one is the page without a word.
STATE = {
    "pendency": (_("Pendency and ageing"), state.pending),
    "activity": (_("Activity"), state.done),
    "onboarding": (_("Onboarding"), onboarding.joining),
    "ranking": (_("Ranking"), state.order),
    "paper": (_("Paper saved"), state.paper),
}
DESK: dict[str, tuple[Any, of_desk.DeskReport]] = {
    "pendency": (_("Pendency"), of_desk.own),
    "load": (_("Load of each desk"), of_desk.load),
    "activity": (_("Activity"), of_desk.done),
}


@for_staff
@require_safe
def of_state(request: HttpRequest, user: User, report: str = "pendency") -> HttpResponse:
    """One report of the whole State."""
    made = _of_state(request, user, report)
    tabs = [(code, words) for code, (words, _make) in STATE.items()]
    context = {"report": made, "code": report, "tabs": tabs, "query": request.GET.urlencode()}
    return render(request, "eoffice/reports/state.html", context)


@for_staff
@require_safe
def state_file(
    request: HttpRequest, user: User, report: str, table: str, kind: str
) -> HttpResponseBase:
    """One table of a report of the State, as a file."""
    return _file(_of_state(request, user, report), report, table, kind)


@at_the_desk
@require_safe
def of_a_desk(request: HttpRequest, seat: Seat, report: str = "pendency") -> HttpResponse:
    """One report of a desk and of those below it."""
    below = desks_below(seat.desk)
    made = _of_desk(request, seat, below, report)
    tabs = [(code, words) for code, (words, _make) in DESK.items() if code != "load" or below]
    context = {
        "seat": seat,
        "report": made,
        "code": report,
        "tabs": tabs,
        "query": request.GET.urlencode(),
    }
    return render(request, "eoffice/reports/desk.html", context)


@at_the_desk
@require_safe
def desk_file(
    request: HttpRequest, seat: Seat, report: str, table: str, kind: str
) -> HttpResponseBase:
    """One table of a report of a desk, as a file."""
    made = _of_desk(request, seat, desks_below(seat.desk), report)
    return _file(made, report, table, kind)


def _of_state(request: HttpRequest, user: User, report: str) -> Report:
    if report not in STATE or not reads_reports(user):
        raise Http404
    today = day_of(now())
    return reading.report(lambda: STATE[report][1](request.GET, today))


def _of_desk(request: HttpRequest, seat: Seat, below: list[int], report: str) -> Report:
    if report not in DESK or (report == "load" and not below):
        raise Http404
    today = day_of(now())
    return reading.report(lambda: DESK[report][1](seat, below, request.GET, today))


def _file(made: Report, report: str, table: str, kind: str) -> HttpResponseBase:
    found = next((one for one in made.tables if one.code == table), None)
    if found is None or kind not in ("csv", "xlsx"):
        raise Http404
    name = f"eoffice-{report}-{table}.{kind}"
    if kind == "xlsx":
        return xlsx_answer(as_xlsx(found), name)
    return csv_answer(as_csv(found), name)
