"""What providers said about a message after they took it, exactly as often as they said it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications.models.messages import Message


class Receipt(models.Model):
    """One word of a provider about one message. The database refuses to change or delete it.

    Signatures carry no time, so the same word can be sent again by anybody who saw it once: it is
    kept once per message, provider's id, word and error.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts")
    received_at = models.DateTimeField(_("received at"), db_default=ClockTimestamp())
    provider_id = models.CharField(_("provider's id"), max_length=64)
    # The provider's own word, known to us or not.
    status = models.CharField(_("status"), max_length=32)
    error_code = models.CharField(_("provider's error"), max_length=16, blank=True)
    network = models.CharField(_("network"), max_length=32, blank=True)
    # Whether it moved the message, or came too late, twice, or out of order.
    moved = models.BooleanField(_("changed the message"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "provider_id", "status", "error_code"], name="receipt_once"
            )
        ]
        indexes = [models.Index(fields=["received_at"], name="receipt_received")]

    def __str__(self) -> str:
        return f"{self.status} for {self.message_id}"


class RefusedCall(models.Model):
    """How often a call to one of our webhooks was refused on one day, and why.

    Forged, unsigned or malformed calls leave no other row; an operator sees their number here.
    """

    day = models.DateField(_("day"))
    webhook = models.CharField(_("webhook"), max_length=32)
    reason = models.CharField(_("reason"), max_length=64)
    times = models.PositiveIntegerField(_("times"), default=0)
    last_at = models.DateTimeField(_("last time"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("refused call")
        verbose_name_plural = _("refused calls")
        constraints = [
            models.UniqueConstraint(fields=["day", "webhook", "reason"], name="refused_call_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.webhook}: {self.reason} ({self.times})"
