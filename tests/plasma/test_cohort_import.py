"""The pages on which a file is loaded into a cohort, and what its lines may hold."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from esachivalaya.common.idempotency import new_key
from plasma.cohort_file import Mistake, Person, guessed, headings, read
from plasma.models import Cohort, CohortImport, Donor
from plasma.services import imports
from tests.donors import DonorCast, make_cohort
from tests.people import sign_in_staff
from tests.plasma.lists import HEADER, kept, line, written

TODAY = date(2020, 7, 21)
DISTRICTS = {"gurugram": "GGM", "गुरुग्राम": "GGM"}


def judged(cells: list[str]) -> Person | Mistake:
    content = written([cells])
    columns = guessed(headings(content))
    return next(iter(read(content, columns, districts=DISTRICTS, today=TODAY)))


@pytest.mark.parametrize(
    "written_as",
    [
        "9870033333", "+91 98700 33333", "09870033333", "919870033333", "0091-98700-33333",
        "९८७००३३३३३", "98700\u00a033333", "\u202a9870033333\u202c", "9870033333.0", "(98700) 33333",
        "12345 / 9870033333",
    ],
)  # fmt: skip
def test_a_number_is_understood_as_people_write_it(written_as: str) -> None:
    person = judged(line(mobile=written_as))
    assert isinstance(person, Person)
    assert person.phones == ("+919870033333",)


def test_two_numbers_in_a_cell_are_two() -> None:
    person = judged(line(mobile="98700 33333, 98700 44444"))
    assert isinstance(person, Person)
    assert person.phones == ("+919870033333", "+919870044444")


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"mobile": ""}, "phone"),
        ({"mobile": "98700"}, "phone"),
        ({"mobile": "0124-2300300"}, "phone"),
        ({"mobile": "+1 202 555 0143"}, "phone"),
        ({"mobile": "9.87E+09"}, "phone"),
        ({"name": ""}, "name"),
        ({"name": "=1+2"}, "name"),
        ({"name": "@SUM(A1)"}, "name"),
        ({"name": "12345"}, "name"),
        ({"name": "\u202e\u200f"}, "name"),
        ({"name": "क" * 121}, "name"),
        ({"year_of_birth": ""}, "year_of_birth"),
        ({"year_of_birth": "35"}, "year_of_birth"),
        ({"year_of_birth": "1850"}, "year_of_birth"),
        ({"year_of_birth": "2021"}, "year_of_birth"),
        ({"year_of_birth": "2010"}, "year_of_birth"),
        ({"year_of_birth": "31-02-1985"}, "year_of_birth"),
        ({"district": "Atlantis"}, "district"),
        ({"blood_group": "Q+"}, "blood_group"),
        ({"recovered_on": "2020-07-22"}, "recovered_on"),
        ({"recovered_on": "1999-01-01"}, "recovered_on"),
        ({"recovered_on": "soon"}, "recovered_on"),
    ],
)
def test_what_cannot_be_is_refused_by_line_and_column(cells: dict[str, str], field: str) -> None:
    mistake = judged(line(**cells))
    assert isinstance(mistake, Mistake)
    assert (mistake.line, mistake.field) == (2, field)


def test_the_words_never_repeat_the_cell() -> None:
    for cells in ({"mobile": "98700"}, {"district": "Atlantis"}, {"name": "=1+2"}):
        mistake = judged(line(**cells))
        assert isinstance(mistake, Mistake)
        assert next(iter(cells.values())) not in mistake.words


@pytest.mark.parametrize(
    ("text", "year"), [("1985", 1985), ("15/08/1985", 1985), ("1985-08-15", 1985), ("१९८५", 1985)]
)
def test_year_or_date_of_birth_is_understood(text: str, year: int) -> None:
    person = judged(line(year_of_birth=text))
    assert isinstance(person, Person)
    assert person.year_of_birth == year


@pytest.mark.parametrize(
    ("text", "group"),
    [("o +ve", "O+"), ("B Positive", "B+"), ("AB−", "AB-"), ("ओ पॉजिटिव", "O+"), ("NA", "")],
)
def test_blood_groups_are_understood(text: str, group: str) -> None:
    person = judged(line(blood_group=text))
    assert isinstance(person, Person)
    assert person.blood_group == group


def test_the_given_name_is_no_form_of_address() -> None:
    for name, given in (("Shri Ram Kumar", "Ram"), ("श्रीमती कमला देवी", "कमला"), ("Dr.", "Dr.")):
        person = judged(line(name=name))
        assert isinstance(person, Person)
        assert person.given_name == given


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        ("नाम", "मोबाइल नंबर", "जन्म तिथि", "जिला", "रक्त समूह", "ठीक होने की तिथि"),
        ("PATIENT NAME", "Contact No.", "D.O.B", "Dist.", "Blood_Group", "Date of Discharge"),
    ],
)
def test_headings_are_guessed_in_both_languages(header: tuple[str, ...]) -> None:
    found = guessed(header)
    assert {name: found[name] for name in ("name", "phone", "district")} == {
        "name": 0, "phone": 1, "district": 3,
    }  # fmt: skip


def test_columns_come_in_any_order_with_a_mark_and_semicolons() -> None:
    text = "\ufeffरक्त समूह;जन्म वर्ष;मोबाइल;नाम\r\nO+;1985;9870033333;सुमन देवी\r\n"
    content = text.encode()
    found = list(read(content, guessed(headings(content)), districts=DISTRICTS, today=TODAY))
    assert [one.name for one in found if isinstance(one, Person)] == ["सुमन देवी"]


def test_a_quoted_newline_is_one_line_and_the_next_keeps_its_number() -> None:
    content = written([line(name="Suman\nDevi"), line(mobile="1")])
    first, second = read(content, guessed(headings(content)), districts=DISTRICTS, today=TODAY)
    assert isinstance(first, Person)
    assert first.name == "Suman Devi"
    assert second.line == 4


def test_a_line_of_another_width_is_refused_whole() -> None:
    content = written([["Suman"]])
    (mistake,) = read(content, {"name": 0}, districts={}, today=TODAY)
    assert isinstance(mistake, Mistake)
    assert mistake.field == ""


# The pages


def upload(client: Client, cohort: Cohort, content: bytes, **fields: Any) -> Any:
    file = SimpleUploadedFile("list.csv", content, content_type="text/csv")
    address = reverse("admin:plasma_cohort_upload", args=[cohort.pk])
    return client.post(address, {"form_key": new_key(), "file": file, **fields})


def chosen(form_of: CohortImport) -> dict[str, str]:
    return {name: str(place) for name, place in form_of.columns.items()}


def test_from_the_upload_over_columns_and_preview_to_the_donors(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    cohort = make_cohort("Recovered by July")
    content = written([line(mobile="9870033333"), line(mobile="12")])
    client = campaigns_client
    answer = upload(client, cohort, content)
    row = CohortImport.objects.get()
    columns = reverse("admin:plasma_cohort_columns", args=[row.pk])
    assert answer["Location"] == columns
    assert b"B: mobile" in client.get(columns).content
    preview = client.post(columns, chosen(row))["Location"]
    page = client.get(preview).content.decode()
    assert "Refused lines" in page
    assert "Suman" not in page
    shown = imports.shown_of(CohortImport.objects.get())
    refused = client.post(preview, {"shown": shown})
    assert refused.status_code == 422
    assert not cohort.donors.exists()
    done = client.post(preview, {"shown": shown, "without_refused": "on"}, follow=True)
    assert "is not kept any more" in done.content.decode()
    assert cohort.donors.count() == 1
    # Sent again it loads nothing again.
    client.post(preview, {"shown": shown, "without_refused": "on"})
    assert Donor.objects.filter(cohorts=cohort).count() == 1


def test_a_page_that_is_not_true_any_more_loads_nothing(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    cohort = make_cohort("Recovered by July")
    row = kept(cohort, written([line()]), donor_cast.priya)
    address = reverse("admin:plasma_cohort_preview", args=[row.pk])
    answer = campaigns_client.post(address, {"shown": "0" * 64})
    assert answer.status_code == 409
    assert not cohort.donors.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        ("नाम,मोबाइल\n".encode("utf-16"), "UTF-16"),
        (b"name,mob\x00ile\n", "NUL"),
        (b"name,mobile\n\xff\xfe,1\n"[3:], "UTF-8"),
        (b'name,"mobile\n' + b"x" * 9000, "quotation mark"),
    ],
)
def test_what_is_no_list_is_told_and_kept_nowhere(
    campaigns_client: Client, donor_cast: DonorCast, content: bytes, words: str
) -> None:
    answer = upload(campaigns_client, donor_cast.cohort, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CohortImport.objects.exists()


def test_fifty_megabytes_are_refused_in_the_form(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    answer = upload(campaigns_client, donor_cast.cohort, b"name,mobile\n" * 4_400_000)
    assert answer.status_code == 422
    assert "larger than 5 MB" in answer.content.decode()


def test_without_the_column_of_the_number_nothing_is_looked_at(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    upload(campaigns_client, donor_cast.cohort, written([["Suman", "1985"]], ["name", "year"]))
    row = CohortImport.objects.get()
    address = reverse("admin:plasma_cohort_columns", args=[row.pk])
    answer = campaigns_client.post(address, chosen(row))
    assert answer.status_code == 422
    assert "Say in which column this is." in answer.content.decode()
    # And one column is not two things.
    twice = campaigns_client.post(address, {"name": "0", "phone": "0", "year_of_birth": "1"})
    assert "chosen for something else" in twice.content.decode()


def test_a_file_of_headings_only_has_nobody(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    row = kept(donor_cast.cohort, written([]), donor_cast.priya)
    address = reverse("admin:plasma_cohort_preview", args=[row.pk])
    page = campaigns_client.get(address).content.decode()
    assert "There is nobody to load in this file" in page
    assert "Load this file" not in page


def test_a_hundred_refused_lines_are_shown_and_all_are_in_the_file(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    content = written(line(mobile="12") for _n in range(130))
    row = kept(donor_cast.cohort, content, donor_cast.priya)
    page = campaigns_client.get(reverse("admin:plasma_cohort_preview", args=[row.pk]))
    assert page.content.decode().count('class="number" data-label="Line"') == 100
    assert "And 30 more." in page.content.decode()
    answer = campaigns_client.get(reverse("admin:plasma_cohort_refused", args=[row.pk]))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Line", "Column", "What is wrong"]
    assert len(lines) == 131
    assert lines[1][:2] == ["2", "Mobile number"]
    assert "Suman" not in answer.content.decode()


def test_throwing_a_file_away_empties_it(campaigns_client: Client, donor_cast: DonorCast) -> None:
    row = kept(donor_cast.cohort, written([line()]), donor_cast.priya)
    address = reverse("admin:plasma_cohort_discard", args=[row.pk])
    assert campaigns_client.get(address).status_code == 405
    assert campaigns_client.post(address).status_code == 302
    row.refresh_from_db()
    assert bytes(row.content) == b""
    assert campaigns_client.post(address).status_code == 404


@pytest.mark.parametrize("who", ["harish", "nasreen", "gurpreet", "desk", "registrar"])
def test_nobody_else_finds_the_file(donor_cast: DonorCast, who: str) -> None:
    row = kept(donor_cast.cohort, written([line()]), donor_cast.priya)
    client = sign_in_staff(Client(), getattr(donor_cast, who))
    for name in ("preview", "columns", "refused"):
        assert client.get(reverse(f"admin:plasma_cohort_{name}", args=[row.pk])).status_code in {
            302,
            404,
        }
    upload_page = client.get(reverse("admin:plasma_cohort_upload", args=[donor_cast.cohort.pk]))
    assert upload_page.status_code == (200 if who == "harish" else upload_page.status_code)
    assert who == "harish" or upload_page.status_code in {302, 404}


def test_the_list_of_cohorts_shows_counts_and_nobody(
    campaigns_client: Client, donor_cast: DonorCast
) -> None:
    page = campaigns_client.get(reverse("admin:plasma_cohort_changelist"))
    assert page.status_code == 200
    assert "Suman" not in page.content.decode()
    change = reverse("admin:plasma_cohort_change", args=[donor_cast.cohort.pk])
    assert "Load people from a file" in campaigns_client.get(change).content.decode()
