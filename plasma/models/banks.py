"""Plasma banks, their hours, and who serves there."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.fields import ChoiceField, SmallChoiceField
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.typed import TypedLine
from officials.models import District, Hours
from officials.models.charges import TsTzRange
from plasma.models.charges import PlaceCharge
from plasma.querysets import BankChargeQuerySet, BankQuerySet


class Bank(models.Model):
    """A place where plasma is given: so many beds, in slots of so many minutes."""

    code = models.CharField(_("code"), max_length=8, unique=True)
    city_en = models.CharField(_("city in English"), max_length=80)
    city_hi = models.CharField(_("city in Hindi"), max_length=80)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="+", verbose_name=_("district")
    )
    address_en = models.CharField(_("address in English"), max_length=200, blank=True)
    address_hi = models.CharField(_("address in Hindi"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=16, blank=True)
    beds = models.PositiveSmallIntegerField(_("beds"), default=2)
    slot_minutes = models.PositiveSmallIntegerField(_("minutes for one donation"), default=90)
    horizon_days = models.PositiveSmallIntegerField(_("bookable ahead, days"), default=30)
    active = models.BooleanField(_("takes donors"), default=True)

    objects = BankQuerySet.as_manager()

    class Meta:
        verbose_name = _("plasma bank")
        verbose_name_plural = _("plasma banks")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(beds__gte=1, beds__lte=50), name="bank_beds"),
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=15, slot_minutes__lte=240), name="bank_slot_minutes"
            ),
            models.CheckConstraint(
                condition=Q(horizon_days__gte=1, horizon_days__lte=120), name="bank_horizon"
            ),
        ]

    def __str__(self) -> str:
        return self.city_hi if chosen_language() == "hi" else self.city_en

    @property
    def address(self) -> str:
        """The address in the reader's language."""
        return self.address_hi if chosen_language() == "hi" else self.address_en


class BankHours(models.Model):
    """Hours of one weekday. On public holidays a bank is closed."""

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="hours")
    weekday = SmallChoiceField(_("weekday"), choices=Hours.Weekday.choices)
    opens = models.TimeField(_("opens at"))
    closes = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("hours of a bank")
        verbose_name_plural = _("hours of banks")
        ordering = ["bank", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="bank_hours_close_after_opening",
                violation_error_message=_("A bank closes after it opens."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class BankClosure(models.Model):
    """Time at which a bank takes nobody, besides its hours and public holidays."""

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="closures")
    starts_at = models.DateTimeField(pgettext_lazy("time", "from"))
    ends_at = models.DateTimeField(_("until"))
    words = TypedLine(_("reason"), max_length=120)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    # Taken back: the time can be booked again.
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("closed time of a bank")
        verbose_name_plural = _("closed times of banks")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="bank_closure_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["bank", "ends_at"],
                name="bank_closure_live",
                condition=Q(lifted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank_id} {self.starts_at}"


class BankCharge(PlaceCharge):
    """Who serves at a bank, from when to when; only a medical officer says who may donate."""

    class Kind(models.TextChoices):
        DESK = "desk", _("Bank's desk")
        MEDICAL_OFFICER = "medical_officer", _("Medical officer of the bank")

    bank = models.ForeignKey(
        Bank, on_delete=models.PROTECT, related_name="charges", verbose_name=_("bank")
    )
    kind = ChoiceField(_("kind"), choices=Kind.choices)

    objects = BankChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("charge at a bank")
        verbose_name_plural = _("charges at banks")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="bank_charge_ends_after_start",
                violation_error_message=_("The charge must end after it starts."),
            ),
            ExclusionConstraint(
                name="bank_charge_once",
                violation_error_message=_("This person has this charge at that time already."),
                expressions=[
                    ("bank", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", Value("[)")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}, {self.bank}"
