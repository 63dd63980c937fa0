"""What every test stands on: a real database as the portal sees it, a real Valkey, no mercy.

The test database is made and migrated by the role that owns it; then the connection is handed to
the role that the portal runs under. So a test finds out when a privilege is missing, and also when
one is there that should not be.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.template import engines
from django.test import TransactionTestCase
from django.utils import translation

from tests import database, template_variables, valkey
from tests.migrated import Migrated
from tests.races import Outcome, run_at_once


def pytest_configure(config: pytest.Config) -> None:
    """Point the settings at this run's own places, before anything reads them."""
    connection_created.connect(database.refuse_a_real_one)
    settings.REDIS_URL = valkey.own_database(settings.REDIS_URL)
    caches: dict[str, Any] = settings.CACHES
    caches["default"]["LOCATION"] = settings.REDIS_URL
    settings.CELERY_BROKER_URL = settings.REDIS_URL
    papers = Path(tempfile.mkdtemp(prefix="esachivalaya-tests-"))
    config.add_cleanup(lambda: database.remove_folder(papers))
    settings.DATA_DIR = papers
    storages: dict[str, Any] = settings.STORAGES
    storages["default"]["OPTIONS"]["location"] = papers / "papers"
    settings.STATIC_ROOT = papers / "static"
    settings.STATIC_ROOT.mkdir()
    # Files are found where they are written: nothing has to be collected before a test.
    # tests/architecture/test_static_files.py collects them for real.
    storages["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # Hashing slowly is right for people and wasted on a test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Django would TRUNCATE under the portal's role, which may not; it has no setting for this.
    teardown = "_fixture_teardown"
    setattr(TransactionTestCase, teardown, lambda _self: database.empty(connection))


@pytest.fixture(scope="session")
def migrated() -> Migrated:
    """The migrated database that this run's own one is copied from."""
    return Migrated(connection)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_blocker: Any, django_db_modify_db_settings: None, migrated: Migrated
) -> Iterator[None]:
    """Make and migrate the test database as its owner, under a name no other run uses."""
    with django_db_blocker.unblock():
        database.name_of_this_run(connection)
        database.become_owner(connection)
        database.drop_left_over(connection)
        migrated.use()
    with database.default_privileges():
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_blocker: Any, django_db_setup: None, migrated: Migrated
) -> Iterator[None]:
    """Hand the finished database to the portal's role; take it back to drop it."""
    with django_db_blocker.unblock():
        migrated.leave()
        database.remember_what_migrations_loaded(connection)
        database.become_app(connection)
    yield
    with django_db_blocker.unblock():
        database.let_go(connection)
        database.become_owner(connection)


@pytest.fixture(autouse=True)
def _clean_valkey(request: pytest.FixtureRequest) -> None:
    """Counters, queues, notices and lists of one test are nothing to the next.

    That no notice is shown was read a moment ago, so that the pages' queries can be counted.
    """
    # They read models, which are loaded only now.
    from appointments.views import directory
    from esachivalaya.common import health
    from esachivalaya.pages import notices

    cache.clear()
    health.forget()
    directory.KEPT_LISTS.forget()
    notices._kept = notices.Kept(time.monotonic(), notices._LONG_AGO)


@pytest.fixture(autouse=True)
def _portals_own_language() -> None:
    """A page asked for in English leaves English behind in this thread; no test inherits it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _undefined_variables_fail() -> Iterator[None]:
    """A template of ours that asks for what it was not given fails the test."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    engine.string_if_invalid = template_variables.Undefined()
    template_variables.found.clear()
    yield
    if template_variables.found:
        pytest.fail("; ".join(template_variables.found))


@pytest.fixture
def owner_connection(db: None) -> Iterator[Any]:
    """A connection of the role that owns the tables; sees only what is committed."""
    link = psycopg2.connect(**database.owner_parameters(connection))
    link.autocommit = True
    yield link
    link.close()


@pytest.fixture
def race(transactional_db: None) -> Callable[..., list[Outcome]]:
    """`race(job, job, ...)`: runs them in threads that start at once, each with a connection."""
    return run_at_once


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> None:
    """Loopback is reached directly, whatever the machine's environment says."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1,::1"
