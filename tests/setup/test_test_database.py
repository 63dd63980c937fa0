"""The tests see the database as the portal does: through a role that owns nothing."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests import database
from tests.races import Outcome


def test_tests_run_under_the_role_of_the_portal(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (settings.DATABASE_APP_ROLE,)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.fixture
def real(db: None) -> Iterator[Any]:
    """A way to the database that the settings name, as a fixture may open it by mistake."""
    link = connection.copy()
    link.settings_dict["NAME"] = settings.DATABASE["NAME"]
    yield link
    link.close()


def test_no_test_reaches_a_database_that_is_not_a_tests(real: Any) -> None:
    for _again in range(2):
        with pytest.raises(database.NotATests), real.cursor():
            pytest.fail("It was reached.")


def test_no_test_empties_a_database_that_is_not_a_tests(real: Any) -> None:
    with pytest.raises(database.NotATests):
        database.empty(real)


@pytest.mark.parametrize(
    "statement", ["TRUNCATE django_session", "CREATE TABLE mine (id int)", "DROP TABLE auth_group"]
)
def test_the_role_of_the_portal_cannot_change_tables(db: None, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_owner_sees_only_what_is_committed(owner_connection: Any) -> None:
    Session.objects.create(session_key="not-committed", expire_date=timezone.now())
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT current_user, (SELECT count(*) FROM django_session)")
        assert cursor.fetchone() == (settings.OWNER_DATABASE["USER"], 0)


@pytest.mark.django_db(transaction=True)
def test_emptying_brings_back_what_migrations_loaded(owner_connection: Any) -> None:
    Session.objects.create(session_key="committed", expire_date=timezone.now())
    database.empty(connection)
    assert not Session.objects.exists()
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [database.LOADED])
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM public."{table}"')
            now = cursor.fetchone()
            cursor.execute(f'SELECT count(*) FROM {database.LOADED}."{table}"')
            assert now == cursor.fetchone(), table


def test_racers_have_connections_of_their_own(race: Callable[..., list[Outcome]]) -> None:
    together = threading.Barrier(3, timeout=20)

    def backend() -> int:
        # A pooler lends one for each transaction: they are told apart while all three last.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            together.wait()
            return int(cursor.fetchone()[0])

    outcomes = race(backend, backend, backend)
    assert all(outcome.ok for outcome in outcomes)
    assert len({outcome.value for outcome in outcomes}) == 3


def test_a_racer_that_fails_brings_back_its_error(race: Callable[..., list[Outcome]]) -> None:
    def second_key() -> None:
        Session.objects.create(session_key="one", expire_date=timezone.now())

    def wrong() -> None:
        raise LookupError

    won, lost = race(second_key, wrong)
    assert won.ok
    assert isinstance(lost.error, LookupError)
