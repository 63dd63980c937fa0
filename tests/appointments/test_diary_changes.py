"""Closing time that has bookings: nothing is left standing on closed time, not even by a race."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from appointments.models import Bump, Hold
from appointments.services import answers
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.registry import Dealing
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from officials.models import Holiday, Leave
from officials.services import DiaryRefused, save_holiday, save_in_diary
from tests.booking import sent, sent_by_asha, slots
from tests.people import Cast, give_charge, make_cast, make_post, open_hours


def leave_over(cast: Cast, moment: Any) -> Leave:
    start, end = day_bounds(day_of(moment))
    return Leave(post=cast.rewari, starts_at=start, ends_at=end)


def test_leave_over_a_booking_is_refused_and_names_it(cast: Cast) -> None:
    request = sent_by_asha(cast)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, request.starts_at), by=cast.meera)
    assert request.reference[2:6] in refused.value.left[0].words
    assert request.reference[2:6] in refused.value.in_full()
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


def move_all(cast: Cast) -> Dealing:
    return Dealing(by=cast.meera, for_all="move")


def nothing_stands_on(moment: Any) -> bool:
    start, end = day_bounds(day_of(moment))
    live = Hold.objects.filter(released_at__isnull=True)
    return not live.filter(during__startswith__gte=start, during__endswith__lte=end).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["leave", "booking"])
def test_leave_that_deals_with_all_against_a_booking(
    race: Callable[..., list[Any]], first: str
) -> None:
    """Whichever is first: the booking is refused, or it is moved with the others."""
    cast = make_cast()
    stood = sent_by_asha(cast)
    slot = slots(cast.rewari, 2)[-1]
    jobs = [
        lambda: save_in_diary(
            row=leave_over(cast, slot.start), by=cast.meera, dealing=move_all(cast)
        ),
        lambda: sent(cast.rewari, cast.ramesh, slot),
    ]
    outcomes = race(*(jobs if first == "leave" else reversed(jobs)))
    closed, booked = outcomes if first == "leave" else reversed(outcomes)
    assert closed.ok, closed.error
    assert booked.ok or isinstance(booked.error, Refused), booked.error
    assert nothing_stands_on(slot.start)
    assert Bump.objects.count() == 1 + booked.ok
    assert Hold.objects.filter(released_at__isnull=True).count() == 1 + booked.ok
    stood.refresh_from_db()
    assert stood.status == "requested"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_closing_against_confirming(race: Callable[..., list[Any]], _round: int) -> None:
    """The meeting is confirmed and then moved, or moved first, and the answer comes too late."""
    cast = make_cast()
    row = sent_by_asha(cast)
    moment = row.starts_at
    closed, answered = race(
        lambda: save_in_diary(row=leave_over(cast, moment), by=cast.meera, dealing=move_all(cast)),
        lambda: answers.confirm(request=row, by=cast.suresh, version=row.version),
    )
    assert closed.ok, closed.error
    assert answered.ok or isinstance(answered.error, Overtaken), answered.error
    row.refresh_from_db()
    assert row.status == ("confirmed" if answered.ok else "requested")
    assert nothing_stands_on(moment)
    assert Bump.objects.get().request == row
    told = Message.objects.filter(subject_id=str(row.pk), channel="sms", status="queued")
    hour = told.filter(template__key="reminder_hour")
    assert hour.count() == (1 if answered.ok else 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_close_at_the_same_moment_bump_nobody_twice(
    race: Callable[..., list[Any]],
) -> None:
    cast = make_cast()
    row = sent_by_asha(cast)
    moment = row.starts_at
    after = next(
        one.start
        for one in slots(cast.rewari, 60)
        if day_of(one.start) > day_of(moment)  # type: ignore[arg-type]
    )
    race(
        lambda: save_in_diary(row=leave_over(cast, moment), by=cast.meera, dealing=move_all(cast)),
        lambda: save_in_diary(row=leave_over(cast, after), by=cast.suresh, dealing=move_all(cast)),
    )
    assert Bump.objects.count() == 1
    row.refresh_from_db()
    closed = list(Leave.objects.all())
    assert not any(leave.starts_at <= row.starts_at < leave.ends_at for leave in closed)  # type: ignore[operator]


@pytest.mark.django_db(transaction=True)
def test_leave_waits_for_a_booking_that_is_under_way_and_then_moves_it(
    race: Callable[..., list[Any]],
) -> None:
    cast = make_cast()
    slot = slots(cast.rewari, 1)[0]
    begun, done = threading.Event(), threading.Event()

    def book() -> None:
        with transaction.atomic():
            sent(cast.rewari, cast.asha, slot)
            begun.set()
            while not somebody_waits() and not done.wait(0.01):
                continue

    def close() -> None:
        begun.wait(30)
        try:
            save_in_diary(row=leave_over(cast, slot.start), by=cast.meera, dealing=move_all(cast))
        finally:
            done.set()

    booked, closed = race(book, close)
    assert booked.ok, booked.error
    assert closed.ok, closed.error
    assert nothing_stands_on(slot.start)
    assert Bump.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_asks_the_link_officer_at_that_moment_stays_in_the_list(
    race: Callable[..., list[Any]],
) -> None:
    cast = make_cast()
    link = make_post("SDM-REW")
    open_hours(link)
    give_charge(cast.anil, link)
    row = sent_by_asha(cast)
    slot = slots(link, 1)[0]
    begun, done = threading.Event(), threading.Event()

    def book() -> None:
        with transaction.atomic():
            sent(link, cast.asha, slot)
            begun.set()
            while not somebody_waits() and not done.wait(0.01):
                continue

    def close() -> None:
        begun.wait(30)
        dealing = Dealing(by=cast.meera, for_all="link")
        try:
            save_in_diary(row=leave_over(cast, row.starts_at), by=cast.meera, dealing=dealing)
        finally:
            done.set()

    booked, closed = race(book, close)
    assert booked.ok, booked.error
    assert isinstance(closed.error, DiaryRefused), closed.error
    (left,) = closed.error.left
    assert left.key == row.reference
    assert left.problem
    before = row.starts_at
    row.refresh_from_db()
    assert (row.post, row.starts_at) == (cast.rewari, before)
    assert not Leave.objects.exists()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])
