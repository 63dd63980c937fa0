"""Addresses in messages are those of the pages themselves."""

import pytest
from django.urls import reverse
from pytest_django import Settings

from esachivalaya.common import addresses


@pytest.mark.parametrize(
    ("page", "about"),
    [
        ("appointments:track-detail", "ES7K4P92MX"),
        ("appointments:short-link", "7K4pQ9aZ-_2m"),
        ("admin:appointments_request_change", "ES7K4P92MX"),
    ],
)
def test_an_address_is_that_of_the_page_about_the_thing(
    page: str, about: str, settings: Settings
) -> None:
    for host in ("https://one.example", "https://two.example"):
        settings.PUBLIC_URL = host
        assert addresses.public(page, about) == host + reverse(page, args=[about])
