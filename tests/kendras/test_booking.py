"""Booking at the counter: person, consent, request, slot and seat, or nothing of it."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Draft, DrawWish, Hold, Request
from appointments.services import pins
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common import clock
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.notifications.models import Message
from kendras.models import AssistedBooking, Consent, Desk, Kendra, KendraCharge, SeatHold
from kendras.services.booking import book
from kendras.services.seats import SeatTaken
from officials.models import Service
from tests.at_a_kendra import (
    a_key,
    again,
    booked,
    counter_wish,
    known,
    paper,
    request_of,
    slot,
    somebody,
)
from tests.booking import sent
from tests.counters import make_kendra, serve_at
from tests.draws import announced
from tests.people import Cast, make_citizen, make_department, make_household, make_post, open_hours

pytestmark = pytest.mark.django_db


def nothing_is_left() -> bool:
    """Whether no booking left anything behind, not even the person."""
    rows: list[Any] = [Request, Hold, SeatHold, Consent, AssistedBooking, Message]
    return not any(model.objects.exists() for model in rows) and not Citizen.objects.filter(
        given_name="Savitri"
    )


class TestWhatIsBooked:
    def test_a_walk_in_gets_slot_seat_and_pin(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, took_s=48)
        row = request_of(done)
        assert pins.check_pin(row, done.pin or "")
        assert (row.channel, row.made_by) == (Request.Channel.KENDRA, operator)
        assert Hold.objects.filter(request=row, released_at=None).count() == 1
        seat = SeatHold.objects.get(request=row)
        assert (seat.during.lower, seat.during.upper) == (row.starts_at, row.ends_at)
        assert seat.desk.kendra == kendra

    def test_both_names_stay_on_it(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        done = booked(kendra, operator, cast.rewari, took_s=48)
        row = AssistedBooking.objects.get(request=request_of(done))
        assert (row.kendra, row.operator, row.citizen.given_name) == (kendra, operator, "Savitri")
        assert (row.consent.citizen, row.consent.operator) == (row.citizen, operator)
        assert row.took_s == 48
        kind, pk = subject_of(row)
        entry = Entry.objects.get(subject_kind=kind, subject_id=pk)
        assert (entry.act, entry.actor, entry.post_code) == ("booked_at_kendra", operator, "DC-REW")
        assert entry.detail.data["kendra"] == "REW-0001"

    def test_any_time_takes_no_seat_yet(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        done = booked(kendra, operator, cast.rewari, slot=None)
        assert not SeatHold.objects.exists()
        assert done.booking.seat_wanted

    def test_who_joins_from_home_takes_no_seat(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        booked(kendra, operator, cast.rewari, seat_wanted=False)
        assert not SeatHold.objects.exists()

    def test_everything_typed_goes_along(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        service = Service.objects.create(
            code="OAP",
            department=make_department(),
            kind="scheme",
            name_en="Pension",
            name_hi="पेंशन",
        )
        typed = {
            "service_id": service.pk,
            "sought": "The pension",
            "description": "Since April.",
            "language": "en",
            "needs_interpreter": True,
            "needs_accessible_seat": True,
            "private": True,
            "other_times_ok": True,
            "hand_down_agreed": True,
            "unsuitable_weekdays": [6],
            "unsuitable_parts": ["evening"],
        }
        row = request_of(booked(kendra, operator, cast.rewari, **typed))
        assert {name: getattr(row, name) for name in typed} == typed


class TestTheKey:
    def test_the_same_key_again_gives_the_same_reference_and_no_pin(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        wanted, key = counter_wish(cast.rewari, took_s=40), a_key()
        first = book(kendra=kendra, by=operator, wanted=wanted, key=key)
        # Sent again later by the browser, which counted on.
        second = book(kendra=kendra, by=operator, wanted=again(wanted, took_s=900), key=key)
        assert (second.reference, second.pin, second.replayed) == (first.reference, None, True)
        assert second.booking == first.booking
        assert Request.objects.count() == 1
        assert Citizen.objects.filter(given_name="Savitri").count() == 1

    def test_the_same_key_with_something_else_is_misused(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        wanted, key = counter_wish(cast.rewari), a_key()
        book(kendra=kendra, by=operator, wanted=wanted, key=key)
        for changes in ({"subject": "Ration card"}, {"person": somebody()}, {"consent": paper()}):
            with pytest.raises(KeyMisused):
                book(kendra=kendra, by=operator, wanted=again(wanted, **changes), key=key)
        other = serve_at(make_kendra("REW-0002"), operator)
        with pytest.raises(KeyMisused):
            book(kendra=Kendra.objects.get(code="REW-0002"), by=other, wanted=wanted, key=key)

    def test_what_was_refused_leaves_the_key_free(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        wanted, key = counter_wish(cast.rewari, fee_rs=500), a_key()
        with pytest.raises(Refused):
            book(kendra=kendra, by=operator, wanted=wanted, key=key)
        done = book(kendra=kendra, by=operator, wanted=again(wanted, fee_rs=0), key=key)
        assert not done.replayed


class TestWhoMayBook:
    def refused(self, kendra: Kendra, by: User, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            booked(kendra, by, cast.rewari)
        assert nothing_is_left()

    def test_not_an_operator_of_another_kendra(
        self, cast: Cast, kendra: Kendra, other_operator: User
    ) -> None:
        self.refused(kendra, other_operator, cast)

    def test_not_the_office_itself(self, cast: Cast, kendra: Kendra) -> None:
        self.refused(kendra, cast.suresh, cast)

    def test_not_a_supervisor(self, cast: Cast, kendra: Kendra, supervisor: User) -> None:
        self.refused(kendra, supervisor, cast)

    def test_not_after_the_charge_ended(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        KendraCharge.objects.update(ends_at=clock.now() - timedelta(seconds=1))
        self.refused(kendra, operator, cast)

    def test_not_at_a_kendra_out_of_service(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Kendra.objects.update(active=False)
        self.refused(kendra, operator, cast)

    def test_not_by_a_closed_account(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        User.objects.filter(pk=operator.pk).update(is_active=False)
        self.refused(kendra, operator, cast)


class TestAllOrNothing:
    def test_a_lost_slot_leaves_no_seat_and_no_person(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        wanted = counter_wish(cast.rewari)
        row = sent(cast.rewari, cast.asha, wanted.slot)
        Message.objects.all().delete()
        with pytest.raises(SlotTaken) as refused:
            book(kendra=kendra, by=operator, wanted=wanted, key=a_key())
        assert len(refused.value.alternatives) == 3
        assert list(Request.objects.all()) == [row]
        assert not Consent.objects.exists()
        assert not Citizen.objects.filter(given_name="Savitri").exists()

    def test_a_lost_seat_leaves_no_slot_and_no_person(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Desk.objects.update(active=False)
        with pytest.raises(SeatTaken) as refused:
            booked(kendra, operator, cast.rewari)
        assert (refused.value.rule, refused.value.alternatives) == ("seat_taken", [])
        assert nothing_is_left()

    def test_a_used_slip_leaves_nothing(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        first = booked(kendra, operator, cast.rewari, consent=paper("A 17"))
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, consent=paper("a17"))
        assert (refused.value.rule, refused.value.field) == ("slip_used", "serial_number")
        assert list(Request.objects.all()) == [request_of(first)]
        assert SeatHold.objects.count() == 1
        assert Citizen.objects.filter(given_name="Savitri").count() == 1

    def test_the_same_number_of_a_slip_counts_anew_at_another_kendra(
        self, cast: Cast, kendra: Kendra, operator: User, other_kendra: Kendra, other_operator: User
    ) -> None:
        booked(kendra, operator, cast.rewari, consent=paper("17"))
        booked(other_kendra, other_operator, cast.rewari, consent=paper("17"))
        assert Consent.objects.filter(serial_number="17").count() == 2


class TestOtherTimes:
    def test_they_have_both_slot_and_seat(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        """The two seats are taken at the first time, by meetings with another office."""
        other = make_post("SDM-REW")
        open_hours(other)
        other.places = 2
        other.save()
        first, second = slot(cast.rewari, 0), slot(cast.rewari, 1)
        for _ in range(2):
            booked(kendra, operator, other, slot=first)
        booked(kendra, operator, cast.rewari, slot=second)
        with pytest.raises(SeatTaken) as refused:
            booked(kendra, operator, cast.rewari, slot=first)
        offered = refused.value.alternatives
        assert len(offered) == 3
        assert first not in offered
        assert second not in offered
        assert offered == sorted(offered)

    def test_nothing_is_held_while_the_kendra_is_closed(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Kendra.objects.update(opens=time(10, 30), closes=time(12))
        at_ten = next(one for one in (slot(cast.rewari, n) for n in range(60)) if hour(one) == 10)
        with pytest.raises(SeatTaken) as refused:
            booked(kendra, operator, cast.rewari, slot=at_ten)
        assert refused.value.rule == "kendra_closed"
        assert refused.value.alternatives
        assert nothing_is_left()
        # From home there is no need of the Kendra's hours.
        booked(kendra, operator, cast.rewari, slot=at_ten, seat_wanted=False)


def hour(span: Any) -> int:
    return int(span.start.astimezone(clock.IST).hour)


class TestLimits:
    def test_at_most_150_a_day_by_one_operator(
        self, cast: Cast, kendra: Kendra, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("appointments.services.rules.PER_OPERATOR_A_DAY", 1)
        booked(kendra, operator, cast.rewari)
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari)
        assert refused.value.rule == "operator_cap"

    def test_a_fee_is_at_most_the_notified_one(
        self, cast: Cast, kendra: Kendra, operator: User, settings: Any
    ) -> None:
        service = Service.objects.create(
            code="OAP",
            department=make_department(),
            kind="scheme",
            name_en="Pension",
            name_hi="पेंशन",
            atal_seva_fee_rs=10,
            kendra_fee_rs=30,
        )
        for fee, fields in ((11, {"service_id": service.pk}), (1, {})):
            with pytest.raises(Refused) as refused:
                booked(kendra, operator, cast.rewari, fee_rs=fee, **fields)
            assert (refused.value.rule, refused.value.field) == ("fee", "fee_rs")
        done = booked(kendra, operator, cast.rewari, fee_rs=10, service_id=service.pk)
        assert done.booking.fee_rs == 10
        settings.KENDRA_BOOKING_FEE_RS = 5
        assert booked(kendra, operator, cast.rewari, fee_rs=5).booking.fee_rs == 5

    def test_a_service_that_is_not_offered_any_more(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, service_id=4711)
        assert (refused.value.rule, refused.value.field) == ("service_not_offered", "service")

    def test_a_person_has_one_open_request_with_an_office(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        booked(kendra, operator, cast.rewari, person=known(cast.asha))
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, person=known(cast.asha))
        assert refused.value.rule == "one_open_per_post"


class TestDraws:
    def test_a_wish_is_put_into_the_draw(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        draw = announced(cast)
        done = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        wish = DrawWish.objects.get(code=done.reference)
        assert pins.check_pin(wish, done.pin or "")
        assert (wish.channel, wish.made_by) == ("kendra", operator)
        assert (done.booking.wish, done.booking.request) == (wish, None)
        assert not SeatHold.objects.exists()
        assert Draft.objects.get().data["about"]["subject"].startswith("Old-age")

    def test_sent_again_it_is_one_wish(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        wanted = counter_wish(cast.rewari, slot=None, draw=announced(cast).pk)
        key = a_key()
        first = book(kendra=kendra, by=operator, wanted=wanted, key=key)
        second = book(kendra=kendra, by=operator, wanted=wanted, key=key)
        assert (second.reference, second.pin) == (first.reference, None)
        assert DrawWish.objects.count() == 1

    def test_a_used_slip_leaves_no_wish(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        draw = announced(cast)
        booked(kendra, operator, cast.rewari, consent=paper("A17"))
        with pytest.raises(Refused):
            booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk, consent=paper("A17"))
        assert not DrawWish.objects.exists()
        assert not Draft.objects.exists()

    def test_wishes_count_among_the_bookings_of_the_day(
        self, cast: Cast, kendra: Kendra, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("appointments.services.rules.PER_OPERATOR_A_DAY", 1)
        draw = announced(cast)
        booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        assert refused.value.rule == "operator_cap"


def test_a_booking_costs_the_same_on_a_full_day(cast: Cast, kendra: Kendra, operator: User) -> None:
    """Every second counts at a counter: nothing of it grows with what is booked already."""
    costs = []
    for number in (1, 2):
        citizen = make_citizen(make_household(f"+91980000010{number}"))
        wanted, key = counter_wish(cast.rewari, person=known(citizen)), a_key()
        with CaptureQueriesContext(connection) as caught:
            book(kendra=kendra, by=operator, wanted=wanted, key=key)
        costs.append(len(caught))
        for _ in range(8):
            booked(kendra, operator, cast.rewari)
    assert costs[1] <= costs[0] <= 34
