"""The ledger of what donors agreed to: it only grows, and its last entry is what holds."""

import pytest
from django.db import DatabaseError, transaction

from appointments.services.refusals import Refused
from esachivalaya.audit.models import Detail, Entry
from plasma.models import ConsentEntry, Donor
from plasma.services import consents, erasing
from tests.donors import DonorCast

APPEALS, DONATION = ConsentEntry.Purpose.APPEALS, ConsentEntry.Purpose.DONATION
LINK = ConsentEntry.How.LINK


def test_nothing_stands_before_it_is_given(donor_cast: DonorCast) -> None:
    assert not consents.stands(donor_cast.suman, APPEALS)


def test_the_last_entry_about_a_purpose_is_what_holds(donor_cast: DonorCast) -> None:
    suman = donor_cast.suman
    consents.give(suman, APPEALS, LINK)
    consents.give(suman, DONATION, LINK)
    consents.withdraw(suman, APPEALS, LINK)
    assert not consents.stands(suman, APPEALS)
    assert consents.stands(suman, DONATION)
    assert ConsentEntry.objects.filter(donor=suman).count() == 3


def test_agreeing_twice_under_the_same_words_is_one_entry(donor_cast: DonorCast) -> None:
    first = consents.give(donor_cast.suman, APPEALS, LINK)
    again = consents.give(donor_cast.suman, APPEALS, LINK)
    assert first == again
    assert first.wording == consents.WORDING


def test_agreeing_under_other_words_is_another_entry(
    donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    consents.give(donor_cast.suman, APPEALS, LINK)
    monkeypatch.setattr(consents, "WORDING", "other")
    assert consents.give(donor_cast.suman, APPEALS, LINK).wording == "other"
    assert ConsentEntry.objects.count() == 2


def test_the_consent_of_one_is_not_that_of_the_other_on_the_phone(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, APPEALS, LINK)
    consents.withdraw(donor_cast.rakesh, APPEALS, LINK)
    assert consents.stands(donor_cast.suman, APPEALS)
    donor_cast.suman.refresh_from_db()
    assert donor_cast.suman.stopped_at is None


def test_who_withdraws_is_stopped_until_they_come_back(donor_cast: DonorCast) -> None:
    entry = consents.withdraw(donor_cast.suman, APPEALS, LINK)
    assert Donor.objects.get(pk=donor_cast.suman.pk).stopped_at == entry.at
    consents.give(donor_cast.suman, APPEALS, ConsentEntry.How.VOLUNTEER)
    assert Donor.objects.get(pk=donor_cast.suman.pk).stopped_at is None


def test_withdrawn_twice_is_one_entry(donor_cast: DonorCast) -> None:
    consents.withdraw(donor_cast.suman, APPEALS, LINK)
    consents.withdraw(donor_cast.suman, APPEALS, ConsentEntry.How.SMS)
    assert ConsentEntry.objects.filter(donor=donor_cast.suman).count() == 1


def test_the_record_tells_purpose_and_way_and_no_name(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, APPEALS, ConsentEntry.How.BANK, by=donor_cast.desk)
    entry = Entry.objects.get(act="consent_given")
    assert entry.actor == donor_cast.desk
    assert Detail.objects.get(entry=entry).data == {"purpose": "appeals", "how": "bank"}


def test_the_database_refuses_to_change_the_ledger(donor_cast: DonorCast) -> None:
    consents.withdraw(donor_cast.suman, APPEALS, LINK)
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentEntry.objects.update(act="given")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentEntry.objects.all().delete()


def test_who_was_erased_agrees_to_nothing_any_more(donor_cast: DonorCast) -> None:
    erasing.erase(donor_cast.suman, how=LINK)
    with pytest.raises(Refused):
        consents.give(donor_cast.suman, APPEALS, LINK)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_entry(race: object, donor_cast: DonorCast) -> None:
    def withdraw() -> ConsentEntry:
        return consents.withdraw(donor_cast.suman, APPEALS, LINK)

    outcomes = race(withdraw, withdraw)  # type: ignore[operator]
    assert all(outcome.ok for outcome in outcomes)
    assert ConsentEntry.objects.count() == 1
