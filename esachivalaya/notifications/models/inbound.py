"""SMS that came in, and how many of them were answered on a day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class InboundWord(models.TextChoices):
    """What an SMS that came in asks for."""

    STATUS = "status", _("Status")
    CANCEL = "cancel", _("Cancel")
    HELP = "help", _("Help")
    STOP = "stop", _("Stop appeals")
    START = "start", _("Take appeals again")
    UNKNOWN = "unknown", _("Not understood")


class InboundMessage(models.Model):
    """One SMS that came in. Neither its words nor its sender's number are kept.

    The provider's id is: a signature has no time in it, so the same call can come again at any
    time, and must do nothing then.
    """

    provider_id = models.CharField(_("provider's id"), max_length=64, unique=True)
    sender_digest = models.CharField(max_length=64)
    word = ChoiceField(_("word"), choices=InboundWord)
    answered = models.BooleanField(_("answered"), default=False)
    received_at = models.DateTimeField(_("received at"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("SMS that came in")
        verbose_name_plural = _("SMS that came in")
        indexes = [models.Index(fields=["received_at"], name="inbound_received")]

    def __str__(self) -> str:
        return f"{self.get_word_display()} {self.pk}"


class AnswerCount(models.Model):
    """How many SMS were answered on one day: to one number, or to all (no digest)."""

    class What(models.TextChoices):
        NUMBER = "number", _("Answers to one number")
        UNKNOWN = "unknown", _("Answers to what was not understood")
        ALL = "all", _("Answers to all")

    day = models.DateField(_("day"))
    what = ChoiceField(_("what"), choices=What.choices)
    sender_digest = models.CharField(max_length=64, blank=True)
    given = models.PositiveIntegerField(_("answers"), default=0)

    class Meta:
        verbose_name = _("count of answers")
        verbose_name_plural = _("counts of answers")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "what", "sender_digest"], name="answer_count_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what}: {self.given}"
