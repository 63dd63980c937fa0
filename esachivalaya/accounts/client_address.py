"""Where a request comes from: counted, never kept in clear."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def address_of(request: HttpRequest) -> str:
    """Return the address of the browser, or the one that our outermost proxy saw.

    ``TRUSTED_PROXIES`` says how many proxies of our own stand in front. Only what they wrote into
    X-Forwarded-For is believed; what a browser put there itself stands further left.
    """
    direct = str(request.META.get("REMOTE_ADDR") or "")
    proxies = int(getattr(settings, "TRUSTED_PROXIES", 0))
    if proxies < 1:
        return direct
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return seen[-proxies] if len(seen) >= proxies and seen[-proxies] else direct


def network_of(request: HttpRequest) -> str:
    """Return the address under which tries from here count: of an IPv6 address its network's."""
    return _network_of(address_of(request))


def digest_of_address(address: str) -> str:
    """Return the keyed digest under which requests from ``address`` are counted.

    Of an IPv6 address only the network counts: one subscriber has all 2**64 addresses of it.
    """
    return salted_hmac("accounts.address", _network_of(address), algorithm="sha256").hexdigest()


def digest_of_wider_network(address: str) -> str:
    """Return the keyed digest of the /48 network of an IPv6 address; "" when it is none.

    One customer of a provider can have a whole one: 65,536 of the networks that count as one asker.
    """
    found = _ipv6(address)
    if found is None or found.ipv4_mapped is not None:
        return ""
    return salted_hmac("accounts.network", _part(found, 48), algorithm="sha256").hexdigest()


def _network_of(address: str) -> str:
    found = _ipv6(address)
    if found is None:
        return address
    return str(found.ipv4_mapped) if found.ipv4_mapped is not None else _part(found, 64)


def _ipv6(address: str) -> ipaddress.IPv6Address | None:
    """Return it as one of IPv6; None of IPv4, and of an operator who stands for the address."""
    try:
        return ipaddress.IPv6Address(address)
    except ValueError:
        return None


def _part(address: ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.IPv6Network((int(address), bits), strict=False).network_address)
