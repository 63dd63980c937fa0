"""The catalogue of services: loaded from CSV, found as people say it, changed by set-up people."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from esachivalaya.audit.models import Entry
from officials.imports import DATA, SERVICES
from officials.models import Service
from officials.search import search_services, services_found
from officials.services import save_set_up
from tests import people
from tests.officials.pages import page, send

pytestmark = pytest.mark.django_db

COLUMNS = ",".join(SERVICES.columns)
# Code to source: eight officers and authorities, then the two charges.
LINE = "{code},SJE,scheme,{name},पेंशन,{days},{kind},,,,,,,{fee},,A list"


def load(*args: object) -> str:
    out = io.StringIO()
    call_command("import_services", *map(str, args), stdout=out)
    return out.getvalue().strip()


def written(folder: Path, *lines: str) -> Path:
    path = folder / "services.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def line(code: str = "SJE-X", **cells: str) -> str:
    return LINE.format(
        **{"code": code, "name": "Pension", "days": "", "kind": "", "fee": "", **cells}
    )


@pytest.fixture(autouse=True)
def departments(db: None) -> None:
    call_command("import_departments", stdout=io.StringIO())


@pytest.fixture
def catalogue(departments: None) -> None:
    load()


class TestLoading:
    def test_the_states_own_file_loads_and_a_second_time_changes_nothing(self) -> None:
        before = Entry.objects.count()
        assert load() == "32 new, 0 changed, 0 the same"
        assert Entry.objects.count() == before + 32
        assert load() == "0 new, 0 changed, 32 the same"
        assert Entry.objects.count() == before + 32

    @pytest.mark.usefixtures("catalogue")
    def test_what_is_not_notified_stays_empty_and_is_never_zero(self) -> None:
        old_age = Service.objects.get(code="SJE-OLD")
        assert (old_age.days, old_age.day_kind, old_age.time_limit) == (None, "", "")
        assert (old_age.kendra_fee_rs, old_age.atal_seva_fee_rs) == (None, None)
        disability = Service.objects.get(code="SJE-DIS")
        assert (disability.kendra_fee_rs, disability.atal_seva_fee_rs) == (10, 30)
        assert Service.objects.filter(days=None).count() == 10
        assert not Service.objects.filter(days=0).exists()

    @pytest.mark.usefixtures("catalogue")
    def test_a_time_limit_says_which_days_it_counts(self) -> None:
        with translation.override("en"):
            assert Service.objects.get(code="REV-FARD").time_limit == "1 day"
            assert Service.objects.get(code="ULB-BD-LATE").time_limit == "60 working days"
        with translation.override("hi"):
            assert Service.objects.get(code="REV-FARD").officer == "ड्यूटी पटवारी"

    def test_every_mistake_is_told_by_its_line_and_nothing_is_loaded(self, tmp_path: Path) -> None:
        path = written(
            tmp_path,
            COLUMNS,
            line("GOOD"),
            line("ZERO", days="0", kind="days"),
            line("WORDS", days="soon", kind="days"),
            line("NOBODY").replace("SJE,scheme", "NONE,scheme"),
            line("KIND", days="7", kind="moons"),
        )
        with pytest.raises(CommandError) as refused:
            load(path)
        told = str(refused.value)
        for number in (4, 5, 6):
            assert f"Line {number}:" in told
        assert "there is no “NONE”" in told
        assert "Line 2:" not in told
        assert not Service.objects.exists()

    @pytest.mark.parametrize(
        "wrong", [{"days": "0", "kind": "days"}, {"days": "7"}, {"kind": "days"}]
    )
    def test_a_time_limit_is_whole_or_not_there(
        self, tmp_path: Path, wrong: dict[str, str]
    ) -> None:
        path = written(tmp_path, COLUMNS, line("GOOD"), line("WRONG", **wrong))
        with pytest.raises(CommandError) as refused:
            load(path)
        assert "Line 3: A time limit is a number of days" in str(refused.value)
        assert not Service.objects.exists()

    @pytest.mark.usefixtures("catalogue")
    def test_columns_that_may_be_missing_leave_what_is_there(self, tmp_path: Path) -> None:
        Service.objects.filter(code="SJE-OLD").update(eligibility_en="From 60 years on")
        load()
        assert Service.objects.get(code="SJE-OLD").eligibility_en == "From 60 years on"
        path = written(
            tmp_path,
            f"{COLUMNS},eligibility_en,documents_en",
            f'{line("SJE-OLD")},From 65 years on,"Proof of age\nBank book"',
        )
        assert load(path).endswith("0 new, 1 changed, 0 the same")
        row = Service.objects.get(code="SJE-OLD")
        assert row.eligibility_en == "From 65 years on"
        with translation.override("en"):
            assert row.documents == ["Proof of age", "Bank book"]
        assert row.documents_hi == ""

    def test_an_unknown_column_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="“colour” is not known"):
            load(written(tmp_path, f"{COLUMNS},colour", f"{line()},red"))

    def test_a_limit_without_its_kind_of_days_cannot_be_stored(self) -> None:
        row = Service(code="X", department=people.make_department("SJE"), kind="service", days=7)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@pytest.mark.usefixtures("catalogue")
class TestFinding:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("old age allowance", "SJE-OLD"),
            ("old age alowance", "SJE-OLD"),
            ("वृद्धावस्था सम्मान", "SJE-OLD"),
            ("vridhavastha samman bhatta", "SJE-OLD"),
            ("budhapa pension", "SJE-OLD"),
            ("बुढापा पेंशन", "SJE-OLD"),
            ("divyang pension", "SJE-DIS"),
            ("disability pension apply", "SJE-DIS"),
            ("rashan kard", "FAS-RATION"),
            ("राशन कार्ड", "FAS-RATION"),
            ("naya bijli connection lagwana", "POW-CONN"),
            ("electricity conection", "POW-CONN"),
            ("aay praman patra", "REV-INC"),
            ("आय प्रमाण पत्र", "REV-INC"),
            ("trade license", "ULB-TRADE"),
            ("fard", "REV-FARD"),
            ("sje-old", "SJE-OLD"),
        ],
    )
    def test_a_service_is_found_as_people_say_it(self, typed: str, first: str) -> None:
        assert [service.code for service in services_found(typed)][:1] == [first]

    @pytest.mark.parametrize("typed", ["", "   ", "!!!", "qqqqxyz", "\x00"])
    def test_nothing_is_found_where_nothing_is_meant(self, typed: str) -> None:
        assert services_found(typed) == []

    def test_what_is_not_offered_is_not_found(self) -> None:
        Service.objects.filter(code="SJE-OLD").update(active=False)
        assert [service.code for service in services_found("pension")] == ["SJE-DIS"]

    def test_no_more_than_asked_for_in_two_queries(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            found = services_found("certificate", limit=3)
            assert all(service.department.name_en for service in found)
        assert len(found) == 3
        assert len(captured.captured_queries) == 2

    def test_a_department_that_is_renamed_is_found_by_its_new_name(self) -> None:
        setup = people.make_staff("kavita", roles=("setup",))
        department = Service.objects.get(code="POW-CONN").department
        department.name_en = "Ujjwal Power"
        save_set_up(row=department, by=setup)
        assert [service.code for service in services_found("ujjwal")] == ["POW-CONN"]

    def test_blank_text_leaves_the_list_as_it_is(self) -> None:
        assert search_services(Service.objects.all(), " ").count() == 32


@pytest.mark.usefixtures("catalogue", "english")
class TestAdmin:
    @pytest.fixture
    def setup(self, client: Client, cast: people.Cast) -> Client:
        return people.sign_in_staff(client, cast.nasreen)

    def test_it_is_listed_searched_and_changed_with_its_history(self, setup: Client) -> None:
        listed = setup.get(page("service", "changelist") + "?q=budhapa pension")
        assert [row.code for row in listed.context["cl"].result_list] == ["SJE-OLD"]
        assert "not notified here" in listed.content.decode()
        row = Service.objects.get(code="SJE-OLD")
        address = page("service", "change", row.pk)
        assert send(setup, address, **values(row, days="45", day_kind="working")).status_code == 302
        row.refresh_from_db()
        assert (row.days, row.day_kind, row.kendra_fee_rs) == (45, "working", None)
        assert Entry.objects.filter(act="service_changed").count() == 1
        history = setup.get(page("service", "history", row.pk)).content.decode()
        assert "Service changed" in history

    def test_half_a_time_limit_is_an_error_of_the_form(self, setup: Client) -> None:
        row = Service.objects.get(code="SJE-OLD")
        response = send(setup, page("service", "change", row.pk), **values(row, days="45"))
        assert response.status_code == 200
        assert response.context["adminform"].form.errors
        row.refresh_from_db()
        assert row.days is None

    def test_a_new_one_is_found_at_once_and_none_is_removed(self, setup: Client) -> None:
        old = Service.objects.get(code="SJE-OLD")
        new = {**values(old), "code": "SJE-NEW", "name_en": "Widow pension", "name_hi": "विधवा पेंशन"}
        assert send(setup, page("service", "add"), **new).status_code == 302
        assert [service.code for service in services_found("vidhwa pension")] == ["SJE-NEW"]
        assert setup.get(page("service", "delete", old.pk)).status_code == 403

    def test_it_is_for_set_up_people_alone(self, client: Client, cast: people.Cast) -> None:
        people.sign_in_staff(client, cast.suresh)
        row = Service.objects.get(code="SJE-OLD")
        for address in (page("service", "changelist"), page("service", "change", row.pk)):
            assert client.get(address).status_code in {302, 403, 404}
        assert client.get(page("service", "import")).status_code == 404

    def test_a_file_is_looked_at_before_it_is_loaded(self, setup: Client) -> None:
        Service.objects.all().delete()
        address = page("service", "import")
        form = setup.get(address).context["form"]
        with (DATA / "services.csv").open("rb") as file:
            sent = setup.post(
                address, {"form_key": form["form_key"].value(), "file": file}, follow=True
            )
        assert not Service.objects.exists()
        preview: Any = sent.context["preview"]
        assert (preview.new, preview.problems) == (32, [])
        path = sent.request["PATH_INFO"]
        assert setup.post(path, {"shown": preview.digest}).status_code == 302
        assert Service.objects.count() == 32


def values(row: Service, **changed: str) -> dict[str, Any]:
    """What the form of ``row`` is sent with."""
    names = (
        "name_en name_hi kind day_kind designated_officer designated_officer_hi first_authority "
        "first_authority_hi second_authority second_authority_hi eligibility_en eligibility_hi "
        "documents_en documents_hi source"
    ).split()
    numbers = ("days", "kendra_fee_rs", "atal_seva_fee_rs")
    return {
        **{name: getattr(row, name) for name in names},
        **{name: "" if getattr(row, name) is None else getattr(row, name) for name in numbers},
        "department": row.department_id,
        "active": "on",
        **changed,
    }
