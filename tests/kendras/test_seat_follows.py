"""The seat follows the meeting: kept, moved, lost or freed with it, one by one and by hundreds."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.diary import span_of
from appointments.models import DrawWish, Request
from appointments.services import after_meeting, answers, deadlines, drawing, timeline, wishes
from appointments.services.letters import KIND
from esachivalaya.accounts.models import User
from esachivalaya.common import clock, registry
from esachivalaya.common.registry import Dealing
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from kendras.models import AssistedBooking, Desk, Kendra, KendraNotice, SeatHold
from kendras.services import seat_follows
from kendras.services.booking import Booked
from officials.models import Holiday, Leave
from officials.services import save_holiday, save_in_diary
from tests.at_a_kendra import booked, request_of, slot, somebody
from tests.booking import overdue, sent, slots
from tests.counters import make_kendra, serve_at
from tests.draws import announced, due
from tests.meetings import shifted
from tests.people import Cast, make_citizen, make_household, make_post, make_staff, open_hours

pytestmark = pytest.mark.django_db
PHONE = "+919812345678"
WORDS = "The Deputy Commissioner is called to Chandigarh on that day."


def confirmed(cast: Cast, done: Booked) -> Request:
    row = request_of(done)
    return answers.confirm(request=row, by=cast.suresh, version=row.version)


def seats_of(row: Request) -> list[tuple[int, Span]]:
    live = SeatHold.objects.filter(request=row, released_at=None).select_related("desk")
    return [(hold.desk.number, span_of(hold.during)) for hold in live]


def meeting(row: Request) -> Span:
    row.refresh_from_db()
    assert row.starts_at is not None
    assert row.ends_at is not None
    return Span(row.starts_at, row.ends_at)


def moved(row: Request, to: Span) -> Request:
    return wishes.ask_other_time(request=row, slot=to, by=None, version=row.version)


def take_all_seats(kendra: Kendra, operator: User, span: Span) -> None:
    """Let meetings with other offices have every seat at that time."""
    for number, desk in enumerate(Desk.objects.filter(kendra=kendra)):
        post = make_post(f"OFF-{desk.pk}-{number}")
        open_hours(post)
        booked(kendra, operator, post, slot=span)


def sms(row: Request, template: str) -> list[str]:
    found = Message.objects.filter(subject_id=str(row.pk), template__key=template, channel="sms")
    return list(found.values_list("body", flat=True))


def notices(row: Request) -> list[str]:
    return list(KendraNotice.objects.filter(request=row).values_list("kind", flat=True))


class TestConfirmed:
    def test_the_seat_stays_and_the_confirmation_is_the_one_message(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, person=somebody(PHONE), language="en")
        before = SeatHold.objects.get()
        row = confirmed(cast, done)
        assert SeatHold.objects.get() == before
        assert len(sms(row, "request_confirmed")) == 1
        assert not sms(row, "kendra_seat_kept")
        assert notices(row) == []

    def test_a_request_for_any_time_gets_its_seat_then(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, slot=None, person=somebody(PHONE))
        row = request_of(done)
        span = slot(cast.rewari, 4)
        answers.confirm_at(request=row, by=cast.suresh, version=row.version, slot=span)
        assert seats_of(row) == [(1, span)]

    def test_without_a_free_seat_counter_and_citizen_are_told(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(booked(kendra, operator, cast.rewari, slot=None, person=somebody(PHONE)))
        span = slot(cast.rewari, 4)
        take_all_seats(kendra, operator, span)
        answers.confirm_at(request=row, by=cast.suresh, version=row.version, slot=span)
        assert seats_of(row) == []
        assert notices(row) == ["seat_lost"]
        assert len(sms(row, "kendra_seat_lost")) == 1

    def test_who_joins_from_home_gets_no_seat(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, seat_wanted=False, person=somebody(PHONE))
        row = confirmed(cast, done)
        assert seats_of(row) == []
        assert notices(row) == []
        assert not Message.objects.filter(template__key__startswith="kendra_seat").exists()

    def test_an_accepted_offer_takes_the_seat_along(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(
            booked(kendra, operator, cast.rewari, person=somebody(PHONE), other_times_ok=True)
        )
        other = slot(cast.rewari, 5)
        answers.offer(request=row, by=cast.suresh, version=row.version, slot=other)
        # Until it is accepted the seat is at the time asked for.
        assert seats_of(row) == [(1, meeting(row))]
        wishes.accept_offer(offer=row.offers.get(), by=None)
        assert seats_of(row) == [(1, other)]


class TestMoved:
    def test_the_seat_goes_along(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari, person=somebody(PHONE)))
        before = meeting(row)
        moved(row, slot(cast.rewari, 20))
        assert seats_of(row) == [(1, meeting(row))]
        assert meeting(row) != before
        assert notices(row) == ["seat_moved"]
        assert len(sms(row, "request_moved")) == 1
        assert not Message.objects.filter(template__key__startswith="kendra_seat").exists()

    def test_to_another_desk_when_its_own_is_taken(
        self, cast: Cast, kendra: Kendra, operator: User, gurugram: Any
    ) -> None:
        to = slot(cast.rewari, 20)
        booked(kendra, operator, gurugram, slot=to)
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        moved(row, to)
        assert seats_of(row) == [(2, to)]

    def test_is_lost_where_none_is_free_and_found_again(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, person=somebody(PHONE), language="en")
        row = confirmed(cast, done)
        full, later = slot(cast.rewari, 20), slot(cast.rewari, 21)
        take_all_seats(kendra, operator, full)
        moved(row, full)
        assert seats_of(row) == []
        assert notices(row) == ["seat_lost"]
        (body,) = sms(row, "kendra_seat_lost")
        assert "no seat is free" in body
        row.refresh_from_db()
        moved(row, later)
        assert seats_of(row) == [(1, later)]

    def test_not_to_when_the_kendra_is_closed(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        to = slot(cast.rewari, 30)
        Kendra.objects.update(weekdays=[(clock.day_of(to.start).weekday() + 1) % 7])
        moved(row, to)
        assert (seats_of(row), notices(row)) == ([], ["seat_lost"])

    def test_while_the_office_has_not_answered_the_citizen_is_told_of_a_loss_alone(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(booked(kendra, operator, cast.rewari, person=somebody(PHONE)))
        to, full = slot(cast.rewari, 30), slot(cast.rewari, 31)
        take_all_seats(kendra, operator, full)
        row = moved(row, to)
        assert seats_of(row) == [(1, to)]
        moved(row, full)
        assert seats_of(row) == []
        assert len(sms(row, "kendra_seat_lost")) == 1

    def test_handed_over_without_its_time_the_seat_is_free_until_there_is_one(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        other = make_post("SDM-REW")
        row = request_of(booked(kendra, operator, cast.rewari))
        answers.hand_over(request=row, to=other, by=cast.suresh, version=row.version)
        row.refresh_from_db()
        assert (row.starts_at, seats_of(row)) == (None, [])


class TestFreed:
    @pytest.mark.parametrize("how", ["withdrawn", "declined", "released"])
    def test_when_nothing_comes_of_the_request(
        self, cast: Cast, kendra: Kendra, operator: User, how: str
    ) -> None:
        row = request_of(booked(kendra, operator, cast.rewari, slot=slot(cast.rewari, 30)))
        if how == "withdrawn":
            wishes.withdraw(request=row, by=None, version=row.version)
        elif how == "declined":
            told = {"reason": "answered", "words": "Settled by letter."}
            answers.decline(request=row, by=cast.suresh, version=row.version, **told)
        else:
            Leave.objects.create(
                post=cast.rewari,
                starts_at=clock.now() - timedelta(days=1),
                ends_at=clock.now() + timedelta(days=200),
            )
            overdue(row)
            deadlines.sweep()
        row.refresh_from_db()
        assert row.status == how
        assert seats_of(row) == []

    @pytest.mark.parametrize("side", ["citizen", "office"])
    def test_when_the_meeting_is_called_off(
        self, cast: Cast, kendra: Kendra, operator: User, gurugram: Any, side: str
    ) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        span = meeting(row)
        if side == "citizen":
            wishes.withdraw(request=row, by=None, version=row.version)
        else:
            answers.cancel(request=row, by=cast.meera, version=row.version, words=WORDS)
        assert seats_of(row) == []
        # And somebody else sits there.
        other = booked(kendra, operator, gurugram, slot=span)
        assert seats_of(request_of(other)) == [(1, span)]


class TestWhatIsMadeOfABooking:
    def test_a_drawn_wish_gets_request_and_seat(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        done = booked(
            kendra, operator, cast.rewari, slot=None, draw=draw.pk, person=somebody(PHONE)
        )
        due(draw)
        assert drawing.draw_due() == 1
        row = DrawWish.objects.get(code=done.reference).request
        assert row is not None
        assert AssistedBooking.objects.get().request == row
        assert seats_of(row) == [(1, meeting(row))]
        assert len(sms(row, "draw_won")) == 1

    def test_one_drawn_from_home_gets_its_request_alone(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk, seat_wanted=False)
        due(draw)
        drawing.draw_due()
        assert AssistedBooking.objects.get().request is not None
        assert not SeatHold.objects.exists()

    def test_a_meeting_in_place_of_a_missed_one_is_attended_here_too(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        row = shifted(row, clock.now() - timedelta(minutes=1))
        after_meeting.record_outcome(
            request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
        )
        given = Request.objects.get(follows=row)
        assert [span for _number, span in seats_of(given)] == [meeting(given)]


class TestMany:
    def bookings(self, cast: Cast, count: int) -> list[Request]:
        """Confirmed meetings of one time, at a Kendra of their own with seats for all."""
        kendra = make_kendra(f"REW-1{count:03d}", seats=count)
        operator = serve_at(kendra, make_staff(f"op{count}"))
        cast.rewari.places = 12
        cast.rewari.save()
        span = slot(cast.rewari, 20)
        return [
            confirmed(cast, booked(kendra, operator, cast.rewari, slot=span)) for _ in range(count)
        ]

    def test_a_holiday_moves_all_of_them_in_as_many_statements(self, cast: Cast) -> None:
        costs = []
        for count in (2, 10):
            rows = self.bookings(cast, count)
            day = clock.day_of(meeting(rows[0]).start)
            dealing = Dealing(by=cast.nasreen, for_all="move")
            with CaptureQueriesContext(connection) as caught:
                save_holiday(
                    holiday=Holiday(day=day, name_en="Teej", name_hi="तीज"),
                    by=cast.nasreen,
                    dealing=dealing,
                )
            costs.append(len([one for one in caught if "kendras_" in one["sql"]]))
            for row in rows:
                assert [span for _number, span in seats_of(row)] == [meeting(row)]
                assert clock.day_of(meeting(row).start) != day
            assert SeatHold.objects.filter(released_at=None).count() == count
            SeatHold.objects.update(released_at=clock.now())
            Request.objects.update(status="met", closed_at=clock.now())
            Holiday.objects.all().delete()
        assert costs[0] == costs[1]

    def test_leave_cancels_all_of_them_in_as_many_statements(self, cast: Cast) -> None:
        costs = []
        for count in (2, 10):
            rows = self.bookings(cast, count)
            start, end = clock.day_bounds(clock.day_of(meeting(rows[0]).start))
            leave = Leave(post=cast.rewari, starts_at=start, ends_at=end)
            dealing = Dealing(by=cast.meera, for_all="cancel", words=WORDS)
            with CaptureQueriesContext(connection) as caught:
                save_in_diary(row=leave, by=cast.meera, dealing=dealing)
            costs.append(len([one for one in caught if "kendras_" in one["sql"]]))
            assert not SeatHold.objects.filter(released_at=None).exists()
            Leave.objects.all().delete()
        assert costs[0] == costs[1]

    def test_a_batch_without_seats_costs_one_query(self, cast: Cast) -> None:
        rows = [
            sent(cast.rewari, make_citizen(make_household()), span)
            for span in slots(cast.rewari, 5)
        ]
        for hook in (seat_follows.all_confirmed, seat_follows.follow_all):
            with CaptureQueriesContext(connection) as caught:
                hook(KIND, [row.pk for row in rows])
            assert len(caught) == 1
            with CaptureQueriesContext(connection) as caught:
                hook("something.else", [row.pk for row in rows])
                hook(KIND, [])
            assert len(caught) == 0

    def test_the_hooks_are_told_of_many_at_once(self) -> None:
        for hook in (registry.moved, registry.cancelled, registry.changed_while_waiting):
            assert hook._for_many[seat_follows.follow] is seat_follows.follow_all
        assert registry.confirmed._for_many[seat_follows.confirmed] is seat_follows.all_confirmed


class TestWhatIsSaid:
    def test_a_private_meetings_sms_names_nobody_and_no_kendra(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(
            kendra, operator, cast.rewari, private=True, person=somebody(PHONE), language="en"
        )
        row = confirmed(cast, done)
        reminders = [
            *sms(row, "kendra_reminder_day_private"),
            *sms(row, "kendra_reminder_hour_private"),
        ]
        full = slot(cast.rewari, 20)
        take_all_seats(kendra, operator, full)
        moved(row, full)
        (lost,) = sms(row, "kendra_seat_lost_private")
        for body in (*reminders, lost):
            assert not any(word in body for word in ("Savitri", "Bawal", "Rewari"))

    def test_the_pages_say_where_it_was_asked_for_and_which_seat(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        steps = {step.title: step for step in timeline.entries(row)}
        words = " ".join(f"{step.title} {step.words}" for step in steps.values())
        assert "अटल सेवा केंद्र बावल" in words
        assert "पूजा" not in words
        assert words.count("बावल") == 2

    def test_the_pages_say_that_no_seat_is_free(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = confirmed(cast, booked(kendra, operator, cast.rewari))
        full = slot(cast.rewari, 20)
        take_all_seats(kendra, operator, full)
        moved(row, full)
        row.refresh_from_db()
        tones = [step.tone for step in timeline.entries(row)]
        assert tones.count("refused") == 1
