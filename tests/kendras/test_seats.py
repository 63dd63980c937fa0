"""Seats of a Kendra: when they are free, and who gets which."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from kendras.models import Desk, Kendra, SeatHold
from kendras.services import seats
from officials.models import Holiday, Post
from tests.at_a_kendra import booked, slot
from tests.counters import make_kendra
from tests.people import Cast, make_post, open_hours

pytestmark = pytest.mark.django_db


def at(clock_time: time, *, days: int = 3, minutes: int = 15) -> Span:
    day = clock.day_of(clock.now()) + timedelta(days=days)
    start = clock.at(day, clock_time)
    return Span(start, start + timedelta(minutes=minutes))


def free(kendra: Kendra, *spans: Span, accessible: bool = False) -> list[int]:
    found = seats.free_seats(kendra=kendra, spans=spans, accessible=accessible)
    return [found[span] for span in spans]


def office(number: int) -> Post:
    """An office of its own, for meetings at the same time."""
    post = make_post(f"OFF-{number}")
    open_hours(post)
    return post


class TestWhatIsFree:
    def test_a_seat_is_taken_for_its_meeting_and_free_before_and_after(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        first, second = slot(cast.rewari, 0), slot(cast.rewari, 1)
        booked(kendra, operator, cast.rewari, slot=first)
        longer = Span(first.start - timedelta(minutes=5), first.start + timedelta(minutes=5))
        assert free(kendra, first, longer, second) == [1, 1, 2]

    def test_one_who_was_released_counts_no_more(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        first = slot(cast.rewari)
        booked(kendra, operator, cast.rewari, slot=first)
        SeatHold.objects.update(released_at=clock.now())
        assert free(kendra, first) == [2]

    def test_only_within_the_hours_to_the_minute(self, kendra: Kendra) -> None:
        opens, closes = at(time(8)), at(time(19, 45))
        early, late = at(time(7, 59)), at(time(19, 46))
        assert free(kendra, opens, closes, early, late) == [2, 2, 0, 0]

    def test_only_on_the_days_of_the_week(self, kendra: Kendra) -> None:
        span, next_day = at(time(10)), at(time(10), days=4)
        Kendra.objects.update(weekdays=[clock.day_of(span.start).weekday()])
        kendra.refresh_from_db()
        assert free(kendra, span, next_day) == [2, 0]

    def test_not_on_a_public_holiday(self, kendra: Kendra) -> None:
        span = at(time(10))
        day = Holiday.objects.create(day=clock.day_of(span.start), name_en="Teej", name_hi="तीज")
        assert free(kendra, span) == [0]
        # One on which offices work all the same.
        Holiday.objects.filter(pk=day.pk).update(closed=False)
        assert free(kendra, span) == [2]

    def test_none_out_of_service(self, kendra: Kendra) -> None:
        span = at(time(10))
        Desk.objects.filter(number=1).update(active=False)
        assert free(kendra, span) == [1]
        kendra.active = False
        assert free(kendra, span) == [0]

    def test_for_a_wheelchair_only_those_that_it_can_reach(self, kendra: Kendra) -> None:
        span = at(time(10))
        assert free(kendra, span, accessible=True) == [1]
        assert free(make_kendra("REW-0009", accessible=0), span, accessible=True) == [0]

    def test_another_kendras_meetings_take_nothing_here(
        self, cast: Cast, kendra: Kendra, other_kendra: Kendra, other_operator: User
    ) -> None:
        first = slot(cast.rewari)
        booked(other_kendra, other_operator, cast.rewari, slot=first)
        assert free(kendra, first) == [2]

    def test_a_month_of_times_takes_as_many_statements_as_one(self, kendra: Kendra) -> None:
        costs = []
        for days in (1, 30):
            spans = [at(time(hour), days=day) for day in range(days) for hour in range(9, 17)]
            with CaptureQueriesContext(connection) as caught:
                free(kendra, *spans)
            costs.append(len(caught))
        assert costs == [3, 3]

    def test_nothing_asked_is_nothing_answered(self, kendra: Kendra) -> None:
        assert seats.free_seats(kendra=kendra, spans=[], accessible=False) == {}


class TestWhoGetsWhich:
    def seat(self, done: Any) -> int:
        return int(SeatHold.objects.get(request=done.booking.request).desk.number)

    def test_who_needs_no_accessible_seat_leaves_it_free(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        """Of two seats the second is the accessible one; here the first one is."""
        Desk.objects.filter(number=1).update(accessible=True)
        Desk.objects.filter(number=2).update(accessible=False)
        first = slot(cast.rewari)
        assert self.seat(booked(kendra, operator, cast.rewari, slot=first)) == 2
        # The last one is nobody's privilege.
        assert self.seat(booked(kendra, operator, office(2), slot=first)) == 1

    def test_who_needs_one_gets_it_or_nothing(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        first = slot(cast.rewari)
        wheelchair = {"slot": first, "needs_accessible_seat": True}
        assert self.seat(booked(kendra, operator, cast.rewari, **wheelchair)) == 2
        with pytest.raises(seats.SeatTaken) as refused:
            booked(kendra, operator, office(2), **wheelchair)
        assert first not in refused.value.alternatives
        assert self.seat(booked(kendra, operator, office(3), slot=first)) == 1


def test_times_to_choose_have_slot_and_seat(cast: Cast, kendra: Kendra, operator: User) -> None:
    Kendra.objects.update(opens=time(10, 30), closes=time(12))
    kendra.refresh_from_db()
    times = seats.free_times(kendra=kendra, post=cast.rewari, accessible=False)
    starts = {span.start.astimezone(clock.IST).time() for span in times}
    assert (min(starts), max(starts)) == (time(10, 30), time(11, 45))
    near = seats.alternatives_to(times[10], kendra=kendra, post=cast.rewari, accessible=False)
    assert near == times[9:12]
    assert isinstance(near[0].start, datetime)
