"""Numbers of receipts, files and dispatches: from a counter row, without gap or duplicate.

Year and section are fixed at issue, by Asia/Kolkata. Source: domain rules of e-Office, 6.
"""

import re
from datetime import datetime

from django.utils.translation import gettext as _

from eoffice.models import Desk, File, Head, Item
from eoffice.services.refusals import Refused
from esachivalaya.common.clock import day_of
from esachivalaya.common.counters import next_number
from esachivalaya.common.words import fold, tidy
from officials.models import Section

_BETWEEN = re.compile(r"[^0-9a-z\u0900-\u097f]+")
LONGEST = 64


def key_of(*numbers: str) -> str:
    """Return numbers as they are searched: folded, without signs, each after a space."""
    keys = (_BETWEEN.sub("", fold(number)) for number in numbers)
    return " ".join(key for key in keys if key)[:160]


def diary_number(section: Section, moment: datetime) -> str:
    """Return the next diary number of ``section``'s department: "1234/2020/EST-R"."""
    year = day_of(moment).year
    serial = next_number(series=f"eoffice-diary:{section.department_id}", year=year)
    return f"{serial}/{year}/{section.department.code}-R"


def file_number(head: Head, section: Section, moment: datetime) -> tuple[str, int, int]:
    """Return the next number under ``head`` with its serial and year: "A-11011/5/2020-EST"."""
    year = day_of(moment).year
    codes = _codes(head)
    series = f"eoffice-file:{section.pk}:{'-'.join(codes)}"
    serial = next_number(series=series, year=year)
    return f"{'-'.join(codes)}/{serial}/{year}-{section.code}", serial, year


def free_number(typed: str) -> str:
    """Return a number that somebody chose, tidied. Refused when it is empty, too long, or taken."""
    number = " ".join(tidy(typed).split())
    if not number or len(number) > LONGEST:
        raise Refused("number", _("Write a number of at most 64 characters."), field="number")
    if Item.objects.filter(number=number).exists():
        raise Refused("number", _("There is a file of this number already."), field="number")
    return number


def division_number(main: File, kind: str, ordinal: int) -> str:
    """Return the number of a part or volume: "A-11011/5/2020-EST Part(2)"."""
    word = "Part" if kind == File.Kind.PART else "Vol"
    return f"{main.item.number} {word}({ordinal})"


def dispatch_number(registry: Desk, moment: datetime) -> str:
    """Return the next number of a registry's dispatch register: "88/2020/EST-D"."""
    year = day_of(moment).year
    section = registry.section
    serial = next_number(series=f"eoffice-dispatch:{section.pk}", year=year)
    return f"{serial}/{year}/{section.code}-D"


def _codes(head: Head) -> list[str]:
    codes = [head.code]
    above = head.above
    while above is not None:
        codes.insert(0, above.code)
        above = above.above
    return codes


def letter_number(file: File) -> str:
    """Return the next number of a letter issued from ``file``: "A-11011/5/2020-EST/3"."""
    # Counted within the file, whose year stands in its number, whenever the letter is issued.
    serial = next_number(series=f"eoffice-letter:{file.pk}", year=file.year)
    return f"{file.item.number}/{serial}"
