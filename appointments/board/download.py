"""The lines of the promise board as CSV, for a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from appointments.board.figures import SMALL, Line
from esachivalaya.common.formats import datetime_short
from esachivalaya.common.spreadsheets import UTF8_MARK, line_writer, safe
from esachivalaya.common.templatetags.portal import bilingual


def as_csv(lines: Iterable[Line], *, language: str) -> Iterator[str]:
    """Yield the file line by line, its headings and names in ``language``."""
    writer = line_writer()
    with translation.override(language):
        yield UTF8_MARK + writer.writerow(_headings())
        under = _("under %(number)d") % {"number": SMALL}
    for line in lines:
        with translation.override(language):
            yield writer.writerow([safe(cell) for cell in _cells(line, under, language)])


def _headings() -> list[str]:
    return [
        _("Month"),
        _("Code"),
        _("Office"),
        _("Level"),
        _("District"),
        _("Requests"),
        _("In time, percent"),
        _("Half answered within, hours"),
        _("95 of 100 within, hours"),
        _("Not kept"),
        _("Meetings missed by the office"),
        _("Oldest open since"),
    ]


def _cells(line: Line, under: str, language: str) -> list[Any]:
    post = line.post
    office = [
        f"{line.month:%Y-%m}",
        post.code,
        bilingual(post, "title"),
        post.get_level_display(),
        bilingual(post.district, "name") if post.district else "",
    ]
    if line.small:
        return [*office, under, *[""] * 6]
    return [
        *office,
        line.requests,
        line.share,
        line.median_hours,
        line.p95_hours,
        line.breaches,
        line.missed,
        datetime_short(line.oldest_open, language) if line.oldest_open else "",
    ]
