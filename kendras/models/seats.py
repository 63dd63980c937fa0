"""Who has which seat of a Kendra when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from appointments.models import Request
from esachivalaya.common.clock import ClockTimestamp
from kendras.models.places import Desk, Kendra


class SeatDay(models.Model):
    """The one scarce row of a Kendra's day: whoever takes one of its seats holds this lock."""

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kendra", "day"], name="seat_day_once")]

    def __str__(self) -> str:
        return f"{self.kendra_id} {self.day}"


class SeatHold(models.Model):
    """One taken seat. Its exclusion constraint is what makes two at one desk impossible."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="holds")
    during = DateTimeRangeField()
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="seat_holds")
    taken_at = models.DateTimeField(db_default=ClockTimestamp())
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="seat_hold_no_double_booking",
                expressions=[
                    ("desk", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False)
                & Q(during__endswith__isnull=False),
                name="seat_hold_bounded",
            ),
            models.UniqueConstraint(
                fields=["request"],
                name="seat_hold_one_per_request",
                condition=Q(released_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.during}"
