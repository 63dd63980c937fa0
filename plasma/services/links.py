"""The link of an invitation: signed, without a word about the person, good as long as the campaign.

Whoever has it knows no more than that there is a page which asks for a year of birth. A forged one
and one that has run out are answered alike.
"""

import base64
import hashlib
import hmac

from django.conf import settings
from django.urls import reverse

from esachivalaya.common.clock import ClockTimestamp
from plasma.models import Invitation

# 12 characters of the alphabet of links: 72 bits that only the portal can make.
_SIGNATURE = 12


def token_of(pk: int) -> str:
    """Return the token of the invitation ``pk``."""
    return f"{_name(pk)}{_signature(pk)}"


def url_of(pk: int) -> str:
    """Return the whole address that the SMS carries."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("plasma:link", args=[token_of(pk)])


def sample() -> str:
    """Return an address as long as any that is sent, for counting segments beforehand."""
    return url_of(2**34 - 1)


def find(token: str) -> Invitation | None:
    """Return the invitation behind ``token`` while its campaign lasts; None for everything else.

    The same work is done for a forged one, one that has run out and one that never was, so that
    the time of an answer tells them apart no more than its words.
    """
    pk = _number(token[:-_SIGNATURE])
    good = hmac.compare_digest(token_of(pk or 0).encode(), token.encode())
    return (
        Invitation.objects.select_related("campaign__cohort", "donor__district")
        .filter(
            pk=pk if pk and good else 0,
            campaign__ends_at__gt=ClockTimestamp(),
            donor__erased_at__isnull=True,
            queued_at__isnull=False,
        )
        .first()
    )


_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def _name(pk: int) -> str:
    """Write ``pk`` in the alphabet that has no letters which look alike."""
    letters = ""
    while pk:
        pk, rest = divmod(pk, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters or _LETTERS[0]


def _number(letters: str) -> int | None:
    """Return the number that :func:`_name` wrote, or None."""
    if not 0 < len(letters) <= 11 or set(letters) - set(_LETTERS):
        return None
    found = 0
    for letter in letters:
        found = found * len(_LETTERS) + _LETTERS.index(letter)
    return found if found < 2**63 else None


def _signature(pk: int) -> str:
    key = f"{settings.SECRET_KEY}/plasma-invitation".encode()
    mixed = hmac.new(key, str(pk).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mixed).decode()[:_SIGNATURE]
