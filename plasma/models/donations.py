"""Pledges to a bank, the bed that is held for one, and what came of it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from plasma.models.banks import Bank
from plasma.models.campaigns import Invitation
from plasma.models.donors import Donor
from plasma.models.policies import Policy
from plasma.querysets import PledgeQuerySet


class Pledge(models.Model):
    """A donor's word to one bank. The bank sees the donor from here on, and no other bank does."""

    class Status(models.TextChoices):
        MADE = "made", _("Pledged")
        BOOKED = "booked", _("Slot booked")
        ARRIVED = "arrived", _("Arrived")
        DONATED = "donated", _("Donated")
        DEFERRED = "deferred", _("Deferred")
        NO_SHOW = "no_show", _("Did not come")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.MADE: {Status.BOOKED, Status.ARRIVED, Status.CANCELLED},
        Status.BOOKED: {Status.MADE, Status.ARRIVED, Status.NO_SHOW, Status.CANCELLED},
        Status.ARRIVED: {Status.DONATED, Status.DEFERRED, Status.CANCELLED},
        Status.DONATED: set(),
        Status.DEFERRED: set(),
        # Who did not come may take another time.
        Status.NO_SHOW: {Status.BOOKED, Status.CANCELLED},
        Status.CANCELLED: set(),
    }
    OPEN: ClassVar[list[str]] = ["made", "booked", "arrived"]

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="pledges")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="pledges")
    invitation = models.ForeignKey(
        Invitation, null=True, on_delete=models.PROTECT, related_name="pledges"
    )
    # Which questions were answered; the answers themselves are not kept, only that all fitted.
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    status = ChoiceField(choices=Status.choices, default=Status.MADE)
    version = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    arrived_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        constraints = [
            models.UniqueConstraint(
                fields=["donor"],
                name="pledge_one_open",
                condition=Q(status__in=["made", "booked", "arrived"]),
            ),
            models.CheckConstraint(
                condition=~Q(status="booked") | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="pledge_booked_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["bank", "starts_at"], name="pledge_of_bank")]

    def __str__(self) -> str:
        return f"pledge {self.pk}"


class BedDay(models.Model):
    """The one scarce row of a bank's day: whoever takes one of its beds holds this lock."""

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bank", "day"], name="bed_day_once")]

    def __str__(self) -> str:
        return f"{self.bank_id} {self.day}"


class BedHold(models.Model):
    """One taken bed; its exclusion constraint is what makes two in one bed impossible."""

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(default=1)
    during = DateTimeRangeField()
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="holds")
    taken_at = models.DateTimeField(db_default=ClockTimestamp())
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="bed_hold_no_double_booking",
                expressions=[
                    ("bank", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(place__gte=1), name="bed_hold_place"),
            models.CheckConstraint(
                condition=Q(during__isempty=False)
                & Q(during__startswith__isnull=False)
                & Q(during__endswith__isnull=False),
                name="bed_hold_bounded",
            ),
            models.UniqueConstraint(
                fields=["pledge"],
                name="bed_hold_one_per_pledge",
                condition=Q(released_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_id}/{self.place} {self.during}"


class Donation(models.Model):
    """What the bank's medical officer found and what came of it. Never changed, never deleted."""

    class Outcome(models.TextChoices):
        DONATED = "donated", _("Donated")
        DEFERRED = "deferred", _("Deferred")

    class Reason(models.TextChoices):
        HAEMOGLOBIN = "haemoglobin", _("Haemoglobin too low")
        BLOOD_PRESSURE = "blood_pressure", _("Blood pressure out of range")
        WEIGHT = "weight", _("Weight too low")
        TOO_SOON = "too_soon", _("Too soon after recovery or the last donation")
        ANTIBODIES = "antibodies", _("Too few antibodies")
        VEINS = "veins", _("Veins not suitable")
        OTHER = "other", _("Another medical reason")

    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="donation")
    outcome = ChoiceField(choices=Outcome.choices)
    reason = ChoiceField(choices=Reason.choices, blank=True, default="")
    # Not to be asked before this day; empty for a deferral for good.
    deferred_until = models.DateField(null=True, blank=True)
    for_good = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    # On the certificate of thanks; unguessable, and no number of anything else.
    certificate = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="donated", reason="", deferred_until__isnull=True)
                & Q(for_good=False)
                & ~Q(certificate="")
                | Q(~Q(reason=""), outcome="deferred", certificate="")
                & (Q(deferred_until__isnull=False) | Q(for_good=True)),
                name="donation_deferred_with_reason",
            ),
            models.UniqueConstraint(
                fields=["certificate"],
                name="donation_certificate_once",
                condition=~Q(certificate=""),
            ),
        ]

    def __str__(self) -> str:
        return f"donation {self.pk}"
