"""The figures of a desk and of the State: who sees them, what is in them, and what never is."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eoffice.models import Holding, Item, Onboarding
from eoffice.services import access, moving
from eoffice.services.moving import Sent
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from officials.models import Charge
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.eoffice.past import random_days
from tests.people import make_staff, make_superuser, sign_in_staff

STATE = ["pendency", "activity", "onboarding", "ranking", "paper"]
DESK = ["pendency", "load", "activity"]


@pytest.fixture
def reader(db: None) -> User:
    return make_staff("reader", roles=("reports",))


def at(branch: Branch, seat: str = "officer", report: str = "") -> str:
    code = getattr(branch, seat).post.code
    return f"/eoffice/{code}/reports/" + (f"{report}/" if report else "")


def made_secret(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(classification=3)
    access.rewrite(Item.objects.get(pk=item.pk))


def figures(page: Any) -> dict[str, str]:
    return {str(one.label): one.figure for one in page.context["report"].figures}


def table(page: Any, code: str) -> dict[str, dict[str, Any]]:
    found = next(one for one in page.context["report"].tables if one.code == code)
    return {
        str(row[0]): {head.words: cell for head, cell in zip(found.heads[1:], row[1:], strict=True)}
        for row in found.rows
    }


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.cookies["language"] = "en"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.mark.parametrize("report", STATE)
def test_the_states_reports_are_for_their_role(
    client: Client, branch: Branch, reader: User, report: str
) -> None:
    address = f"/eoffice/reports/{report}/"
    assert client.get(address).status_code == 302
    for nobody in (branch.ramesh, make_superuser(), make_staff("setup.er", roles=("setup",))):
        assert sign_in_staff(client, nobody).get(address).status_code == 404
        files = f"{address}departments/csv/"
        assert client.get(files).status_code == 404
    sign_in_staff(client, reader)
    page = client.get(address)
    assert page.status_code == 200
    assert page.context["report"].rules
    assert client.post(address).status_code == 405


@pytest.mark.usefixtures("branch")
def test_no_report_of_that_name(client: Client, reader: User) -> None:
    sign_in_staff(client, reader)
    for address in ("nothing/", "paper/nothing/csv/", "paper/kinds/pdf/"):
        assert client.get(f"/eoffice/reports/{address}").status_code == 404


@pytest.mark.parametrize("report", DESK)
def test_a_desks_reports_are_for_who_sits_there(
    client: Client, branch: Branch, report: str
) -> None:
    address = at(branch, report=report)
    assert client.get(address).status_code == 302
    other = make_branch("LND", "HOM")
    for nobody in (other.ramesh, branch.seema, make_superuser()):
        assert sign_in_staff(client, nobody).get(address).status_code == 404
    sign_in_staff(client, branch.ramesh)
    assert client.get(address).status_code == (404 if report == "load" else 200)
    assert client.post(address).status_code == 405


def test_past_holders_see_nothing(client: Client, branch: Branch) -> None:
    sign_in_staff(client, branch.usha)
    assert client.get(at(branch, "under_secretary", "load")).status_code == 200
    Charge.objects.filter(user=branch.usha).update(ends_at=now())
    for report in DESK:
        address = at(branch, "under_secretary", report)
        assert client.get(address).status_code == 404
        assert client.get(f"{address}desks/csv/").status_code == 404


def test_the_head_of_a_section_sees_the_load_of_its_desks(client: Client, branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    diarised(other)
    for _number in range(3):
        diarised(branch)
    sent = diarised(branch)
    moving.mark(
        item=sent.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    page = sign_in_staff(client, branch.usha).get(at(branch, "under_secretary", "load"))
    rows = table(page, "desks")
    assert set(rows) == {str(branch.assistant), str(branch.officer)}
    assert rows[str(branch.assistant)]["Pending"] == 3
    assert rows[str(branch.assistant)]["Moved on in 30 days"] == 1
    assert rows[str(branch.assistant)]["Days of work"] == 90.0
    assert rows[str(branch.assistant)]["Against an even share"] == 1.0
    assert rows[str(branch.officer)]["Unread"] == 1
    assert rows[str(branch.officer)]["Came in 30 days"] == 1


def test_posts_that_report_to_mine_are_below_by_whatever_steps(
    client: Client, branch: Branch
) -> None:
    other = make_branch("LND", "HOM")
    post = other.assistant.post
    post.reports_to = other.officer.post
    post.save(update_fields=["reports_to"])
    above = other.officer.post
    above.reports_to = branch.officer.post
    above.save(update_fields=["reports_to"])
    # A ring of posts is no endless loop.
    mine = branch.officer.post
    mine.reports_to = post
    mine.save(update_fields=["reports_to"])
    page = sign_in_staff(client, branch.ramesh).get(at(branch, report="load"))
    assert set(table(page, "desks")) == {str(other.assistant), str(other.officer)}


def test_no_subject_stands_in_any_report(client: Client, branch: Branch, reader: User) -> None:
    receipt = diarised(branch, subject="Enquiry against a Tehsildar")
    pages = [sign_in_staff(client, branch.usha).get(at(branch, "under_secretary", r)) for r in DESK]
    sign_in_staff(client, reader)
    pages += [client.get(f"/eoffice/reports/{report}/") for report in STATE]
    for page in pages:
        assert b"Tehsildar" not in page.content
        assert receipt.item.number not in page.content.decode()


def test_confidential_papers_are_in_no_figure_of_another_desk(
    client: Client, branch: Branch, reader: User
) -> None:
    diarised(branch)
    made_secret(diarised(branch).item)
    page = sign_in_staff(client, branch.usha).get(at(branch, "under_secretary", "load"))
    assert table(page, "desks")[str(branch.assistant)]["Pending"] == 1
    assert figures(page)["Pending"] == "1"
    page = client.get(at(branch, "under_secretary", "activity"))
    assert figures(page)["Diarised"] == "1"
    # Its own officer counts what may be opened there; the State's few are in no total.
    page = sign_in_staff(client, branch.seema).get(at(branch, "assistant"))
    assert figures(page)["Pending"] == "2"
    page = sign_in_staff(client, reader).get("/eoffice/reports/pendency/")
    assert figures(page)["Pending"] == "1"
    for _number in range(4):
        made_secret(diarised(branch).item)
    page = client.get("/eoffice/reports/pendency/")
    assert figures(page)["Pending"] == "6"
    assert [row["Pending"] for row in table(page, "departments").values()] == [1]
    page = client.get("/eoffice/reports/pendency/", {"department": "REV"})
    assert figures(page)["Pending"] == "1"


def test_staff_of_a_desk_do_not_count_what_they_may_not_open(
    client: Client, branch: Branch
) -> None:
    diarised(branch)
    made_secret(diarised(branch).item)
    Charge.objects.filter(user=branch.seema).update(kind="staff")
    page = sign_in_staff(client, branch.seema).get(at(branch, "assistant"))
    assert figures(page)["Pending"] == "1"


def test_ages_are_days_since_it_came(client: Client, branch: Branch) -> None:
    for days in (0, 3, 4, 30, 31, 61):
        item = diarised(branch).item
        since = now() - timedelta(days=days)
        Holding.objects.filter(item=item).update(since=since)
    page = sign_in_staff(client, branch.seema).get(at(branch, "assistant"))
    told = {age: row["Pending"] for age, row in table(page, "ages").items()}
    assert list(told.values()) == [2, 1, 0, 1, 1, 1]
    assert figures(page)["Over 30 days"] == "2"


def test_persons_are_named_to_officers_and_staff_find_themselves(
    client: Client, branch: Branch
) -> None:
    item = diarised(branch).item
    moving.mark(item=item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent())
    moving.read(item=item, desk=branch.officer)
    moving.give_back(
        item=item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Add the rule")
    )
    page = sign_in_staff(client, branch.usha).get(at(branch, "under_secretary", "activity"))
    assert set(table(page, "persons")) == {str(branch.seema), str(branch.ramesh)}
    assert table(page, "persons")[str(branch.seema)]["Marked and returned"] == 1
    Charge.objects.filter(user=branch.usha).update(kind="staff")
    page = client.get(at(branch, "under_secretary", "activity"))
    assert table(page, "persons") == {}


def test_ranking_shows_its_figures_and_formula(
    client: Client, branch: Branch, reader: User
) -> None:
    other = make_branch("LND", "HOM")
    for _number in range(20):
        item = diarised(branch).item
        Holding.objects.filter(item=item).update(since=now() - timedelta(days=8))
        moving.mark(
            item=item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        item = diarised(other).item
        moving.mark(item=item, desk=other.assistant, to=other.officer, by=other.seema, sent=Sent())
    late = Holding.objects.open().filter(desk=branch.officer)[:5]
    Holding.objects.filter(pk__in=late.values("pk")).update(since=now() - timedelta(days=31))
    page = sign_in_staff(client, reader).get("/eoffice/reports/ranking/")
    rows = table(page, "departments")
    assert list(rows) == ["Home", "Revenue and Disaster Management"]
    assert rows["Home"]["Place"] == 1
    assert rows["Home"]["Score"] == 100.0
    revenue = rows["Revenue and Disaster Management"]
    assert revenue["Score"] == 30.0
    assert revenue["Reckoning"] == "60 × 0/20 + 40 × 15/20"
    assert "60 × (stays that ended within 7 days" in page.content.decode()
    districts = table(page, "districts")
    assert sum(row["Stays ended"] for row in districts.values()) == 40


def test_too_little_has_no_place(client: Client, branch: Branch, reader: User) -> None:
    diarised(branch)
    page = sign_in_staff(client, reader).get("/eoffice/reports/ranking/")
    [row] = table(page, "departments").values()
    assert row["Place"] is None
    assert row["Reckoning"] == "too little to rank"


def test_paper_saved_by_its_rule(client: Client, branch: Branch, reader: User) -> None:
    receipt = diarised(branch, delivery_mode="email")
    moving.mark(
        item=receipt.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    on_paper = diarised(branch)
    Item.objects.filter(pk=on_paper.item_id).update(nature="physical")
    page = sign_in_staff(client, reader).get("/eoffice/reports/paper/")
    rows = table(page, "kinds")
    assert rows["Receipts that came electronically"]["Pages"] == 1
    assert rows["Photocopies of marked receipts"]["Pages"] == 1
    assert figures(page)["Sheets of paper"] == "1"
    assert figures(page)["Copies"] == "1"
    assert "1,800 characters" in page.content.decode()


def test_onboarding_by_wave_with_the_paper_files_that_joined(
    client: Client, branch: Branch, reader: User
) -> None:
    home = make_branch("LND", "HOM")
    Onboarding.objects.create(
        department=branch.section.department,
        wave="1",
        starts_on=days_from_now(-40),
        old_files=8,
        old_files_by=days_from_now(100),
    )
    Onboarding.objects.create(
        department=home.section.department, wave="2", starts_on=days_from_now(9)
    )
    filed(branch, old_number="LR/7/96")
    filed(branch, old_number="LR/8/96")
    filed(branch)
    page = sign_in_staff(client, reader).get("/eoffice/reports/onboarding/")
    assert figures(page)["Departments that work here"] == "1"
    assert figures(page)["Departments with a day to come"] == "1"
    assert [row["Departments"] for row in table(page, "waves").values()] == [1, 1]
    row = table(page, "departments")["Revenue and Disaster Management"]
    assert (row["Joined"], row["Share joined"]) == (2, 25)
    assert (row["Persons at desks"], row["Persons active"]) == (3, 1)


@pytest.mark.usefixtures("branch")
def test_days_that_cannot_be_read(client: Client, reader: User) -> None:
    sign_in_staff(client, reader)
    for wrong in (
        {"from_day": "yesterday"},
        {"from_day": "2026-02-01", "to_day": "2026-01-01"},
        {"from_day": "2024-01-01", "to_day": "2026-01-01"},
        {"department": "NONE"},
    ):
        page = client.get("/eoffice/reports/activity/", wrong)
        assert page.status_code == 200
        assert "error-summary" in page.content.decode()
        file = client.get("/eoffice/reports/activity/departments/csv/", wrong)
        assert file.status_code == 404


def test_sections_of_a_department(client: Client, branch: Branch, reader: User) -> None:
    diarised(branch)
    diarised(make_branch("LND", "HOM"))
    sign_in_staff(client, reader)
    page = client.get("/eoffice/reports/activity/", {"department": "REV"})
    assert set(table(page, "sections")) == {"EST section"}
    assert figures(page)["Diarised"] == "1"


def test_tables_as_files(client: Client, branch: Branch, reader: User) -> None:
    section = branch.section
    section.name_en = "=cmd()"
    section.save(update_fields=["name_en"])
    diarised(branch)
    sign_in_staff(client, reader)
    answer = client.get("/eoffice/reports/pendency/sections/csv/", {"department": "REV"})
    assert answer.streaming
    text = b"".join(answer).decode()  # type: ignore[arg-type]
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert lines[0][:2] == ["Section", "Pending"]
    assert lines[1][:2] == ["'=cmd()", "1"]
    answer = client.get("/eoffice/reports/pendency/sections/xlsx/", {"department": "REV"})
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=cmd()" in sheet
    assert "<f>" not in sheet


@pytest.mark.parametrize("report", STATE)
def test_queries_of_the_state(client: Client, branch: Branch, reader: User, report: str) -> None:
    sign_in_staff(client, reader)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"/eoffice/reports/{report}/").status_code == 200
        return len(caught)

    random_days(branch, 21, count=6)
    queries()
    few = queries()
    assert few <= 18
    random_days(make_branch("LND", "HOM"), 22, count=12)
    make_branch("ACC", "HOM")
    assert queries() == few


@pytest.mark.parametrize("report", DESK)
def test_queries_of_a_desk(client: Client, branch: Branch, report: str) -> None:
    sign_in_staff(client, branch.usha)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(at(branch, "under_secretary", report)).status_code == 200
        return len(caught)

    random_days(branch, 23, count=6)
    queries()
    few = queries()
    assert few <= 16
    random_days(branch, 24, count=12)
    assert queries() == few
