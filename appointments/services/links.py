"""Short links in messages: making them, finding them, ending them. What they do is in link_acts.

The token is a keyed digest of what the link does, 72 bits of it: nobody can make one without the
portal's key, and the same link is written the same way however often a message is rendered. The
table holds a digest of the token, so that whoever reads the table can open nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from appointments.models import Action, FreedTime, Offer, Request, ShortLink
from esachivalaya.common import addresses
from esachivalaya.common.clock import ClockTimestamp, day_of

Purpose = ShortLink.Purpose
TOKEN_LENGTH = 12
# From when before a meeting one may say that one comes late.
LATE_FROM = timedelta(hours=1)
# For so long one may say by a message's link whether something was done.
ANSWER_WITHIN = timedelta(days=30)
# Links that nobody can use any more are kept for so long.
KEPT = timedelta(days=30)
# Where links are gathered while written_together lasts.
_collected: ContextVar["list[_Link] | None"] = ContextVar("collected", default=None)


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


def to_take_earlier(request: Request, freed: FreedTime) -> str:
    """Return the address at which the citizen takes the time that became free."""
    return _made(Purpose.EARLIER, request, expires_at=last_moment_of(freed), freed=freed)


def last_moment_of(freed: FreedTime) -> datetime:
    """Return until when a time that became free can be taken: the post's minimum notice before."""
    return freed.starts_at - timedelta(hours=freed.post.minimum_notice_hours)


def to_say_whether_done(action: Action, request: Request, *, moment: datetime) -> str:
    """Return the address at which the citizen says whether ``action`` of ``request`` was done."""
    return _made(Purpose.ACTION, request, expires_at=moment + ANSWER_WITHIN, action=action)


def revoke(request: Request, *, at: datetime) -> int:
    """End every link about ``request`` as it was until now; return how many there were."""
    return revoke_all([request], at=at)


def revoke_all(requests: Iterable[Request], *, at: datetime) -> int:
    """End every link about each of ``requests``, as :func:`revoke` does for one."""
    live = ShortLink.objects.filter(request__in=requests, used_at=None, revoked_at=None)
    return live.update(revoked_at=at)


@contextmanager
def written_together() -> Iterator[None]:
    """Write the links that are made while this lasts at its end, in one statement.

    If it ends by an error, none is written: nobody was told of them.
    """
    collected: list[_Link] = []
    before = _collected.set(collected)
    try:
        yield
    finally:
        _collected.reset(before)
    _write(collected)


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
            "offer",
            "freed__post",
            "action__post",
            "request__post",
            "request__citizen__household__user",
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
    if link.purpose == Purpose.ACTION:
        if link.action is None or link.action.version != link.version:
            return False
        return link.action.can_be_called_done(day_of(moment))
    if request.version != link.version:
        return False
    if link.purpose == Purpose.ACCEPT_OFFER:
        open_ = link.offer is not None and link.offer.status == Offer.Status.OPEN
        return open_ and request.status == Request.Status.REQUESTED
    if link.purpose == Purpose.EARLIER:
        # Whether the time is still there is told on its page.
        return request.is_open
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
    purpose: str,
    request: Request,
    *,
    expires_at: datetime,
    offer: Offer | None = None,
    freed: FreedTime | None = None,
    action: Action | None = None,
) -> str:
    """Write the link, once however often it is asked for, and return its address."""
    about = offer or freed or action
    version = action.version if action else request.version
    told = f"{purpose}:{request.pk}:{version}:{about.pk if about else ''}"
    key = f"{settings.SECRET_KEY}/short-link".encode()
    mixed = hmac.digest(key, told.encode(), "sha256")
    token = base64.urlsafe_b64encode(mixed).decode()[:TOKEN_LENGTH]
    link = _Link(
        digest=digest_of(token),
        purpose=str(purpose),
        request_id=request.pk,
        version=version,
        offer_id=offer.pk if offer else None,
        freed_id=freed.pk if freed else None,
        action_id=action.pk if action else None,
        expires_at=expires_at,
    )
    _write([link])
    return addresses.public("appointments:short-link", token)


class _Link(NamedTuple):
    """What is written of a link."""

    digest: str
    purpose: str
    request_id: int
    version: int
    offer_id: int | None
    freed_id: int | None
    action_id: int | None
    expires_at: datetime


# One array for each column, so that a thousand links are one short statement.
_INSERT = """
INSERT INTO appointments_shortlink (
    digest, purpose, request_id, version, offer_id, freed_id, action_id, expires_at
)
SELECT * FROM unnest(
    %s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::timestamptz[]
)
ON CONFLICT DO NOTHING
"""


def _write(links: list[_Link]) -> None:
    """Write ``links`` now, or hand them to whoever writes them together."""
    collected = _collected.get()
    if collected is not None:
        collected += links
    elif links:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [list(column) for column in zip(*links, strict=True)])
