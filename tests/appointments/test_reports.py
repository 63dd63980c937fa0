"""Reports: an office's figures, its superior's, the State's; who sees which, and how exactly."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from appointments import reports
from appointments.models import Breach, Rating, Request
from appointments.reports import Filters, Scope, default_days, hidden, report_of, rows_of
from esachivalaya.common import clock
from esachivalaya.common.clock import day_of
from tests.booking import sent
from tests.office import assert_strict, content, queries
from tests.people import (
    Cast,
    make_category,
    make_citizen,
    make_post,
    make_staff,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
REPORTS = "/admin/appointments/request/reports/"


def made(cast: Cast, **fields: Any) -> Request:
    """A request of somebody new, of which ``fields`` are what a report looks at."""
    post = fields.pop("post", cast.rewari)
    district = fields.pop("district", "REW")
    row = sent(post, make_citizen(name="Ravi Kumar", district_code=district), None)
    hours = fields.pop("hours", None)
    Request.objects.filter(pk=row.pk).update(
        created_at=F("created_at") - timedelta(days=3), due_at=F("due_at") - timedelta(days=3)
    )
    if hours is not None:
        fields |= {"answered_at": F("created_at") + timedelta(hours=hours)}
        fields.setdefault("status", "declined")
        fields |= {"decline_reason": "court", "words": "x"}
    if fields:
        Request.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def made_at(moment: datetime, cast: Cast) -> None:
    """A request of that time, which nobody has answered."""
    row = made(cast)
    Request.objects.filter(pk=row.pk).update(created_at=moment, due_at=moment + timedelta(days=1))


def month() -> Filters:
    return Filters(*default_days(day_of(clock.now())))


def counted(rows: Any, column: str) -> dict[Any, int]:
    return {value: group.requests for value, group in report_of(rows).by[column].items()}


def office_rows(cast: Cast, **chosen: str) -> Any:
    filters = Filters(**{**vars(month()), **chosen})
    return rows_of(cast.suresh, Scope.OFFICE, filters)


def test_answers_are_counted_by_the_time_they_took_and_a_limit_belongs_to_the_longer(
    cast: Cast,
) -> None:
    for hours in (5.99, 6, 11.5, 12, 23.99, 24, 30):
        made(cast, hours=hours)
    made(cast)
    made(cast, hours=1, status="withdrawn")
    assert counted(office_rows(cast), "took") == {
        "under_6": 1,
        "under_12": 2,
        "under_24": 2,
        "longer": 2,
        None: 2,
    }


def test_in_time_is_before_the_due_time_without_a_breach_and_withdrawn_is_not_judged(
    cast: Cast,
) -> None:
    made(cast, hours=3)
    late = made(cast, hours=30)
    allotted = made(cast, hours=24)
    for row in (late, allotted):
        Breach.objects.create(
            request=row,
            post=row.post,
            due_at=row.due_at,
            outcome="allotted",
            recorded_at=clock.now(),
        )
    made(cast, hours=2, status="withdrawn")
    made(cast)  # waits, and is overdue by now
    total = report_of(office_rows(cast)).total
    assert (total.requests, total.judged, total.in_time, total.breaches) == (5, 4, 1, 2)
    assert total.share == 25


def test_figures_by_category_district_channel_and_what_became_of_it(cast: Cast) -> None:
    water = make_category("water", name_en="Water", name_hi="पानी")
    made(cast)
    made(cast, category=water, district="GGM", channel="kendra")
    made(cast, category=water, district="GGM", hours=2, status="met")
    made(cast, hours=2, status="missed_by_office", private=True)
    rows = office_rows(cast)
    revenue = cast.category.pk
    assert counted(rows, "shown_category") == {revenue: 1, water.pk: 2, None: 1}
    assert counted(rows, "district") == {"REW": 2, "GGM": 2}
    assert counted(rows, "channel") == {"own_phone": 3, "kendra": 1}
    assert counted(rows, "status") == {"requested": 2, "met": 1, "missed_by_office": 1}


@pytest.mark.parametrize(
    ("chosen", "number"),
    [
        ({"district": "GGM"}, 2),
        ({"category": "water"}, 1),
        ({"channel": "kendra"}, 1),
        ({"status": "met"}, 1),
        ({"post": "DC-REW"}, 4),
        ({"post": "DIV-GGM"}, 0),
        ({"department": "REV"}, 4),
        ({"department": "HOM"}, 0),
    ],
)
def test_each_filter_narrows_the_figures(cast: Cast, chosen: dict[str, str], number: int) -> None:
    water = make_category("water", name_en="Water", name_hi="पानी")
    made(cast)
    made(cast, category=water, district="GGM", channel="kendra")
    # A private request is in no category, so that a filter does not tell its own.
    made(cast, category=water, district="GGM", private=True)
    made(cast, hours=2, status="met")
    assert office_rows(cast, **chosen).count() == number


def test_days_are_those_of_asia_kolkata_both_included(cast: Cast) -> None:
    row = made(cast)
    day = day_of(row.created_at)
    start, end = clock.day_bounds(day)
    for moment, there in ((start, True), (end - timedelta(seconds=1), True), (end, False)):
        Request.objects.filter(pk=row.pk).update(
            created_at=moment, due_at=moment + timedelta(hours=24)
        )
        rows = rows_of(cast.suresh, Scope.OFFICE, Filters(day, day))
        assert rows.exists() is there


def test_an_office_sees_its_own_a_superior_those_below_and_the_role_all(cast: Cast) -> None:
    home = make_post("MIN-HOME")
    for post in (cast.rewari, cast.division, home):
        made(cast, post=post)
    reader = make_staff("reader", roles=("reports",))

    def posts(user: Any, scope: Scope) -> set[str]:
        return set(rows_of(user, scope, month()).values_list("post__code", flat=True))

    assert reports.scopes_of(cast.suresh) == [Scope.OFFICE]
    assert reports.scopes_of(cast.kavita) == [Scope.OFFICE, Scope.BELOW]
    assert reports.scopes_of(reader) == [Scope.STATE]
    assert reports.scopes_of(cast.nasreen) == []
    assert posts(cast.suresh, Scope.OFFICE) == {"DC-REW"}
    assert posts(cast.kavita, Scope.OFFICE) == {"DIV-GGM"}
    assert posts(cast.kavita, Scope.BELOW) == {"DC-REW"}
    assert posts(reader, Scope.STATE) == {"DC-REW", "DIV-GGM", "MIN-HOME"}
    assert posts(cast.kavita, Scope.STATE) == set()
    assert posts(reader, Scope.OFFICE) == set()
    cast.suresh.charges.update(ends_at=clock.now())
    assert posts(cast.suresh, Scope.OFFICE) == set()


def test_small_numbers_are_hidden_and_cannot_be_had_from_the_total() -> None:
    def written(counts: list[int]) -> list[tuple[int, int]]:
        return [(one.low, one.high) for one in hidden(counts)]

    assert written([0, 1, 4, 5, 90]) == [(0, 0), (1, 4), (1, 4), (5, 5), (90, 90)]
    # One alone would be the rest to the total.
    assert written([3, 12, 90]) == [(1, 4), (10, 14), (90, 90)]
    assert written([3]) == [(1, 4)]
    # A bar tells no more than its words.
    assert {one.value for one in hidden([1, 2, 3, 4])} == {2.5}


def test_the_page_of_an_office(office: Client, cast: Cast) -> None:
    for hours in (1, 7, 13):
        Rating.objects.create(request=made(cast, hours=hours, status="met"), stars=4)
    page = office.get(REPORTS)
    assert_strict(page)
    text = content(page)
    for words in ("Under 6 hours", "Land and revenue", "Rewari", "Rows as CSV", "Meetings held"):
        assert words in text
    assert "Ravi Kumar" not in text
    assert "under 5" not in text
    # The rating of three people says too much about each.
    assert page.context["figures"][-1]["figure"] == "–"
    for _number in range(2):
        Rating.objects.create(request=made(cast, hours=1, status="met"), stars=5)
    assert office.get(REPORTS).context["figures"][-1]["figure"] == "4.4"


def test_the_page_of_the_state_hides_small_numbers_and_hands_out_no_rows(
    client: Client, cast: Cast
) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, make_staff("reader", roles=("reports",)))
    for _number in range(3):
        made(cast)
    text = content(client.get(REPORTS))
    assert "under 5" in text
    assert "Rows as CSV" not in text
    for words in ("Ravi", "Demarcation"):
        assert words not in text
    assert "/admin/appointments/request/reports/" in content(client.get("/admin/"))
    assert client.get("/admin/appointments/request/").status_code == 403


def test_the_superior_sees_figures_of_those_below_and_no_rows(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, cast.kavita)
    made(cast)
    page = client.get(REPORTS, {"of": "below"})
    assert page.context["asked"] == 1
    assert "Rows as CSV" not in content(page)
    assert client.get(REPORTS).context["asked"] == 0


def test_others_scopes_and_pages_are_not_there(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.suresh)
    for scope in ("below", "state", "everything"):
        assert client.get(REPORTS, {"of": scope}).status_code == 404
    assert client.post(REPORTS).status_code == 405
    sign_in_staff(client, cast.nasreen)
    assert client.get(REPORTS).status_code == 404
    sign_in_household(client, cast.household)
    assert client.get(REPORTS).status_code == 302


def test_an_empty_report_says_so_and_a_wrong_filter_is_an_error(office: Client, cast: Cast) -> None:
    assert "No requests in this time" in content(office.get(REPORTS))
    for wrong in (
        {"from_day": "2026-02-30"},
        {"from_day": "0001-01-01"},
        {"to_day": "9999-12-31"},
        {"from_day": "2026-03-02", "to_day": "2026-03-01"},
        {"category": "nothing"},
        {"district": "nowhere"},
    ):
        page = office.get(REPORTS, wrong)
        assert "charts" not in page.context
        assert "error-summary" in content(page)


def test_the_report_takes_the_same_queries_for_one_request_and_for_many(
    office: Client, cast: Cast
) -> None:
    made(cast)
    few = len(queries(office, REPORTS))
    for number in range(12):
        made(cast, hours=number, district=("REW", "GGM", "PKL")[number % 3])
    assert len(queries(office, REPORTS)) == few
    assert few <= 17


def test_the_state_reads_whole_months_so_that_no_two_ranges_tell_a_day(
    client: Client, cast: Cast
) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, make_staff("reader", roles=("reports",)))
    for _number in range(7):
        made_at(clock.at(date(2024, 2, 5), time(11)), cast)
    made_at(clock.at(date(2024, 2, 29), time(23)), cast)
    asked = {
        (first, until): client.get(REPORTS, {"of": "state", "from_day": first, "to_day": until})
        for first, until in (
            ("2024-02-05", "2024-02-05"),
            ("2024-02-06", "2024-02-28"),
            ("2024-02-01", "2024-02-29"),
        )
    }
    shown = {
        content(page).split("<h1", 1)[1].split("report-filters", 1)[1] for page in asked.values()
    }
    assert all(page.context["figures"][0]["figure"] == "8" for page in asked.values())
    assert len({page.context["form"].cleaned_data["from_day"] for page in asked.values()}) == 1
    assert all("whole months" in page for page in shown)


def test_an_office_reads_any_days(office: Client, cast: Cast) -> None:
    made_at(clock.at(date(2024, 2, 5), time(11)), cast)
    page = office.get(REPORTS, {"of": "office", "from_day": "2024-02-06", "to_day": "2024-02-28"})
    assert page.context["asked"] == 0
    assert "whole months" not in content(page)
