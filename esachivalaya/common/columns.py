"""Columns of the admin's lists that are written as everywhere else on the portal."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.contrib import admin

from esachivalaya.common import formats


def moment(name: str, words: Any) -> Callable[[Any], str]:
    """Return a column with the date and time in the field ``name``."""
    return _column(name, words, formats.datetime_short)


def day(name: str, words: Any) -> Callable[[Any], str]:
    """Return a column with the date in the field ``name``."""
    return _column(name, words, formats.date_short)


def hour(name: str, words: Any) -> Callable[[Any], str]:
    """Return a column with the time of day in the field ``name``."""
    return _column(name, words, formats.time_short)


def _column(name: str, words: Any, write: Callable[[Any], str]) -> Callable[[Any], str]:
    @admin.display(description=words, ordering=name, empty_value="–")
    def column(row: Any) -> str:
        value: datetime | date | time | None = getattr(row, name)
        return "" if value is None else write(value)

    # The admin names the cell after the function.
    column.__name__ = name
    return column
