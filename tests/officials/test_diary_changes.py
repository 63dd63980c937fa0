"""Hours, exceptions, leave and holidays change through services that leave nothing standing."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.registry import Dealing, Left, diary_changing
from officials.models import Holiday, Hours, HoursException, Leave
from officials.services import (
    DiaryRefused,
    remove_from_diary,
    remove_holiday,
    save_holiday,
    save_in_diary,
    save_post,
)
from tests import people

pytestmark = pytest.mark.django_db


class Booked:
    """Stands for the apps above: what they are asked, and what they answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, date, date]] = []
        self.dealings: list[Dealing | None] = []
        self.victims: list[str] = []

    def __call__(
        self, post_id: int, first: date, last: date, dealing: Dealing | None
    ) -> list[Left]:
        self.asked.append((post_id, first, last))
        self.dealings.append(dealing)
        return [Left(words, words) for words in self.victims]


@pytest.fixture
def booked() -> Iterator[Booked]:
    told = Booked()
    diary_changing.add(told)
    yield told
    diary_changing._functions.remove(told)


def today() -> date:
    return clock.day_of(clock.now())


def leave_of(cast: people.Cast, *, after_days: int = 5, days: int = 2) -> Leave:
    start = clock.at(today() + timedelta(days=after_days), time(0))
    return Leave(post=cast.rewari, starts_at=start, ends_at=start + timedelta(days=days))


@pytest.mark.parametrize("who", ["meera", "suresh", "anil", "nasreen"])
def test_holder_staff_link_officer_and_set_up_change_the_diary(who: str) -> None:
    cast = people.make_cast()
    saved = save_in_diary(row=leave_of(cast), by=getattr(cast, who))
    assert Leave.objects.get() == saved


@pytest.mark.parametrize("who", ["kavita", "gurpreet"])
def test_others_do_not_even_the_superior(who: str) -> None:
    cast = people.make_cast()
    with pytest.raises(PermissionDenied):
        save_in_diary(row=leave_of(cast), by=getattr(cast, who))
    with pytest.raises(PermissionDenied):
        remove_from_diary(row=Hours.objects.all()[0], by=getattr(cast, who))


def test_a_change_is_recorded_on_the_post_with_the_value_before() -> None:
    cast = people.make_cast()
    hours = Hours.objects.filter(post=cast.rewari)[0]
    hours.ends = time(12)
    save_in_diary(row=hours, by=cast.suresh)
    entry = Entry.objects.get()
    assert (entry.act, entry.actor, entry.subject_id) == (
        "hours_changed",
        cast.suresh,
        str(cast.rewari.pk),
    )
    changes = Detail.objects.get().data["changes"]
    assert changes == {"ends": {"before": "13:00:00", "after": "12:00:00"}}


def test_saving_without_a_change_records_nothing(booked: Booked) -> None:
    cast = people.make_cast()
    save_in_diary(row=Hours.objects.filter(post=cast.rewari)[0], by=cast.suresh)
    assert not Entry.objects.exists()
    assert booked.asked == []


def test_bookings_on_the_closed_time_undo_the_change_and_are_listed(booked: Booked) -> None:
    cast = people.make_cast()
    booked.victims = ["ES-AAAA at 10:00", "ES-BBBB at 10:15"]
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_of(cast), by=cast.meera)
    assert [one.words for one in refused.value.left] == booked.victims
    assert "2" in str(refused.value)
    assert not Leave.objects.exists()
    assert not Entry.objects.exists()


def test_the_apps_above_are_told_who_acts_and_what_becomes_of_the_bookings(
    booked: Booked,
) -> None:
    cast = people.make_cast()
    save_in_diary(row=leave_of(cast), by=cast.meera)
    dealing = Dealing(by=cast.meera, for_all="move")
    save_in_diary(row=leave_of(cast, after_days=20), by=cast.meera, dealing=dealing)
    assert booked.dealings == [Dealing(by=cast.meera), dealing]


def test_the_apps_above_are_asked_about_the_days_concerned(booked: Booked) -> None:
    cast = people.make_cast()
    save_in_diary(row=leave_of(cast, after_days=5, days=2), by=cast.meera)
    first = today() + timedelta(days=5)
    assert booked.asked == [(cast.rewari.pk, first, first + timedelta(days=1))]


def test_moving_leave_asks_about_the_old_days_and_the_new(booked: Booked) -> None:
    cast = people.make_cast()
    leave = save_in_diary(row=leave_of(cast, after_days=5, days=1), by=cast.meera)
    leave.starts_at += timedelta(days=10)
    leave.ends_at += timedelta(days=10)
    save_in_diary(row=leave, by=cast.meera)
    assert booked.asked[-1] == (
        cast.rewari.pk,
        today() + timedelta(days=5),
        today() + timedelta(days=15),
    )


