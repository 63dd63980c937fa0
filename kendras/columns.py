"""What stands beside the form of the counter: queue, meetings, messages, and what was sent."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Coalesce

from appointments.models import DrawWish, Request
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
    """Assisted bookings with everything that a row or a slip of them says.

    ``reference`` is the request's, or for a wish in a draw its code. Requests and wishes come by
    queries of their own, where there are any: joined at once, PostgreSQL planned for twenty
    milliseconds what it read in one.
    """
    requests = Request.objects.select_related("post", "citizen").prefetch_related("service")
    wishes = DrawWish.objects.select_related("draw__post", "citizen")
    with_people = _all().select_related("kendra", "citizen", "operator")
    return with_people.prefetch_related(Prefetch("request", requests), Prefetch("wish", wishes))


def sent_lately(kendra: Kendra) -> list[AssistedBooking]:
    """Return what was booked last at ``kendra`` today, newest first, with what its row says."""
    since = day_bounds(day_of(now()))[0]
    rows = _all().select_related("citizen", "request", "wish")
    rows = rows.filter(kendra=kendra, booked_at__gte=since)
    return list(rows.order_by("-booked_at")[:SENT_SHOWN])


def booked_with(kendra: Kendra, reference: str) -> Any:
    """Return the booking of ``kendra`` with this reference, or with this code of a draw."""
    # One or the other: asked for both at once, every booking of the Kendra would be looked at.
    name = "wish__code" if reference.startswith(PREFIX) else "request__reference"
    return booked().filter(**{name: reference}, kendra=kendra).first()


def _all() -> "QuerySet[AssistedBooking]":
    return AssistedBooking.objects.annotate(reference=Coalesce("request__reference", "wish__code"))
