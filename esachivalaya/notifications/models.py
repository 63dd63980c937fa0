"""The outbox: one row for each message to one person, written with the act it tells of."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.notifications.placeholders import wording_problem
from esachivalaya.notifications.querysets import MessageQuerySet, MessageTemplateQuerySet


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class MessageClass(models.TextChoices):
    """Sets priority, hours, expiry and what happens when the outcome is unknown."""

    CODE = "code", _("One-time code")
    TRANSACTIONAL = "transactional", _("About one's own matter")
    APPEAL = "appeal", _("Appeal")


class MessageTemplate(models.Model):
    """One version of the words of a message, in Hindi and English.

    The ids of the Indian networks' register (DLT) stand here, since the gateway has no field for
    them. A version that was used is never changed: a new one is made.
    """

    key = models.CharField(_("key"), max_length=64)
    channel = ChoiceField(_("channel"), choices=Channel)
    version = models.PositiveSmallIntegerField(_("version"))
    klass = ChoiceField(_("class"), choices=MessageClass)
    subject_en = models.CharField(_("subject in English"), max_length=150, blank=True)
    subject_hi = models.CharField(_("subject in Hindi"), max_length=150, blank=True)
    body_en = models.TextField(_("words in English"))
    body_hi = models.TextField(_("words in Hindi"))
    dlt_entity_id = models.CharField(_("DLT entity"), max_length=32, blank=True)
    dlt_header = models.CharField(_("DLT header"), max_length=16, blank=True)
    dlt_template_id_en = models.CharField(_("DLT template, English"), max_length=32, blank=True)
    dlt_template_id_hi = models.CharField(_("DLT template, Hindi"), max_length=32, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel", "version"], name="message_template_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.channel}, {self.version})"

    def clean(self) -> None:
        """Refuse words that could not be filled: a placeholder that nobody knows, a stray brace."""
        problems = {
            name: problem
            for name in ("subject_en", "subject_hi", "body_en", "body_hi")
            if (problem := wording_problem(self.key, getattr(self, name)))
        }
        if problems:
            raise ValidationError(problems)


class Message(models.Model):
    """One SMS or e-mail to one person, rendered once, in their language."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("Accepted by the provider")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        UNDELIVERED = "undelivered", _("Not delivered")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held until its hours")
        RETRY = "retry", _("To be tried again")
        UNKNOWN = "unknown", _("Outcome unknown")
        SUPPRESSED = "suppressed", _("Suppressed")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")
        DEAD = "dead", _("Given up")

    # Unique per event and person: an event that is told twice makes one message.
    key = models.CharField(max_length=160, unique=True)
    channel = ChoiceField(_("channel"), choices=Channel)
    klass = ChoiceField(_("class"), choices=MessageClass)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.QUEUED)
    template = models.ForeignKey(
        MessageTemplate, on_delete=models.PROTECT, related_name="+", verbose_name=_("template")
    )
    to = models.CharField(_("to"), max_length=254)
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("words"))
    segments = models.PositiveSmallIntegerField(_("segments"), default=0)
    # What the message is about, as the audit names subjects; empty for a code.
    subject_kind = models.CharField(max_length=64, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(_("written at"), db_default=ClockTimestamp())
    due_at = models.DateTimeField(_("not before"), db_default=ClockTimestamp())
    expires_at = models.DateTimeField(_("worthless after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    callback_token = models.CharField(max_length=43, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=64, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    problem = models.CharField(_("what went wrong"), max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["klass", "due_at", "id"],
                name="message_waiting",
                condition=models.Q(status__in=["queued", "retry", "held"]),
            ),
            models.Index(
                fields=["lease_until"],
                name="message_leased",
                condition=models.Q(status__in=["claimed", "sending"]),
            ),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="message_subject"),
            models.Index(fields=["to", "-id"], name="message_to"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"
