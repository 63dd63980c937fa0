"""Deny by default: without signing in, only what is listed here can be reached."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

SIGN_INS = ("/accounts/sign-in/", "/accounts/staff/", "/admin/login/", "/track/")
# Everything that a stranger may see, by the name of its address. To add one is a decision.
PUBLIC = frozenset(
    """
    home healthz readyz
    pages:how-it-works pages:help pages:terms pages:privacy pages:accessibility
    pages:grievance-officer pages:site-map pages:feedback pages:feedback-thanks pages:guide
    pages:gallery notifications:phone
    accounts:sign-in accounts:sign-in-code accounts:resend-code accounts:one-of-us
    accounts:start-anew accounts:sign-out accounts:language
    accounts:staff-sign-in accounts:staff-code accounts:staff-recovery
    accounts:invitation accounts:invitation-app admin:login
    accounts:refuse-number accounts:refused-number accounts:prove-email
    appointments:track-name
    officials:services officials:service
    officials:directory officials:post appointments:promise appointments:promise-csv
    appointments:promise-office
    appointments:choose-office appointments:new appointments:new-slot appointments:new-step
    appointments:new-paper-remove
    appointments:track appointments:track-code
    appointments:short-link appointments:short-link-done appointments:voice
    appointments:agenda-feed
    appointments:draws appointments:draw appointments:draw-codes appointments:draw-take-part
    meetings:test meetings:join meetings:call-words meetings:called
    kendras:hall verify eoffice:letter-by-link
    plasma:home plasma:come plasma:come-code plasma:come-about plasma:answered
    notifications:inbound notifications:receipt notifications:stop-appeals
    """.split()
)
# No sign-in is asked for, since a code on the phone or the PIN opens them as well: each checks by
# itself who asks, and shows a stranger nothing.
CHECKED_BY_THE_VIEW = frozenset(
    """
    appointments:list appointments:detail appointments:withdraw appointments:other-time
    appointments:offer appointments:again appointments:earlier appointments:take-earlier
    appointments:calendar appointments:qr
    appointments:paper appointments:track-detail appointments:say-done appointments:rate
    appointments:draw-wish appointments:draw-take-back
    plasma:link plasma:wrong plasma:pledge plasma:slot plasma:cancel plasma:later plasma:stop
    plasma:certificate plasma:my-data plasma:my-data-file plasma:delete plasma:leave
    meetings:guest meetings:enter meetings:poll meetings:signal meetings:leave meetings:chat
    meetings:share meetings:shared
    metrics
    """.split()
)
SAMPLES = {"int": "999999", "str": "unknown", "slug": "unknown", "path": "unknown"}
SAMPLES["uuid"] = "00000000-0000-4000-8000-000000000000"


class Address(NamedTuple):
    """One address of the portal, with something that does not exist in its places."""

    name: str
    path: str
    asks_for_sign_in: bool


def addresses(
    resolver: URLResolver | None = None, before: str = "/", space: str = ""
) -> Iterator[Address]:
    """Every address that the portal answers to."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + filled(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, here, inner)
        elif isinstance(entry, URLPattern):
            asks = getattr(entry.callback, "login_required", True)
            yield Address(f"{space}{entry.name or entry.lookup_str}", here, asks)


def filled(pattern: object) -> str:
    """The text of one piece of an address with samples in its places."""
    text = str(pattern).lstrip("^").rstrip("$").replace("\\Z", "").replace("\\", "")
    known = {type(converter): name for name, converter in get_converters().items()}
    for name, converter in getattr(pattern, "converters", {}).items():
        kind = known.get(type(converter), "str")
        sample = getattr(converter, "sample", SAMPLES.get(kind, "unknown"))
        text = text.replace(f"<{kind}:{name}>", sample).replace(f"<{name}>", sample)
    return text


ALL = sorted(set(addresses()))


def test_the_views_that_ask_for_no_sign_in_are_the_ones_listed_here() -> None:
    open_to_all = {address.name for address in ALL if not address.asks_for_sign_in}
    assert open_to_all == PUBLIC | CHECKED_BY_THE_VIEW


@pytest.mark.parametrize("address", ALL, ids=lambda address: f"{address.name} {address.path}")
def test_a_stranger_reaches_only_what_is_public(db: None, address: Address) -> None:
    answer = Client().get(address.path)
    if address.name in PUBLIC:
        assert answer.status_code in {200, 302, 404, 405}
    elif answer.status_code == 302:
        assert answer["Location"].startswith(SIGN_INS), answer["Location"]
    else:
        assert answer.status_code in {403, 404, 405}
