"""The rows behind an office's report, as CSV and XLSX, whatever their number.

Rows are read by key in pieces (server-side cursors are off) and written as they come: the memory
they take depends on the piece, not on the whole. No name, no phone and no words of a request are
among them; a private one stands without its category and its service.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext as _

from appointments.models import Request
from appointments.querysets import RequestQuerySet
from appointments.reports import hours_between
from esachivalaya.common import reading
from esachivalaya.common.clock import IST
from esachivalaya.common.references import grouped
from esachivalaya.common.spreadsheets import UTF8_MARK, put_row, safe, xlsx_on_disk
from officials.models import District

PIECE = 2000
# So many rows at most as XLSX: it is whole before its first byte goes out, while somebody waits.
# CSV goes out as it is made and has no end.
MOST_AS_XLSX = 100_000
# What a sheet of XLSX holds, its heading not counted.
MOST_ROWS = 1_048_575
AFTER_MEETING = {
    Request.Status.MET,
    Request.Status.MISSED_BY_CITIZEN,
    Request.Status.MISSED_BY_OFFICE,
}

Cell = str | float | datetime | None


@dataclass(frozen=True)
class Row:
    """One request as it is handed out; ``id`` is where the next piece begins."""

    id: int
    cells: tuple[Cell, ...]


def headings() -> list[str]:
    """Return the names of the columns in the active language."""
    return [
        _("Reference"),
        _("Office"),
        _("Asked at"),
        _("Answer due by"),
        _("Answered at"),
        _("Hours to answer"),
        _("Category"),
        _("Service or scheme"),
        _("District"),
        _("Asked through"),
        _("Status"),
        _("Outcome"),
        _("Meeting from"),
    ]


def rows_by_key(rows: RequestQuerySet, *, language: str, last: int) -> Iterator[Row]:
    """Yield ``rows`` up to the id ``last``, in pieces, one query each.

    ``rows`` is asked anew for each piece: when the charge by which they were visible ends, so do
    they.
    """
    districts = dict(District.objects.values_list("code", f"name_{language}"))
    with translation.override(language):
        words = _words()
    after = 0
    while True:
        piece = reading.report(partial(_piece, rows, language, after, last))
        for values in piece:
            yield _row(values, districts, words)
        if len(piece) < PIECE:
            return
        after = piece[-1][0]


def _piece(rows: RequestQuerySet, language: str, after: int, last: int) -> list[tuple[Any, ...]]:
    return list(
        rows.filter(id__gt=after, id__lte=last)
        .order_by("id")
        .values_list(
            "id",
            "reference",
            f"post__title_{language}",
            "created_at",
            "due_at",
            "answered_at",
            "private",
            f"category__name_{language}",
            f"service__name_{language}",
            "citizen__district_code",
            "channel",
            "status",
            "starts_at",
        )[:PIECE]
    )


def too_many_for_xlsx(rows: RequestQuerySet) -> bool:
    """Whether ``rows`` are more than one waits for; looks no further than the first too many."""
    return rows.order_by().values("pk")[MOST_AS_XLSX : MOST_AS_XLSX + 1].exists()


def _words() -> dict[str, str]:
    """Return what statuses and ways of asking are called, looked up once for all rows."""
    named = [*Request.Status.choices, *Request.Channel.choices]
    return {str(value): str(label) for value, label in named}


def _row(values: tuple[Any, ...], districts: dict[str, str], words: dict[str, str]) -> Row:
    (pk, reference, post, asked, due, answered, private, category, service, district, channel,
     status, starts) = values  # fmt: skip
    met = status in AFTER_MEETING
    return Row(
        pk,
        (
            grouped(reference),
            post,
            asked,
            due,
            answered,
            None if answered is None else hours_between(asked, answered),
            None if private else category,
            None if private else service,
            districts.get(district, district),
            words[channel],
            words[Request.Status.CONFIRMED if met else status],
            words[status] if met else None,
            starts,
        ),
    )


def as_csv(rows: Iterable[Row], *, language: str) -> Iterator[bytes]:
    """Yield a CSV file in pieces; its mark at the start lets spreadsheets read Hindi."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    with translation.override(language):
        writer.writerow(headings())
    yield UTF8_MARK.encode()
    for number, row in enumerate(rows, start=1):
        writer.writerow([_as_text(cell) for cell in row.cells])
        if number % PIECE == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def as_xlsx(rows: Iterable[Row], *, language: str) -> IO[bytes]:
    """Return an XLSX file on disk, removed when it is closed.

    A second sheet follows where the first is full.
    """
    return xlsx_on_disk(partial(_fill, rows=rows, language=language))


def _fill(book: Any, rows: Iterable[Row], language: str) -> None:
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet, line = _new_sheet(book, language), 0
    for row in rows:
        if line == MOST_ROWS:
            sheet, line = _new_sheet(book, language), 0
        line += 1
        cells = (_local(one) if isinstance(one, datetime) else one for one in row.cells)
        put_row(sheet, line, cells, moment)


def _new_sheet(book: Any, language: str) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, len(headings()) - 1, 18)
    with translation.override(language):
        for column, words in enumerate(headings()):
            sheet.write_string(0, column, words)
    return sheet


def _as_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{_local(cell):%Y-%m-%d %H:%M}"
    return str(cell) if isinstance(cell, float | int) else safe(cell)


def _local(moment: datetime) -> datetime:
    """Return the time on the clock of Asia/Kolkata: spreadsheets know no zones."""
    return moment.astimezone(IST).replace(tzinfo=None)


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
