"""What stands beside the form of the counter: queue, meetings, messages, and what was sent."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Coalesce

from appointments.models import DrawWish
from appointments.models.fairness import PREFIX
from esachivalaya.common.clock import day_bounds, day_of, now
from kendras import meetings_here
from kendras.models import AssistedBooking, Kendra
from kendras.services import notices, tokens

SENT_SHOWN = 12


def today_at(kendra: Kendra) -> dict[str, Any]:
    """Return what stands in the left column; as many queries on a full day as on an empty one."""
    moment = now()
    return {
        "tokens": tokens.queue_of(kendra),
        "meetings": meetings_here.meetings_of(kendra, moment),
        "told": notices.unseen(kendra, moment),
        "now": moment,
    }


def booked() -> "QuerySet[AssistedBooking]":
    """Assisted bookings with everything that a row or a slip of them says, in one query.

    ``reference`` is the request's, or for a wish in a draw its code. Wishes come by a query of
    their own, where there are any: with four more tables PostgreSQL planned longer than it read.
    """
    rows = AssistedBooking.objects.annotate(reference=Coalesce("request__reference", "wish__code"))
    return rows.select_related(
        "kendra",
        "citizen",
        "operator",
        "request__post",
        "request__citizen",
        "request__service",
    ).prefetch_related(
        Prefetch("wish", DrawWish.objects.select_related("draw__post", "citizen")),
    )


def sent_lately(kendra: Kendra) -> list[AssistedBooking]:
    """Return what was booked last at ``kendra`` today, newest first."""
    since = day_bounds(day_of(now()))[0]
    rows = booked().filter(kendra=kendra, booked_at__gte=since)
    return list(rows.order_by("-booked_at")[:SENT_SHOWN])


def booked_with(kendra: Kendra, reference: str) -> Any:
    """Return the booking of ``kendra`` with this reference, or with this code of a draw."""
    # One or the other: asked for both at once, every booking of the Kendra would be looked at.
    name = "wish__code" if reference.startswith(PREFIX) else "request__reference"
    return booked().filter(**{name: reference}, kendra=kendra).first()
