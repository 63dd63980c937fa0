"""Whom a person has named to use their rights when they have died or cannot."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models.citizens import Citizen
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine


class Nominee(models.Model):
    """The one nominee of a person: the Digital Personal Data Protection Act 2023, section 14.

    Never changed: whoever is named instead is a new row, so that a form knows by its number whom
    it replaces. The nominee is told nothing by the portal.
    """

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("Husband or wife")
        SON = "son", _("Son")
        DAUGHTER = "daughter", _("Daughter")
        MOTHER = "mother", _("Mother")
        FATHER = "father", _("Father")
        BROTHER = "brother", _("Brother")
        SISTER = "sister", _("Sister")
        RELATIVE = "relative", _("Another relative")
        OTHER = "other", _("Somebody else I trust")

    citizen = models.OneToOneField(
        Citizen, on_delete=models.CASCADE, related_name="nominee", verbose_name=_("citizen")
    )
    name = TypedLine(_("name"), max_length=120)
    relation = ChoiceField(_("relation"), choices=Relation.choices)
    phone = models.CharField(_("mobile number"), max_length=16)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    named_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("nominee")
        verbose_name_plural = _("nominees")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="nominee_is_named"),
            # As accounts/phones.py writes an Indian mobile number.
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+91[0-9]{10}$"), name="nominee_has_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"nominee of {self.citizen_id}"
