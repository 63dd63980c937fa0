"""Where a person wanted to go before they had to sign in."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000


def safe_next(request: HttpRequest, wanted: str, default: str) -> str:
    """Return ``wanted`` when it is a page of this portal, else the page named ``default``."""
    own = len(wanted) <= LONGEST and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own else resolve_url(default)


def wanted_page(request: HttpRequest, default: str) -> str:
    """Return the safe page that the form or the address asks for as ``next``."""
    return safe_next(request, request.POST.get("next") or request.GET.get("next") or "", default)
