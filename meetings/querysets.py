"""Questions about many rooms and seats."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

from appointments.models import Request
from esachivalaya.common.clock import ClockTimestamp

if TYPE_CHECKING:
    # Named in quotation marks below.
    from meetings.models.rooms import Room  # noqa: F401
    from meetings.models.seats import Seat  # noqa: F401

# Whose page was heard of in this time is present; else away.
PRESENT_FOR = timedelta(seconds=10)


class RoomQuerySet(models.QuerySet["Room"]):
    def visible_to(self, user: Any) -> "RoomQuerySet":
        """The rooms of the requests that ``user`` may see."""
        return self.filter(request__in=Request.objects.visible_to(user))

    def live(self) -> "RoomQuerySet":
        """Rooms that are not closed, by their status and by the database's time."""
        return self.exclude(status="closed").filter(closes_at__gt=ClockTimestamp())

    def due_to_check(self, before: timedelta) -> "RoomQuerySet":
        """Rooms whose meetings begin within ``before`` and whose engine was not found well yet."""
        return self.filter(
            status="planned",
            checked_at__isnull=True,
            starts_at__gt=ClockTimestamp(),
            starts_at__lte=ClockTimestamp() + before,
        )

    def due_to_close(self) -> "RoomQuerySet":
        """Rooms whose time is over and that nobody closed."""
        return self.exclude(status="closed").filter(closes_at__lte=ClockTimestamp())


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, user: Any) -> "SeatQuerySet":
        """The seats of the rooms that an officer acts for; a citizen sees none in lists."""
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return self.none()
        return self.filter(room__request__in=Request.objects.visible_to(user))

    def in_order_of_waiting(self) -> "SeatQuerySet":
        """Who waits, the longest first."""
        return self.filter(status="waiting").order_by("waiting_since", "id")
