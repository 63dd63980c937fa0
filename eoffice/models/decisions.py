"""The decision card: what a senior needs on one page, written by who puts the file up."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.models.desks import Desk
from eoffice.models.files import File
from eoffice.models.movements import Holding
from eoffice.models.notes import Note
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class DecisionCard(models.Model):
    """Matter, rule, options and money of one putting-up: of one stay of a file at one desk.

    It is written while the file lies there and stands as it is once the file went up. What was
    decided on it stands beside it; the note by which it was decided is the proof.
    """

    class Decision(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("draft", "Approved")
        RETURNED = "returned", _("Returned")
        DISCUSS = "discuss", _("Please discuss")

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="decision_cards")
    holding = models.OneToOneField(Holding, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    matter = models.TextField(_("matter"), max_length=2000)
    rule = models.TextField(_("rule"), max_length=1500, blank=True)
    options = models.TextField(_("options"), max_length=2000, blank=True)
    money = models.TextField(_("money"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=ClockTimestamp())
    decision = ChoiceField(_("decision"), choices=Decision.choices, max_length=16, blank=True)
    note = models.OneToOneField(Note, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("decision card")
        verbose_name_plural = _("decision cards")
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", note__isnull=True, decided_at__isnull=True)
                | (~Q(decision="") & Q(note__isnull=False, decided_at__isnull=False)),
                name="decision_card_decided_whole",
            ),
        ]
        indexes = [models.Index(fields=["file", "-id"], name="decision_card_of_file")]

    def __str__(self) -> str:
        return f"decision card {self.pk}"
