"""Questions about many requests."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp
from officials.models import Post

if TYPE_CHECKING:
    # Named in the base classes below.
    from appointments.models.fairness import DrawWish  # noqa: F401
    from appointments.models.requests import Request  # noqa: F401


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any) -> "RequestQuerySet":
        """What ``user`` may see: a household its own, staff those of the posts they act for.

        A private request is not in its household's list; it opens with its PIN alone.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff:
            return self.filter(post__in=Post.objects.held_by(user))
        own = self.filter(citizen__household__user=user, citizen__left_at__isnull=True)
        return own.filter(private=False)

    def waiting(self) -> "RequestQuerySet":
        """Requests without an answer."""
        return self.filter(status="requested")

    def overdue(self, moment: datetime | None = None) -> "RequestQuerySet":
        """Requests without an answer at or after their due time, swept or not.

        At ``moment`` where the caller has read the database's time: then the index ends where what
        is due ends. Without it the clock is asked for each row that waits.
        """
        return self.waiting().filter(due_at__lte=moment or ClockTimestamp())

    def open(self) -> "RequestQuerySet":
        """Requests that wait for an answer or for their meeting."""
        return self.filter(Q(status="requested") | Q(status="confirmed"))


class DrawWishQuerySet(models.QuerySet["DrawWish"]):
    def visible_to(self, user: Any) -> "DrawWishQuerySet":
        """The wishes of a household's own people; an office sees none before they are drawn.

        Not of somebody who has left the household, as with requests.
        """
        if not (user.is_authenticated and user.is_active) or user.is_staff:
            return self.none()
        # Who has left takes their wishes along: they open to nobody here.
        return self.filter(citizen__household__user=user, citizen__left_at__isnull=True)

    def in_the_draw(self) -> "DrawWishQuerySet":
        """What takes part, or took part: everything but what was taken back."""
        return self.exclude(status="withdrawn")
