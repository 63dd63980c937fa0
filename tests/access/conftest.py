"""The world of the access matrix: made once, thrown away at the end, changed by nobody."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from tests.access.places import addresses, own_rows
from tests.access.world import World, make_world


def pytest_addoption(parser: pytest.Parser) -> None:
    """Understood when the tests of this folder alone are run."""
    parser.addoption("--write-access-matrix", action="store_true", help="write what is found")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Everybody and everything, in one transaction that is never ended.

    Its tests are not marked with ``django_db``: what they write goes into this transaction. Some
    other test of the module is, since only then is a test database made.
    """
    # As a State runs it: the demo's own pages are not there.
    with django_db_blocker.unblock(), override_settings(DEMO=False), transaction.atomic():
        assert str(connection.settings_dict["NAME"]).startswith("test_"), "not a test database"
        made = make_world()
        own_rows(made, list(addresses()))
        yield made
        transaction.set_rollback(True)
