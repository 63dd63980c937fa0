"""Loading a list: nobody twice, nobody merged, all or nothing, and nothing of the file is left."""

import csv
import io
import time
import tracemalloc
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import F

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import old_rows
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.csv_file import ImportRefused
from plasma.generator import Wanted, rows
from plasma.models import Cohort, CohortImport, Donor, DonorPhone
from plasma.services import erasing, imports
from tests.donors import FAMILY_PHONE, DonorCast, make_cohort, today
from tests.people import make_district
from tests.plasma.lists import HEADER, kept, line, loaded, written


@pytest.fixture
def empty(donor_cast: DonorCast) -> Cohort:
    """A cohort that nobody is in yet."""
    return make_cohort("Recovered by July")


def test_a_line_becomes_a_donor_of_the_cohort(donor_cast: DonorCast, empty: Cohort) -> None:
    text = written([line(name="श्रीमती कमला देवी", mobile="9870033333")])
    row = loaded(empty, text, donor_cast.priya)
    donor = Donor.objects.get(cohorts=empty)
    assert (donor.name, donor.given_name) == ("श्रीमती कमला देवी", "कमला")
    assert (donor.year_of_birth, donor.blood_group) == (1985, "O+")
    assert donor.district == make_district("GGM")
    assert donor.recovered_on == date(2020, 6, 1)
    assert donor.phones.get().phone == "+919870033333"
    assert row.status == CohortImport.Status.LOADED


def test_the_same_file_again_makes_nobody_new(donor_cast: DonorCast, empty: Cohort) -> None:
    text = written(
        [line(name=f"Donor{chr(97 + n)} Devi", mobile=f"987003333{n}") for n in range(5)]
    )
    loaded(empty, text, donor_cast.priya)
    before = Donor.objects.count()
    row = loaded(empty, text, donor_cast.priya)
    assert Donor.objects.count() == before
    assert (row.counts["new"], row.counts["known"]) == (0, 5)


def test_the_next_version_mends_who_is_on_the_list(donor_cast: DonorCast, empty: Cohort) -> None:
    loaded(empty, written([line(mobile="9870033333")]), donor_cast.priya)
    make_district("PKL")
    again = line(mobile="9870033333", blood_group="B+", district="Panchkula")
    loaded(empty, written([again]), donor_cast.priya)
    donor = Donor.objects.get(phones__phone="+919870033333")
    assert (donor.blood_group, donor.district) == ("B+", make_district("PKL"))


def test_another_list_only_fills_gaps(donor_cast: DonorCast, empty: Cohort) -> None:
    Donor.objects.filter(pk=donor_cast.suman.pk).update(recovered_on=None, blood_group="A+")
    row = loaded(empty, written([line(blood_group="B+")]), donor_cast.priya)
    suman = Donor.objects.get(pk=donor_cast.suman.pk)
    assert row.counts["known"] == 1
    assert (suman.blood_group, suman.recovered_on) == ("A+", date(2020, 6, 1))
    assert suman.cohorts.count() == 2


@pytest.mark.parametrize(
    ("name", "year", "known"),
    [
        ("SUMAN DEVI", "1985", True),
        ("Suman Sharma", "1985", True),
        ("Suman Devi", "1986", False),
        ("Sunita Devi", "1985", False),
    ],
)
def test_number_given_name_and_year_make_a_person(
    donor_cast: DonorCast, empty: Cohort, name: str, year: str, known: bool
) -> None:
    row = loaded(empty, written([line(name=name, year_of_birth=year)]), donor_cast.priya)
    assert row.counts["known"] == int(known)
    assert empty.donors.get().phones.get().phone == FAMILY_PHONE


def test_two_people_on_one_phone_stay_two(donor_cast: DonorCast, empty: Cohort) -> None:
    text = written([line(mobile="9870033333"), line(mobile="9870033333", name="Ram Kumar")])
    row = loaded(empty, text, donor_cast.priya)
    assert (row.counts["new"], row.counts["shared"], row.counts["duplicate"]) == (2, 1, 0)
    assert empty.donors.count() == 2


