"""Short links in messages: making them, finding them, ending them. What they do is in link_acts.

The token is a keyed digest of what the link does, 72 bits of it: nobody can make one without the
portal's key, and the same link is written the same way however often a message is rendered. The
table holds a digest of the token, so that whoever reads the table can open nothing.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from appointments.models import Offer, Request, ShortLink
from esachivalaya.common.clock import ClockTimestamp

Purpose = ShortLink.Purpose
TOKEN_LENGTH = 12
# From when before a meeting one may say that one comes late.
LATE_FROM = timedelta(hours=1)
# Links that nobody can use any more are kept for so long.
KEPT = timedelta(days=30)


def to_accept(request: Request, offer: Offer) -> str:
    """Return the address at which the citizen accepts ``offer``, as long as it stands."""
    return _made(Purpose.ACCEPT_OFFER, request, expires_at=offer.expires_at, offer=offer)


def to_withdraw(request: Request) -> str:
    """Return the address at which the citizen says that they cannot come, until it begins."""
    assert request.starts_at is not None
    return _made(Purpose.WITHDRAW, request, expires_at=request.starts_at)


def to_say_late(request: Request) -> str:
    """Return the address at which the citizen says that they come late, until it ends."""
    assert request.ends_at is not None
    return _made(Purpose.LATE, request, expires_at=request.ends_at)


def revoke(request: Request, *, at: datetime) -> int:
    """End every link about ``request`` as it was until now; return how many there were."""
    live = ShortLink.objects.filter(request=request, used_at=None, revoked_at=None)
    return live.update(revoked_at=at)


def digest_of(token: str) -> str:
    """Return what the table holds of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str, *, moment: datetime) -> ShortLink | None:
    """Return the link that ``token`` opens at ``moment``, or None.

    None tells nothing: there never was one, or it was used, revoked, is over, or fits no more.
    """
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    link = (
        ShortLink.objects.select_related(
            "offer", "request__post", "request__citizen__household__user"
        )
        .filter(digest=digest_of(token))
        .first()
    )
    return link if link is not None and fits(link, moment) else None


def fits(link: ShortLink, moment: datetime) -> bool:
    """Whether ``link`` may be used at ``moment`` on its request as that was read."""
    request = link.request
    if link.used_at or link.revoked_at or moment >= link.expires_at:
        return False
    if request.version != link.version:
        return False
    if link.purpose == Purpose.ACCEPT_OFFER:
        open_ = link.offer is not None and link.offer.status == Offer.Status.OPEN
        return open_ and request.status == Request.Status.REQUESTED
    if request.status != Request.Status.CONFIRMED or request.starts_at is None:
        return False
    if link.purpose == Purpose.LATE:
        return request.late_at is None and moment >= request.starts_at - LATE_FROM
    return moment < request.starts_at


def remove_old() -> int:
    """Remove links that ended a month ago; return how many."""
    old = ShortLink.objects.filter(expires_at__lt=ClockTimestamp() - KEPT)
    removed, _by_model = old.delete()
    return removed


def _made(
    purpose: str, request: Request, *, expires_at: datetime, offer: Offer | None = None
) -> str:
    """Write the link, once however often it is asked for, and return its address."""
    told = f"{purpose}:{request.pk}:{request.version}:{offer.pk if offer else ''}"
    key = f"{settings.SECRET_KEY}/short-link".encode()
    mixed = hmac.new(key, told.encode(), hashlib.sha256).digest()
    token = base64.urlsafe_b64encode(mixed).decode()[:TOKEN_LENGTH]
    link = ShortLink(
        digest=digest_of(token),
        purpose=purpose,
        request=request,
        version=request.version,
        offer=offer,
        expires_at=expires_at,
    )
    ShortLink.objects.bulk_create([link], ignore_conflicts=True)
    return settings.PUBLIC_URL + reverse("appointments:short-link", args=[token])
