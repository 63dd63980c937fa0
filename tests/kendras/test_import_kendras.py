"""Kendras and operators from CSV: all or nothing, every mistake by its line."""

import io
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.csv_import import Report
from esachivalaya.notifications.models import Message
from kendras.imports import load_kendras, load_operators
from kendras.models import Kendra, KendraCharge
from tests.at_a_kendra import booked, request_of
from tests.kendras.files import kendras_csv, operators_csv, written
from tests.people import Cast, make_district, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _districts(db: None) -> None:
    make_district("REW")
    make_district("GGM")


def kendras(folder: Path, *rows: dict[str, str], by: User | None = None) -> Report[Kendra]:
    return load_kendras(written(folder, kendras_csv(*rows)), by=by)


def operators(folder: Path, *rows: dict[str, str], by: User | None = None) -> Report[KendraCharge]:
    return load_operators(written(folder, operators_csv(*rows)), by=by)


def problems(load: object, folder: Path, *rows: dict[str, str]) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        load(folder, *rows)  # type: ignore[operator]
    return [str(problem) for problem in refused.value.problems]


# Kendras


def test_a_line_makes_a_kendra_with_its_seats(tmp_path: Path) -> None:
    assert str(kendras(tmp_path, {})) == "1 new, 0 changed, 0 the same"
    made = Kendra.objects.get(code="REW-0101")
    assert (made.opens, made.closes, made.weekdays) == (time(9), time(17), [0, 1, 2, 3, 4, 5])
    assert made.phone == "+919800300002"
    assert list(made.desks.values_list("number", "accessible")) == [(1, False), (2, True)]
    assert Entry.objects.get(subject_kind="kendras.kendra").act == "imported"


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    kendras(tmp_path, {}, {"code": "REW-0102"})
    recorded = Entry.objects.count()
    assert str(kendras(tmp_path, {}, {"code": "REW-0102"})) == "0 new, 0 changed, 2 the same"
    assert Entry.objects.count() == recorded


def test_only_what_differs_is_changed_and_told(tmp_path: Path) -> None:
    kendras(tmp_path, {}, {"code": "REW-0102"})
    changed = {"closes": "18:30", "seats": "3", "district": "GGM"}
    report = kendras(tmp_path, changed, {"code": "REW-0102"})
    assert str(report) == "0 new, 1 changed, 1 the same"
    assert report.changes == [
        "REW-0101: district: REW → GGM",
        "REW-0101: closes: 17:00 → 18:30",
        "REW-0101: seats: 2 → 3",
    ]
    row = Kendra.objects.get(code="REW-0101")
    assert (row.closes, row.district.code) == (time(18, 30), "GGM")
    assert [desk.accessible for desk in row.desks.all()] == [False, False, True]
    last = Entry.objects.filter(subject_id=str(row.pk)).latest("seq")
    assert last.act == "changed_by_import"
    assert last.detail.data["changes"]["seats"] == {"before": 2, "after": 3}


def test_fewer_seats_take_the_last_ones_out_of_service(tmp_path: Path) -> None:
    kendras(tmp_path, {"seats": "3"})
    kendras(tmp_path, {"seats": "1", "accessible_seats": "0"})
    row = Kendra.objects.get()
    assert [desk.active for desk in row.desks.all()] == [True, False, False]
    kendras(tmp_path, {"seats": "2", "accessible_seats": "0"})
    assert [desk.active for desk in row.desks.all()] == [True, True, False]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"code": "rew-0101"}, "code: 2 to 16 capital letters"),
        ({"kind": "shop"}, "kind: Value 'shop' is not a valid choice."),
        ({"name_hi": ""}, "name_hi: This field cannot be blank."),
        ({"district": "XYZ"}, "district: there is no “XYZ”."),
        ({"phone": "12345"}, "phone: Write a telephone number of India"),
        ({"opens": "9 am"}, "opens: Write the time as hours and minutes"),
        ({"closes": "25:00"}, "closes: Write the time as hours and minutes"),
        ({"opens": "18:00"}, "A Kendra closes after it opens."),
        ({"weekdays": "Mon-Sat"}, "weekdays: Write the days as numbers"),
        ({"weekdays": "6-1"}, "weekdays: Write the days as numbers"),
        ({"weekdays": ""}, "weekdays: Write the days as numbers"),
        ({"seats": "many"}, "seats: 0 to 20"),
        ({"seats": "21"}, "seats: 0 to 20"),
        ({"seats": "1", "accessible_seats": "2"}, "seats: 0 to 20"),
    ],
)
def test_each_mistake_is_told_by_its_line_and_nothing_is_loaded(
    tmp_path: Path, cell: dict[str, str], words: str
) -> None:
    found = problems(kendras, tmp_path, {}, {"code": "REW-0102", **cell})
    assert len(found) == 1
    assert found[0].startswith(f"Line 3: {words}")
    assert not Kendra.objects.exists()
    assert not Entry.objects.exists()


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    wrong = {"kind": "shop", "phone": "1"}
    found = problems(kendras, tmp_path, wrong, {}, {"code": "REW-0102", "seats": "x"})
    assert [one[:6] for one in found] == ["Line 2", "Line 2", "Line 3", "Line 4"]
    assert found[2] == "Line 3: “REW-0101” is there already, in line 2."


