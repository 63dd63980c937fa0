"""Those who watch, and what the logs would have said."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from esachivalaya.accounts.services import cost
from esachivalaya.common.request_ids import RequestIdFilter
from esachivalaya.watching.figures import kept
from tests.people import make_staff, sign_in_staff

TOKEN = "only-for-tests-0123456789"


class Log:
    """Everything that was logged, as the collector of a real portal gets it."""

    def __init__(self) -> None:
        self.stream = StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log of a real portal, down to what no handler would show by itself."""
    told, root = Log(), logging.getLogger()
    formatters: dict[str, Any] = settings.LOGGING["formatters"]  # type: ignore[assignment]
    handler = logging.StreamHandler(told.stream)
    handler.setFormatter(import_string(formatters["json"]["()"])())
    handler.addFilter(RequestIdFilter())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield told
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    """What one test read is nothing to the next."""
    kept.forget()
    cost._count = cost.Count()


@pytest.fixture
def inside(settings: Any) -> dict[str, str]:
    """What somebody inside sends along."""
    settings.METRICS_TOKEN = TOKEN
    return {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}


@pytest.fixture
def watcher(client: Client, db: None) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, make_staff("watcher", roles=("messages",), language="en"))
