"""Reminders: a day and an hour before a confirmed meeting, and never for one that is not."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from appointments.models import Request
from appointments.services import answers, deadlines, reminders, wishes
from esachivalaya.accounts.models import Household
from esachivalaya.accounts.services.households import start_anew
from esachivalaya.common import clock
from esachivalaya.common.clock import IST
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked, later_span
from tests.booking import overdue, sent
from tests.people import Cast, make_cast

pytestmark = pytest.mark.django_db
WAITING = ("queued", "held", "retry")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def confirmed(cast: Cast, **wish: Any) -> Request:
    row = booked(cast, **wish)
    return answers.confirm(request=row, by=cast.meera, version=row.version)


def starting(cast: Cast, left: timedelta) -> Request:
    """A request whose time begins in ``left``, about to be confirmed."""
    row = booked(cast)
    start = clock.now() + left
    Request.objects.filter(pk=row.pk).update(starts_at=start, ends_at=start + timedelta(minutes=15))
    row.refresh_from_db()
    return row


def told(row: Request, template: str = "", status: tuple[str, ...] = WAITING) -> list[Message]:
    rows = Message.objects.filter(
        subject_id=str(row.pk), channel="sms", status__in=status, template__key__startswith="remind"
    )
    return list(rows.filter(template__key__startswith=template).order_by("due_at"))


def test_a_confirmed_meeting_has_two_reminders_that_wait_for_their_time(cast: Cast) -> None:
    row = confirmed(cast)
    day, hour = told(row)
    assert row.starts_at is not None
    assert (day.template.key, hour.template.key) == ("reminder_day", "reminder_hour")
    assert day.due_at == reminders.day_reminder_at(row.starts_at)
    assert hour.due_at == row.starts_at - timedelta(hours=1)
    assert hour.expires_at == row.starts_at
    assert day.expires_at == hour.due_at
    assert day.to == row.phone


def test_a_meeting_fixed_by_the_rule_is_reminded_of_as_well(cast: Cast) -> None:
    row = overdue(booked(cast))
    deadlines.sweep()
    assert len(told(row)) == 2


def test_a_meeting_fixed_by_accepting_an_offer_is_reminded_of_as_well(cast: Cast) -> None:
    row = booked(cast)
    offer = answers.offer(
        request=row, slot=later_span(cast.rewari, 5), by=cast.meera, version=row.version
    )
    wishes.accept_offer(offer=offer, by=None)
    assert [one.due_at for one in told(row, "reminder_hour")] == [
        offer.starts_at - timedelta(hours=1)
    ]


def test_a_request_without_an_answer_has_no_reminder(cast: Cast) -> None:
    assert told(booked(cast)) == []


def test_a_moved_meeting_has_new_reminders_and_the_old_are_taken_back(cast: Cast) -> None:
    row = confirmed(cast)
    old = {one.pk for one in told(row)}
    slot = later_span(cast.rewari, 7)
    moved = wishes.ask_other_time(request=row, slot=slot, by=None, version=row.version)
    day, hour = told(row)
    assert hour.due_at == slot.start - timedelta(hours=1)
    assert not old & {day.pk, hour.pk}
    assert {one.pk for one in told(row, status=("cancelled",))} == old
    # And back again: the first time has reminders once more.
    back = later_span(cast.rewari, 4)
    wishes.ask_other_time(request=moved, slot=back, by=None, version=moved.version)
    assert [one.due_at for one in told(row, "reminder_hour")] == [back.start - timedelta(hours=1)]


@pytest.mark.parametrize("by_office", [True, False])
def test_a_cancelled_meeting_is_not_reminded_of(cast: Cast, by_office: bool) -> None:
    row = confirmed(cast)
    if by_office:
        answers.cancel(request=row, by=cast.meera, version=row.version, words="The office is shut.")
    else:
        wishes.withdraw(request=row, by=None, version=row.version)
    assert told(row) == []
    assert len(told(row, status=("cancelled",))) == 2


def test_a_reminder_that_a_worker_has_claimed_is_taken_back_too(cast: Cast) -> None:
    row = confirmed(cast)
    Message.objects.filter(template__key="reminder_hour").update(
        status="claimed", lease_until=clock.now() + timedelta(minutes=1)
    )
    wishes.withdraw(request=row, by=None, version=row.version)
    assert {one.status for one in Message.objects.filter(template__key="reminder_hour")} == {
        "cancelled"
    }


def test_a_withdrawal_that_rolls_back_leaves_the_reminders(cast: Cast) -> None:
    row = confirmed(cast)
    with transaction.atomic():
        wishes.withdraw(request=row, by=None, version=row.version)
        transaction.set_rollback(True)
    assert len(told(row)) == 2


def test_other_messages_about_the_request_stay_when_reminders_are_taken_back(cast: Cast) -> None:
    row = confirmed(cast)
    reminders.cancel("appointments.request", row.pk)
    kept = Message.objects.filter(template__key="request_confirmed", channel="sms")
    assert {one.status for one in kept} == {"queued"}


@pytest.mark.parametrize(
    ("left", "keys"),
    [
        (timedelta(hours=70), ["reminder_day", "reminder_hour"]),
        (timedelta(hours=5), ["reminder_hour"]),
        (timedelta(minutes=61), ["reminder_hour"]),
        (timedelta(minutes=59), []),
    ],
)
def test_a_confirmation_that_is_nearer_than_the_reminder_needs_none(
    cast: Cast, left: timedelta, keys: list[str]
) -> None:
    row = starting(cast, left)
    answers.confirm(request=row, by=cast.meera, version=row.version)
    assert [one.template.key for one in told(row)] == keys


@pytest.mark.parametrize(
    ("meeting", "reminder"),
    [
        (time(7, 0), time(8, 0)),
        (time(8, 0), time(8, 0)),
        (time(13, 15), time(13, 15)),
        (time(19, 45), time(19, 45)),
        (time(20, 0), time(19, 45)),
        (time(23, 30), time(19, 45)),
        (time(0, 15), time(8, 0)),
    ],
)
def test_a_phone_rings_for_the_day_before_by_day_only(meeting: time, reminder: time) -> None:
    starts_at = datetime.combine(datetime(2026, 7, 14, tzinfo=IST).date(), meeting, tzinfo=IST)
    moment = reminders.day_reminder_at(starts_at)
    assert moment.astimezone(IST) == datetime(
        2026, 7, 13, reminder.hour, reminder.minute, tzinfo=IST
    )


def test_a_private_meeting_is_reminded_of_without_name_and_office(cast: Cast) -> None:
    row = confirmed(cast, private=True)
    for one in told(row):
        assert one.template.key.endswith("_private")
        assert cast.rewari.short_hi not in one.body
        assert row.citizen.given_name not in one.body


def test_only_the_citizen_is_reminded_and_not_who_joins(cast: Cast) -> None:
    from appointments.services.booking import CompanionWish

    row = confirmed(cast, companions=(CompanionWish("Sunita", "sister", "+919800000077"),))
    assert {one.to for one in told(row)} == {row.phone}


def test_a_reminder_opens_a_page_of_its_own_meeting(cast: Cast, client: Client) -> None:
    row = confirmed(cast)
    client.cookies["language"] = "en"
    day = told(row, "reminder_day")[0]
    address = next(word for word in day.body.split() if "/l/" in word)
    page = client.get("/l/" + address.split("/l/")[1]).content.decode()
    assert "You cannot come?" in page


def test_a_walk_in_without_a_phone_has_no_reminder_by_sms(cast: Cast) -> None:
    row = sent(cast.rewari, cast.asha, later_span(cast.rewari))
    Request.objects.filter(pk=row.pk).update(phone="")
    Household.objects.update(phone=None)
    answers.confirm(request=row, by=cast.meera, version=row.version)
    assert told(row) == []


def test_a_number_given_up_takes_no_reminder_of_the_household_it_was(cast: Cast) -> None:
    row = sent(cast.rewari, cast.asha, later_span(cast.rewari))
    answers.confirm(request=row, by=cast.meera, version=row.version)
    waiting = Message.objects.filter(to=cast.household.phone, status="queued", channel="sms")
    assert waiting.filter(template__key="reminder_day").count() == 1
    long_ago = clock.now() - timedelta(days=200)
    Household.objects.filter(pk=cast.household.pk).update(phone_seen_at=long_ago)
    start_anew(phone="+919800000001", language="hi")
    assert not waiting.exists()
