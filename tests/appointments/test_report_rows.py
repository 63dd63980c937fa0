"""The rows behind a report: what they hold, who gets them, and that they fit into memory."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client

from appointments import report_rows, reports
from appointments.models import Request
from appointments.report_rows import PIECE, Row, as_csv, as_xlsx, rows_by_key
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from esachivalaya.common.spreadsheets import safe
from tests.appointments.test_reports import REPORTS, made
from tests.booking import sent, slots
from tests.office import content
from tests.people import Cast, make_category, sign_in_staff

pytestmark = pytest.mark.django_db


def taken(client: Client, kind: str, **filters: str) -> bytes:
    answer = client.post(f"{REPORTS}{kind}/", {"of": "office", **filters})
    assert answer.status_code == 200, answer.status_code
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer.streaming_content)


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def sheet_texts(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    assert not list(sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f"))
    return [one.text or "" for one in sheet.iter() if one.tag.endswith(("}t", "}v"))]


def test_a_row_says_what_became_of_a_request_and_not_whose_it_was(
    office: Client, cast: Cast
) -> None:
    row = made(cast, hours=6.5, status="met")
    private = sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0], private=True)
    heading, first, second = lines(taken(office, "csv"))
    told = dict(zip(heading, first, strict=True))
    assert told["Hours to answer"] == "6.5"
    assert (told["Status"], told["Outcome"]) == ("Confirmed", "Meeting held")
    assert told["Category"] == "Land and revenue"
    assert told["District"] == "Rewari"
    assert told["Asked at"] == f"{row.created_at.astimezone(clock.IST):%Y-%m-%d %H:%M}"
    other = dict(zip(heading, second, strict=True))
    assert other["Reference"].replace(" ", "") == private.reference
    assert other["Category"] == ""
    assert other["Meeting from"]
    text = "".join(first + second)
    for secret in (
        cast.asha.name,
        "Ravi",
        row.subject,
        "98000",
        row.citizen.household.phone or "+91",
    ):
        assert secret not in text


def test_both_files_hold_the_same_rows_in_the_readers_language(office: Client, cast: Cast) -> None:
    row = made(cast)
    assert lines(taken(office, "csv"))[1][1] == "Deputy Commissioner, Rewari"
    texts = sheet_texts(taken(office, "xlsx"))
    assert "Deputy Commissioner, Rewari" in texts
    assert row.reference in [one.replace(" ", "") for one in texts]
    office.cookies["language"] = "hi"
    assert lines(taken(office, "csv"))[1][1] == "उपायुक्त, रेवाड़ी"
    assert "उपायुक्त, रेवाड़ी" in sheet_texts(taken(office, "xlsx"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(office: Client, cast: Cast, start: str) -> None:
    evil = f"{start}1+1"
    assert safe(evil) == f"'{evil}"
    made(cast, category=make_category("evil", name_en=evil, name_hi=evil))
    assert f"'{evil}" in lines(taken(office, "csv"))[1]
    assert "1+1" in "".join(sheet_texts(taken(office, "xlsx")))


def test_every_download_is_recorded_with_its_filters_and_rows(office: Client, cast: Cast) -> None:
    made(cast)
    made(cast, district="GGM")
    assert len(lines(taken(office, "csv", district="GGM"))) == 2
    entry = Entry.objects.get(act="report_downloaded")
    assert entry.actor == cast.suresh
    data = Detail.objects.get(entry=entry).data
    assert (data["rows"], data["format"], data["filters"]["district"]) == (1, "csv", "GGM")


def test_rows_are_for_ones_own_offices_alone(client: Client, cast: Cast) -> None:
    made(cast)
    sign_in_staff(client, cast.nasreen)
    assert client.post(f"{REPORTS}csv/").status_code == 404
    sign_in_staff(client, cast.kavita)
    assert len(lines(taken(client, "csv"))) == 1
    # Asking for another scope does not widen it.
    assert len(lines(taken(client, "csv", of="below"))) == 1
    assert client.get(f"{REPORTS}csv/").status_code == 405
    assert client.post(f"{REPORTS}pdf/").status_code == 404
    assert client.post(f"{REPORTS}csv/", {"from_day": "x"}).status_code == 404
    assert Entry.objects.filter(act="report_downloaded").count() == 2


def test_rows_end_when_the_charge_ends(cast: Cast) -> None:
    many(cast, 2 * PIECE)
    filters = reports.Filters(*reports.default_days(clock.day_of(clock.now())))
    rows = reports.rows_of(cast.suresh, reports.Scope.OFFICE, filters)
    found = rows_by_key(rows, language="en", last=2**62)
    for _number in range(PIECE):
        next(found)
    cast.suresh.charges.update(ends_at=clock.now())
    assert list(found) == []


def many(cast: Cast, count: int) -> None:
    """That many requests, copied from one in the database."""
    row = made(cast, hours=3, status="met")
    names = [
        field.column
        for field in Request._meta.concrete_fields
        if field.column not in ("id", "reference", "citizen_id")
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO appointments_request (reference, citizen_id, {listed}) "
            f"SELECT 'T' || number, citizen_id, {listed} FROM appointments_request, "
            "generate_series(1, %s) AS number WHERE id = %s",
            [count - 1, row.pk],
        )


def test_rows_come_in_pieces_each_once_and_in_order(office: Client, cast: Cast) -> None:
    many(cast, 2 * PIECE + 1)
    found = lines(taken(office, "csv"))[1:]
    assert len({line[0] for line in found}) == len(found) == 2 * PIECE + 1


def invented(count: int) -> Iterator[Row]:
    """Rows as they come from the database, made one by one."""
    start = datetime(2026, 7, 14, 10, tzinfo=clock.IST)
    rest = ("Rewari", "Kendra", "Confirmed", "Meeting held")
    for number in range(count):
        moment = start + timedelta(seconds=number)
        text = f"ES {number:08}"
        yield Row(
            number,
            (text, "DC Rewari", moment, moment, moment, 3.25, f"Category {number}", *rest, moment),
        )


def write_csv(rows: Iterator[Row]) -> None:
    for _piece in as_csv(rows, language="en"):
        continue


def write_xlsx(rows: Iterator[Row]) -> None:
    as_xlsx(rows, language="en").close()


def peak(write: Callable[[Any], None], count: int) -> int:
    tracemalloc.start()
    try:
        write(invented(count))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_four_times_the_rows_take_no_more_memory(write: Callable[[Any], None]) -> None:
    peak(write, 10)
    few, more = peak(write, 2_500), peak(write, 10_000)
    assert more < 1.2 * few + 200_000, (few, more)


def test_more_rows_than_one_waits_for_are_to_be_had_as_csv_alone(
    office: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_rows, "MOST_AS_XLSX", 2)
    for _number in range(2):
        made(cast)
    assert taken(office, "xlsx")
    made(cast)
    today = clock.day_of(clock.now())
    chosen = {"from_day": str(today - timedelta(days=20)), "to_day": str(today)}
    answer = office.post(f"{REPORTS}xlsx/", {"of": "office", **chosen}, follow=True)
    page = content(answer)
    assert "more than 2 rows" in page
    assert "CSV has no limit" in page
    assert answer.context["form"].cleaned_data["from_day"] == today - timedelta(days=20)
    assert Entry.objects.filter(act="report_downloaded").count() == 1
    assert len(lines(taken(office, "csv", **chosen))) == 4
