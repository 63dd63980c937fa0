"""Draws as the public sees them: what is drawn when, and afterwards how it can be checked.

Nothing personal stands here: codes are random and lead to nobody.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from appointments.forms.draws import CodeForm
from appointments.models import Draw, DrawWish
from appointments.models.fairness import PREFIX
from appointments.services.drawing import rank_key
from esachivalaya.common.clock import now
from esachivalaya.common.paging import page_of
from esachivalaya.common.references import normalise
from esachivalaya.common.spreadsheets import csv_answer, line_writer

PAGE = 20
CODES_SHOWN = 100
# A smaller number of wishes is not told: in a small place it would be a person.
FEW = 5


@login_not_required
@require_safe
def draws(request: HttpRequest) -> HttpResponse:
    """Every draw, the newest first."""
    rows = Draw.objects.select_related("post")
    page = page_of(rows, by=["-pk"], token=request.GET.get("after", ""), size=PAGE)
    return render(request, "appointments/draws/list.html", {"page": page, "now": now()})


@login_not_required
@require_safe
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: days, window and digest; after the close the codes; after the draw everything."""
    moment = now()
    row = get_object_or_404(Draw.objects.select_related("post"), pk=pk)
    closed = is_closed(row, moment)
    wishes = DrawWish.objects.in_the_draw().filter(draw=row)
    form = CodeForm(request.GET if request.GET.get("code") else None)
    found = _found(form, wishes) if closed else None
    by = ["rank", "pk"] if row.drawn_at else ["code"]
    page = None
    if closed:
        listed = wishes.filter(rank__isnull=False) if row.drawn_at else wishes
        page = page_of(listed, by=by, token=request.GET.get("after", ""), size=CODES_SHOWN)
    count = wishes.count()
    context = {
        "draw": row,
        "now": moment,
        "open": row.takes_wishes(moment),
        "closed": closed,
        "few": count < FEW,
        "count": count,
        "form": form,
        "asked": form.is_bound,
        "found": found,
        "found_key": rank_key(row.seed, found.code) if found and row.drawn_at else "",
        "page": page,
    }
    return render(request, "appointments/draws/detail.html", context)


@login_not_required
@require_safe
def codes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The codes as CSV: after the close their list, after the draw rank, digest and result."""
    row = get_object_or_404(Draw, pk=pk)
    if not is_closed(row, now()):
        raise Http404
    return csv_answer(_lines(row), f"draw-{row.pk}.csv")


def is_closed(row: Draw, moment: datetime) -> bool:
    """Whether the list of codes stands: no wish is added or taken back any more."""
    return row.status != Draw.Status.CANCELLED and moment >= row.closes_at


def _lines(row: Draw) -> Iterator[str]:
    writer = line_writer(lineterminator="\n")
    wishes = DrawWish.objects.in_the_draw().filter(draw=row)
    if row.drawn_at is None:
        yield writer.writerow(["code"])
        for code in wishes.order_by("code").values_list("code", flat=True):
            yield writer.writerow([code])
        return
    yield writer.writerow(["rank", "code", "sha256", "result"])
    told = wishes.filter(rank__isnull=False).order_by("rank")
    for rank, code, status, reason in told.values_list("rank", "code", "status", "lost_reason"):
        yield writer.writerow([rank, code, rank_key(row.seed, code), reason or status])


def _found(form: CodeForm, wishes: Any) -> DrawWish | None:
    if not form.is_bound or not form.is_valid():
        return None
    code = normalise(form.cleaned_data["code"], PREFIX)
    found: DrawWish | None = wishes.filter(code=code).first() if code else None
    return found
