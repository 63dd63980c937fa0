"""Files for spreadsheets: CSV line by line and XLSX row by row, with no cell that is a formula."""

import csv
import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

# Told to Excel, which would else take the file for another alphabet.
UTF8_MARK = "\ufeff"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A cell that begins so is a formula to the program that opens the file.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that gives back each line as it is written."""

    def write(self, line: str) -> str:
        return line


def line_writer(**form: Any) -> Any:
    """Return a writer of CSV whose ``writerow`` returns the line, to be sent as it is made."""
    return csv.writer(_Echo(), **form)


def safe(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def xlsx_on_disk(fill: Callable[[Any], None]) -> IO[bytes]:
    """Return the workbook that ``fill`` writes as a file on disk, removed when it is closed.

    Each row goes to disk when the next one begins. The caller, or the answer that sends the file,
    closes it.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            fill(book)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def put_row(sheet: Any, line: int, cells: Iterable[Any], dates: Any) -> None:
    """Write ``cells``: days and moments in the format ``dates``, text never as a formula."""
    for column, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(line, column, cell, dates)
        elif isinstance(cell, float | int):
            sheet.write_number(line, column, cell)
        elif cell:
            sheet.write_string(line, column, cell)


def csv_answer(
    content: str | bytes | Iterable[str] | Iterable[bytes], name: str
) -> HttpResponseBase:
    """Return the answer by which a browser saves CSV as ``name``; lines go out as they come."""
    whole = isinstance(content, str | bytes)
    kind = "text/csv; charset=utf-8"
    answer: HttpResponseBase = (
        HttpResponse(content, content_type=kind)
        if whole
        else StreamingHttpResponse(content, content_type=kind)
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def xlsx_answer(file: IO[bytes], name: str) -> FileResponse:
    """Return the answer by which a browser saves the workbook ``file`` as ``name``."""
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
