"""On a date with hours instead of the usual ones the weekly hours do not count."""

from datetime import time

import pytest

from esachivalaya.common.clock import at, day_of
from esachivalaya.common.slots import Span
from officials.diary import slots_on
from officials.models import HoursException
from officials.services import save_in_diary
from tests.booking import slots
from tests.people import Cast

pytestmark = pytest.mark.django_db


def test_hours_instead_of_the_usual_ones(cast: Cast) -> None:
    day = day_of(slots(cast.rewari, 30)[-1].start)
    row = HoursException(
        post=cast.rewari, day=day, kind="instead", starts=time(15), ends=time(16), minutes=30
    )
    save_in_diary(row=row, by=cast.meera)
    wanted = [
        Span(at(day, time(15)), at(day, time(15, 30))),
        Span(at(day, time(15, 30)), at(day, time(16))),
    ]
    assert slots_on(cast.rewari, day) == wanted


def test_closed_and_added_hours_count_beside_them(cast: Cast) -> None:
    day = day_of(slots(cast.rewari, 30)[-1].start)
    for kind, starts, ends in (
        ("instead", time(15), time(15, 30)),
        ("close", time(15), time(15, 10)),
        ("add", time(17), time(17, 15)),
    ):
        row = HoursException(post=cast.rewari, day=day, kind=kind, starts=starts, ends=ends)
        save_in_diary(row=row, by=cast.meera)
    assert slots_on(cast.rewari, day) == [
        Span(at(day, time(15, 15)), at(day, time(15, 30))),
        Span(at(day, time(17)), at(day, time(17, 15))),
    ]
