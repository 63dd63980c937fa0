"""Reports by service or scheme: a filter, a chart and a column; of a private request none of it."""

from typing import Any

import pytest
from django.test import Client

from officials.models import Service
from tests.appointments.test_report_rows import lines, taken
from tests.appointments.test_reports import REPORTS, counted, made, office_rows
from tests.catalogue import make_deed_service, make_service
from tests.office import content, queries
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def allowance(db: None) -> Service:
    return make_service()


def charts(page: Any) -> dict[str, list[tuple[str, Any, str]]]:
    return {one["title"]: one["rows"] for one in page.context["charts"]}


def test_figures_and_filter_leave_out_what_is_private(cast: Cast, allowance: Service) -> None:
    deed = make_deed_service()
    made(cast, service=allowance)
    made(cast, service=allowance, channel="kendra")
    made(cast, service=deed, private=True)
    made(cast)
    assert counted(office_rows(cast), "shown_service") == {allowance.pk: 2, None: 2}
    assert office_rows(cast, service=allowance.code).count() == 2
    assert office_rows(cast, service=allowance.code, channel="kendra").count() == 1
    assert office_rows(cast, service=deed.code).count() == 0


def test_the_page_has_the_filter_and_the_chart(
    office: Client, cast: Cast, allowance: Service
) -> None:
    made(cast, service=allowance)
    made(cast)
    page = office.get(REPORTS)
    assert allowance.code in content(page)
    assert charts(page)["By service"] == [
        ("No service, or private", 1, "1"),
        ("Old Age Samman Allowance", 1, "1"),
    ]
    narrowed = office.get(REPORTS, {"of": "office", "service": allowance.code})
    assert sum(row[1] for row in charts(narrowed)["By service"]) == 1


def test_where_nobody_asked_about_a_service_there_is_no_chart(office: Client, cast: Cast) -> None:
    made(cast)
    page = office.get(REPORTS)
    assert "By service" not in charts(page)
    assert 'name="service"' not in content(page)


def test_a_service_that_is_not_offered_any_more_is_still_counted(
    office: Client, cast: Cast, allowance: Service
) -> None:
    made(cast, service=allowance)
    Service.objects.update(active=False)
    page = office.get(REPORTS, {"of": "office", "service": allowance.code})
    assert charts(page)["By service"] == [("Old Age Samman Allowance", 1, "1")]


def test_the_rows_name_the_service_and_a_private_one_does_not(
    office: Client, cast: Cast, allowance: Service
) -> None:
    made(cast, service=allowance)
    made(cast, service=allowance, private=True)
    heading, first, second = lines(taken(office, "csv"))
    place = heading.index("Service or scheme")
    assert (first[place], second[place]) == ("Old Age Samman Allowance", "")
    assert len(lines(taken(office, "csv", service=allowance.code))) == 2


def test_more_services_cost_no_more_queries(office: Client, cast: Cast, allowance: Service) -> None:
    made(cast, service=allowance)
    office.get(REPORTS)
    few = len(queries(office, REPORTS))
    for number in range(5):
        made(cast, service=make_service(f"SJE-{number}"))
    assert len(queries(office, REPORTS)) == few
