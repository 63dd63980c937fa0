"""The queue of a Kendra's hall, and what the counter is told."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from kendras.models.places import Kendra
from officials.models import Post


class Token(models.Model):
    """Today's number in a Kendra's queue, from 1 each day, without a name."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLED = "called", _("Called")
        SERVED = "served", _("Served")
        GONE = "gone", _("Did not come")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.WAITING: {Status.CALLED, Status.GONE},
        Status.CALLED: {Status.WAITING, Status.SERVED, Status.GONE},
        Status.SERVED: set(),
        # Who comes after all is called again.
        Status.GONE: {Status.CALLED},
    }

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="tokens")
    day = models.DateField()
    number = models.PositiveIntegerField(_("token"))
    status = ChoiceField(choices=Status.choices, default=Status.WAITING)
    version = models.PositiveIntegerField(default=1)
    # The counter to which it was called, as it stands on that counter's sign.
    counter = models.PositiveSmallIntegerField(null=True, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    called_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.UniqueConstraint(fields=["kendra", "day", "number"], name="token_once"),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(status="gone") | Q(called_at__isnull=False),
                name="token_called_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["kendra", "day", "called_at"], name="token_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kendra_id} {self.day} {self.number}"


class KendraNotice(models.Model):
    """Something the counter should know today: an office runs late, a seat was lost."""

    class Kind(models.TextChoices):
        RUNNING_LATE = "running_late", _("The office runs late")
        SEAT_LOST = "seat_lost", _("No seat is free at the new time")
        SEAT_MOVED = "seat_moved", _("The seat was moved with the meeting")

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="notices")
    kind = ChoiceField(choices=Kind.choices)
    # The day of the meeting that it is about.
    day = models.DateField()
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, null=True, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="running_late", post__isnull=False, minutes__isnull=False)
                | Q(kind__in=["seat_lost", "seat_moved"], request__isnull=False),
                name="kendra_notice_says_what",
            ),
        ]
        indexes = [models.Index(fields=["kendra", "-made_at"], name="kendra_notice_of")]

    def __str__(self) -> str:
        return f"{self.kendra_id}: {self.kind}"
