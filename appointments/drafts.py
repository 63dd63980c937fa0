"""A request being typed: kept by the server through sign-in, opened only by its browser's session.

The session carries a random token, the draft its digest. Signing in gives the session a new key
and keeps the token; signing out, or signing in as somebody else, empties the session and with it
the way to the draft. A draft holds no slot.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from appointments.models import Attachment, Draft
from esachivalaya.common import stored_files
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.written_out import WrittenOut
from officials.models import Post

SESSION_NAME = "draft"
LIFETIME = timedelta(days=2)
# The steps in their order; the last one, checking and sending, leaves nothing in the draft.
STEPS = ("time", "about", "meeting", "papers", "person", "check")

_FIND = WrittenOut(
    """
    SELECT {draft}, {post}, {below} FROM appointments_draft draft
      JOIN officials_post post ON post.id = draft.post_id
      LEFT JOIN officials_post below ON below.id = post.hand_down_to_id
     WHERE draft.owner_digest = %(digest)s AND post.code = %(code)s AND post.active
    """,
    draft=Draft,
    post=Post,
    below=Post,
)


def find(session: SessionBase, code: str) -> Draft | None:
    """Return this browser's draft for the post ``code``, with its post. One query, or none."""
    token = session.get(SESSION_NAME)
    if not token:
        return None
    found = _FIND.first(digest=_digest(token), code=code)
    if found is None:
        return None
    draft, post, below = found
    draft.post = post
    post.hand_down_to = below
    return draft  # type: ignore[no-any-return]


def keep(session: SessionBase, post: Post, step: str, data: Mapping[str, Any]) -> Draft:
    """Keep what was typed in ``step`` of a request to ``post``; the other steps stay."""
    token = session.get(SESSION_NAME)
    if not token:
        token = session[SESSION_NAME] = secrets.token_urlsafe(32)
    with transaction.atomic():
        draft, _made = Draft.objects.select_for_update().get_or_create(
            owner_digest=_digest(token), post=post
        )
        draft.data = {**draft.data, step: dict(data)}
        Draft.objects.filter(pk=draft.pk).update(data=draft.data, changed_at=ClockTimestamp())
    return draft


def next_step(draft: Draft | None) -> str:
    """Return the first step that was not filled in yet; "check" when all were."""
    data = draft.data if draft else {}
    return next((step for step in STEPS[:-1] if step not in data), STEPS[-1])


def reachable(draft: Draft | None, step: str) -> bool:
    """Whether ``step`` may be shown: every step before it was filled in."""
    return STEPS.index(step) <= STEPS.index(next_step(draft))


def remove_old() -> int:
    """Remove drafts that nobody touched for two days, with their papers; return how many."""
    with transaction.atomic():
        old = list(
            Draft.objects.select_for_update(of=("self",), skip_locked=True)
            # What takes part in a draw stays until it has its answer.
            .filter(changed_at__lt=ClockTimestamp() - LIFETIME, draw_wish__isnull=True)
            .order_by("pk")[:500]
        )
        papers = Attachment.objects.filter(draft__in=old)
        kept = list(papers.values_list("stored_id", flat=True))
        Draft.objects.filter(pk__in=[draft.pk for draft in old]).delete()
        stored_files.forget(*kept)
    return len(old)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
