"""Who may see how the portal is doing in figures: those who run it, and nobody on the internet."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

# Whoever writes one of these speaks for somebody else.
BY_A_PROXY = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def asked_from_inside(request: HttpRequest) -> bool:
    """Whether the asker brings METRICS_TOKEN, or calls directly from one of METRICS_NETWORKS.

    What a proxy passes on is never from inside by its address: that would be the proxy's. With
    neither setting nobody is inside.
    """
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    if any(request.headers.get(name) for name in BY_A_PROXY):
        return False
    try:
        caller = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in settings.METRICS_NETWORKS)
