"""What the tests of offices share."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from tests import people


@pytest.fixture
def cast() -> people.Cast:
    return people.make_cast()


@pytest.fixture
def english(client: Client) -> Iterator[None]:
    client.cookies["language"] = "en"
    with translation.override("en"):
        yield
