"""Who may come to a bank: dated rules, state-wide or of one bank, each with its authority."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.typed import TypedLine
from plasma.models.banks import Bank


class Days(Func):
    """A range of days, the last one included; an empty end reaches for ever."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Policy(models.Model):
    """The questions before a visit. Only a bank's medical officer says who may donate.

    Numbers are asked of the donor; what a number leaves out is not asked. A policy of a bank stands
    in place of the state-wide one on its days. Policies are never changed: a new one follows.
    """

    bank = models.ForeignKey(
        Bank,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        verbose_name=_("bank"),
        help_text=_("Empty: for the whole State."),
    )
    authority = TypedLine(_("authority"), max_length=200)
    first_day = models.DateField(pgettext_lazy("time", "from"))
    last_day = models.DateField(_("until"), null=True, blank=True)
    days_since_recovery = models.PositiveSmallIntegerField(_("days since recovery"), default=28)
    least_age = models.PositiveSmallIntegerField(_("age from"), default=18)
    greatest_age = models.PositiveSmallIntegerField(_("age to"), default=60)
    least_weight_kg = models.PositiveSmallIntegerField(_("weight from, kg"), default=50)
    days_between = models.PositiveSmallIntegerField(_("days between donations"), default=14)
    # Measured at the bank, in tenths of g/dl.
    least_haemoglobin = models.PositiveSmallIntegerField(
        _("haemoglobin from, tenths of g/dl"), default=125
    )
    never_pregnant = models.BooleanField(_("never pregnant"), default=True)
    no_insulin = models.BooleanField(_("no insulin"), default=True)
    blood_pressure_in_range = models.BooleanField(_("blood pressure in range"), default=True)
    no_long_illness = models.BooleanField(
        _("no cancer, nor chronic kidney, heart, lung or liver disease"), default=True
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="policy_days",
                violation_error_message=_("The last day must not come before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(greatest_age__gt=F("least_age")) & Q(least_age__gte=18),
                name="policy_ages",
                violation_error_message=_("Donors are grown up, and the ages a range."),
            ),
            ExclusionConstraint(
                name="policy_one_at_a_time",
                violation_error_message=_("Another policy holds on some of these days."),
                expressions=[
                    (Coalesce("bank", Value(0)), RangeOperators.EQUAL),
                    (Days("first_day", "last_day", Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank or _('the State')}: {self.first_day}"
