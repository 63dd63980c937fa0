"""A day of meetings to be shifted."""

from datetime import date, datetime, timedelta
from typing import Any

from appointments.models import Hold, Request
from appointments.programme import Plan, Shift
from appointments.services import answers
from appointments.services.programme import (
    Decision,
    look_at,
    shift_programme,
)
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from officials.diary import slots_on
from tests.booking import sent
from tests.people import Cast, make_citizen

WORDS = "The assembly sits longer than was announced."


def some_day(cast: Cast) -> date:
    """A working day next week, whatever day it is today."""
    day = clock.day_of(clock.now()) + timedelta(days=7)
    return day if day.weekday() != 6 else day + timedelta(days=1)


def day_slots(cast: Cast) -> list[Span]:
    return slots_on(cast.rewari, some_day(cast))


def meeting(cast: Cast, slot: Span, name: str = "Somebody Else", **wish: Any) -> Request:
    citizen = wish.pop("citizen", None) or make_citizen(name=name)
    row = sent(cast.rewari, citizen, slot, channel="kendra", **wish)
    return answers.confirm(request=row, by=cast.meera, version=row.version)


def by(cast: Cast, since: datetime, minutes: int = 60) -> Shift:
    return Shift(cast.rewari, since, minutes)


def done(cast: Cast, shift: Shift, **decided: Any) -> Plan:
    decision = Decision(shown=look_at(shift).fingerprint, **{"words": WORDS, **decided})
    return shift_programme(shift=shift, decision=decision, by=cast.suresh)


def held(row: Request, purpose: str = "asked") -> datetime:
    hold = Hold.objects.get(request=row, released_at=None, purpose=purpose)
    return hold.during.lower  # type: ignore[no-any-return,return-value]
