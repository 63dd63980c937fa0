"""Booking, moving, cancelling; the last bed goes to one of ten."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections

from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from plasma.models import Bank, BedHold, Campaign, Pledge
from plasma.services import answers, links, pledges
from plasma.services.answers import Asker
from tests.donors import (
    DonorCast,
    make_bank,
    make_donor,
    make_donor_cast,
    make_invitation,
    make_pledge,
)
from tests.plasma.donor_pages import counted, said, slots

ILLNESS = re.compile("covid|corona|plasma(?!/)|donat|कोविड|कोरोना|प्लाज्मा|प्लाज़्मा|रक्त", re.IGNORECASE)


def pledged(cast: DonorCast, campaign: Campaign) -> Pledge:
    invitation = make_invitation(campaign, cast.suman)
    return answers.pledge(asker=Asker(cast.suman, invitation), bank=cast.bank, answers=said())


def booked(row: Pledge, number: int = 0) -> Pledge:
    return pledges.book(pledge=row, span=slots(row.bank)[number], version=row.version)


def sms(row: Pledge, template: str) -> list[Message]:
    found = Message.objects.filter(subject_kind="plasma.pledge", subject_id=str(row.pk))
    return list(found.filter(template__key=template).order_by("due_at"))


@pytest.mark.django_db
class TestBooking:
    @pytest.fixture
    def row(self, donor_cast: DonorCast, campaign: Campaign) -> Pledge:
        return pledged(donor_cast, campaign)

    def test_a_time_is_held_counted_and_told(self, row: Pledge) -> None:
        row = booked(row)
        hold = BedHold.objects.get()
        assert (hold.during.lower, hold.during.upper) == (row.starts_at, row.ends_at)
        assert counted("booked", bank=row.bank) == 1
        (message,) = sms(row, "plasma_booked")
        assert "Suman" in message.body
        assert "गुरुग्राम" in message.body
        assert "Devi" not in message.body

    def test_no_message_names_an_illness_or_a_bank_of_plasma(self, row: Pledge) -> None:
        row = booked(row, 8)
        row = pledges.move_to(pledge=row, span=slots(row.bank)[9], version=row.version)
        pledges.cancel(pledge=row, version=row.version)
        bodies = Message.objects.filter(subject_kind="plasma.pledge").values_list("body", flat=True)
        assert len(bodies) > 3
        for body in bodies:
            assert not ILLNESS.search(body), body

    def test_it_is_reminded_of_a_day_and_some_hours_before(self, row: Pledge) -> None:
        row = booked(row, 10)
        assert row.starts_at is not None
        first, second = sms(row, "plasma_reminder")
        assert first.due_at < second.due_at == row.starts_at - timedelta(hours=3)
        assert second.expires_at == row.starts_at

    def test_moving_frees_the_old_bed_and_moves_the_reminders(self, row: Pledge) -> None:
        row = booked(row, 10)
        old = row.starts_at
        moved = pledges.move_to(pledge=row, span=slots(row.bank)[14], version=row.version)
        assert moved.starts_at != old
        assert BedHold.objects.filter(released_at__isnull=True).count() == 1
        assert len(sms(row, "plasma_moved")) == 1
        states = [message.status for message in sms(row, "plasma_reminder")]
        assert states.count("cancelled") == 2
        assert states.count("queued") == 2
        assert counted("booked") == 1

    def test_a_move_that_cannot_be_had_leaves_the_time(self, row: Pledge) -> None:
        row = booked(row)
        full = slots(row.bank)[3]
        for _bed in range(row.bank.beds):
            other = make_pledge(make_donor(), row.bank)
            pledges.book(pledge=other, span=full, version=other.version)
        with pytest.raises(SlotTaken) as taken:
            pledges.move_to(pledge=row, span=full, version=row.version)
        assert len(taken.value.alternatives) == 3
        hold = BedHold.objects.get(pledge=row, released_at__isnull=True)
        assert hold.during.lower == row.starts_at

    def test_cancelling_frees_the_bed_takes_counts_back_and_says_so(self, row: Pledge) -> None:
        row = booked(row, 10)
        row = pledges.cancel(pledge=row, version=row.version)
        assert row.status == "cancelled"
        assert (counted("pledged"), counted("booked")) == (0, 0)
        assert not BedHold.objects.filter(released_at__isnull=True).exists()
        assert len(sms(row, "plasma_cancelled")) == 1
        assert {one.status for one in sms(row, "plasma_reminder")} == {"cancelled"}

    def test_an_old_page_is_told_and_does_nothing(self, row: Pledge) -> None:
        later = booked(row)
        with pytest.raises(Overtaken):
            pledges.cancel(pledge=row, version=row.version - 1 if row.version > 1 else 99)
        later.refresh_from_db()
        assert later.status == "booked"

    def test_the_same_time_again_is_no_move(self, row: Pledge) -> None:
        row = booked(row)
        assert row.starts_at is not None
        assert row.ends_at is not None
        with pytest.raises(Refused) as refused:
            pledges.move_to(pledge=row, span=Span(row.starts_at, row.ends_at), version=row.version)
        assert refused.value.rule == "same_time"

    def test_once_it_has_begun_the_bank_writes_it_down(self, row: Pledge) -> None:
        row = booked(row)
        past = clock.now() - timedelta(minutes=5)
        Pledge.objects.filter(pk=row.pk).update(starts_at=past)
        with pytest.raises(Refused) as refused:
            pledges.cancel(pledge=row, version=row.version)
        assert refused.value.rule == "begun"

    def test_the_link_in_a_message_outlives_the_visit(
        self, row: Pledge, campaign: Campaign
    ) -> None:
        assert row.invitation is not None
        soon = booked(row)
        # A week of campaign, less than a visit and a week after it.
        assert "/plasma/come/" in sms(soon, "plasma_booked")[0].body
        Campaign.objects.filter(pk=campaign.pk).update(ends_at=clock.now() + timedelta(days=60))
        fresh = pledges.related().get(pk=soon.pk)
        pledges.move_to(pledge=fresh, span=slots(row.bank)[6], version=fresh.version)
        assert links.token_of(row.invitation.pk) in sms(soon, "plasma_moved")[0].body

    def test_nothing_is_written_to_a_number_that_is_another_persons(self, row: Pledge) -> None:
        row.donor.phones.update(wrong_at=clock.now())
        booked(row)
        assert not Message.objects.filter(subject_kind="plasma.pledge").exists()

    def test_a_pledge_without_a_time_ends_after_two_weeks(self, row: Pledge) -> None:
        assert pledges.expire() == 0
        Pledge.objects.filter(pk=row.pk).update(made_at=clock.now() - timedelta(days=15))
        assert (pledges.expire(), pledges.expire()) == (1, 0)
        row.refresh_from_db()
        assert row.status == "cancelled"
        assert counted("pledged") == 0


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def bank(self, transactional_db: None) -> Bank:
        close_old_connections()
        make_donor_cast()
        return make_bank("REW", beds=1)

    def test_the_last_bed_goes_to_one_of_ten(
        self, bank: Bank, race: Callable[..., list[Any]]
    ) -> None:
        span = slots(bank)[0]
        rows = [make_pledge(make_donor(f"Donor {n}"), bank) for n in range(10)]
        outcomes = race(
            *[
                lambda row=row: pledges.book(pledge=row, span=span, version=row.version)
                for row in rows
            ]
        )
        assert sum(one.ok for one in outcomes) == 1
        lost = [one.error for one in outcomes if not one.ok]
        assert all(isinstance(error, SlotTaken) for error in lost), lost
        assert BedHold.objects.count() == 1
        assert Pledge.objects.filter(status="booked").count() == 1
        assert Message.objects.filter(template__key="plasma_booked").count() == 1

    def test_ten_who_swap_times_at_once_end_with_one_bed_each(
        self, bank: Bank, race: Callable[..., list[Any]]
    ) -> None:
        spans = slots(bank)
        rows = []
        for number in range(5):
            row = make_pledge(make_donor(f"Donor {number}"), bank)
            rows.append(pledges.book(pledge=row, span=spans[number], version=row.version))
        outcomes = race(
            *[
                lambda row=row, to=spans[(n + 1) % 5]: pledges.move_to(
                    pledge=row, span=to, version=row.version
                )
                for n, row in enumerate(rows)
            ]
        )
        assert all(one.ok or isinstance(one.error, SlotTaken) for one in outcomes)
        live = BedHold.objects.filter(released_at__isnull=True)
        assert live.count() == live.values("pledge").distinct().count() == 5

    def test_booking_and_cancelling_one_pledge_at_once_leave_no_bed_behind(
        self, bank: Bank, race: Callable[..., list[Any]]
    ) -> None:
        row = make_pledge(make_donor(), bank)
        span = slots(bank)[0]
        race(
            lambda: pledges.book(pledge=row, span=span, version=row.version),
            lambda: pledges.cancel(pledge=row, version=row.version),
        )
        row.refresh_from_db()
        held = BedHold.objects.filter(released_at__isnull=True).count()
        assert held == (1 if row.status == "booked" else 0)

    def test_two_pledges_of_one_donor_at_once_make_one(
        self, bank: Bank, race: Callable[..., list[Any]]
    ) -> None:
        donor = make_donor()
        outcomes = race(
            *[
                lambda: answers.pledge(asker=Asker(donor), bank=bank, answers=said())
                for _n in range(6)
            ]
        )
        assert all(one.ok for one in outcomes), [one.error for one in outcomes]
        assert Pledge.objects.filter(donor=donor).count() == 1
