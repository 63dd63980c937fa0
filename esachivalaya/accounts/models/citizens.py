"""Households and the citizens in them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp


class Household(models.Model):
    """The people behind one phone; a walk-in's household may have no phone and no sign-in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    phone = models.CharField(_("mobile number"), max_length=16, null=True, blank=True, unique=True)
    phone_seen_at = models.DateTimeField(
        _("number last proved"),
        null=True,
        blank=True,
        help_text=_("After 90 days the number is proved anew: numbers are given to others."),
    )
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return self.phone or f"household {self.pk}"


class CitizenQuerySet(models.QuerySet["Citizen"]):
    def visible_to(self, user: Any) -> "CitizenQuerySet":
        """The people of the signed-in household; nobody for anyone else."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(household__user=user, left_at__isnull=True)


class Citizen(models.Model):
    """One named person of a household."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="citizens")
    name = models.CharField(_("name"), max_length=120)
    given_name = models.CharField(
        _("given name"), max_length=60, help_text=_("The only part of the name that an SMS says.")
    )
    family_id = models.CharField(
        _("Family ID"),
        max_length=12,
        blank=True,
        help_text=_("Parivar Pehchan Patra, if there is one. Never an Aadhaar number."),
    )
    email = models.EmailField(_("e-mail"), blank=True)
    # When the link in an e-mail to this address was followed; messages go to no other.
    email_proved_at = models.DateTimeField(_("e-mail proved at"), null=True, blank=True)
    district_code = models.CharField(_("district"), max_length=8, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    objects = CitizenQuerySet.as_manager()

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        indexes = [
            models.Index(
                fields=["family_id"], name="citizen_family_id", condition=~models.Q(family_id="")
            )
        ]

    def __str__(self) -> str:
        return self.name
