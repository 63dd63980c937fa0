"""What the cells of a Kendra's line mean, in the ways in which people write them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kendras.models import Kendra
from kendras.telephones import parse_telephone

PLAIN = ("kind", "name_en", "name_hi", "block_en", "block_hi", "address_en", "address_hi")
MOST_SEATS = 20
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,15}")
_DAYS = re.compile(r"[1-7](-[1-7])?")
_CLOCK = re.compile(r"\d?\d:\d\d")


@dataclass(frozen=True)
class Understood:
    """A line: its Kendra, for each seat whether a wheelchair reaches it, and what is wrong."""

    row: Kendra
    seats: list[bool]
    wrong: list[str]


def understand(cells: Mapping[str, str], districts: Mapping[str, int]) -> Understood:
    """Return what the cells say; every mistake in words, each with its column."""
    row = Kendra(**{name: cells[name] for name in PLAIN})
    wrong: list[str] = []
    for name, read in _READ.items():
        try:
            setattr(row, name, read(cells[name]))
        except ValueError as problem:
            wrong.append(f"{name}: {problem}")
    if None not in (row.opens, row.closes) and row.closes <= row.opens:
        wrong.append(_("A Kendra closes after it opens."))
    row.district_id = districts.get(cells["district"], 0)
    if not row.district_id:
        words = _("%(column)s: there is no “%(code)s”.")
        wrong.append(words % {"column": "district", "code": cells["district"]})
    seats: list[bool] = []
    try:
        seats = read_seats(cells["seats"], cells["accessible_seats"])
    except ValueError as problem:
        wrong.append(f"seats: {problem}")
    return Understood(row, seats, [*wrong, *_wrong_fields(row)])


def read_code(text: str) -> str:
    """Return a code as it can stand in an address; it is also what an operator types."""
    if not CODE.fullmatch(text):
        raise ValueError(_("2 to 16 capital letters, digits and hyphens, for example REW-0001."))
    return text


def read_weekdays(text: str) -> list[int]:
    """Return the weekdays, 0 for Monday, of "1-6" or "1 3 5"."""
    days: set[int] = set()
    for part in text.replace(",", " ").split():
        first, _dash, last = part.partition("-")
        if not _DAYS.fullmatch(part) or int(last or first) < int(first):
            days.clear()
            break
        days |= set(range(int(first) - 1, int(last or first)))
    if not days:
        raise ValueError(_("Write the days as numbers, 1 for Monday: 1-6, or 1 3 5."))
    return sorted(days)


def read_clock(text: str) -> time:
    """Return the time of day of "9:00" or "09:00"."""
    words = _("Write the time as hours and minutes: 09:00.")
    if not (text.isascii() and _CLOCK.fullmatch(text)):
        raise ValueError(words)
    try:
        return time.fromisoformat(text.rjust(5, "0"))
    except ValueError:
        raise ValueError(words) from None


def read_seats(count: str, accessible: str) -> list[bool]:
    """Return for each seat whether a wheelchair reaches it: the last ones are those."""
    numbers = [count or "0", accessible or "0"]
    if all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
        seats, reached = map(int, numbers)
        if reached <= seats <= MOST_SEATS:
            return [place >= seats - reached for place in range(seats)]
    words = _("0 to %(most)d, and not more accessible ones than seats.")
    raise ValueError(words % {"most": MOST_SEATS})


def write_weekdays(days: list[int]) -> str:
    """Return weekdays as they stand in a file: "1 2 3"."""
    return " ".join(str(day + 1) for day in sorted(days))


_READ: dict[str, Callable[[str], Any]] = {
    "code": read_code,
    "phone": parse_telephone,
    "opens": read_clock,
    "closes": read_clock,
    "weekdays": read_weekdays,
}
_ELSEWHERE = {field.name for field in Kendra._meta.fields} - {*PLAIN}


def _wrong_fields(row: Kendra) -> list[str]:
    try:
        row.clean_fields(exclude=_ELSEWHERE)
    except ValidationError as error:
        return [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
    return []
