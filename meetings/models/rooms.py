"""A room is the place of one confirmed appointment."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from meetings.querysets import RoomQuerySet

# A room opens so long before the meeting and closes so long after its end (domain rule).
OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(minutes=30)


class Room(models.Model):
    """The place of one confirmed appointment; of several, one at most is not closed.

    A meeting that was moved gets a new room; one that was cancelled has its room closed at once.
    Whether the window of a room is open is judged by the database's time when it is read; a sweep
    only does what follows.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        CLOSED = "closed", _("Closed")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.PLANNED: {Status.OPEN, Status.CLOSED},
        Status.OPEN: {Status.IN_PROGRESS, Status.CLOSED},
        Status.IN_PROGRESS: {Status.CLOSED},
        Status.CLOSED: set(),
    }

    class Engine(models.TextChoices):
        PEER = "peer", _("From browser to browser")
        JITSI = "jitsi", _("Jitsi Meet")

    class ClosedFor(models.TextChoices):
        ENDED = "ended", _("The office ended the meeting")
        TIME = "time", _("Its time was over")
        CANCELLED = "cancelled", _("The appointment was cancelled")
        MOVED = "moved", _("The appointment was moved")
        REPLACED = "replaced", _("The room failed and was replaced")

    # Never the reference: 128 random bits that nobody can guess.
    name = models.CharField(max_length=34, unique=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="rooms")
    engine = ChoiceField(choices=Engine.choices)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.PLANNED)
    version = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    # When the engine was last found well, before the meeting.
    checked_at = models.DateTimeField(null=True, blank=True)
    # When it was first found not to be, and nothing could stand in.
    failed_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_for = ChoiceField(choices=ClosedFor.choices, blank=True, default="")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], name="room_one_live", condition=~Q(status="closed")
            ),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("starts_at"))
                & Q(starts_at__lt=F("ends_at"))
                & Q(ends_at__lt=F("closes_at")),
                name="room_window",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(closed_for="")
                | ~Q(status="closed") & Q(closed_at__isnull=True, closed_for=""),
                name="room_closed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["closes_at"], name="room_to_close", condition=~Q(status="closed")),
            models.Index(
                fields=["starts_at"],
                name="room_to_check",
                condition=Q(status="planned", checked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, moment: datetime) -> bool:
        """Whether people may be in it at ``moment``."""
        return self.status != self.Status.CLOSED and self.opens_at <= moment < self.closes_at
