"""The outbox: one row for each message to one person, written with the act it tells of."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.notifications.models.channels import Channel, ErrorClass, MessageClass
from esachivalaya.notifications.models.templates import MessageTemplate
from esachivalaya.notifications.querysets import MessageQuerySet


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

    # Nothing comes after these by itself; an operator's replay of a dead letter is an act.
    FINAL = frozenset(
        {"delivered", "undelivered", "failed", "suppressed", "expired", "cancelled", "dead"}
    )
    # Waiting for their turn: only these may be cancelled or expire.
    WAITING = frozenset({"queued", "held", "retry"})
    # From where to where, for every writer; the UPDATE names the state it was read with.
    TRANSITIONS: dict[str, frozenset[str]] = {
        # A receipt proves that the provider has it after all: accepted, sent, delivered.
        **dict.fromkeys(
            ("queued", "held", "retry"),
            frozenset({"claimed", "held", "expired", "cancelled", "accepted", "sent", "delivered"}),
        ),
        "claimed": frozenset(
            {
                "sending",
                "queued",
                "expired",
                "cancelled",
                "suppressed",
                "accepted",
                "sent",
                "delivered",
            }
        ),
        # Receipts may overtake the answer to the call that they are about.
        "sending": frozenset(
            {
                "accepted",
                "sent",
                "delivered",
                "undelivered",
                "failed",
                "retry",
                "unknown",
                "suppressed",
                "dead",
            }
        ),
        "unknown": frozenset(
            {"accepted", "sent", "delivered", "undelivered", "failed", "retry", "dead"}
        ),
        "accepted": frozenset({"sent", "delivered", "undelivered", "failed"}),
        "sent": frozenset({"delivered", "undelivered", "failed"}),
        # By an operator who gives a reason.
        "dead": frozenset({"queued", "accepted", "sent", "delivered"}),
        **dict.fromkeys(
            ("delivered", "undelivered", "failed", "suppressed", "expired", "cancelled"),
            frozenset(),
        ),
    }

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
    # On what an appeal stands: a consent, or the recorded legal basis of its cohort.
    basis = models.CharField(_("legal basis"), max_length=80, blank=True, db_default="")
    created_at = models.DateTimeField(_("written at"), db_default=ClockTimestamp())
    due_at = models.DateTimeField(_("not before"), db_default=ClockTimestamp())
    expires_at = models.DateTimeField(_("worthless after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    callback_token = models.CharField(max_length=43, blank=True)
    # The road that the last try took, as the settings name gateways.
    gateway = models.CharField(_("gateway"), max_length=32, blank=True, db_default="")
    provider_id = models.CharField(_("provider's id"), max_length=64, blank=True)
    # When the last call was about to be made: from here on the provider may know the message.
    began_at = models.DateTimeField(_("last tried at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # An unknown outcome is asked about from this time on.
    ask_at = models.DateTimeField(null=True, blank=True)
    # Sent once more after an outcome that nobody could tell: the reader may have it twice.
    resent = models.BooleanField(_("sent again after an unknown outcome"), db_default=False)
    error_class = ChoiceField(
        _("kind of error"), choices=ErrorClass.choices, blank=True, default="", db_default=""
    )
    error_code = models.CharField(_("provider's error"), max_length=16, blank=True, db_default="")
    # The network as the receipt names it (country and network code), where it does.
    network = models.CharField(_("network"), max_length=32, blank=True, db_default="")
    redacted_at = models.DateTimeField(_("words removed at"), null=True, blank=True)
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
                fields=["expires_at"],
                name="message_expiring",
                condition=models.Q(status__in=["queued", "retry", "held"]),
            ),
            models.Index(
                fields=["lease_until"],
                name="message_leased",
                condition=models.Q(status__in=["claimed", "sending"]),
            ),
            models.Index(
                fields=["ask_at"], name="message_unknown", condition=models.Q(status="unknown")
            ),
            models.Index(
                fields=["finished_at"], name="message_dead", condition=models.Q(status="dead")
            ),
            models.Index(
                fields=["provider_id"],
                name="message_provider_id",
                condition=~models.Q(provider_id=""),
            ),
            models.Index(
                fields=["created_at"],
                name="message_unredacted",
                condition=models.Q(redacted_at__isnull=True),
            ),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="message_subject"),
            models.Index(fields=["to", "-id"], name="message_to"),
            models.Index(fields=["created_at"], name="message_created"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"
