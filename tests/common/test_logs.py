"""What is nobody's business is not in a log."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from esachivalaya.accounts.models import User

pytestmark = pytest.mark.django_db

# Away from the lines that a traceback shows.
PHONE = "+919800000001"


@pytest.fixture
def log() -> StringIO:
    """Where a logger writes with the portal's own formatter."""
    return StringIO()


def test_a_traceback_does_not_quote_the_row_that_the_database_refused(log: StringIO) -> None:
    line: dict[str, Any] = settings.LOGGING["formatters"]["line"]  # type: ignore[index]
    formatter = import_string(line["()"])("%(message)s")
    handler = logging.StreamHandler(log)
    handler.setFormatter(formatter)
    logger = logging.getLogger("of this test")
    logger.addHandler(handler)
    try:
        with transaction.atomic():
            User.objects.create(username="x", kind="no", name_en="A\nB", phone=PHONE)
    except IntegrityError:
        logger.exception("A user is not made.")
    told = log.getvalue()
    assert "CheckViolation" in told
    assert "IntegrityError" in told
    assert "9800000001" not in told
