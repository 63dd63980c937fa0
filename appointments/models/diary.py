"""A post's day, and the slots taken on it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.requests import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from officials.models import Post


class DiaryDay(models.Model):
    """The one scarce row of a post's day: whoever takes or frees its time holds this lock."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "day"], name="diary_day_once")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.day}"


class Hold(models.Model):
    """One taken slot: requests, offers and confirmed meetings alike.

    One exclusion constraint over post, place and time of what is not released is what makes a
    double booking impossible, whatever the code does.
    """

    class Purpose(models.TextChoices):
        ASKED = "asked", _("Asked for or confirmed")
        OFFERED = "offered", _("Offered")

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holds")
    place = models.PositiveSmallIntegerField(default=1)
    during = DateTimeRangeField()
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="holds")
    purpose = ChoiceField(choices=Purpose.choices)
    # Made from an own phone: such holds are at most the day's slots less the Kendras' share.
    own_phone = models.BooleanField()
    taken_at = models.DateTimeField(db_default=ClockTimestamp())
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="hold_no_double_booking",
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(place__gte=1), name="hold_place"),
            models.CheckConstraint(
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False)
                & Q(during__endswith__isnull=False),
                name="hold_bounded",
            ),
            models.UniqueConstraint(
                fields=["request", "purpose"],
                name="hold_one_per_purpose",
                condition=Q(released_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.place} {self.during}"
