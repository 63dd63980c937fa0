"""The day of the meeting and what follows from it: decision, who acts by when, rating, agenda."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.action_querysets import ActionQuerySet
from appointments.models.requests import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine, TypedText
from officials.models import Post


class Outcome(models.Model):
    """What was decided in a meeting that was held. The citizen reads it."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="outcome")
    decision = TypedText(_("what was decided"), max_length=2000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(decision=""), name="outcome_says_something")
        ]

    def __str__(self) -> str:
        return f"outcome of {self.request_id}"


class Action(models.Model):
    """What somebody is to do after a meeting, and by when.

    The acting post says that it is done; when the day has come the citizen says "done" or "not
    done". What is not done goes to the superior of the acting post.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("To be done")
        REPORTED = "reported", _("Done, says the office")
        DONE = "done", _("Done, says the citizen")
        NOT_DONE = "not_done", _("Not done, says the citizen")
        CLOSED = "closed", _("Closed: the citizen did not object")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.OPEN: {Status.REPORTED, Status.DONE, Status.NOT_DONE},
        Status.REPORTED: {Status.DONE, Status.NOT_DONE, Status.CLOSED},
        # What is not done stays the office's to do.
        Status.NOT_DONE: {Status.REPORTED, Status.DONE},
        Status.DONE: set(),
        Status.CLOSED: set(),
    }

    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="actions")
    position = models.PositiveSmallIntegerField()
    what = TypedLine(_("what is to be done"), max_length=300)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="actions", verbose_name=_("who acts")
    )
    by_day = models.DateField(_("by when"))
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    words = TypedLine(_("words to the citizen"), max_length=500, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # When the sweep next has something to do: reminding, telling the superior, closing what was
    # reported. Empty once nothing is left.
    next_reminder_on = models.DateField(null=True, blank=True)
    asked_at = models.DateTimeField(_("citizen asked at"), null=True, blank=True)
    said_at = models.DateTimeField(_("citizen answered at"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("told to the superior at"), null=True, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["outcome", "position"], name="action_position"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=3), name="action_at_most_three"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="action_says_something"),
        ]
        indexes = [
            models.Index(
                fields=["next_reminder_on"],
                name="action_reminder",
                condition=Q(next_reminder_on__isnull=False),
            ),
            models.Index(fields=["post", "status", "by_day"], name="action_of_post"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def is_owed(self) -> bool:
        """Whether the acting post still has to do it."""
        return self.status in {self.Status.OPEN, self.Status.NOT_DONE}

    def can_be_called_done(self, today: date) -> bool:
        """Whether the citizen may say that it was done: from its day on, or once reported."""
        if self.status == self.Status.OPEN:
            return self.by_day <= today
        return self.status in {self.Status.REPORTED, self.Status.NOT_DONE}

    def can_be_called_not_done(self, today: date) -> bool:
        """Whether the citizen may say that it was not done; said once, it stands."""
        return self.can_be_called_done(today) and self.status != self.Status.NOT_DONE


class Rating(models.Model):
    """What the citizen thought of a meeting that was held. Never changed."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="rating")
    stars = models.PositiveSmallIntegerField(_("stars, 1 to 5"))
    words = TypedLine(_("words"), max_length=500, blank=True)
    at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_stars")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.stars}"


class AgendaFeed(models.Model):
    """A secret address at which one officer's calendar reads the agenda of a post.

    It works as long as the officer has a live charge of the post, and until it is revoked. Only the
    digest of its secret is kept.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    read_at = models.DateTimeField(_("last read at"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "user"],
                name="agenda_feed_one_live",
                condition=Q(revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")),
                name="agenda_feed_revoked_after_made",
            ),
        ]

    def __str__(self) -> str:
        return f"agenda of {self.post_id} for {self.user_id}"
