"""Questions about what is to be done after meetings."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from officials.models import Post

if TYPE_CHECKING:
    from appointments.models.meeting_day import Action  # noqa: F401 - named in the base class


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: Any) -> "ActionQuerySet":
        """What ``user`` may see by a live charge of the acting post or of the meeting's."""
        held = Post.objects.held_by(user)
        return self.filter(Q(post__in=held) | Q(outcome__request__post__in=held))

    def to_do_by(self, user: Any) -> "ActionQuerySet":
        """What posts that ``user`` acts for are to do."""
        return self.filter(post__in=Post.objects.held_by(user))

    def below(self, user: Any) -> "ActionQuerySet":
        """What posts are to do that report to a post which ``user`` acts for."""
        return self.filter(post__reports_to__in=Post.objects.held_by(user))

    def unfinished(self) -> "ActionQuerySet":
        """What the acting post still owes: not reported, or not done as the citizen says."""
        return self.filter(status__in=["open", "not_done"])

    def overdue(self, today: date) -> "ActionQuerySet":
        """What is still owed after its day."""
        return self.unfinished().filter(by_day__lt=today)

    def gone_wrong(self, today: date) -> "ActionQuerySet":
        """What a superior looks after: overdue, or not done as the citizen says."""
        return self.filter(Q(status="not_done") | Q(status="open", by_day__lt=today))
