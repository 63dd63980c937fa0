"""No officer sees a donor's record without a purpose, and each look is in the record."""

import pytest

from appointments.services.refusals import Refused
from esachivalaya.audit.models import Detail, Entry
from plasma.models import Donor
from plasma.services import erasing, looks
from tests.donors import FAMILY_PHONE, DonorCast, make_donor

PURPOSE = "The donor called and asks for another slot"


def test_a_look_is_noted_with_who_and_for_what(donor_cast: DonorCast) -> None:
    looks.note(donor_cast.suman, by=donor_cast.desk, purpose=looks.BANK_DESK)
    entry = Entry.objects.get(act=looks.ACT)
    assert (entry.subject_id, entry.actor) == (str(donor_cast.suman.pk), donor_cast.desk)
    assert Detail.objects.get(entry=entry).data == {"purpose": looks.BANK_DESK}


@pytest.mark.parametrize(
    "purpose", ["", "  ", "to look", " " * 30, "x" * 201, "calls from 98700 11111, wants a slot"]
)
def test_a_purpose_that_says_nothing_or_too_much_is_refused(
    donor_cast: DonorCast, purpose: str
) -> None:
    with pytest.raises(Refused) as refused:
        looks.note(donor_cast.suman, by=donor_cast.desk, purpose=purpose)
    assert refused.value.field == "purpose"
    assert not Entry.objects.filter(act=looks.ACT).exists()


def test_fixed_purposes_are_long_enough() -> None:
    for purpose in (looks.BANK_DESK, looks.MEDICAL_OFFICER, looks.MATCHING):
        assert looks.checked(purpose) == purpose


def test_a_search_finds_everybody_on_the_number_and_notes_each(donor_cast: DonorCast) -> None:
    found = looks.search(FAMILY_PHONE, by=donor_cast.priya, purpose=PURPOSE)
    assert found == [donor_cast.suman, donor_cast.rakesh]
    assert Entry.objects.filter(act=looks.ACT).count() == 2


def test_a_search_that_finds_nobody_is_noted_without_the_number(donor_cast: DonorCast) -> None:
    assert looks.search("+919812345678", by=donor_cast.priya, purpose=PURPOSE) == []
    entry = Entry.objects.get(act=looks.SEARCHED)
    assert entry.subject_id == str(donor_cast.priya.pk)
    assert Detail.objects.get(entry=entry).data == {"purpose": PURPOSE, "found": 0}


def test_who_was_erased_is_not_found(donor_cast: DonorCast) -> None:
    erasing.erase(donor_cast.rakesh, how="link")
    assert looks.search(FAMILY_PHONE, by=donor_cast.priya, purpose=PURPOSE) == [donor_cast.suman]


def test_after_forty_searches_in_an_hour_there_is_a_rest(donor_cast: DonorCast) -> None:
    for _number in range(looks.MOST_SEARCHES):
        looks.search("+919812345678", by=donor_cast.priya, purpose=PURPOSE)
    with pytest.raises(Refused) as refused:
        looks.search(FAMILY_PHONE, by=donor_cast.priya, purpose=PURPOSE)
    assert refused.value.rule == "searches"
    # Not for the other officer.
    assert looks.search(FAMILY_PHONE, by=donor_cast.harish, purpose=PURPOSE)


def test_noting_many_takes_as_many_queries_as_noting_one(
    donor_cast: DonorCast, django_assert_num_queries: object
) -> None:
    count = django_assert_num_queries  # type: ignore[assignment]
    with count(6):  # type: ignore[operator]
        looks.note_all([donor_cast.suman], by=donor_cast.desk, purpose=looks.BANK_DESK)
    many = [make_donor(f"Donor{number} Devi") for number in range(12)]
    with count(6):  # type: ignore[operator]
        looks.note_all(many, by=donor_cast.desk, purpose=looks.BANK_DESK)


def test_the_donor_reads_when_and_for_what(donor_cast: DonorCast) -> None:
    looks.note(donor_cast.suman, by=donor_cast.desk, purpose=PURPOSE)
    looks.note(donor_cast.suman, by=donor_cast.priya, purpose=looks.MATCHING)
    assert [purpose for _at, purpose in looks.of(donor_cast.suman)] == [PURPOSE, looks.MATCHING]
    assert looks.of(Donor.objects.get(pk=donor_cast.rakesh.pk)) == []


def test_the_number_of_an_office_gives_no_list_away(
    donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "MOST_FOUND", 1)
    found = looks.search(FAMILY_PHONE, by=donor_cast.priya, purpose=PURPOSE)
    assert found == [donor_cast.suman]
    # Whoever was not shown was not looked at.
    assert not looks.of(donor_cast.rakesh)
