"""Which times of a bank are free: by the same mechanism as the diaries of offices."""

from datetime import time, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateTimeTZRange

from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common import clock
from esachivalaya.common.clock import at
from esachivalaya.common.slots import Span
from officials.models import Holiday
from plasma.models import Bank, BankClosure, BankHours, BedHold
from plasma.services import beds
from tests.donors import DonorCast, make_bank, make_donor, make_pledge, today

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


@pytest.fixture
def bank(donor_cast: DonorCast) -> Bank:
    return donor_cast.bank


def tomorrow(bank: Bank) -> list[beds.FreeBed]:
    day = today() + TOMORROW
    return beds.free_slots(bank, first=day, last=day).get(day, [])


def take(bank: Bank, span: Span) -> BedHold:
    pledge = make_pledge(make_donor(), bank)
    return beds.take(pledge=pledge, bank=bank, span=span)[0]


def test_a_day_has_the_slots_of_its_hours(bank: Bank) -> None:
    free = tomorrow(bank)
    day = today() + TOMORROW
    assert [one.span.start for one in free] == [
        at(day, time(9)) + n * timedelta(minutes=90) for n in range(6)
    ]
    assert {one.beds_left for one in free} == {2}


def test_a_holiday_closes_the_day_and_one_that_is_open_does_not(bank: Bank) -> None:
    day = today() + TOMORROW
    row = Holiday.objects.create(day=day, name_en="Festival", name_hi="त्योहार", closed=True)
    assert tomorrow(bank) == []
    row.closed = False
    row.save()
    assert len(tomorrow(bank)) == 6


def test_a_weekday_without_hours_has_none(bank: Bank) -> None:
    day = today() + TOMORROW
    BankHours.objects.filter(bank=bank, weekday=day.weekday()).delete()
    assert tomorrow(bank) == []


def test_hours_that_overlap_offer_each_moment_once(bank: Bank) -> None:
    day = today() + TOMORROW
    BankHours.objects.create(bank=bank, weekday=day.weekday(), opens=time(8), closes=time(10, 30))
    spans = [one.span for one in tomorrow(bank)]
    assert all(not a.overlaps(b) for a, b in pairwise(spans))


def test_nothing_beyond_the_horizon_or_within_the_notice(bank: Bank) -> None:
    bank.horizon_days = 3
    bank.save()
    free = beds.free_slots(bank)
    assert max(free) <= today() + timedelta(days=3)
    soonest = min(one.span.start for slots in free.values() for one in slots)
    assert soonest >= clock.now() + beds.NOTICE - timedelta(seconds=5)
    far = Span(*(at(today() + timedelta(days=4), time(*hour)) for hour in ((9, 0), (10, 30))))
    with pytest.raises(Refused) as refused:
        take(bank, far)
    assert refused.value.rule == "notice"


def test_beds_are_taken_one_by_one_and_the_last_one_hides_the_slot(bank: Bank) -> None:
    span = tomorrow(bank)[0].span
    assert take(bank, span).place == 1
    assert tomorrow(bank)[0].beds_left == 1
    assert take(bank, span).place == 2
    assert tomorrow(bank)[0].span != span
    with pytest.raises(SlotTaken):
        take(bank, span)


def test_a_freed_bed_can_be_taken_again(bank: Bank) -> None:
    span = tomorrow(bank)[0].span
    held = take(bank, span)
    take(bank, span)
    beds.free(held.pledge, moment=clock.now())
    assert take(bank, span).place == held.place


@pytest.mark.parametrize("shift", [timedelta(minutes=5), timedelta(hours=-3)])
def test_what_is_no_slot_cannot_be_taken(bank: Bank, shift: timedelta) -> None:
    span = tomorrow(bank)[0].span
    with pytest.raises(Refused) as refused:
        take(bank, Span(span.start + shift, span.end + shift))
    assert refused.value.rule == "not_a_slot"


def test_a_bank_that_takes_nobody_has_no_slots(bank: Bank) -> None:
    span = tomorrow(bank)[0].span
    bank.active = False
    bank.save()
    assert beds.free_slots(bank) == {}
    with pytest.raises(Refused):
        take(bank, span)


def test_closed_time_takes_the_slots_it_touches_until_it_is_lifted(
    bank: Bank, donor_cast: DonorCast
) -> None:
    day = today() + TOMORROW
    row = BankClosure.objects.create(
        bank=bank,
        starts_at=at(day, time(10)),
        ends_at=at(day, time(12)),
        words="No power",
        made_by=donor_cast.desk,
        made_at=clock.now(),
    )
    # 9:00 to 10:30 and 10:30 to 12:00 are touched; 12:00 is not.
    assert tomorrow(bank)[0].span.start == at(day, time(12))
    row.lifted_at = clock.now()
    row.save()
    assert len(tomorrow(bank)) == 6


def test_the_database_itself_keeps_two_out_of_one_bed(bank: Bank) -> None:
    span = tomorrow(bank)[0].span
    take(bank, span)
    with pytest.raises(IntegrityError), transaction.atomic():
        BedHold.objects.create(
            bank=bank,
            place=1,
            during=DateTimeTZRange(span.start + timedelta(minutes=10), span.end),
            pledge=make_pledge(make_donor(), bank),
        )


def test_the_queries_are_as_many_for_a_full_month_as_for_an_empty_one(bank: Bank) -> None:
    other = make_bank("REW")
    for one in tomorrow(bank):
        take(bank, one.span)
    counts = []
    for place in (bank, other):
        with CaptureQueriesContext(connection) as caught:
            beds.free_slots(place)
        counts.append(len(caught))
    assert counts == [5, 5]