def test_a_seat_that_is_booked_is_not_taken_away_by_a_file(
    cast: Cast, kendra: Kendra, operator: User, tmp_path: Path
) -> None:
    row = request_of(booked(kendra, operator, cast.rewari))
    same = {
        "code": kendra.code,
        "name_en": kendra.name_en,
        "opens": "08:00",
        "closes": "20:00",
        "weekdays": "1-7",
    }
    found = problems(kendras, tmp_path, {**same, "closes": "08:30"})
    assert len(found) == 1
    assert found[0].startswith("Line 2: Seats are booked that would be lost: ")
    assert row.reference[-4:] in found[0]
    kendra.refresh_from_db()
    assert kendra.closes == time(20)
    # What takes no seat away is loaded.
    assert kendras(tmp_path, {**same, "closes": "19:45"}).changed == 1


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, kendras_csv({}))
    out = io.StringIO()
    call_command("import_kendras", str(path), "--dry-run", stdout=out)
    assert out.getvalue().strip().startswith("1 new, 0 changed, 0 the same (dry run")
    assert not Kendra.objects.exists()


def test_the_command_lists_every_problem(tmp_path: Path) -> None:
    path = written(tmp_path, kendras_csv({"kind": "shop"}, {"code": "B", "seats": "x"}))
    with pytest.raises(CommandError, match=r"Line 2: kind.*\n.*Line 3: code.*\n.*Line 3: seats"):
        call_command("import_kendras", str(path))


