"""A report as it is shown and handed out: figures, charts, tables; CSV and XLSX row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import IO, Any

from django.utils.translation import gettext as _

from eoffice.forms.reports import ReportDays
from esachivalaya.common.clock import day_of
from esachivalaya.common.formats import date_short, indian_number
from esachivalaya.common.spreadsheets import UTF8_MARK, line_writer, put_row, safe, xlsx_on_disk

# Bars of one chart; the others are in the table.
MOST_BARS = 15
# Fewer points than this are drawn as bars: they make no line.
A_LINE = 3
NOTHING = "–"

Cell = str | int | float | date | None


@dataclass(frozen=True)
class Head:
    """The head of a column; numbers stand to the right, shares are of a hundred."""

    words: str
    number: bool = True
    share: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``code`` names its file. The first cell of each row says what the row is."""

    code: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]

    def lines(self) -> Iterator[tuple[str, list[tuple[Head, str]]]]:
        """Yield each row as words: its first cell, and the others with their heads."""
        for first, *rest in self.rows:
            heads = zip(self.heads[1:], rest, strict=True)
            yield words_of(first), [(head, words_of(cell, head)) for head, cell in heads]

    @property
    def first(self) -> Head:
        return self.heads[0]


@dataclass(frozen=True)
class Chart:
    """Bars or a line, of (label, value, words)."""

    title: str
    label: str
    value: str
    rows: Sequence[tuple[str, float, str]]
    line: bool = False

    @property
    def kind(self) -> str:
        return "line" if self.line and len(self.rows) >= A_LINE else "bar"


@dataclass(frozen=True)
class Figure:
    """One figure of the cards above."""

    label: str
    figure: str
    kind: str = ""


@dataclass
class Report:
    """One page. ``rules`` say how its figures are made, with their formula."""

    title: str
    purpose: str
    rules: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    form: ReportDays | None = None

    @property
    def valid(self) -> bool:
        """Whether there are figures to show: what was typed can be read."""
        return self.form is None or self.form.is_valid()


def count(label: str, number: int, kind: str = "") -> Figure:
    """Return a card with a number."""
    return Figure(label, indian_number(number), kind)


def bars(title: str, label: str, value: str, rows: Sequence[tuple[str, float]]) -> Chart:
    """Return the largest of ``rows`` as bars, in their order."""
    least = sorted((number for _words, number in rows), reverse=True)[:MOST_BARS][-1:]
    shown = [one for one in rows if one[1] >= (least[0] if least else 0)][:MOST_BARS]
    return Chart(title, label, value, [(words, one, words_of(one)) for words, one in shown])


def days_line(title: str, value: str, rows: Sequence[tuple[str, float]]) -> Chart:
    """Return days or months from left to right."""
    told = [(words, one, words_of(one)) for words, one in rows]
    return Chart(title, _("Day"), value, told, line=True)


def words_of(cell: Any, head: Head | None = None) -> str:
    """Return a cell as it is read."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, date):
        return date_short(cell)
    if isinstance(cell, float):
        return f"{cell:.1f}"
    if isinstance(cell, int):
        return f"{cell} %" if head is not None and head.share else indian_number(cell)
    return str(cell)


def since(moment: datetime | None) -> date | None:
    """Return the day of a moment, for a cell."""
    return None if moment is None else day_of(moment)


def as_csv(table: Table) -> Iterator[str]:
    """Yield ``table`` line by line; the mark at its start lets spreadsheets read Hindi."""
    writer = line_writer()
    yield UTF8_MARK + writer.writerow([safe(head.words) for head in table.heads])
    for row in table.rows:
        yield writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in row])


def as_xlsx(table: Table) -> IO[bytes]:
    """Return ``table`` as XLSX on disk, removed when it is closed; text is never a formula."""
    return xlsx_on_disk(partial(_fill, table=table))


def _fill(book: Any, table: Table) -> None:
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, len(table.heads) - 1, 18)
    for column, head in enumerate(table.heads):
        sheet.write_string(0, column, head.words)
    for line, row in enumerate(table.rows, start=1):
        put_row(sheet, line, row, day)
