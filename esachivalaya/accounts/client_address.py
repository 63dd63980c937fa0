"""Where a request comes from: counted, never kept in clear."""

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


def digest_of_address(address: str) -> str:
    """Return the keyed digest under which requests from ``address`` are counted."""
    return salted_hmac("accounts.address", address, algorithm="sha256").hexdigest()
