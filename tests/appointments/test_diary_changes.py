"""Closing time that has bookings: nothing is left standing on closed time, not even by a race."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appointments.models import Hold
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of
from officials.models import Holiday, Leave
from officials.services import DiaryRefused, save_holiday, save_in_diary
from tests.booking import sent, sent_by_asha, slots
from tests.people import Cast, make_cast


def leave_over(cast: Cast, moment: Any) -> Leave:
    start, end = day_bounds(day_of(moment))
    return Leave(post=cast.rewari, starts_at=start, ends_at=end)


def test_leave_over_a_booking_is_refused_and_names_it(cast: Cast) -> None:
    request = sent_by_asha(cast)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, request.starts_at), by=cast.meera)
    assert request.reference[2:6] in str(refused.value)
    assert not Leave.objects.exists()


def test_leave_on_free_days_is_saved(cast: Cast) -> None:
    request = sent_by_asha(cast)
    assert request.starts_at is not None
    save_in_diary(row=leave_over(cast, request.starts_at + timedelta(days=7)), by=cast.meera)
    assert Leave.objects.count() == 1


def test_a_holiday_over_anybody_s_booking_is_refused(cast: Cast) -> None:
    request = sent_by_asha(cast)
    day = day_of(request.starts_at)  # type: ignore[arg-type]
    with pytest.raises(DiaryRefused):
        save_holiday(holiday=Holiday(day=day, name_en="A day", name_hi="एक दिन"), by=cast.nasreen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_leave_against_a_booking_of_the_same_moment_lets_one_of_them_through(
    race: Callable[..., list[Any]], _round: int
) -> None:
    cast = make_cast()
    slot = slots(cast.rewari, 30)[-1]
    booked, closed = race(
        lambda: sent(cast.rewari, cast.asha, slot),
        lambda: save_in_diary(row=leave_over(cast, slot.start), by=cast.meera),
    )
    assert booked.ok != closed.ok
    assert isinstance(booked.error or closed.error, Refused | DiaryRefused)
    assert Hold.objects.count() + Leave.objects.count() == 1
