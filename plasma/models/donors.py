"""Recovered people who may be asked, their phones, and what they agreed to."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models.users import Language
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine
from officials.models import District
from plasma.blood import BloodGroup
from plasma.models.cohorts import Cohort
from plasma.querysets import DonorQuerySet


class Donor(models.Model):
    """One recovered person. A phone may serve several donors, a donor may have several phones.

    Health data: read only with a purpose that is logged, erased when its time is over or the donor
    wishes it. An erased row keeps its number for the ledgers and no word about the person.
    """

    name = TypedLine(_("name"), max_length=120, blank=True)
    given_name = TypedLine(
        _("given name"),
        max_length=60,
        blank=True,
        help_text=_("The only part of the name that an SMS says."),
    )
    language = ChoiceField(_("language"), choices=Language.choices, max_length=2, default="hi")
    year_of_birth = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
    )
    blood_group = ChoiceField(
        _("blood group"), choices=BloodGroup.choices, blank=True, default="", max_length=4
    )
    recovered_on = models.DateField(_("recovered on"), null=True, blank=True)
    cohorts = models.ManyToManyField(Cohort, related_name="donors", verbose_name=_("cohorts"))
    # Not to be asked before this day: an answer "later", or a deferral of a bank.
    not_before = models.DateField(_("not to be asked before"), null=True, blank=True)
    # When an appeal was last handed to a gateway: one campaign in 30 days for one person.
    last_asked_at = models.DateTimeField(_("last asked at"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("asked to be left alone at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    objects = DonorQuerySet.as_manager()

    class Meta:
        verbose_name = _("donor")
        verbose_name_plural = _("donors")
        constraints = [
            models.CheckConstraint(
                condition=Q(year_of_birth__isnull=True)
                | Q(year_of_birth__gte=1900, year_of_birth__lte=2100),
                name="donor_year_of_birth",
            ),
            # The name of a living row is there; of an erased one nothing is.
            models.CheckConstraint(
                condition=Q(~Q(name=""), ~Q(given_name=""), erased_at__isnull=True)
                | Q(
                    erased_at__isnull=False,
                    name="",
                    given_name="",
                    year_of_birth__isnull=True,
                    district__isnull=True,
                    blood_group="",
                    recovered_on__isnull=True,
                ),
                name="donor_named_until_erased",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "blood_group"], name="donor_where_and_group"),
        ]

    def __str__(self) -> str:
        # Never the name: this stands in logs and headings.
        return f"donor {self.pk}"


class DonorPhone(models.Model):
    """One number of a donor. The same number may be another donor's too."""

    donor = models.ForeignKey(Donor, on_delete=models.CASCADE, related_name="phones")
    phone = models.CharField(_("mobile number"), max_length=16)
    position = models.PositiveSmallIntegerField(default=1)
    # Whoever has the number said that it is not this person's.
    wrong_at = models.DateTimeField(_("said to be another person's at"), null=True, blank=True)
    # By a code that was read there: a volunteer's.
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("donor's number")
        verbose_name_plural = _("donors' numbers")
        ordering = ["donor", "position"]
        constraints = [
            models.UniqueConstraint(fields=["donor", "phone"], name="donor_phone_once"),
            models.UniqueConstraint(fields=["donor", "position"], name="donor_phone_position"),
        ]
        indexes = [models.Index(fields=["phone"], name="donor_phone")]

    def __str__(self) -> str:
        return f"number of donor {self.donor_id}"


class ErasedMark(models.Model):
    """That somebody had themselves erased, as :mod:`plasma.identity` marks them; nothing else.

    A list that still has them is held against it, so that they are not asked again.
    """

    mark = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("mark of an erased donor")
        verbose_name_plural = _("marks of erased donors")

    def __str__(self) -> str:
        return f"mark {self.pk}"


class ConsentEntry(models.Model):
    """What a donor agreed to or took back: how, when, for what. Never changed, never deleted."""

    class Act(models.TextChoices):
        GIVEN = "given", _("Given")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Purpose(models.TextChoices):
        # To be asked to donate.
        APPEALS = "appeals", _("To be asked to donate plasma")
        # To keep what a donation needs, and to show it to the bank that was chosen.
        DONATION = "donation", _("To keep and show what a donation needs")

    class How(models.TextChoices):
        LINK = "link", _("On the page behind a link")
        VOLUNTEER = "volunteer", _("By themselves, with a code on the phone")
        SMS = "sms", _("By an SMS")
        BANK = "bank", _("At a bank's desk")
        RETENTION = "retention", _("The time for keeping it was over")

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="consents")
    act = ChoiceField(choices=Act.choices)
    purpose = ChoiceField(choices=Purpose.choices)
    how = ChoiceField(choices=How.choices)
    # Under which wording: its version, as the pages show it.
    wording = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("entry of the consent ledger")
        verbose_name_plural = _("consent ledger")
        ordering = ["id"]
        indexes = [models.Index(fields=["donor", "purpose", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return f"consent {self.pk} of donor {self.donor_id}"
