"""Addresses of the portal's pages as messages carry them."""

from functools import cache

from django.conf import settings
from django.urls import reverse

# Stands in the page's address where what it is about is written.
BLANK = "0BLANK0"


def public(page: str, about: str) -> str:
    """Return the public address of ``page`` about one thing.

    ``about`` is a reference or a token: letters, digits, "-" and "_", which an address carries as
    they are. So the page's address is looked up once, and not for each of the thousands of messages
    that a sweep writes.
    """
    return settings.PUBLIC_URL + _pattern(page).replace(BLANK, about)


@cache
def _pattern(page: str) -> str:
    return reverse(page, args=[BLANK])


def public_page(page: str) -> str:
    """Return the public address of ``page``, which is about nothing in particular."""
    return settings.PUBLIC_URL + reverse(page)
