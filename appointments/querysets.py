"""Questions about many requests."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp
from officials.models import Post

if TYPE_CHECKING:
    from appointments.models.requests import Request  # noqa: F401 - named in the base class below


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any) -> "RequestQuerySet":
        """What ``user`` may see: a household its own, staff those of the posts they act for.

        A private request is not in its household's list; it opens with its PIN alone.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff:
            return self.filter(post__in=Post.objects.held_by(user))
        return self.filter(citizen__household__user=user, private=False)

    def waiting(self) -> "RequestQuerySet":
        """Requests without an answer."""
        return self.filter(status="requested")

    def overdue(self) -> "RequestQuerySet":
        """Requests without an answer at or after their due time, swept or not."""
        return self.waiting().filter(due_at__lte=ClockTimestamp())

    def open(self) -> "RequestQuerySet":
        """Requests that wait for an answer or for their meeting."""
        return self.filter(Q(status="requested") | Q(status="confirmed"))