def test_hours_without_end_are_asked_about_as_far_as_anything_can_be_booked(
    booked: Booked,
) -> None:
    cast = people.make_cast()
    remove_from_diary(row=Hours.objects.filter(post=cast.rewari)[0], by=cast.meera)
    ((_post, first, last),) = booked.asked
    assert first == today()
    assert timedelta(days=121) < last - first < timedelta(days=500)


def test_what_is_over_is_not_asked_about(booked: Booked) -> None:
    cast = people.make_cast()
    booked.victims = ["ES-AAAA"]
    row = HoursException(
        post=cast.rewari,
        day=today() - timedelta(days=3),
        kind="close",
        starts=time(10),
        ends=time(11),
    )
    save_in_diary(row=row, by=cast.meera)
    assert booked.asked == []


def test_overlapping_leave_is_refused_with_the_days_of_the_other() -> None:
    cast = people.make_cast()
    save_in_diary(row=leave_of(cast, after_days=5, days=3), by=cast.meera)
    with pytest.raises(Refusal) as refused:
        save_in_diary(row=leave_of(cast, after_days=6), by=cast.meera)
    assert refused.value.field == "starts_at"
    assert str((today() + timedelta(days=5)).day) in str(refused.value)
    assert Leave.objects.count() == 1


def test_hours_that_break_a_rule_are_refused_in_words() -> None:
    cast = people.make_cast()
    row = Hours(post=cast.rewari, weekday=0, starts=time(11), ends=time(10), from_day=today())
    with pytest.raises(Refusal):
        save_in_diary(row=row, by=cast.meera)


def test_an_entry_does_not_move_to_another_post() -> None:
    cast = people.make_cast()
    hours = Hours.objects.filter(post=cast.rewari)[0]
    hours.post = people.make_post("DC-GGM")
    people.give_charge(cast.suresh, hours.post, "staff")
    with pytest.raises(Refusal):
        save_in_diary(row=hours, by=cast.suresh)


def test_a_holiday_asks_about_every_post_and_is_undone_when_anything_is_booked(
    booked: Booked,
) -> None:
    cast = people.make_cast()
    day = today() + timedelta(days=9)
    save_holiday(holiday=Holiday(day=day, name_en="Fair", name_hi="मेला"), by=cast.nasreen)
    assert booked.asked == [(0, day, day)]
    booked.victims = ["ES-AAAA"]
    with pytest.raises(DiaryRefused):
        save_holiday(
            holiday=Holiday(day=day + timedelta(days=1), name_en="Fair", name_hi="मेला"),
            by=cast.nasreen,
        )
    assert Holiday.objects.count() == 1
    booked.victims = []
    remove_holiday(holiday=Holiday.objects.get(), by=cast.nasreen)
    assert [entry.act for entry in Entry.objects.order_by("pk")] == [
        "holiday_added",
        "holiday_removed",
    ]


def test_only_who_sets_up_changes_holidays() -> None:
    cast = people.make_cast()
    for user in (cast.meera, cast.gurpreet):
        with pytest.raises(PermissionDenied):
            save_holiday(holiday=Holiday(day=today(), name_en="Fair", name_hi="मेला"), by=user)


def test_closing_a_post_or_its_places_asks_about_its_bookings(booked: Booked) -> None:
    cast = people.make_cast()
    cast.rewari.places = 2
    save_post(post=cast.rewari, by=cast.nasreen)
    assert booked.asked == []
    booked.victims = ["ES-AAAA"]
    cast.rewari.places = 1
    with pytest.raises(DiaryRefused):
        save_post(post=cast.rewari, by=cast.nasreen)
    cast.rewari.refresh_from_db()
    assert cast.rewari.places == 2
    cast.rewari.active = False
    with pytest.raises(DiaryRefused):
        save_post(post=cast.rewari, by=cast.nasreen)


def test_leave_ending_at_midnight_does_not_touch_the_next_day(booked: Booked) -> None:
    cast = people.make_cast()
    midnight: datetime = clock.at(today() + timedelta(days=6), time(0))
    row = Leave(post=cast.rewari, starts_at=midnight - timedelta(hours=8), ends_at=midnight)
    save_in_diary(row=row, by=cast.meera)
    assert booked.asked == [
        (cast.rewari.pk, today() + timedelta(days=5), today() + timedelta(days=5))
    ]
