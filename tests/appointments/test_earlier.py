"""An earlier time becomes free: who wishes is told in a drawn order, the first to come has it."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import EarlierTold, EarlierWish, FreedTime, Request
from appointments.services import answers, earlier, earlier_wishes, wishes
from appointments.services.refusals import Refused
from appointments.tasks import draw_earlier
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock, sweeps
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import HoursException
from tests.appointments.earlier import (
    far_slots,
    give_up,
    meeting,
    waiting,
    wishing,
)
from tests.booking import sent
from tests.draws import announced, open_day
from tests.office import sms
from tests.people import (
    Cast,
    make_citizen,
)

pytestmark = pytest.mark.django_db


class TestWishing:
    def test_the_wish_is_noted_taken_back_and_noted_again(self, cast: Cast) -> None:
        row = meeting(cast, far_slots(cast, 1)[0])
        assert earlier_wishes.set_wish(request=row, wanted=True, by=None, version=row.version)
        assert earlier_wishes.wishes(row)
        assert not earlier_wishes.set_wish(request=row, wanted=True, by=None, version=row.version)
        wishing(row, wanted=False)
        assert not earlier_wishes.wishes(row)
        wishing(row)
        assert EarlierWish.objects.get().ended_at is None
        acts = Entry.objects.filter(subject_id=str(row.pk), act__startswith="earlier")
        assert acts.count() == 3

    def test_a_request_without_a_time_has_nothing_to_be_earlier_than(self, cast: Cast) -> None:
        row = sent(cast.rewari, cast.asha)
        with pytest.raises(Refused):
            wishing(row)

    def test_the_wish_ends_when_the_request_closes(self, cast: Cast) -> None:
        row = wishing(meeting(cast, far_slots(cast, 1)[0]))
        give_up(row)
        assert EarlierWish.objects.get().ended_at is not None


class TestFreedTimes:
    def test_a_time_set_free_is_noted_only_while_somebody_wishes_for_it(self, cast: Cast) -> None:
        one, two, three = far_slots(cast, 3)
        give_up(meeting(cast, one))
        assert not FreedTime.objects.exists()
        wishing(meeting(cast, three))
        give_up(meeting(cast, two))
        assert FreedTime.objects.get().starts_at == two.start

    def test_a_later_time_or_another_office_is_nobody_s_wish(
        self, cast: Cast, gurugram: Any
    ) -> None:
        one, two = far_slots(cast, 2)
        wishing(meeting(cast, one))
        give_up(meeting(cast, two))
        other = sent(gurugram, make_citizen(), one, channel="kendra")
        wishes.withdraw(request=other, by=None, version=other.version)
        assert not FreedTime.objects.exists()

    def test_a_time_within_the_minimum_notice_is_not_noted(self, cast: Cast) -> None:
        one, two = far_slots(cast, 2)
        wishing(meeting(cast, two))
        row = meeting(cast, one)
        hours = int((one.start - clock.now()) / timedelta(hours=1)) + 1
        cast.rewari.minimum_notice_hours = hours
        cast.rewari.save()
        give_up(row)
        assert not FreedTime.objects.exists()

    def test_a_closed_request_with_an_offer_notes_each_time_once(self, cast: Cast) -> None:
        one, two, three = far_slots(cast, 3)
        wishing(meeting(cast, three))
        row = waiting(cast, one)
        answers.offer(request=row, slot=two, by=cast.meera, version=row.version)
        row.refresh_from_db()
        give_up(row)
        freed = FreedTime.objects.values_list("starts_at", flat=True)
        assert sorted(freed) == [one.start, two.start]

    def test_booking_costs_nothing_more_and_freeing_one_statement(self, cast: Cast) -> None:
        one, two = far_slots(cast, 2)
        row = meeting(cast, one)
        with CaptureQueriesContext(connection) as caught:
            waiting(cast, two)
        assert not [sql for sql in caught.captured_queries if "earlierwish" in sql["sql"]]
        with CaptureQueriesContext(connection) as caught:
            give_up(row)
        freeing = [sql for sql in caught.captured_queries if "freedtime" in sql["sql"]]
        assert len(freeing) == 1


class TestDraw:
    def test_ten_are_told_in_the_order_that_the_seed_draws(self, cast: Cast) -> None:
        times = far_slots(cast, 14)
        rows = [wishing(meeting(cast, slot, f"Citizen {n}")) for n, slot in enumerate(times[1:13])]
        give_up(meeting(cast, times[0]))
        draw_earlier()
        freed = FreedTime.objects.get()
        order = sorted(
            rows,
            key=lambda row: hashlib.sha256(f"{freed.seed}:{row.reference}".encode()).hexdigest(),
        )
        places = EarlierTold.objects.filter(freed=freed).order_by("place")
        assert [one.request_id for one in places] == [row.pk for row in order[:10]]
        assert [sms(row, "earlier_time_free") for row in order] == [1] * 10 + [0] * 2
        assert len(freed.seed) == 32
        assert "draw_earlier" in sweeps.ages()

    def test_a_second_sweep_tells_nobody_again(self, cast: Cast) -> None:
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two))
        give_up(meeting(cast, one))
        assert [earlier.draw(), earlier.draw()] == [1, 0]
        assert sms(row, "earlier_time_free") == 1

    def test_a_day_that_waits_for_its_draw_is_told_to_nobody(self, cast: Cast) -> None:
        one, two = slots_on(cast.rewari, open_day())[:2]
        row = wishing(meeting(cast, two))
        give_up(meeting(cast, one))
        announced(cast, first_day=open_day())
        assert earlier.draw() == 1
        assert sms(row, "earlier_time_free") == 0

    def test_one_that_fails_keeps_none_of_the_others_waiting(
        self, cast: Cast, caplog: pytest.LogCaptureFixture
    ) -> None:
        one, two, three = far_slots(cast, 3)
        row = wishing(meeting(cast, three))
        other = meeting(cast, two)
        give_up(meeting(cast, one))
        give_up(other)
        bad = FreedTime.objects.earliest("freed_at")
        EarlierTold.objects.create(freed=bad, request=other, place=1)
        assert earlier.draw() == 1
        assert sms(row, "earlier_time_free") == 1
        assert FreedTime.objects.get(drawn_at=None) == bad
        assert f"Freed time {bad.pk} is not told of yet" in caplog.text

    def test_a_time_taken_or_closed_meanwhile_is_told_to_nobody(self, cast: Cast) -> None:
        one, two, three = far_slots(cast, 3)
        row = wishing(meeting(cast, three))
        give_up(meeting(cast, one))
        waiting(cast, one)
        assert (earlier.draw(), sms(row, "earlier_time_free")) == (1, 0)
        give_up(meeting(cast, two))
        HoursException.objects.create(
            post=cast.rewari,
            day=clock.day_of(two.start),
            kind="close",
            starts="00:00",
            ends="23:59",
        )
        assert (earlier.draw(), sms(row, "earlier_time_free")) == (1, 0)
        assert not FreedTime.objects.filter(drawn_at=None).exists()

    def test_only_whom_it_suits_and_whose_answer_is_due_before_it(self, cast: Cast) -> None:
        one, two, three = far_slots(cast, 3)
        weekday = clock.day_of(one.start).weekday()
        picky = wishing(meeting(cast, two))
        Request.objects.filter(pk=picky.pk).update(unsuitable_weekdays=[weekday])
        owed = wishing(waiting(cast, three))
        give_up(meeting(cast, one))
        Request.objects.filter(pk=owed.pk).update(
            due_at=one.start + timedelta(minutes=1),
            created_at=one.start - timedelta(hours=1),
        )
        earlier.draw()
        assert (sms(picky, "earlier_time_free"), sms(owed, "earlier_time_free")) == (0, 0)

    def test_a_private_request_is_told_without_name_and_office(self, cast: Cast) -> None:
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two, "Sunita Rani", private=True))
        give_up(meeting(cast, one))
        earlier.draw()
        body = Message.objects.get(
            subject_id=str(row.pk), template__key="earlier_time_free_private", channel="sms"
        ).body
        assert "Sunita" not in body
        assert cast.rewari.short_hi not in body