def test_a_line_that_comes_twice_is_one_donor(donor_cast: DonorCast, empty: Cohort) -> None:
    text = written([line(mobile="9870033333"), line(mobile="+91 98700 33333")])
    row = loaded(empty, text, donor_cast.priya)
    assert (row.counts["accepted"], row.counts["duplicate"]) == (1, 1)


def test_a_second_number_is_added_to_who_is_known(donor_cast: DonorCast, empty: Cohort) -> None:
    header = (*HEADER, "alternate number")
    text = written([[*line(), "98700 44444"]], header)
    loaded(empty, text, donor_cast.priya)
    loaded(empty, text, donor_cast.priya)
    numbers = DonorPhone.objects.filter(donor=donor_cast.suman).values_list("phone", "position")
    assert list(numbers) == [(FAMILY_PHONE, 1), ("+919870044444", 2)]


def test_who_had_themselves_erased_is_not_brought_back(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    erasing.erase(donor_cast.suman, how="link")
    text = written([line(), line(name="Rakesh Kumar", year_of_birth="1980")])
    row = loaded(empty, text, donor_cast.priya)
    assert (row.counts["erased"], row.counts["known"], row.counts["new"]) == (1, 1, 0)
    assert list(empty.donors.all()) == [donor_cast.rakesh]


def test_whose_time_was_over_may_come_on_a_new_list(donor_cast: DonorCast, empty: Cohort) -> None:
    erasing.erase(donor_cast.suman, how="retention")
    assert loaded(empty, written([line()]), donor_cast.priya).counts["new"] == 1


def test_refused_lines_are_left_out_only_when_that_was_said(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    text = written([line(mobile="9870033333"), line(mobile="12")])
    with pytest.raises(Refusal) as refused:
        loaded(empty, text, donor_cast.priya, without_refused=False)
    assert refused.value.field == "without_refused"
    assert not empty.donors.exists()
    assert loaded(empty, text, donor_cast.priya).counts["refused"] == 1
    assert empty.donors.count() == 1


def test_what_fails_in_the_middle_leaves_nothing(
    donor_cast: DonorCast, empty: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    text = written(
        [line(name=f"Donor{chr(97 + n)} Devi", mobile=f"987003333{n}") for n in range(6)]
    )
    row = kept(empty, text, donor_cast.priya)
    whole = imports._write_new
    calls: list[Any] = []

    def fails(*args: Any) -> list[int]:
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError
        return whole(*args)

    monkeypatch.setattr(imports, "_write_new", fails)
    before = Donor.objects.count()
    with pytest.raises(RuntimeError):
        imports.load(
            kept=row, shown=imports.shown_of(row), without_refused=True, by=donor_cast.priya
        )
    assert Donor.objects.count() == before
    row.refresh_from_db()
    assert row.status == CohortImport.Status.PREVIEWED


def test_the_file_is_gone_once_it_was_loaded(donor_cast: DonorCast, empty: Cohort) -> None:
    row = loaded(empty, written([line()]), donor_cast.priya)
    row.refresh_from_db()
    assert bytes(row.content) == b""
    assert row.ended_at is not None
    assert set(row.counts) == {
        "lines", "accepted", "refused", "shared", "duplicate", "erased", "new", "known",
    }  # fmt: skip


def test_a_file_that_nobody_loads_is_emptied_after_a_day(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    old, fresh = (kept(empty, written([line()]), donor_cast.priya) for _n in range(2))
    CohortImport.objects.filter(pk=old.pk).update(made_at=F("made_at") - timedelta(hours=25))
    old_rows.sweep()
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.status, bytes(old.content)) == ("discarded", b"")
    assert fresh.content


def test_a_discarded_file_is_loaded_by_nobody(donor_cast: DonorCast, empty: Cohort) -> None:
    row = kept(empty, written([line()]), donor_cast.priya)
    shown = imports.shown_of(row)
    imports.discard(kept=row, by=donor_cast.priya)
    with pytest.raises(Refusal):
        imports.load(kept=row, shown=shown, without_refused=True, by=donor_cast.priya)


def test_what_changed_after_the_preview_is_shown_first(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    row = kept(empty, written([line()]), donor_cast.priya)
    shown = imports.shown_of(row)
    erasing.erase(donor_cast.suman, how="link")
    with pytest.raises(imports.PreviewOutdated):
        imports.load(kept=row, shown=shown, without_refused=True, by=donor_cast.priya)
    assert not empty.donors.exists()
    again = imports.renew(kept=row, by=donor_cast.priya)
    assert again.counts["erased"] == 1


def test_only_who_uploaded_it_loads_a_file(donor_cast: DonorCast, empty: Cohort) -> None:
    row = kept(empty, written([line()]), donor_cast.priya)
    for other in (donor_cast.harish, donor_cast.nasreen, donor_cast.desk):
        with pytest.raises(PermissionDenied):
            imports.load(kept=row, shown=imports.shown_of(row), without_refused=True, by=other)


def test_nothing_is_loaded_into_a_list_whose_data_left(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    row = kept(empty, written([line()]), donor_cast.priya)
    Cohort.objects.filter(pk=empty.pk).update(data_leave_on=today())
    with pytest.raises(Refusal):
        imports.load(
            kept=row, shown=imports.shown_of(row), without_refused=True, by=donor_cast.priya
        )


def test_what_is_no_file_of_lines_is_kept_nowhere(donor_cast: DonorCast, empty: Cohort) -> None:
    for content in (b"", b"name\x00,mobile\n", "नाम,मोबाइल\n".encode("utf-16"), b"n\xff\n"):
        with pytest.raises(ImportRefused):
            imports.keep(cohort=empty, content=content, file_name="x.csv", by=donor_cast.priya)
    assert not CohortImport.objects.exists()


def test_the_record_has_counts_and_nobody(donor_cast: DonorCast, empty: Cohort) -> None:
    loaded(empty, written([line()]), donor_cast.priya)
    entry = Entry.objects.get(act="cohort_loaded")
    data = Detail.objects.get(entry=entry).data
    assert entry.actor == donor_cast.priya
    assert all(isinstance(value, int) for value in data.values())


@pytest.mark.django_db(transaction=True)
def test_one_list_loaded_by_two_at_once_makes_nobody_twice(
    race: Any, donor_cast: DonorCast
) -> None:
    cohort = make_cohort("Recovered by July")
    text = written([line(name="Kamla Devi", mobile=f"98700333{n:02}") for n in range(10)])
    rows_ = [kept(cohort, text, by) for by in (donor_cast.priya, donor_cast.harish)]
    jobs = [
        lambda row=row, by=by: imports.load(
            kept=row, shown=imports.shown_of(row), without_refused=True, by=by
        )
        for row, by in zip(rows_, (donor_cast.priya, donor_cast.harish), strict=True)
    ]
    outcomes = race(*jobs)
    # The second one finds everybody known, which its page did not show.
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert cohort.donors.count() == 10


def made_up(people: int, **options: int) -> bytes:
    """A list of so many made-up people as a file."""
    file = io.StringIO()
    wanted = Wanted(people, **options)
    csv.writer(file).writerows(rows(wanted, seed=7, today=today()))
    return file.getvalue().encode()


def test_what_is_held_in_memory_is_bounded_by_the_file(
    donor_cast: DonorCast, empty: Cohort
) -> None:
    content = made_up(2000)
    tracemalloc.start()
    kept(empty, content, donor_cast.priya)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The largest file that is taken has 5 MB.
    assert most < 40 * len(content)


def test_twenty_thousand_lines_take_seconds_and_few_statements(
    donor_cast: DonorCast, empty: Cohort, django_assert_max_num_queries: Any
) -> None:
    content = made_up(20_000, shared=8, duplicates=100, bad=60)
    assert len(content) < 5 * 1024 * 1024
    row = kept(empty, content, donor_cast.priya)
    started = time.process_time()
    with django_assert_max_num_queries(150):
        imports.load(
            kept=row, shown=imports.shown_of(row), without_refused=True, by=donor_cast.priya
        )
    took = time.process_time() - started
    assert row.counts["duplicate"] == 100
    assert row.counts["refused"] == 60
    assert empty.donors.count() == row.counts["accepted"]
    assert took < 20
