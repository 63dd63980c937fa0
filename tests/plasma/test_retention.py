"""Data leave on the day that their list says, whatever happens to the job that does it."""

from datetime import timedelta
from typing import Any

import pytest

from plasma.models import Cohort, ConsentEntry, Donor
from plasma.services import consents, erasing, retention
from tests.donors import DonorCast, make_cohort, make_donor, make_pledge, today

LINK = ConsentEntry.How.LINK


def leave(cohort: Cohort, *, days: int = 0) -> None:
    """Let the data of ``cohort`` leave in so many days."""
    Cohort.objects.filter(pk=cohort.pk).update(
        dated=today() - timedelta(days=100), data_leave_on=today() + timedelta(days=days)
    )


def test_nobody_is_erased_before_the_day(donor_cast: DonorCast) -> None:
    leave(donor_cast.cohort, days=1)
    assert retention.sweep() == 0
    assert Donor.objects.living().count() == 3


def test_on_the_day_all_are_erased_and_the_ledger_says_why(donor_cast: DonorCast) -> None:
    leave(donor_cast.cohort)
    assert retention.sweep() == 3
    assert not Donor.objects.living().exists()
    hows = set(ConsentEntry.objects.values_list("act", "how"))
    assert hows == {("withdrawn", "retention")}
    assert ConsentEntry.objects.count() == 3


def test_who_is_in_a_list_that_is_kept_stays(donor_cast: DonorCast) -> None:
    donor_cast.suman.cohorts.add(make_cohort("Another list"))
    leave(donor_cast.cohort)
    assert retention.sweep() == 2
    assert list(Donor.objects.living()) == [donor_cast.suman]


@pytest.mark.parametrize("purpose", ["appeals", "donation"])
def test_who_agreed_themselves_stays(donor_cast: DonorCast, purpose: str) -> None:
    consents.give(donor_cast.suman, purpose, LINK)
    leave(donor_cast.cohort)
    assert retention.sweep() == 2
    assert list(Donor.objects.living()) == [donor_cast.suman]


def test_who_took_their_consent_back_goes(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, "appeals", LINK)
    consents.withdraw(donor_cast.suman, "appeals", LINK)
    leave(donor_cast.cohort)
    assert retention.sweep() == 3


def test_who_came_by_no_list_stays(donor_cast: DonorCast) -> None:
    make_donor("Kamla Devi")
    leave(donor_cast.cohort)
    assert retention.sweep() == 3
    assert Donor.objects.living().get().name == "Kamla Devi"


def test_a_second_sweep_does_nothing(donor_cast: DonorCast) -> None:
    leave(donor_cast.cohort)
    retention.sweep()
    assert retention.sweep() == 0
    assert ConsentEntry.objects.count() == 3


def test_more_than_one_batch_and_somebody_at_a_bank(
    donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(4):
        make_donor(f"Donor{number} Devi", cohort=donor_cast.cohort)
    pledge = make_pledge(donor_cast.suman, donor_cast.bank, status="arrived")
    leave(donor_cast.cohort)
    assert retention.sweep() == 6
    assert Donor.objects.living().get() == donor_cast.suman
    pledge.status = "deferred"
    pledge.save(update_fields=["status"])
    assert retention.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_killed_between_batches_the_next_sweep_goes_on(
    donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    leave(donor_cast.cohort)
    whole = erasing.erase_all
    calls: list[Any] = []

    def dies_at_the_second(*args: Any, **kwargs: Any) -> int:
        calls.append(args)
        done = whole(*args, **kwargs)
        if len(calls) == 2:
            raise SystemExit
        return done

    monkeypatch.setattr(retention, "erase_all", dies_at_the_second)
    with pytest.raises(SystemExit):
        retention.sweep()
    # What had not committed is as it was, with its ledger.
    assert Donor.objects.living().count() == 2
    assert ConsentEntry.objects.count() == 1
    assert retention.sweep() == 2


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_erase_each_once(race: Any, donor_cast: DonorCast) -> None:
    leave(donor_cast.cohort)
    outcomes = race(retention.sweep, retention.sweep)
    assert all(outcome.ok for outcome in outcomes)
    assert sum(outcome.value for outcome in outcomes) == 3
    assert ConsentEntry.objects.count() == 3
