"""Hospitals, what they need, and the donors who were proposed for it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.references import grouped
from officials.models import District
from officials.models.charges import TsTzRange
from plasma.blood import Abo
from plasma.models.banks import Bank
from plasma.models.campaigns import Campaign, Invitation
from plasma.models.charges import PlaceCharge
from plasma.models.donors import Donor
from plasma.querysets import (
    HospitalChargeQuerySet,
    HospitalQuerySet,
    PlasmaRequestQuerySet,
)


class Hospital(models.Model):
    """A hospital that may ask for plasma through the portal."""

    code = models.CharField(_("code"), max_length=16, unique=True)
    name_en = models.CharField(_("name in English"), max_length=160)
    name_hi = models.CharField(_("name in Hindi"), max_length=160)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="+", verbose_name=_("district")
    )
    active = models.BooleanField(_("may ask"), default=True)

    objects = HospitalQuerySet.as_manager()

    class Meta:
        verbose_name = _("hospital")
        verbose_name_plural = _("hospitals")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_hi if chosen_language() == "hi" else self.name_en


class HospitalCharge(PlaceCharge):
    """Who asks for a hospital, from when to when."""

    hospital = models.ForeignKey(
        Hospital, on_delete=models.PROTECT, related_name="charges", verbose_name=_("hospital")
    )

    objects = HospitalChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("charge at a hospital")
        verbose_name_plural = _("charges at hospitals")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="hospital_charge_ends_after_start",
                violation_error_message=_("The charge must end after it starts."),
            ),
            ExclusionConstraint(
                name="hospital_charge_once",
                violation_error_message=_("This person has this charge at that time already."),
                expressions=[
                    ("hospital", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", Value("[)")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.hospital}"


class PlasmaRequest(models.Model):
    """What a hospital needs: of which group, how many units, by when. No patient is named."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("request for plasma", "Open")
        MET = "met", _("Met")
        CLOSED = "closed", _("Closed unmet")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.OPEN: {Status.MET, Status.CLOSED},
        Status.MET: set(),
        Status.CLOSED: set(),
    }

    # Before the characters of a reference.
    PREFIX: ClassVar[str] = "PL"

    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="requests")
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    recipient_group = ChoiceField(_("blood group of the patient"), choices=Abo.choices)
    units = models.PositiveSmallIntegerField(_("units"))
    units_met = models.PositiveSmallIntegerField(_("units given"), default=0)
    needed_by = models.DateTimeField(_("needed by"))
    # In which the donors for it are asked, from the first one on.
    campaign = models.OneToOneField(
        Campaign, null=True, on_delete=models.PROTECT, related_name="need"
    )
    status = ChoiceField(choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PlasmaRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for plasma")
        verbose_name_plural = _("requests for plasma")
        ordering = ["needed_by", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1, units__lte=20), name="need_units"),
            models.CheckConstraint(
                condition=Q(units_met__lte=F("units")), name="need_units_met_at_most_all"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def shown_reference(self) -> str:
        """The reference in the groups in which it is read out."""
        return grouped(self.reference, self.PREFIX)


class Proposal(models.Model):
    """A donor who fits a request; asked through the portal, never given out to the hospital."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ASKED = "asked", _("Asked")
        PLEDGED = "pledged", _("Pledged")
        DECLINED = "declined", _("Declined")
        PASSED_OVER = "passed_over", _("Passed over by the officer")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.PROPOSED: {Status.ASKED, Status.PASSED_OVER},
        Status.ASKED: {Status.PLEDGED, Status.DECLINED},
        Status.PLEDGED: set(),
        Status.DECLINED: set(),
        Status.PASSED_OVER: {Status.ASKED},
    }

    request = models.ForeignKey(PlasmaRequest, on_delete=models.PROTECT, related_name="proposals")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="proposals")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    status = ChoiceField(choices=Status.choices, default=Status.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    # The place in the list: distance of districts, then how long ago the donor was last asked.
    rank = models.PositiveIntegerField()
    invitation = models.OneToOneField(
        Invitation, null=True, on_delete=models.PROTECT, related_name="proposal"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["request", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["request", "donor"], name="proposal_once"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"
