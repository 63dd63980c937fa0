"""The public holidays of Haryana as the `holidays` package computes them.

It proposes; the list gazetted by the State decides. A day that somebody entered or changed in the
admin is the gazetted list's, and is never touched from here.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import holidays
from django.db import transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.common.constraints import Refusal
from officials.models import Holiday
from officials.services import DiaryRefused, remove_holiday, save_holiday

_STATE = "HR"
_LONGEST_NAME = 120


@dataclass
class Proposed:
    """What became of the calendar's days; ``refused`` is a sentence for each day left out."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    gazetted: int = 0
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return _(
            "%(new)s new, %(changed)s changed, %(removed)s removed, %(same)s the same, "
            "%(gazetted)s left to the gazetted list"
        ) % {name: value for name, value in vars(self).items() if name != "refused"}


def knows(year: int) -> bool:
    """Whether the package knows every holiday of ``year``: beyond some years it knows the moon
    no more, and says so by a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return bool(_calendar(year, "en_IN"))
        except (UserWarning, ValueError, OverflowError):
            return False


def days_of(year: int) -> dict[date, tuple[str, str]]:
    """Return the holidays of ``year`` with their names in English and Hindi."""
    english, hindi = _calendar(year, "en_IN"), _calendar(year, "hi")
    return {
        day: (str(name)[:_LONGEST_NAME], str(hindi.get(day, name))[:_LONGEST_NAME])
        for day, name in sorted(english.items())
    }


def propose(years: Iterable[int], *, by: User | None) -> Proposed:
    """Bring the calendar's days of ``years`` into the list, each in its own transaction.

    A day that cannot be closed because bookings stand on it is left out and named. Days that an
    earlier calendar proposed and this one does not (moon-dependent ones move) are removed.
    """
    done = Proposed()
    for year in years:
        proposed = days_of(year)
        listed = {holiday.day: holiday for holiday in Holiday.objects.filter(day__year=year)}
        for day, names in proposed.items():
            _propose_day(listed.get(day), day, names, by, done)
        for day in listed.keys() - proposed.keys():
            if listed[day].source == Holiday.Source.CALENDAR:
                remove_holiday(holiday=listed[day], by=by)
                done.removed += 1
    return done


def _propose_day(
    listed: Holiday | None, day: date, names: tuple[str, str], by: User | None, done: Proposed
) -> None:
    if listed is not None and listed.source == Holiday.Source.GAZETTE:
        done.gazetted += 1
        return
    if listed is not None and (listed.name_en, listed.name_hi) == names:
        done.same += 1
        return
    holiday = listed or Holiday(day=day, source=Holiday.Source.CALENDAR)
    holiday.name_en, holiday.name_hi = names
    new = listed is None
    try:
        with transaction.atomic():
            save_holiday(holiday=holiday, by=by)
    except Refusal as refusal:
        words = refusal.in_full() if isinstance(refusal, DiaryRefused) else str(refusal)
        done.refused.append(f"{day:%Y-%m-%d} {names[0]}: {words}")
        return
    done.new += new
    done.changed += not new


def _calendar(year: int, language: str) -> Any:
    return holidays.country_holidays("IN", subdiv=_STATE, years=[year], language=language)
