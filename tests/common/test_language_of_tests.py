"""No test is told in the language of the one before: what it expects in words would change."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


# Twice, so that one of them comes after the other in whatever order.
@pytest.mark.parametrize("time", [1, 2])
def test_a_page_in_english_leaves_no_english_behind(client: Client, time: int) -> None:
    assert translation.get_language() == settings.LANGUAGE_CODE
    client.cookies["language"] = "en"
    client.get("/")
    # As Django leaves it: the middleware that switches the language on switches nothing off.
    assert translation.get_language() == "en"
