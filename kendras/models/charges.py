"""Who serves at a Kendra or oversees a district's, from when to when."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from kendras.models.places import Kendra
from kendras.querysets import KendraChargeQuerySet
from officials.models import District
from officials.models.charges import TsTzRange


class KendraCharge(models.Model):
    """``starts_at`` belongs to it, ``ends_at`` does not. Being staff alone grants nothing."""

    class Kind(models.TextChoices):
        OPERATOR = "operator", _("Operator at a Kendra")
        SUPERVISOR = "supervisor", _("Oversees the Kendras of a district")

    kind = ChoiceField(_("kind"), choices=Kind.choices)
    kendra = models.ForeignKey(
        Kendra,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="charges",
        verbose_name=_("Kendra"),
    )
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="kendra_charges",
        verbose_name=_("officer"),
    )
    starts_at = models.DateTimeField(pgettext_lazy("time", "from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )

    objects = KendraChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("charge at a Kendra")
        verbose_name_plural = _("charges at Kendras")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="kendra_charge_ends_after_start",
                violation_error_message=_("The charge must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(kind="operator", kendra__isnull=False, district__isnull=True)
                | Q(kind="supervisor", kendra__isnull=True, district__isnull=False),
                name="kendra_charge_of_one_place",
                violation_error_message=_(
                    "An operator serves at a Kendra, a supervisor oversees a district."
                ),
            ),
            ExclusionConstraint(
                name="kendra_charge_operator_once",
                violation_error_message=_("This person has this charge at that time already."),
                expressions=[
                    ("kendra", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", Value("[)")), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="operator"),
            ),
            ExclusionConstraint(
                name="kendra_charge_supervisor_once",
                violation_error_message=_("This person has this charge at that time already."),
                expressions=[
                    ("district", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", Value("[)")), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="supervisor"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}, {self.kendra or self.district}"


class OperatorPin(models.Model):
    """Six digits by which an operator takes over a counter where a session is open; hashed."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="operator_pin")
    pin_hash = models.CharField(max_length=128)
    tries_left = models.PositiveSmallIntegerField(default=5)
    closed_until = models.DateTimeField(null=True, blank=True)
    set_at = models.DateTimeField(db_default=ClockTimestamp())

    def __str__(self) -> str:
        return f"PIN of {self.user_id}"
