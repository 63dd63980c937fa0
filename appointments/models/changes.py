"""What befalls a meeting's time: moved by the office, running late, an earlier time set free."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.requests import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.typed import TypedLine
from officials.models import Post


class Bump(models.Model):
    """The one time that an office's change of its diary moved a request.

    One row for each request, never changed or removed: whoever was bumped cannot be bumped twice.
    """

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="bump")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    from_starts_at = models.DateTimeField(_("moved from"))
    to_starts_at = models.DateTimeField(_("moved to"))
    words = TypedLine(_("words to the citizen"), max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_starts_at=F("to_starts_at")), name="bump_changes_the_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.from_starts_at} to {self.to_starts_at}"


class RunningLate(models.Model):
    """An office said that it runs late today; of several the last one counts, 0 minutes ends it."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="lateness")
    day = models.DateField(_("day"))
    minutes = models.PositiveSmallIntegerField(_("minutes late"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    said_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minutes__lte=480), name="running_late_minutes"),
        ]
        indexes = [models.Index(fields=["post", "day", "-id"], name="running_late_of_day")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.day}: {self.minutes}"


class EarlierWish(models.Model):
    """A citizen wants to hear of earlier times than the one their request has."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="earlier_wish")
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["request"], name="earlier_wish_live", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"earlier wish of {self.request_id}"


class FreedTime(models.Model):
    """A time of a post that was set free while somebody wished for an earlier one.

    Within a minute those who wish are told in an order drawn with ``seed``; the first to take the
    time has it.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    freed_at = models.DateTimeField(db_default=ClockTimestamp())
    drawn_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="freed_time_range")
        ]
        indexes = [
            models.Index(
                fields=["freed_at"], name="freed_time_undrawn", condition=Q(drawn_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.starts_at}"


class EarlierTold(models.Model):
    """Who was told of a freed time, and at which place of the draw."""

    freed = models.ForeignKey(FreedTime, on_delete=models.PROTECT, related_name="told")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["freed", "request"], name="earlier_told_once"),
            models.UniqueConstraint(fields=["freed", "place"], name="earlier_told_place"),
        ]

    def __str__(self) -> str:
        return f"{self.freed_id}/{self.place}: {self.request_id}"
