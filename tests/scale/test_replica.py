"""Reports read from a replica where one is set, read only there, and never depend on it."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.conf import settings as portal
from django.db import connection, connections
from django.db.utils import InternalError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg2 import sql

from appointments import board, report_rows
from appointments.models import Request
from appointments.reports import Filters, Scope, default_days, report_of, rows_of
from esachivalaya.accounts.models import Role
from esachivalaya.common import clock, reading
from esachivalaya.common.reading import REPORTS
from tests import database
from tests.booking import sent, slots
from tests.counters import make_kendra, oversee
from tests.migrated import Migrated
from tests.people import Cast, make_citizen, make_staff, sign_in_staff

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", REPORTS])
STATE = ("pendency", "activity", "onboarding", "ranking", "paper")


@pytest.fixture(scope="module", autouse=True)
def _second_database(
    django_db_setup: None, django_db_blocker: Any, migrated: Migrated
) -> Iterator[None]:
    """One with the same tables and nothing in them: what reads it finds nothing."""
    name = f"{database.PREFIX}{os.getpid()}_replica"
    with django_db_blocker.unblock():
        _as_owner("CREATE DATABASE {} TEMPLATE {}", name, migrated.name)
    way = {part: portal.OWNER_DATABASE[part] for part in ("HOST", "PORT")}
    connections.settings[REPORTS] = {**connection.settings_dict, **way, "NAME": name}
    yield
    connections[REPORTS].close()
    del connections[REPORTS]
    del connections.settings[REPORTS]
    with django_db_blocker.unblock():
        _as_owner("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    board.forget()
    yield
    board.forget()


@pytest.fixture
def no_replica() -> Iterator[None]:
    kept = connections.settings.pop(REPORTS)
    yield
    connections.settings[REPORTS] = kept


@pytest.fixture
def dead_replica() -> Iterator[None]:
    link = connections[REPORTS]
    link.close()
    port, link.settings_dict["PORT"] = link.settings_dict["PORT"], "1"
    yield
    link.close()
    link.settings_dict["PORT"] = port


def _as_owner(statement: str, *names: str) -> None:
    link = psycopg2.connect(**{**database.owner_parameters(connection), "dbname": "postgres"})
    try:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        link.close()


def some_requests(cast: Cast) -> None:
    for slot in slots(cast.rewari, 3):
        sent(cast.rewari, make_citizen(name="Ravi Kumar"), slot)


def counted(cast: Cast) -> tuple[int, int, int]:
    """How many requests the report has, its table of rows, and this month's promise board."""
    board.forget()
    wanted = Filters(*default_days(clock.day_of(clock.now())))
    rows = rows_of(cast.suresh, Scope.OFFICE, wanted)
    last = Request.objects.order_by("-pk")[0].pk
    found = list(report_rows.rows_by_key(rows, language="en", last=last))
    return report_of(rows).total.requests, len(found), len(board.fresh_board().lines)


def test_reports_read_the_replica(cast: Cast) -> None:
    some_requests(cast)
    assert Request.objects.count() == 3
    assert counted(cast)[:2] == (0, 0)


def test_without_a_replica_they_read_the_database(no_replica: None, cast: Cast) -> None:
    some_requests(cast)
    assert counted(cast)[:2] == (3, 3)


def test_a_replica_that_does_not_answer_stops_nobody(
    dead_replica: None, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    some_requests(cast)
    assert counted(cast)[:2] == (3, 3)
    assert "The replica does not answer" in caplog.text


def let_it_die() -> None:
    """End the replica's session behind our back, as a replica that is started again does."""
    connections[REPORTS].ensure_connection()
    pid = connections[REPORTS].connection.info.backend_pid
    other = psycopg2.connect(**connections[REPORTS].get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def test_a_replica_that_was_away_is_read_again(cast: Cast) -> None:
    some_requests(cast)
    with reading.from_replica():
        assert not Request.objects.exists()
    let_it_die()
    with reading.from_replica():
        assert Request.objects.exists()
    with reading.from_replica():
        assert not Request.objects.exists()


def test_a_report_that_a_replica_breaks_off_is_read_from_the_database(cast: Cast) -> None:
    some_requests(cast)
    asked = []

    def make() -> int:
        asked.append(reading.link().alias)
        if len(asked) == 1:
            let_it_die()
        return Request.objects.count()

    assert reading.report(make) == 3
    assert asked == [REPORTS, "default"]
    assert counted(cast)[:2] == (0, 0)


def test_a_districts_kendras_are_counted_by_the_replica() -> None:
    kendra = make_kendra()
    client = sign_in_staff(Client(), oversee(kendra.district, make_staff("sunita")))
    page = f"/kendra/district/{kendra.district.code}/"
    for path in (page, f"{page}file/"):
        with CaptureQueriesContext(connections[REPORTS]) as there:
            answer = client.get(path)
        assert (answer.status_code, kendra.code in answer.content.decode()) == (200, False)
        assert sum("kendras_assistedbooking" in one["sql"] for one in there.captured_queries) == 3


def test_without_a_replica_the_database_counts_them(no_replica: None) -> None:
    kendra = make_kendra()
    client = sign_in_staff(Client(), oversee(kendra.district, make_staff("sunita")))
    page = f"/kendra/district/{kendra.district.code}/"
    for path in (page, f"{page}file/"):
        assert kendra.code in client.get(path).content.decode()


@pytest.mark.parametrize("path", [
    "/promise/", *(f"/eoffice/reports/{name}/" for name in STATE[1:]), "/eoffice/reports/",
])  # fmt: skip
def test_pages_of_figures_are_made_by_the_replica(path: str, cast: Cast) -> None:
    client = sign_in_staff(Client(), make_staff("figures", roles=(Role.Name.REPORTS,)))
    client.get(path)
    board.forget()
    with CaptureQueriesContext(connections[REPORTS]) as there:
        assert client.get(path).status_code == 200
    assert any("READ ONLY" in one["sql"] for one in there.captured_queries)
    assert len(there) > 3


def test_nothing_is_ever_written_there(cast: Cast) -> None:
    row = sent(cast.rewari, make_citizen(name="Ravi Kumar"), None)
    with reading.from_replica():
        assert not Request.objects.exists()
        with (
            pytest.raises(InternalError, match="read-only transaction"),
            reading.link().cursor() as cursor,
        ):
            cursor.execute("DELETE FROM appointments_request")
    with reading.from_replica():
        # What is written meanwhile, a row of the replica included, goes to the database itself.
        Request.objects.filter(pk=row.pk).update(subject="Mended")
    row.refresh_from_db()
    assert row.subject == "Mended"


def test_outside_a_report_nothing_reads_the_replica(cast: Cast) -> None:
    some_requests(cast)
    with CaptureQueriesContext(connections[REPORTS]) as there:
        client = sign_in_staff(Client(), cast.suresh)
        assert client.get("/admin/").status_code in {200, 302}
        assert Request.objects.count() == 3
    assert len(there) == 0
