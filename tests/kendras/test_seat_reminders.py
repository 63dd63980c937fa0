"""Reminders of a meeting at a Kendra's seat say where, and come instead of the others."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Request
from appointments.services import answers, reminders, wishes
from esachivalaya.accounts.models import User
from esachivalaya.common import clock, registry
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from kendras.models import Desk, Kendra, SeatHold
from kendras.services import seat_follows
from officials.models import Post
from tests.at_a_kendra import booked, request_of, slot, somebody
from tests.kendras.test_seat_follows import take_all_seats
from tests.people import Cast

pytestmark = pytest.mark.django_db
WAITING = ("queued", "held", "retry")
PHONE = "+919812345678"
AT_KENDRA = ["kendra_reminder_day", "kendra_reminder_hour"]


def waiting(row: Request) -> list[Message]:
    """The reminders that will go out, in their order."""
    found = Message.objects.filter(
        subject_id=str(row.pk),
        channel="sms",
        status__in=WAITING,
        template__key__contains="reminder",
    )
    return list(found.select_related("template").order_by("due_at"))


def kinds(row: Request) -> list[str]:
    return [one.template.key for one in waiting(row)]


def days_ahead(post: Post, days: int = 3) -> Span:
    """A free time so far ahead that both reminders are to come."""
    return next(
        one
        for one in (slot(post, place) for place in range(10, 400, 10))
        if one.start > clock.now() + timedelta(days=days)
    )


@pytest.fixture
def span(cast: Cast) -> Span:
    return days_ahead(cast.rewari)


@pytest.fixture
def row(kendra: Kendra, operator: User, cast: Cast, span: Span) -> Request:
    """A confirmed meeting at seat 1, of somebody with a phone who reads English."""
    done = booked(kendra, operator, cast.rewari, slot=span, person=somebody(PHONE), language="en")
    asked = request_of(done)
    return answers.confirm(request=asked, by=cast.suresh, version=asked.version)


def test_both_say_kendra_and_seat_at_the_times_of_the_usual_ones(row: Request) -> None:
    day, hour = waiting(row)
    assert [day.template.key, hour.template.key] == AT_KENDRA
    for one in (day, hour):
        assert "Atal Seva Kendra Bawal, seat 1" in one.body
    assert row.starts_at is not None
    assert day.due_at == reminders.day_reminder_at(row.starts_at)
    assert (hour.due_at, hour.expires_at) == (row.starts_at - timedelta(hours=1), row.starts_at)


def test_one_event_is_one_message(row: Request) -> None:
    now_due = Message.objects.filter(subject_id=str(row.pk), channel="sms", status="queued")
    names = now_due.exclude(template__key__contains="reminder").values_list(
        "template__key", flat=True
    )
    assert sorted(names) == ["request_confirmed", "request_received"]


def test_they_move_with_the_meeting(row: Request, cast: Cast) -> None:
    to = days_ahead(cast.rewari, 5)
    wishes.ask_other_time(request=row, slot=to, by=None, version=row.version)
    assert kinds(row) == AT_KENDRA
    assert waiting(row)[1].due_at == to.start - timedelta(hours=1)


def test_without_a_seat_at_the_new_time_the_usual_ones_come(
    row: Request, cast: Cast, kendra: Kendra, operator: User
) -> None:
    to = days_ahead(cast.rewari, 5)
    take_all_seats(kendra, operator, to)
    wishes.ask_other_time(request=row, slot=to, by=None, version=row.version)
    assert kinds(row) == ["reminder_day", "reminder_hour"]


def test_of_a_cancelled_meeting_none_is_left(row: Request) -> None:
    wishes.withdraw(request=row, by=None, version=row.version)
    assert kinds(row) == []


def test_who_joins_from_home_has_the_usual_ones(
    kendra: Kendra, operator: User, cast: Cast, span: Span
) -> None:
    done = booked(
        kendra, operator, cast.rewari, slot=span, person=somebody(PHONE), seat_wanted=False
    )
    asked = request_of(done)
    row = answers.confirm(request=asked, by=cast.suresh, version=asked.version)
    assert kinds(row) == ["reminder_day", "reminder_hour"]


def test_a_private_one_says_the_seat_and_no_kendra(
    kendra: Kendra, operator: User, cast: Cast, span: Span
) -> None:
    done = booked(
        kendra,
        operator,
        cast.rewari,
        slot=span,
        person=somebody(PHONE),
        language="en",
        private=True,
    )
    asked = request_of(done)
    row = answers.confirm(request=asked, by=cast.suresh, version=asked.version)
    assert kinds(row) == [f"{name}_private" for name in AT_KENDRA]
    for one in waiting(row):
        assert "seat 1" in one.body
        assert not any(word in one.body for word in ("Bawal", "Savitri", "Rewari"))


def test_another_desk_at_the_same_time_is_told_and_reminded_of(row: Request) -> None:
    Desk.objects.filter(number=1).update(active=False)
    seat_follows.place_anew([row.pk])
    assert all("seat 2" in one.body for one in waiting(row))
    assert kinds(row) == AT_KENDRA
    kept = Message.objects.filter(subject_id=str(row.pk), template__key="kendra_seat_kept")
    assert kept.filter(channel="sms").count() == 1


def test_when_every_desk_is_gone_the_usual_ones_come_again(row: Request) -> None:
    Desk.objects.update(active=False)
    seat_follows.place_anew([row.pk])
    assert not SeatHold.objects.filter(released_at=None).exists()
    assert kinds(row) == ["reminder_day", "reminder_hour"]


def test_many_take_as_many_statements_as_two(kendra: Kendra, operator: User, cast: Cast) -> None:
    Desk.objects.bulk_create(Desk(kendra=kendra, number=number) for number in range(3, 20))
    costs = []
    for many in (2, 6):
        rows = []
        for _each in range(many):
            person = somebody(f"+9198120{many}{_each:04d}")
            at = days_ahead(cast.rewari)
            rows.append(request_of(booked(kendra, operator, cast.rewari, slot=at, person=person)))
        Request.objects.filter(pk__in=[one.pk for one in rows]).update(
            status="confirmed", confirmed_by="office", answered_at=clock.now()
        )
        with CaptureQueriesContext(connection) as caught:
            registry.confirmed.of_all("appointments.request", [one.pk for one in rows])
        costs.append(len(caught))
        assert all(kinds(one) == AT_KENDRA for one in rows)
    assert costs[1] <= costs[0]
