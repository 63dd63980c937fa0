"""A programme shifted by an hour moves every meeting in one act; nobody is bumped twice."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from appointments.models import Bump, Offer, Request
from appointments.programme import Shift, plan_of
from appointments.services import answers, draws
from appointments.services.programme import (
    Decision,
    PlanChanged,
    look_at,
    shift_programme,
)
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import Charge, HoursException, Leave
from tests.appointments.programmes import WORDS, by, day_slots, done, held, meeting, some_day
from tests.booking import sent
from tests.draws import announced
from tests.office import sms
from tests.people import Cast, make_citizen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def next_day(cast: Cast) -> date:
    """The working day after the one that is shifted."""
    day = some_day(cast) + timedelta(days=1)
    return day if day.weekday() != 6 else day + timedelta(days=1)


def close_from_to(cast: Cast, start: datetime, end: datetime) -> None:
    HoursException.objects.create(
        post=cast.rewari,
        day=some_day(cast),
        kind="close",
        starts=start.astimezone(clock.IST).time(),
        ends=end.astimezone(clock.IST).time(),
    )


class TestMoving:
    def test_twenty_meetings_move_in_one_act_with_one_message_each(self, cast: Cast) -> None:
        cast.rewari.hours.update(minutes=5)
        slots = day_slots(cast)
        rows = [meeting(cast, slot, f"Citizen {n}") for n, slot in enumerate(slots[:20])]
        done(cast, by(cast, slots[0].start))
        for row, slot in zip(rows, slots, strict=False):
            row.refresh_from_db()
            assert row.starts_at == slot.start + timedelta(hours=1) == held(row)
            assert row.status == "confirmed"
            assert sms(row, "request_shifted") == 1
            assert row.bump.words == WORDS
        assert Bump.objects.count() == 20
        assert Message.objects.filter(template__key="request_shifted").count() == 20

    def test_the_message_tells_both_times_and_how_to_say_that_one_cannot_come(
        self, cast: Cast
    ) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        done(cast, by(cast, slot.start))
        body = Message.objects.get(
            subject_id=str(row.pk), template__key="request_shifted", channel="sms"
        ).body
        assert "सुबह 10:00" in body
        assert "सुबह 11:00" in body
        assert "/l/" in body

    def test_meetings_before_the_chosen_time_stay(self, cast: Cast) -> None:
        slots = day_slots(cast)
        early, late = meeting(cast, slots[0]), meeting(cast, slots[4])
        done(cast, by(cast, slots[4].start))
        early.refresh_from_db()
        late.refresh_from_db()
        assert early.starts_at == slots[0].start
        assert late.starts_at == slots[4].start + timedelta(hours=1)
        assert sms(early, "request_shifted") == 0

    def test_the_hours_of_the_day_move_with_the_meetings(self, cast: Cast) -> None:
        slots = day_slots(cast)
        done(cast, by(cast, slots[4].start))
        hour = timedelta(hours=1)
        moved = [Span(slot.start + hour, slot.end + hour) for slot in slots[4:]]
        assert day_slots(cast) == slots[:4] + moved
        assert {row.kind for row in HoursException.objects.all()} == {"instead"}
        next_week = slots_on(cast.rewari, some_day(cast) + timedelta(days=7))
        assert [slot.start - timedelta(days=7) for slot in next_week] == [s.start for s in slots]

    def test_added_hours_and_an_earlier_shift_are_rewritten(self, cast: Cast) -> None:
        day = some_day(cast)
        HoursException.objects.create(
            post=cast.rewari, day=day, kind="add", starts="15:00", ends="16:00", minutes=30
        )
        slots = day_slots(cast)
        done(cast, by(cast, slots[0].start, 30))
        done(cast, by(cast, day_slots(cast)[0].start, 30))
        hour = timedelta(hours=1)
        assert day_slots(cast) == [Span(slot.start + hour, slot.end + hour) for slot in slots]
        assert Entry.objects.filter(act="programme_shifted").count() == 2

    def test_a_waiting_request_moves_and_its_due_time_stays(self, cast: Cast) -> None:
        slot = day_slots(cast)[0]
        row = sent(cast.rewari, cast.asha, slot)
        done(cast, by(cast, slot.start))
        moved = Request.objects.get(pk=row.pk)
        assert (moved.status, moved.due_at) == ("requested", row.due_at)
        assert moved.starts_at == slot.start + timedelta(hours=1)
        assert sms(row, "request_shifted") == 1

    def test_an_offer_out_moves_with_its_hold_and_can_still_be_accepted(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = sent(cast.rewari, cast.asha, slots[0])
        answers.offer(request=row, slot=slots[5], by=cast.meera, version=row.version)
        done(cast, by(cast, slots[5].start))
        offer = Offer.objects.get(request=row, status="open")
        assert offer.starts_at == slots[5].start + timedelta(hours=1) == held(row, "offered")
        assert offer.expires_at == row.due_at
        assert held(row) == slots[0].start
        # The time is the office's suggestion and not the citizen's: that is no bump.
        assert not Bump.objects.exists()
        assert (sms(row, "request_offer"), sms(row, "request_shifted")) == (2, 0)

    def test_a_request_whose_time_and_offer_both_move_is_told_once(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = sent(cast.rewari, cast.asha, slots[0])
        answers.offer(request=row, slot=slots[5], by=cast.meera, version=row.version)
        done(cast, by(cast, slots[0].start))
        assert held(row) == slots[0].start + timedelta(hours=1)
        assert held(row, "offered") == slots[5].start + timedelta(hours=1)
        assert (sms(row, "request_offer"), sms(row, "request_shifted")) == (1, 1)

    def test_only_the_offer_is_taken_back_when_it_cannot_move(self, cast: Cast) -> None:
        slots = day_slots(cast)
        far = sent(cast.rewari, cast.asha, slots_on(cast.rewari, next_day(cast))[0])
        answers.offer(request=far, slot=slots[5], by=cast.meera, version=far.version)
        both = sent(cast.rewari, make_citizen(name="Balbir Singh"), slots[4], channel="kendra")
        answers.offer(request=both, slot=slots[6], by=cast.meera, version=both.version)
        close_from_to(cast, slots[5].start + HOUR, slots[6].end + HOUR)
        shift = by(cast, slots[4].start)
        plan = look_at(shift)
        assert plan.stuck == []
        assert [one.request for one in plan.taken_back] == [far, both]
        before = (far.starts_at, far.due_at)
        done(cast, shift)
        far.refresh_from_db()
        assert (far.status, far.starts_at, far.due_at) == ("requested", *before)
        assert not Offer.objects.filter(status="open").exists()
        assert (sms(far, "offer_withdrawn"), sms(far, "request_declined")) == (1, 0)
        # Whose own time moves hears of that alone; no place on the old times is kept.
        assert held(both) == slots[4].start + HOUR
        assert (sms(both, "offer_withdrawn"), sms(both, "request_shifted")) == (0, 1)
        assert not both.holds.filter(purpose="offered", released_at=None).exists()

    def test_reminders_move_with_the_meeting(self, cast: Cast) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        done(cast, by(cast, slot.start))
        reminder = Message.objects.filter(
            subject_id=str(row.pk), template__key="reminder_hour", channel="sms"
        )
        assert [one.due_at for one in reminder.exclude(status="cancelled")] == [slot.start]
        assert reminder.filter(status="cancelled").count() == 1

    def test_earlier_works_as_well(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = meeting(cast, slots[4])
        done(cast, by(cast, slots[4].start, -60))
        row.refresh_from_db()
        assert row.starts_at == slots[0].start
        assert [slot.start for slot in day_slots(cast)] == [slot.start for slot in slots[:8]]

    def test_it_is_on_the_record_of_post_and_request(self, cast: Cast) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        done(cast, by(cast, slot.start))
        entry = Entry.objects.get(act="shifted", subject_id=str(row.pk))
        assert entry.actor == cast.suresh
        assert entry.post_code == "DC-REW"
        assert Entry.objects.filter(act="programme_shifted", actor=cast.suresh).exists()


class TestNobodyTwice:
    def bumped(self, cast: Cast) -> tuple[Request, Shift]:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        done(cast, by(cast, slot.start))
        return row, by(cast, slot.start + timedelta(hours=1))

    def test_whoever_was_bumped_is_listed_and_nothing_is_done_without_a_decision(
        self, cast: Cast
    ) -> None:
        row, again = self.bumped(cast)
        other = meeting(cast, day_slots(cast)[3])
        plan = look_at(again)
        assert [one.request for one in plan.stuck] == [row]
        assert plan.stuck[0].obstacle == "bumped"
        before = day_slots(cast)
        with pytest.raises(Refused) as refused:
            done(cast, again)
        assert refused.value.rule == "undecided"
        other.refresh_from_db()
        assert day_slots(cast) == before
        assert sms(other, "request_shifted") == 0

    def test_it_is_cancelled_with_words_and_comes_first_next_time(self, cast: Cast) -> None:
        row, again = self.bumped(cast)
        other = meeting(cast, day_slots(cast)[3])
        old = held(other)
        done(cast, again, cancelled=[row.pk], cancel_words="We are very sorry indeed.")
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.status, row.words) == ("cancelled_by_office", "We are very sorry indeed.")
        assert other.starts_at == old + timedelta(hours=1)
        assert sms(row, "request_cancelled_by_office") == 1
        assert sent(cast.rewari, row.citizen, channel="kendra").priority

    def test_without_words_nobody_is_cancelled(self, cast: Cast) -> None:
        row, again = self.bumped(cast)
        with pytest.raises(Refused) as refused:
            done(cast, again, cancelled=[row.pk], cancel_words="  ")
        assert refused.value.field == "cancel_words"


class TestWhatCannotMove:
    def test_a_day_that_waits_for_its_draw_is_refused_with_the_moment_of_the_draw(
        self, cast: Cast
    ) -> None:
        slots = day_slots(cast)
        meeting(cast, slots[0])
        shift = by(cast, slots[0].start)
        shown = look_at(shift).fingerprint
        draw = announced(cast, first_day=some_day(cast))
        decision = Decision(shown, WORDS)
        with pytest.raises(Refused) as looked:
            look_at(shift)
        with pytest.raises(Refused) as done_at_once:
            shift_programme(shift=shift, decision=decision, by=cast.suresh)
        for refused in (looked.value, done_at_once.value):
            assert (refused.rule, refused.field) == ("draw", "since")
            assert datetime_long(draw.draws_at) in str(refused.message)
        draws.cancel(draw=draw, by=cast.meera, words="The hall is not free.")
        assert look_at(shift).fingerprint == shown

    def test_a_time_that_is_over_or_has_no_hours_after_it(self, cast: Cast) -> None:
        slots = day_slots(cast)
        for shift, rule in [
            (by(cast, clock.now() - timedelta(minutes=1)), "past"),
            (by(cast, slots[-1].end + timedelta(hours=1)), "nothing"),
            (by(cast, slots[0].start, 10), "minutes"),
            (by(cast, slots[0].start, 481), "minutes"),
        ]:
            with pytest.raises(Refused) as refused:
                look_at(shift)
            assert refused.value.rule == rule

    def test_nothing_runs_past_midnight(self, cast: Cast) -> None:
        cast.rewari.hours.update(starts="17:00", ends="20:00")
        with pytest.raises(Refused) as refused:
            look_at(by(cast, day_slots(cast)[0].start, 240))
        assert refused.value.rule == "past_midnight"

    def test_meetings_that_stay_are_not_run_over(self, cast: Cast) -> None:
        slots = day_slots(cast)
        meeting(cast, slots[0])
        meeting(cast, slots[4])
        with pytest.raises(Refused) as refused:
            look_at(by(cast, slots[4].start, -60))
        assert refused.value.rule == "in_the_way"

    def test_a_new_time_on_closed_time_has_to_be_decided_about(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = meeting(cast, slots[0])
        HoursException.objects.create(
            post=cast.rewari, day=some_day(cast), kind="close", starts="11:00", ends="11:15"
        )
        plan = look_at(by(cast, slots[0].start))
        assert [(one.request, one.obstacle) for one in plan.stuck] == [(row, "closed")]

    def test_leave_closes_the_new_time_too(self, cast: Cast) -> None:
        slots = day_slots(cast)
        meeting(cast, slots[0])
        Leave.objects.create(
            post=cast.rewari, starts_at=slots[4].start, ends_at=slots[4].start + timedelta(hours=9)
        )
        assert [one.obstacle for one in look_at(by(cast, slots[0].start)).stuck] == ["closed"]

    def test_a_waiting_request_does_not_move_before_its_answer_is_due(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = sent(cast.rewari, cast.asha, slots[4])
        near = slots[0].start - timedelta(hours=2) + timedelta(minutes=1)
        Request.objects.filter(pk=row.pk).update(created_at=near - timedelta(hours=24), due_at=near)
        plan = look_at(by(cast, slots[4].start, -60))
        assert [(one.request, one.obstacle) for one in plan.stuck] == [(row, "before_due")]
        Request.objects.filter(pk=row.pk).update(due_at=near - timedelta(minutes=1))
        assert look_at(by(cast, slots[4].start, -60)).stuck == []

    def test_a_waiting_request_that_cannot_move_is_declined_with_words(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = sent(cast.rewari, cast.asha, slots[0])
        HoursException.objects.create(
            post=cast.rewari, day=some_day(cast), kind="close", starts="11:00", ends="11:15"
        )
        done(cast, by(cast, slots[0].start), cancelled=[row.pk], cancel_words="The hall is closed.")
        row.refresh_from_db()
        assert (row.status, row.decline_reason) == ("declined", "closed")
        assert sms(row, "request_declined") == 1
        assert sent(cast.rewari, cast.asha).priority

    def test_a_confirmed_meeting_is_not_moved_into_the_next_hour(self, cast: Cast) -> None:
        slots = day_slots(cast)
        meeting(cast, slots[4])
        shift = by(cast, slots[4].start, -60)
        near = plan_of(shift, moment=slots[0].start - timedelta(minutes=59))
        assert [one.obstacle for one in near.stuck] == ["near"]
        assert plan_of(shift, moment=slots[0].start - timedelta(minutes=60)).stuck == []


class TestWhatChangedMeanwhile:
    def test_a_booking_since_the_plan_was_read_is_listed_first(self, cast: Cast) -> None:
        slots = day_slots(cast)
        shift = by(cast, slots[0].start)
        shown = look_at(shift).fingerprint
        row = sent(cast.rewari, cast.asha, slots[3])
        with pytest.raises(PlanChanged) as changed:
            shift_programme(shift=shift, decision=Decision(shown, WORDS), by=cast.suresh)
        assert [one.request for one in changed.value.plan.affected] == [row]
        assert held(row) == slots[3].start

    def test_an_answer_since_the_plan_was_read_is_seen_too(self, cast: Cast) -> None:
        slots = day_slots(cast)
        row = sent(cast.rewari, cast.asha, slots[3])
        shift = by(cast, slots[0].start)
        shown = look_at(shift).fingerprint
        answers.confirm(request=row, by=cast.meera, version=row.version)
        with pytest.raises(PlanChanged):
            shift_programme(shift=shift, decision=Decision(shown, WORDS), by=cast.suresh)

    def test_a_charge_that_ended_a_moment_ago_shifts_nothing(self, cast: Cast) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        Charge.objects.filter(user=cast.suresh).update(ends_at=clock.now())
        with pytest.raises(PermissionDenied):
            done(cast, by(cast, slot.start))
        assert held(row) == slot.start

    @pytest.mark.parametrize("who", ["kavita", "nasreen", "gurpreet"])
    def test_nobody_else_shifts_it(self, cast: Cast, who: str) -> None:
        shift = by(cast, day_slots(cast)[0].start)
        decision = Decision(look_at(shift).fingerprint, WORDS)
        with pytest.raises(PermissionDenied):
            shift_programme(shift=shift, decision=decision, by=getattr(cast, who))
