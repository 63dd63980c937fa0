"""The funnel: counted in the transaction of each step, summed from a few rows."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from plasma.models import FunnelCount
from plasma.services import funnel
from tests.donors import DonorCast, make_campaign
from tests.races import Outcome

pytestmark = pytest.mark.django_db
Step = FunnelCount.Step


def test_steps_are_summed_by_bank_and_reason(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    for _time in range(20):
        funnel.add(row, Step.PLEDGED, bank=donor_cast.bank)
        funnel.add(row, Step.DEFERRED, bank=donor_cast.other_bank.pk, reason="weight", n=2)
    funnel.add(row.pk, Step.INVITED, n=1000)
    found = {(one.step, one.bank, one.reason): one.count for one in funnel.of(row)}
    assert found == {
        ("pledged", donor_cast.bank.pk, ""): 20,
        ("deferred", donor_cast.other_bank.pk, "weight"): 40,
        ("invited", None, ""): 1000,
    }
    assert FunnelCount.objects.count() <= 2 * funnel.SHARDS + 1


def test_a_step_that_is_left_again_is_taken_back(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    funnel.add(row, Step.BOOKED, bank=donor_cast.bank, n=3)
    for _time in range(3):
        funnel.add(row, Step.BOOKED, bank=donor_cast.bank, n=-1)
    assert funnel.of(row) == []
    assert set(funnel.totals(funnel.of(row)).values()) == {0}


def test_what_is_rolled_back_is_not_counted(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    with transaction.atomic():
        funnel.add(row, Step.OPENED)
        transaction.set_rollback(True)
    assert funnel.of(row) == []


def test_campaigns_are_counted_apart(donor_cast: DonorCast) -> None:
    one, other = (make_campaign(donor_cast.cohort, by=donor_cast.priya) for _number in range(2))
    funnel.add(one, Step.OPENED)
    assert funnel.of(other) == []


def test_the_sum_is_one_query_of_few_rows_however_many_were_asked(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    for step in Step:
        for _time in range(30):
            funnel.add(row, step, n=100_000)
    with CaptureQueriesContext(connection) as caught:
        counts = funnel.of(row)
    assert len(caught.captured_queries) == 1
    assert funnel.totals(counts) == dict.fromkeys(Step.values, 3_000_000)
    assert FunnelCount.objects.filter(campaign=row).count() <= funnel.SHARDS * len(Step.values)


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_lose_nothing(
    donor_cast: DonorCast, race: Callable[..., list[Outcome]]
) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)

    def count() -> None:
        for _time in range(25):
            with transaction.atomic():
                funnel.add(row, Step.OPENED)

    outcomes = race(*[count] * 6)
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    assert funnel.totals(funnel.of(row))["opened"] == 150
