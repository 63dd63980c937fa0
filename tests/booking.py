"""Requests that the tests speak of: a wish, a sent request, and how it grows old."""

import itertools
from datetime import timedelta
from typing import Any

from django.db.models import F

from appointments.diary import next_free
from appointments.models import Offer, Request
from appointments.services import ladder
from appointments.services.booking import Wish, send
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common.slots import Span
from officials.models import Post
from tests.people import Cast, make_category

_keys = itertools.count(1)


def slots(post: Post, count: int = 3, *, channel: str = "kendra") -> list[Span]:
    """The next free slots of ``post``, without the Kendras' share unless asked."""
    return next_free(post, channel=channel, count=count)


def wish(post: Post, citizen: Citizen, slot: Span | None = None, **fields: Any) -> Wish:
    """A complete wish of ``citizen`` to meet ``post``; without ``slot`` at any time."""
    return Wish(
        post=post,
        citizen_id=citizen.pk,
        slot=slot,
        category_id=make_category().pk,
        **{
            "subject": "Demarcation of the fields behind our house",
            "sought": "An order to the tehsildar",
            "description": "The neighbour has moved the boundary stones.",
            **fields,
        },
    )


def sent(
    post: Post,
    citizen: Citizen,
    slot: Span | None = None,
    *,
    by: User | None = None,
    channel: str = "own_phone",
    **fields: Any,
) -> Request:
    """A request that was sent."""
    done = send(
        wish=wish(post, citizen, slot, **fields),
        by=by or citizen.household.user,
        channel=channel,
        principal=f"household:{citizen.household_id}",
        key=f"test-key-{next(_keys):08d}",
    )
    return Request.objects.get(reference=done.reference)


def sent_by_asha(cast: Cast, **fields: Any) -> Request:
    """Asha's request for the next free time of DC Rewari."""
    return sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0], **fields)


def age(request: Request, by: timedelta) -> Request:
    """Shift what was promised about ``request`` into the past, as time would. Its slot stays."""
    Request.objects.filter(pk=request.pk).update(
        created_at=F("created_at") - by,
        due_at=F("due_at") - by,
    )
    Offer.objects.filter(request=request).update(
        offered_at=F("offered_at") - by, expires_at=F("expires_at") - by
    )
    request.refresh_from_db()
    request.next_reminder_at = ladder.first_reminder(request.created_at, request.due_at)
    request.save(update_fields=["next_reminder_at"])
    return request


def overdue(request: Request) -> Request:
    """Shift ``request`` past its due time."""
    return age(request, request.due_at - request.created_at + timedelta(seconds=1))
