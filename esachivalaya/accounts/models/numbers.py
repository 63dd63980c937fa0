"""A new number for a household whose old one cannot be asked any more."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models.citizens import Household
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine


class NumberChange(models.Model):
    """A change of a household's number, done or waiting for the old number's objection."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits for an objection")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused from the old number")
        LAPSED = "lapsed", _("Lapsed")

    class Proof(models.TextChoices):
        OLD_NUMBER = "old_number", _("Signed in with the old number")
        PIN = "pin", _("Reference, PIN and name")
        PARTICULARS = "particulars", _("Reference, name and Family ID")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.WAITING: {Status.DONE, Status.REFUSED, Status.LAPSED},
        Status.DONE: set(),
        Status.REFUSED: set(),
        Status.LAPSED: set(),
    }

    household = models.ForeignKey(
        Household,
        on_delete=models.PROTECT,
        related_name="number_changes",
        verbose_name=_("household"),
    )
    status = ChoiceField(_("status"), choices=Status.choices)
    proof = ChoiceField(_("proved by"), choices=Proof.choices)
    old_phone = models.CharField(_("old number"), max_length=16, blank=True)
    new_phone = models.CharField(_("new number"), max_length=16)
    # Of whoever changed it at a counter or a help desk; empty where nobody looked.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("changed by"),
    )
    reason = TypedLine(_("reason"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked at"), db_default=ClockTimestamp())
    takes_effect_at = models.DateTimeField(_("takes effect at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of a number")
        verbose_name_plural = _("changes of numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["household"], name="number_change_one_waits", condition=Q(status="waiting")
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", ended_at__isnull=True)
                | (~Q(status="waiting") & Q(ended_at__isnull=False)),
                name="number_change_ended_once_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["takes_effect_at"],
                name="number_change_due",
                condition=Q(status="waiting"),
            ),
            models.Index(fields=["new_phone", "-asked_at"], name="number_change_new"),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of household {self.household_id}"
