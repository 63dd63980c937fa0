"""Where a person wanted to go before they had to sign in."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from esachivalaya.common import registry

LONGEST = 2000


def safe_next(request: HttpRequest, wanted: str, default: str) -> str:
    """Return ``wanted`` when it is a page of this portal, else the page named ``default``."""
    # A word without a slash would be taken for the name of a page, and there is none.
    own = (
        "/" in wanted
        and len(wanted) <= LONGEST
        and url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
    )
    return wanted if own else resolve_url(default)


def wanted_page(request: HttpRequest, default: str) -> str:
    """Return the safe page that the form or the address asks for as ``next``."""
    return safe_next(request, request.POST.get("next") or request.GET.get("next") or "", default)


def desk_of(user: Any) -> str:
    """Return the page where ``user`` of staff works: the admin, unless an app knows another."""
    return own_desk_of(user) or reverse("admin:index")


def own_desk_of(user: Any) -> str:
    """Return the page of who works elsewhere than in the admin, "" for everybody else."""
    return next((desk for desk in registry.own_desk(user) if desk), "")
