"""What is known about an address: that it cannot be reached, or that it wants no appeals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.notifications.models.channels import Channel


class NumberMark(models.Model):
    """A number, or a mailbox, that a provider said will never take a message.

    Nothing is sent there while the mark stands. Numbers change hands: after a while (``until``) one
    message is tried again, and an operator may lift the mark with a reason.
    """

    class Kind(models.TextChoices):
        INVALID = "invalid", _("No such number or mailbox")
        LANDLINE = "landline", _("Takes no SMS (landline)")
        OPTED_OUT = "opted_out", _("Stopped all messages at the provider")
        FOREIGN = "foreign", _("Outside the networks we send to")
        BLOCKED = "blocked", _("The network refuses messages for it")

    channel = ChoiceField(_("channel"), choices=Channel)
    address = models.CharField(_("to"), max_length=254)
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    error_code = models.CharField(_("provider's error"), max_length=16, blank=True)
    marked_at = models.DateTimeField(_("marked at"), db_default=ClockTimestamp())
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("marked number")
        verbose_name_plural = _("marked numbers")
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="number_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class OptOut(models.Model):
    """A number, or a mailbox, that wants no appeals. Its own matters are still told to it."""

    class Source(models.TextChoices):
        INBOUND = "inbound", _("By SMS")
        TELEPHONE = "telephone", _("On the telephone line")
        LINK = "link", _("By a link in a message")
        OFFICE = "office", _("Through an office")

    channel = ChoiceField(_("channel"), choices=Channel)
    address = models.CharField(_("to"), max_length=254)
    source = ChoiceField(_("source"), choices=Source.choices)
    made_at = models.DateTimeField(_("made at"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="opt_out_once")]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.pk}"
