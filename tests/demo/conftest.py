"""The demo that these tests look at: made once, for making it takes half a minute."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

# Few offices, and as many people as it takes that everything occurs.
SMALL = {"citizens": 100, "posts": 13}


def run(**options: Any) -> tuple[str, str]:
    """What the command prints, and what it tells about its progress."""
    out, progress = StringIO(), StringIO()
    call_command("demo", **{**SMALL, **options}, stdout=out, stderr=progress)
    return out.getvalue(), progress.getvalue()


@pytest.fixture(scope="package")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """What is printed by the run that makes the demo.

    Its transaction is never ended: each test's own stands within it and is undone, as everywhere.
    """
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        yield run()[0]
        transaction.set_rollback(True)


@pytest.fixture
def demo(made: str, db: None, settings: Any) -> str:
    """The demo is there; what its making printed."""
    settings.DEMO = True
    return made
