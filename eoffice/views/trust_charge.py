"""The charge report: made when a charge passes on, signed by who leaves and who takes over."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from eoffice.door import for_staff
from eoffice.models import ChargeReport, Classification, Desk, Priority
from eoffice.permissions import Seat, sits_at
from eoffice.services import charge_reports, secret_papers
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of

GET_POST = ["GET", "HEAD", "POST"]
TAKE_OVER, NOBODY = "take_over", "nobody"


class WhoseForm(forms.Form):
    """To whom the charge goes; or that it was taken over from who was there before."""

    whose = forms.ChoiceField(
        label=_("What is the report for?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom the report is made.")},
    )

    def __init__(self, data: Any, *, desk: Desk, user: User) -> None:
        super().__init__(data)
        self.people = charge_reports.successors_at(desk, leaver=user)
        before = charge_reports.predecessor_at(desk, successor=user)
        handed = _("I hand over to %(name)s")
        choices = [(str(one.pk), str(handed % {"name": one})) for one in self.people]
        if before is not None:
            choices.append((TAKE_OVER, str(_("I took over from %(name)s") % {"name": before})))
        choices.append((NOBODY, str(_("I hand over, and nobody is posted yet"))))
        field: Any = self.fields["whose"]
        field.choices = choices

    def successor(self) -> User | None:
        """Return who was chosen; None for nobody."""
        chosen = self.cleaned_data["whose"]
        return next((one for one in self.people if str(one.pk) == chosen), None)


@for_staff
@require_http_methods(GET_POST)
def reports(request: HttpRequest, user: User, desk: str) -> HttpResponse:
    """List the desk's reports; its officer makes a new one, of what lies there at that moment."""
    at, seat = _desk(user, desk)
    found = charge_reports.visible_to(user, at, seat)
    if seat is None and not found.exists():
        raise Http404
    officer = seat is not None and seat.is_officer
    if request.method == "POST" and not officer:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = WhoseForm(sent, desk=at, user=user) if officer else None
    if form is not None and sent is not None and form.is_valid():
        try:
            made = _make(form, at, user)
        except Refused as refused:
            form.add_error("whose", str(refused.message))
        else:
            return redirect("eoffice:charge-report-one", desk, made.pk)
    context = {
        "seat": seat,
        "desk": at,
        "rows": found.defer("rows"),
        "form": form,
        "keeps_secret": seat is not None and secret_papers.may_keep(seat),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "eoffice/trust/charge-reports.html", context, status=status)


@for_staff
@require_http_methods(GET_POST)
def report(request: HttpRequest, user: User, desk: str, pk: int) -> HttpResponse:
    """Show one report, to be printed or signed; 404 for whom it does not concern."""
    at, seat = _desk(user, desk)
    row = get_object_or_404(charge_reports.visible_to(user, at, seat), pk=pk)
    if request.method == "POST":
        try:
            charge_reports.sign(report=row, by=user)
        except PermissionDenied:
            raise Http404 from None
        return redirect("eoffice:charge-report-one", desk, row.pk)
    context = {
        "seat": seat,
        "desk": at,
        "report": row,
        "lines": [_line(line, day_of(row.made_at)) for line in row.rows],
        "may_sign": _may_sign(row, user, seat),
        "whole": row.digest == charge_reports.digest_of(row),
    }
    return render(request, "eoffice/trust/charge-report.html", context)


def _desk(user: User, code: str) -> tuple[Desk, Seat | None]:
    rows = Desk.objects.select_related("post__department", "section__department")
    at = get_object_or_404(rows, post__code=code)
    return at, sits_at(user, at)


def _make(form: WhoseForm, desk: Desk, user: User) -> ChargeReport:
    if form.cleaned_data["whose"] == TAKE_OVER:
        return charge_reports.take_over(desk=desk, by=user)
    return charge_reports.hand_over(desk=desk, by=user, to=form.successor())


def _may_sign(row: ChargeReport, user: User, seat: Seat | None) -> bool:
    if row.leaver_id == user.pk:
        return row.leaver_signed_at is None
    here = seat is not None and seat.is_officer
    return row.successor_id == user.pk and here and row.successor_signed_at is None


def _line(line: dict[str, Any], made_on: date) -> dict[str, Any]:
    """Return a line of a report in the reader's language: late is what was on the day it shows."""
    due = date.fromisoformat(line["due_on"]) if line["due_on"] else None
    return {
        **line,
        "priority_words": Priority(line["priority"]).label,
        "due": due,
        "late": due is not None and due < made_on,
        "secret": line["classification"] >= Classification.CONFIDENTIAL,
    }
