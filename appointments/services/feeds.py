"""The secret addresses at which officers' calendars read the agenda of a post.

Whoever knows the address reads the agenda, so it is random (192 bits), shown once, kept as a digest
only, ended by a press, and dead as soon as its officer has no live charge of the post.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from appointments.models import AgendaFeed
from appointments.permissions import may_answer
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from officials.models import Post

# How often it is noted that a calendar has read its feed.
NOTED_EVERY = timedelta(hours=1)


@on_deadlock
@transaction.atomic
def make(*, post: Post, by: User) -> str:
    """Make a new secret address of ``post`` for ``by`` and return it, this one time.

    An earlier address of the same officer for the same post ends with it.
    """
    # One at a time for each officer: the second waits and ends what the first made.
    User.objects.select_for_update().get(pk=by.pk)
    if not may_answer(by, post):
        raise PermissionDenied
    moment = now()
    _end(post, by, moment)
    token = secrets.token_urlsafe(24)
    feed = AgendaFeed.objects.create(post=post, user=by, digest=digest_of(token), made_at=moment)
    record(feed, "agenda_feed_made", at=moment, by=by, post_code=post.code, new=True)
    return settings.PUBLIC_URL + reverse("appointments:agenda-feed", args=[token])


@on_deadlock
@transaction.atomic
def revoke(*, post: Post, by: User) -> bool:
    """End the address of ``post`` that ``by`` has; return whether there was one."""
    User.objects.select_for_update().get(pk=by.pk)
    return _end(post, by, now())


def find(token: str) -> AgendaFeed | None:
    """Return the feed that ``token`` opens now, or None, which tells nothing."""
    feeds = AgendaFeed.objects.select_related("post", "user")
    feed = feeds.filter(digest=digest_of(token), revoked_at=None).first()
    if feed is None or not may_answer(feed.user, feed.post):
        return None
    return feed


def note_reading(feed: AgendaFeed) -> None:
    """Remember, at most once an hour, that the feed was read: its officer sees that it is."""
    moment = now()
    rows = AgendaFeed.objects.filter(pk=feed.pk)
    rows.filter(Q(read_at=None) | Q(read_at__lt=moment - NOTED_EVERY)).update(read_at=moment)


def digest_of(token: str) -> str:
    """Return what the table holds of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


def _end(post: Post, by: User, moment: datetime) -> bool:
    ended = False
    for feed in AgendaFeed.objects.filter(post=post, user=by, revoked_at=None):
        feed.revoked_at = moment
        feed.save(update_fields=["revoked_at"])
        record(feed, "agenda_feed_revoked", at=moment, by=by, post_code=post.code)
        ended = True
    return ended
