"""Households and the citizens in them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine


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
    name = TypedLine(_("name"), max_length=120)
    given_name = TypedLine(
        _("given name"), max_length=60, help_text=_("The only part of the name that an SMS says.")
    )
    family_id = TypedLine(
        _("Family ID"),
        max_length=12,
        blank=True,
        help_text=_("Parivar Pehchan Patra, if there is one. Never an Aadhaar number."),
    )
    email = models.EmailField(_("e-mail"), blank=True)
    # When the link in an e-mail to this address was followed; messages go to no other.
    email_proved_at = models.DateTimeField(_("e-mail proved at"), null=True, blank=True)
    district_code = models.CharField(_("district"), max_length=8, blank=True)
    # For a person under 18: the day from which they are of age; empty for everybody else.
    adult_from = models.DateField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # When the person was erased: the row keeps its number for the records, and no word about them.
    erased_at = models.DateTimeField(null=True, blank=True)
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


class GuardianConsent(models.Model):
    """That a parent or guardian agreed to a child being named here and acting by them.

    The Digital Personal Data Protection Act 2023, section 9, and rule 10: an adult who can be
    identified. They are, by the number that was proved by a code when they said so, or by the
    operator at a Kendra before whom they stood.
    """

    class Relation(models.TextChoices):
        MOTHER = "mother", _("Mother")
        FATHER = "father", _("Father")
        GUARDIAN = "guardian", _("Guardian appointed by law")

    class Proof(models.TextChoices):
        CODE = "code", _("By a code on their number")
        KENDRA = "kendra", _("Present at a Kendra")

    citizen = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="guardians")
    name = TypedLine(_("parent or guardian"), max_length=120)
    relation = ChoiceField(_("relation"), choices=Relation.choices)
    proof = ChoiceField(_("proved by"), choices=Proof.choices)
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("consent of a guardian")
        verbose_name_plural = _("consents of guardians")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="guardian_is_named"),
            models.CheckConstraint(
                condition=models.Q(proof="kendra") | ~models.Q(phone=""),
                name="guardian_proved_by_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"guardian of {self.citizen_id}"
