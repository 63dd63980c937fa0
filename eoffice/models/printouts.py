"""Prints of a file's noting that prove themselves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from eoffice.models.desks import Desk
from eoffice.models.items import Item


class Printout(models.Model):
    """What a print of a file said, as a digest. Never changed, never deleted.

    ``digest`` covers the number of the file, its sealed notes and its papers as they stood at the
    entry ``seq`` of its ledger.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="printouts")
    code = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    notes = models.PositiveIntegerField(_("sealed notes"))
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("print with a proof")
        verbose_name_plural = _("prints with a proof")

    def __str__(self) -> str:
        return self.code
