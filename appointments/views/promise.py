"""The promise board, for everybody: all offices in a month, one office in its months, the file."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import formats
from django.views.decorators.http import require_safe

from appointments import board
from appointments.board import Board, Line
from appointments.board.download import as_csv
from appointments.forms.promise import PromiseForm, month_from, month_words
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.paging import page_of_lines
from esachivalaya.common.spreadsheets import csv_answer
from officials.models import Post

# Three hundred offices at once are a quarter of a megabyte for a cheap phone to lay out.
ON_A_PAGE = 50
# Fewer months than this are drawn as bars: they make no line.
A_LINE = 3


@login_not_required
@require_safe
def promise(request: HttpRequest) -> HttpResponse:
    """How the offices keep the 24-hour promise in a month, and the State in the last ones."""
    shown, form, lines = _asked(request)
    told = [line for line in lines if not line.small]
    page = page_of_lines(told, key=_code, after=request.GET.get("after", ""), size=ON_A_PAGE)
    context = {
        "board": shown,
        "month": month_words(shown.month),
        "form": form,
        "page": page,
        "lines": page.rows,
        "small": [line for line in lines if line.small],
        "some_are_small": any(line.small for line in lines),
        "totals": shown.totals(lines),
        "query": request.GET.urlencode(),
        **_chart([(one.month, one.share) for one in shown.months]),
    }
    return render(request, "appointments/promise.html", context)


@login_not_required
@require_safe
def promise_csv(request: HttpRequest) -> HttpResponseBase:
    """The same lines as a file for a spreadsheet."""
    shown, _form, lines = _asked(request)
    content = as_csv(lines, language=chosen_language())
    return csv_answer(content, f"promise-{shown.month:%Y-%m}.csv")


@login_not_required
@require_safe
def promise_office(request: HttpRequest, code: str) -> HttpResponse:
    """How one office keeps the promise, month by month."""
    post = get_object_or_404(Post.objects.select_related("district"), code=code.upper())
    as_of, lines = board.months_of(post)
    rows: list[tuple[str, Line]] = [(month_words(line.month), line) for line in lines]
    context = {
        "post": post,
        "as_of": as_of,
        "rows": rows,
        "some_are_small": any(line.small for line in lines),
        **_chart([(line.month, line.share) for line in reversed(lines)]),
    }
    return render(request, "appointments/promise-office.html", context)


def _code(line: Line) -> str:
    return line.post.code


def _asked(request: HttpRequest) -> tuple[Board, PromiseForm, list[Line]]:
    """Return the board of the month asked for, the filters, and the lines that they leave."""
    month = month_from(request.GET.get("month", ""))
    shown = board.board(month)
    if shown.to_come:
        raise Http404
    form = PromiseForm(request.GET, board=shown)
    form.is_valid()
    return shown, form, form.chosen(shown.lines)


def _chart(months: list[tuple[date, int | None]]) -> dict[str, Any]:
    """Return the months that have a share as rows of a chart."""
    rows = [
        (formats.date_format(month, "M y"), share, f"{share} %")
        for month, share in months
        if share is not None
    ]
    return {"chart_rows": rows, "chart_kind": "line" if len(rows) >= A_LINE else "bar"}