def test_loading_needs_the_role(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(PermissionDenied):
        kendras(tmp_path, {}, by=cast.gurpreet)
    with pytest.raises(PermissionDenied):
        operators(tmp_path, {}, by=cast.nasreen)
    assert kendras(tmp_path, {}, by=cast.nasreen).new == 1
    assert Entry.objects.get(subject_kind="kendras.kendra").actor == cast.nasreen


def test_a_hundred_lines_take_as_many_statements_as_three(tmp_path: Path) -> None:
    few = [{"code": f"REW-A{number:03}"} for number in range(3)]
    many = [{"code": f"REW-B{number:03}"} for number in range(100)]
    with CaptureQueriesContext(connection) as of_few:
        kendras(tmp_path, *few)
    with CaptureQueriesContext(connection) as of_many:
        kendras(tmp_path, *many)
    assert len(of_many) == len(of_few)
    with CaptureQueriesContext(connection) as of_few:
        kendras(tmp_path, *[{**row, "closes": "16:00", "seats": "1"} for row in few])
    with CaptureQueriesContext(connection) as of_many:
        kendras(tmp_path, *[{**row, "closes": "16:00", "seats": "1"} for row in many])
    assert len(of_many) == len(of_few)


# Operators


def test_a_line_makes_the_account_and_the_charge_and_sends_nothing(
    kendra: Kendra, tmp_path: Path
) -> None:
    assert str(operators(tmp_path, {})) == "1 new, 0 changed, 0 the same"
    user = User.objects.get(username="rekha.rani")
    assert not user.has_usable_password()
    assert (user.phone, user.name_hi, user.kind) == ("+919800300011", "रेखा रानी", "staff")
    assert list(Kendra.objects.served_by(user)) == [kendra]
    assert not Message.objects.exists()
    acts = Entry.objects.values_list("subject_kind", "act")
    assert set(acts) == {("accounts.user", "imported"), ("kendras.kendra", "kendracharge_given")}


def test_one_person_at_two_kendras_is_one_account(
    kendra: Kendra, other_kendra: Kendra, tmp_path: Path
) -> None:
    operators(tmp_path, {}, {"kendra": other_kendra.code})
    user = User.objects.get(username="rekha.rani")
    assert set(Kendra.objects.served_by(user)) == {kendra, other_kendra}


def test_loading_operators_twice_changes_nothing_and_a_new_end_is_a_change(
    kendra: Kendra, tmp_path: Path
) -> None:
    operators(tmp_path, {})
    assert str(operators(tmp_path, {})) == "0 new, 0 changed, 1 the same"
    last_day = clock.day_of(clock.now()) + timedelta(days=30)
    report = operators(tmp_path, {"until": str(last_day)})
    assert str(report) == "0 new, 1 changed, 0 the same"
    charge = KendraCharge.objects.get()
    # The last day is a day of service.
    assert charge.ends_at == clock.day_bounds(last_day)[1]
    assert Entry.objects.filter(subject_kind="kendras.kendra").latest("seq").act == (
        "kendracharge_end_changed"
    )


def test_days_are_written_in_either_way(kendra: Kendra, tmp_path: Path) -> None:
    operators(tmp_path, {"from": "01-02-2099", "until": "2099-03-01"})
    charge = KendraCharge.objects.get()
    assert str(clock.day_of(charge.starts_at)) == "2099-02-01"
    assert charge.ends_at is not None
    assert str(clock.day_of(charge.ends_at)) == "2099-03-02"


def test_the_charge_is_never_given_to_a_namesake(kendra: Kendra, tmp_path: Path) -> None:
    make_staff("rekha.rani", name_en="Rekha Devi")
    found = problems(operators, tmp_path, {})
    assert found == ["Line 2: username: “rekha.rani” belongs to Rekha Devi."]
    assert not KendraCharge.objects.exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"username": "Rekha Rani"}, "username: Small letters"),
        ({"name_hi": ""}, "name_hi: is empty."),
        ({"phone": "01274 225500"}, "phone: This is not a mobile number."),
        ({"email": "rekha"}, "email: Enter a valid email address."),
        ({"kendra": "REW-9999"}, "kendra: there is no “REW-9999”."),
        ({"from": "soon"}, "from: Write the day as"),
        ({"until": "31-02-2099"}, "until: Write the day as"),
        ({"until": "2020-01-01"}, "until: The charge must end after it starts"),
        ({"from": "2099-02-01", "until": "2099-01-01"}, "until: The charge must end after"),
    ],
)
def test_each_mistake_of_an_operators_line_is_told(
    kendra: Kendra, tmp_path: Path, cell: dict[str, str], words: str
) -> None:
    found = problems(operators, tmp_path, {"username": "right.one"}, cell)
    assert len(found) == 1
    assert found[0].startswith(f"Line 3: {words}")
    assert not KendraCharge.objects.exists()
    assert not User.objects.filter(username="right.one").exists()


def test_another_start_of_a_charge_in_force_is_refused(
    kendra: Kendra, operator: User, tmp_path: Path
) -> None:
    there = {"username": operator.username, "name_en": operator.name_en}
    assert operators(tmp_path, there).same == 1
    found = problems(operators, tmp_path, {**there, "from": "2099-01-01"})
    assert found[0].startswith("Line 2: Pooja Rani serves there already from")


def test_closed_accounts_get_no_charge(kendra: Kendra, tmp_path: Path) -> None:
    User.objects.filter(pk=make_staff("rekha.rani", name_en="Rekha Rani").pk).update(
        is_active=False
    )
    assert problems(operators, tmp_path, {}) == [
        "Line 2: username: Only active staff can be given a charge."
    ]


def test_a_hundred_operators_take_as_many_statements_as_three(
    kendra: Kendra, tmp_path: Path
) -> None:
    def load(start: int, count: int) -> int:
        rows = [{"username": f"op{number}"} for number in range(start, start + count)]
        with CaptureQueriesContext(connection) as caught:
            operators(tmp_path, *rows)
        return len(caught)

    assert load(1000, 3) == load(2000, 100)
