"""Searches that have to be made cost the database more than any other page: they are counted."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from esachivalaya.accounts.tries import allowed
from esachivalaya.common.refusals import refusal


class TooManySearches(Exception):
    """More was searched for from this address, or in all, than a time allows."""


def count_search(request: HttpRequest) -> None:
    """Count one search of this address; over the limit raise :class:`TooManySearches`."""
    if not allowed(request, "search"):
        raise TooManySearches


def too_many_searches(request: HttpRequest) -> HttpResponse:
    """Say what else leads there: the lists without words are open to everybody."""
    words = _(
        "Very much was searched for from your connection. Please go on in ten minutes, or choose "
        "from the list by department and district."
    )
    return refusal(request, 429, text=words)
